"""Read the user's files, and report every failure in one sentence."""

import hashlib
import os
import stat
from functools import lru_cache
from glob import has_magic
from pathlib import Path

from inr.errors import InputError

ONE = (
    "there is no such file, and a trial takes one: only run.py expands a pattern, in a file of --plan or --sweep; "
    "list the files with values where W&B hands them out"
)


def cannot_read(path: str, reason: str) -> InputError:
    """Make the error for a file that cannot be used; `reason` says what was found and what to do."""
    return InputError(f"cannot read {path!r}: {reason}")


def status_of(path: str) -> os.stat_result:
    """Return the status of a regular file that is not empty. Raises InputError for anything else."""
    try:
        status = Path(path).stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise cannot_read(path, ONE if has_magic(path) else "there is no such file; check the path") from error
    except PermissionError as error:
        raise _forbidden(path) from error
    except (OSError, ValueError) as error:  # a name that is too long, or holds a null character
        raise cannot_read(path, "it is not a possible path; give that of a file") from error
    if stat.S_ISDIR(status.st_mode):
        raise cannot_read(path, "it is a folder; give the path of a file inside it")
    if not stat.S_ISREG(status.st_mode):  # reading a device or a pipe might never end
        raise cannot_read(path, "it is not a regular file; give the path of a file")
    if status.st_size == 0:
        raise cannot_read(path, "the file is empty; save or download it again")
    return status


def check_file(path: str) -> None:
    """Raise InputError for anything but a regular file that is not empty."""
    status_of(path)


def _forbidden(path: str) -> InputError:
    return cannot_read(path, "you have no permission to read it; change its permissions or copy it elsewhere")


def read_bytes(path: str) -> bytes:
    """Read the bytes of a regular file. Raises InputError for a file that is empty or cannot be read."""
    status_of(path)
    try:
        return Path(path).read_bytes()
    except PermissionError as error:
        raise _forbidden(path) from error
    except OSError as error:
        raise cannot_read(path, f"the system says {error.strerror!r}; copy it to a healthy disk") from error


@lru_cache(maxsize=256)
def _digest(path: str, mtime_ns: int, size: int) -> str:
    return hashlib.sha256(read_bytes(path)).hexdigest()


def file_digest(path: str) -> str:
    """Compute the SHA-256 of the file's bytes as 64 hex digits; cached until its path, time or size changes.

    Raises InputError if the file cannot be read.
    """
    status = status_of(path)
    return _digest(os.path.abspath(path), status.st_mtime_ns, status.st_size)
