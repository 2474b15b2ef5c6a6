"""Rows of the frame, and the files behind them. What cannot be read becomes a note, and the rest is drawn."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.comparison.data import tell_apart
from analysis.comparison.groups import counted
from analysis.comparison.quality import QUALITY, with_quality
from analysis.comparison.subject import followers, task
from analysis.figures.names import varying
from analysis.sources.rows import FINISHED
from inr.errors import InputError
from sweeps.record.folder import RecordFolder, Row

Arrays = dict[str, np.ndarray]


def scored(
    frame: pd.DataFrame, *columns: str, said: Sequence[str] = ("activation", "loss")
) -> tuple[pd.DataFrame, list[str]]:
    """The finished trials with a finite number in ``columns`` and a value in ``said``, and notes on those left out.

    They have a column ``quality`` (:mod:`analysis.comparison.quality`), and one name for each content that they fit.
    Raises :class:`InputError` where none is left, and for trials of several tasks.
    """
    if frame.empty:
        raise InputError("there are no trials to draw: the frame is empty")
    task(frame)
    over = frame["status"] == FINISHED
    if not over.any():
        raise InputError(f"none of {len(frame)} trials is finished")
    finished = with_quality(frame[over])
    missing = [name for name in (*said, *columns) if name not in finished]
    if missing:
        raise InputError(f"no trial has {' or '.join(missing)}: these columns are not in the frame")
    numbers = finished[list(columns)].apply(pd.to_numeric, errors="coerce").astype(float)
    finite = np.isfinite(numbers).all(axis=1)
    complete = finished[list(said)].notna().all(axis=1)
    if not (finite & complete).any():
        raise InputError(
            f"none of {len(finished)} finished trials has {' and '.join([*said, *(f'a finite {c}' for c in columns)])}"
        )
    notes = [*_left_out(frame[~over]), *_without(~finite, f"a finite {' or '.join(columns)}")]
    notes += _without(finite & ~complete, " or ".join(said))
    return tell_apart(finished.assign(**numbers)[finite & complete]), notes


def _left_out(rest: pd.DataFrame) -> list[str]:
    return [f"left out: {counted(rest['status'])}"] if len(rest) else []


def _without(lacking: pd.Series, what: str) -> list[str]:
    return [f"left out: {lacking.sum()} without {what}"] if lacking.any() else []


def median_trial(rows: pd.DataFrame) -> pd.Series:
    """The trial of the (lower) median quality: what one figure of several trials shows."""
    ranked = with_quality(rows).sort_values([QUALITY, "trial_id"])
    return ranked.iloc[(max(int(ranked[QUALITY].notna().sum()), 1) - 1) // 2]


def over(rows: pd.DataFrame, *shown: str) -> str:
    """Tell what a statistic of these rows is taken over: "2 values of size, 3 of seed"; nothing for one trial each."""
    pooled = {name: n for name, n in varying(rows).items() if name not in (*shown, *followers())}
    first, *rest = pooled.items() if pooled else [("", 0)]
    return ", ".join([f"{first[1]} values of {first[0]}", *(f"{n} of {name}" for name, n in rest)]) if pooled else ""


def arrays(trial: Mapping[str, Any] | pd.Series, name: str, notes: list[str]) -> Arrays:
    """``name.npz`` of a trial; empty, with a note, where it cannot be had."""
    try:
        folder = _folder(trial)
        found = folder.arrays(name)
    except (OSError, KeyError, NotImplementedError):
        notes.append(f"{name}.npz of trial {trial['trial_id']} cannot be read")
    except InputError as error:
        notes.append(str(error))
    else:
        if not found:
            notes.append(f"trial {trial['trial_id']} has no {name}.npz")
        return found
    return {}


def history(trial: Mapping[str, Any] | pd.Series, notes: list[str]) -> list[Row]:
    """The evaluations of a trial; none, with a note, where they cannot be had."""
    try:
        rows = _folder(trial).history()
    except (InputError, OSError) as error:
        notes.append(str(error))
        return []
    if not rows:
        notes.append(f"trial {trial['trial_id']} has no history")
    return rows


def _folder(trial: Mapping[str, Any] | pd.Series) -> RecordFolder:
    path = trial.get("folder")
    if not isinstance(path, str | Path) or not str(path):
        raise InputError(f"trial {trial['trial_id']} has no folder here: its record is elsewhere")
    return RecordFolder(Path(path))


def told(notes: Sequence[str], most: int = 3) -> str:
    """Notes as one text, the same one once, and not too many."""
    unique = list(dict.fromkeys(note for note in notes if note))
    rest = [f"and {len(unique) - most} notes more"] if len(unique) > most else []
    return "; ".join([*unique[:most], *rest])
