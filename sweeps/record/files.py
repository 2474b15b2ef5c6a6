"""Atomic writes, exchanges and locks: a kill at any instant leaves either the old state or the new one."""

import ctypes
import fcntl
import os
import secrets
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from inr.errors import InputError, UsageError

TEMPORARY = ".unfinished"
"""Suffix of a file that is being written."""


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary binary file that replaces ``path`` when the block ends.

    The file is synced to the disk first. If the block raises, the file is deleted and ``path`` stays as it was.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}{TEMPORARY}")
    try:
        # open, not tempfile, so that the umask sets the permissions.
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def check_target(into: str, endings: Sequence[str], force: bool) -> Path:
    """Return the file that is to be written. Raises :class:`InputError` before anything is computed."""
    path = Path(into)
    if path.suffix.lower() not in endings:
        raise UsageError(f"--into got {into!r}: expected a name that ends in {' or '.join(endings)}")
    if not path.parent.is_dir():
        raise InputError(f"cannot write {path}: there is no folder {path.parent}; make it, or give another name")
    if path.is_dir() or (path.exists() and not force):
        raise InputError(f"cannot write {path}: it is there already; give another name, or --force to replace it")
    return path


def temporaries(folder: Path) -> Iterator[Path]:
    """The files in ``folder`` that :func:`replacing` had not finished when its process was killed."""
    return (path for path in folder.glob(f".*{TEMPORARY}") if path.is_file())


def append(path: Path, line: str) -> None:
    """Append a line and wait until it is on the disk."""
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


def exchange(new: Path, old: Path) -> None:
    """Replace the folder ``old`` by ``new``, and delete the old content; atomic where the system has renameat2."""
    if _swap(new, old):
        shutil.rmtree(new)
        return
    aside = old.with_name(f".{old.name}.replaced")
    old.rename(aside)
    new.rename(old)
    shutil.rmtree(aside)


def _swap(one: Path, other: Path) -> bool:
    """Exchange two paths by Linux's renameat2 with RENAME_EXCHANGE; False if the system cannot."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    at_cwd, swap = -100, 2
    return rename is not None and rename(at_cwd, os.fsencode(one), at_cwd, os.fsencode(other), swap) == 0


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Try to take the lock ``path`` for the block; yield True if this process holds it, False if another does.

    The system releases the lock when the process ends, even by a kill.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        with suppress(OSError):  # the text only informs a person; a full disk must not lose the lock
            file.truncate(0)
            file.write(f"process {os.getpid()} on {socket.gethostname()}")
            file.flush()
        yield True


def holder(path: Path) -> str:
    """Name the process that holds the lock ``path``: ``process 123 on host``, or ``another process`` if unknown."""
    with suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace")[:100] or "another process"
    return "another process"
