"""Writing so that a kill at any instant leaves either the old state or the new one."""

import ctypes
import fcntl
import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

TEMPORARY = ".unfinished"
"""The end of the name of a file that is being written."""


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of ``path`` when the block ends without an error, and leaves no trace otherwise."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}{TEMPORARY}")
    try:
        # Opened like any other file, and not by tempfile, so that the umask decides who may read it.
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


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
    """``new`` takes the place of the folder ``old``, which is deleted; in one step where the system has one."""
    if _swap(new, old):
        shutil.rmtree(new)
        return
    aside = old.with_name(f".{old.name}.replaced")
    old.rename(aside)
    new.rename(old)
    shutil.rmtree(aside)


def _swap(one: Path, other: Path) -> bool:
    """Linux's renameat2 with RENAME_EXCHANGE; False where it is not to be had."""
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
    """Whether this process got the lock ``path``; the system releases it when the process ends, however it ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        with suppress(OSError):  # the name is for a person; a full disk must not cost the lock
            file.truncate(0)
            file.write(f"process {os.getpid()} on {socket.gethostname()}")
            file.flush()
        yield True


def holder(path: Path) -> str:
    """Who holds the lock ``path``, in words: ``process 123 on host``."""
    with suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace")[:100] or "another process"
    return "another process"
