"""Open the storage of a study, a journal file or a database, and report a storage that cannot be used."""

import fcntl
import json
import os
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from inr.errors import InputError, UsageError
from sweeps.search.storage_url import checked, shown, without_secrets
from sweeps.trial.stopping import Interrupts
from sweeps.trial.waiting import LOOK_SECONDS, Wait


def opened(storage: str | Path) -> Any:
    """Open a journal path as Optuna's storage; return a database URL checked.

    Raises :class:`UsageError` for SQLite or an invalid URL, :class:`InputError` for a damaged journal.
    """
    if isinstance(storage, str):
        if storage.startswith("sqlite"):
            raise UsageError(
                f"--storage got {shown(storage)!r}: SQLite gives one trial to several workers; "
                "leave --storage out for a journal file, or give a postgresql:// URL"
            )
        return checked(storage, "--storage")
    storage.parent.mkdir(parents=True, exist_ok=True)
    try:
        _check_last_line(storage)
        return JournalStorage(JournalFileBackend(str(storage), _Flock(storage)))  # type: ignore[arg-type]
    except OSError:
        raise
    except Exception as error:  # Optuna does not validate the lines: the error depends on the damage
        raise damaged_journal(storage) from error


def _check_last_line(journal: Path) -> None:
    """Raise :class:`ValueError` if the last complete line is not JSON.

    Optuna skips such a line as unfinished, and fails only when another line follows it.
    """
    lines = journal.read_bytes().split(b"\n") if journal.exists() else []
    if len(lines) > 1:
        json.loads(lines[-2])


def damaged_journal(journal: Path) -> InputError:
    """Make the error for a journal that Optuna cannot read."""
    return InputError(
        f"the journal {str(journal)!r} is damaged: delete it and run the same command; "
        "the records of its trials are intact and will be found"
    )


class _Flock:
    """A journal lock that the system releases when its process ends. Optuna's lock file survives a kill -9.

    After a kill, Optuna's lock would block every worker for 30 s. ``acquire`` also removes an incomplete last line
    (left by a full disk): the next line would be appended to it, and make the journal unreadable.
    """

    def __init__(self, journal: Path) -> None:
        self.journal = journal
        self.path = journal.with_name(f"{journal.name}.lock")
        self.file: BinaryIO

    def acquire(self) -> bool:
        """Wait for the lock, and remove an incomplete last line of the journal. Returns True."""
        self.file = self.path.open("ab")
        fcntl.flock(self.file, fcntl.LOCK_EX)
        self._mend()
        return True

    def _mend(self) -> None:
        with self.journal.open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            if size and _last_byte(file) != b"\n":
                file.seek(0)
                file.truncate(file.read().rfind(b"\n") + 1)

    def release(self) -> None:
        """Release the lock."""
        self.file.close()


@contextmanager
def told_if_lost(storage: str | Path) -> Iterator[None]:
    """Raise :class:`InputError` if the storage becomes unusable during the block. Records are not affected."""
    try:
        yield
    except unusable(storage) as error:
        if isinstance(error, OSError | ImportError):
            raise  # a full disk, for example, is reported by the command line
        raise cannot_use(storage, error) from error


def cannot_use(storage: str | Path, error: Exception) -> InputError:
    """Make the error for a storage that cannot be reached, with the database's reason and without its password."""
    cause = getattr(error.__cause__, "orig", None) or getattr(error, "orig", None) or error
    reason = without_secrets(str(cause).strip().splitlines()[0].rstrip("."), storage)
    return InputError(
        f"the storage {shown(storage)!r} cannot be used: {reason}; check that it exists and can be written"
    )


def _last_byte(file: BinaryIO) -> bytes:
    file.seek(-1, os.SEEK_END)
    return file.read(1)


def unusable(storage: str | Path) -> tuple[type[Exception], ...]:
    """The exception types of a storage that cannot be used. SQLAlchemy is imported only for a database."""
    errors = (OSError, optuna.exceptions.StorageInternalError, ImportError)
    if not isinstance(storage, str):
        return errors
    from sqlalchemy.exc import SQLAlchemyError

    return (*errors, SQLAlchemyError)


@contextmanager
def one_at_a_time(study: optuna.Study, interrupts: Interrupts) -> Iterator[bool]:
    """Wait until no other machine is in such a block of the study, then enter it; yield False after a signal.

    PostgreSQL holds an advisory lock, which ends with its connection. A journal needs none: all its users share a runs
    folder, whose lock the caller holds.
    """
    engine = getattr(getattr(study._storage, "_backend", None), "engine", None)
    if engine is None or engine.dialect.name != "postgresql":
        yield True
        return
    from sqlalchemy import text

    number, wait = zlib.crc32(study.study_name.encode()), Wait()
    with engine.begin() as connection:
        while not connection.execute(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": number}).scalar():
            if interrupts.caught:
                yield False
                return
            wait.goes_on("another machine, which fills the queue of this sweep")
            time.sleep(LOOK_SECONDS)
        yield True
