"""Load trials into one tidy frame, a row per trial, from a runs folder, W&B or Optuna."""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from analysis.sources.cache import Trials, read_trials
from analysis.sources.rows import frame_of_columns
from inr.errors import InputError, UsageError
from inr.words import plural
from sweeps.file.names import refusal

WANDB = "wandb:"
SHOWN = 5
"""The most folders that a note names; it counts the others."""


def load(source: str | Path, sweep: str | None = None, runs: str | Path | None = None) -> pd.DataFrame:
    """Load the trials of ``source``, whatever their status, with the columns that :mod:`analysis.sources.rows` lists.

    ``source`` is a runs folder, ``wandb:entity/project``, the URL of an Optuna storage or the path of its
    ``.journal``. ``sweep`` selects the sweep of that name, including trials without a record (waiting, or failed
    before they began). Optuna stores only the searched parameters and the sweep's metric; ``runs``, a runs folder,
    adds the other columns from the records. ``attrs["notes"]`` of the frame lists what is missing or unreadable.
    Raises :class:`inr.errors.InputError` if the source cannot be read at all.
    """
    text = str(source)
    if text.startswith(WANDB):
        from analysis.sources.mirror import load_wandb  # importing wandb is slow

        return load_wandb(text.removeprefix(WANDB), sweep)
    if "://" in text or text.endswith(".journal"):
        from analysis.sources.studies import load_study

        return load_study(text, sweep, load_records(Path(runs)) if runs else None)
    frame = load_records(Path(text))
    if sweep is None:
        return frame
    from analysis.sources.studies import load_study

    return load_study(journal(Path(text), sweep), sweep, frame)


def load_records(runs: Path) -> pd.DataFrame:
    """Load all records of a runs folder. Raises :class:`inr.errors.InputError` if the folder is missing."""
    trials = read_trials(runs)
    above = runs.absolute() / "trials"
    folders = [f"{above}/{name}" for name in trials.keys]
    return frame_of_columns({**trials.columns, "folder": folders}, _notes(runs, trials))


def journal(runs: Path, sweep: str) -> Path:
    """Return the path of a sweep's Optuna journal.

    Raises :class:`InputError`, which lists the existing sweeps, if there is no such journal, and :class:`UsageError`
    for a text that cannot be a sweep's name, such as a path out of the folder.
    """
    wrong = refusal(sweep)
    if wrong:
        raise UsageError(f"--sweep got a name that no sweep has: {wrong}")
    path = runs / "sweeps" / f"{sweep}.journal"
    if not path.is_file():
        there = sorted(other.stem for other in path.parent.glob("*.journal"))
        known = f"there are {', '.join(there)}" if there else "there is none; leave --sweep out for all trials"
        raise InputError(f"no sweep {sweep!r} in {str(runs)!r}: {known}")
    return path


def _notes(runs: Path, trials: Trials) -> list[str]:
    notes = []
    if not trials.keys and not trials.damaged:
        notes.append(f"{str(runs)!r} has no records: {_instead(runs)}")
    if trials.damaged:
        name, (_, why) = next(iter(trials.damaged.items()))
        notes.append(
            f"{plural(len(trials.damaged), 'record')} cannot be read, left out: {_listed(trials.damaged)} "
            f"({name}: {why}); give the trial's command again"
        )
    for how in dict.fromkeys(trials.foreign.values()):
        names = [name for name, difference in trials.foreign.items() if difference == how]
        notes.append(f"{plural(len(names), 'record')} of another version, {how}, kept: {_listed(names)}")
    if trials.empty:
        notes.append(f"{plural(trials.empty, 'folder')} without a record.json yet, left out")
    return notes


def _instead(runs: Path) -> str:
    """Say what to do about a folder without records, which may be a part of a runs folder."""
    whole = next((path for path in runs.absolute().parents if (path / "trials").is_dir()), None)
    return f"did you mean {str(whole)!r}?" if whole else f"run a trial or a sweep with --runs={runs}"


def _listed(names: Collection[str]) -> str:
    first = list(names)[:SHOWN]
    return ", ".join(first) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
