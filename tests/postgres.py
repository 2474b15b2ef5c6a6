"""A real PostgreSQL on loopback, for the length of a test run."""

import functools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from needed import missing


@dataclass(frozen=True)
class Server:
    """A PostgreSQL that can be taken away and brought back."""

    url: str
    control: Callable[..., None]

    def stop(self) -> None:
        """As a machine that loses its power."""
        self.control("-m", "immediate", "stop")

    def start(self) -> None:
        """On the same port, with what was committed."""
        self.control("-w", "start")


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty database. Skips where there is no PostgreSQL; fails there if CI=true."""
    with server() as running:
        yield running.url


@contextmanager
def server() -> Iterator[Server]:
    """The server behind :func:`postgres`."""
    binaries = _binaries()
    why = "no PostgreSQL here (apt-get install postgresql)" if binaries is None else _missing_driver()
    if binaries is None or why:
        missing(str(why))
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    owner = _owner()
    if owner:  # the server refuses to run as root
        shutil.chown(folder, owner)
    port = free_port()
    data = folder / "data"
    _run(owner, binaries / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync")
    flags = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
    control = functools.partial(_run, owner, binaries / "pg_ctl", "-D", data, "-l", folder / "log", "-o", flags)
    running = Server(f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres", control)
    running.start()
    try:
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("pg_ctl")
    binary = found[-1] if found else Path(on_path).resolve() if on_path else None
    return binary.parent if binary and (binary.parent / "initdb").exists() else None


def _missing_driver() -> str | None:
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "no psycopg here (pip install 'psycopg[binary]')"
    return None


def _owner() -> str | None:
    """Whom to be instead of root."""
    if os.getuid():
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _run(owner: str | None, *command: object) -> None:
    result = subprocess.run(
        [str(word) for word in command],
        user=owner,
        group=None if owner is None else pwd.getpwnam(owner).pw_gid,
        extra_groups=None if owner is None else [],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE if command[-1] != "start" else subprocess.DEVNULL,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, f"{command[0]}: {result.stderr}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
