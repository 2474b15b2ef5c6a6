"""Writing so that a kill at any instant leaves either the old state or the new one."""

import ctypes
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of ``path`` when the block ends without an error, and leaves no trace otherwise."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


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
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
