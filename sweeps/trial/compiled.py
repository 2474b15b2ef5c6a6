"""Compile a step once: a folder for each program, which all workers of a machine and later sweeps share.

PyTorch's compiler keeps what it made in a folder, but neither waits for another process that makes the same, nor sees
damage before it runs it. So each program has a folder of its own with a lock and a seal, which lists the checksum of
every file. Who finds the seal whole loads the program beside others; who does not removes the folder and compiles,
alone. The folders' parent is named after the processor, the versions and the source of what is compiled: another
machine's or version's folder is never found.
"""

import fcntl
import functools
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import torch

import inr
from inr.program import INDUCTOR
from inr.record_content import checksum
from sweeps.record.files import replacing
from sweeps.trial.waiting import LOOK_SECONDS, Wait

T = TypeVar("T")

FOLDER = "TORCHINDUCTOR_CACHE_DIR"
"""The environment variable in which PyTorch's compiler looks for its folder, each time that it compiles."""

SEAL = "seal.json"


@functools.cache
def compile_works() -> bool:
    """Return True if ``torch.compile`` makes a working kernel here; a small one is compiled with the steps' options."""
    try:
        with once("probe"):
            compiled = torch.compile(lambda x: torch.sin(x) * x, options=INDUCTOR["cpu"])
            return bool(torch.isfinite(compiled(torch.ones(8))).all())
    except (RuntimeError, OSError):
        return False


def first_step_once(steps: Iterator[T], program: str, evaluated_first: bool) -> Iterator[T]:
    """Pass the steps of a trial on; the first training step compiles the program, or loads it, see :func:`once`.

    ``evaluated_first`` says whether the first of the steps is the evaluation of the initial network.
    """
    if evaluated_first:
        yield next(steps)
    with once(program):
        first = next(steps, None)
    if first is not None:
        yield first
    yield from steps


@contextmanager
def once(program: str) -> Iterator[None]:
    """Let the block compile a program if no process has, or load what one has compiled.

    It waits while another process compiles the same program, for some seconds; a wait that gets long is announced.
    Where no folder can be made, the block compiles as PyTorch does by itself.
    """
    folder = cache() / program
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = folder.with_suffix(".lock").open("ab")
    except OSError:
        yield
        return
    with lock:
        _take(lock.fileno(), fcntl.LOCK_SH)
        sealed = intact(folder)
        if not sealed:
            _take(lock.fileno(), fcntl.LOCK_EX)
            sealed = intact(folder)  # another process may have compiled it in between
        if not sealed:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(exist_ok=True)
        with _looking_in(folder):
            yield
        if not sealed:
            _seal(folder)


@contextmanager
def _looking_in(folder: Path) -> Iterator[None]:
    """Have PyTorch's compiler look in the folder; what another block compiles later must not come into it."""
    before = os.environ.get(FOLDER)
    os.environ[FOLDER] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ[FOLDER]
        else:
            os.environ[FOLDER] = before


def _take(descriptor: int, kind: int) -> None:
    wait = Wait()
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            wait.goes_on("another process, which compiles this step")
            time.sleep(LOOK_SECONDS)
        else:
            return


def intact(folder: Path) -> bool:
    """Return True if the folder holds what was sealed, and nothing else."""
    try:
        sealed: object = json.loads((folder / SEAL).read_bytes())
        return bool(sealed) and sealed == _checksums(folder)
    except (OSError, ValueError):
        return False


def _seal(folder: Path) -> None:
    with suppress(OSError), replacing(folder / SEAL) as file:  # without a seal it is compiled again
        file.write(json.dumps(_checksums(folder)).encode())


def _checksums(folder: Path) -> dict[str, str]:
    """Name → checksum of every file, PyTorch's own locks and the seal apart."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    named = {str(path.relative_to(folder)): path for path in files}
    return {
        name: checksum(path.read_bytes())
        for name, path in named.items()
        if path.suffix != ".lock" and not path.name.startswith(".") and name != SEAL
    }


@functools.cache
def cache() -> Path:
    """The folder of the programs that this machine and this version can run, below ``$XDG_CACHE_HOME``."""
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    facts = (torch.__version__, torch.version.git_version, sys.version, platform.machine(), _processor(), _compiler())
    source = (repr(sorted(INDUCTOR["cpu"].items())), _source())
    return Path(home).expanduser() / "inr-programs" / hashlib.sha256(repr((facts, source)).encode()).hexdigest()[:16]


def _processor() -> str:
    """The processor's name and what it can do; empty where the system does not tell."""
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return "\n".join(sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))}))
    return platform.processor()


def _compiler() -> str:
    with suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(["c++", "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
    return ""


def _source() -> str:
    """The checksum of the source of everything that a step can be made of."""
    assert inr.__file__ is not None
    files = sorted(Path(inr.__file__).parent.rglob("*.py"))
    return checksum(b"".join(path.read_bytes() for path in files))
