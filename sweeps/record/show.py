"""``--show``: find a recorded trial, print what it was, the command that makes it again, and where its files are."""

import shlex
from pathlib import Path

from inr.errors import InputError
from inr.origins import flags, from_record
from sweeps.record.again import again, execution_of
from sweeps.record.folder import Record, RecordFolder, Runs
from sweeps.record.summary import show
from sweeps.screen.terminal import Screen

SHOWN = 3
"""Ids that a sentence names."""


def find(runs: Runs, trial: str) -> tuple[RecordFolder, Record]:
    """Find a trial by its id, by the first digits of its id, or by its folder, and read its record.

    Raises :class:`InputError` where there is none, where there are several, and where the record is damaged.
    """
    folder = _folder(runs, trial)
    record = folder.read()
    if record is None:
        raise InputError(f"trial {folder.path.name} has no record in {folder.path}: give its command again")
    return folder, record


def _folder(runs: Runs, trial: str) -> RecordFolder:
    if (Path(trial) / "record.json").exists():
        return RecordFolder(Path(trial).resolve())
    found = [folder for folder in runs.folders() if folder.path.name.startswith(trial)]
    exact = [folder for folder in found if folder.path.name == trial]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        raise InputError(
            f"no trial in {runs.path} has an id that begins with {trial!r}: give an id, its first digits, or the "
            "trial's folder, and --runs where the records are elsewhere"
        )
    ids = [folder.path.name for folder in found]
    more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
    raise InputError(f"{trial!r} is the beginning of {', '.join(ids[:SHOWN])}{more}: give more digits")


def show_trial(folder: RecordFolder, record: Record, screen: Screen) -> None:
    """Print the record's summary, the command that makes the trial again, its picture, and its other files."""
    show(record, folder, False, screen)
    plugins = shlex.join(flags(from_record(record.environment.get("plugins"))))
    lines = [f"again: {again(record.config, plugins, **execution_of(record.environment))}"]
    files = sorted(path for path in folder.path.iterdir() if path.is_file() and not path.name.startswith("."))
    lines += [f"{'picture' if path == folder.figure else 'file'}: {path}" for path in _first(folder.figure, files)]
    for line in lines:
        screen.print(line, soft_wrap=True)


def _first(one: Path, paths: list[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: path != one)
