"""Rows of the frame, and the files behind them. What cannot be read becomes a note, and the rest is drawn."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.figures.names import varying
from inr.errors import InputError
from sweeps.records import RecordFolder, Row

Arrays = dict[str, np.ndarray]


def scored(frame: pd.DataFrame, *columns: str) -> tuple[pd.DataFrame, list[str]]:
    """The finished trials with a finite number in every column, and notes on those left out.

    Raises :class:`InputError` where none is left.
    """
    if frame.empty:
        raise InputError("there are no trials to draw: the frame is empty")
    missing = [name for name in columns if name not in frame]
    if missing:
        raise InputError(f"no trial has {' or '.join(missing)}: these columns are not in the frame")
    finished = frame["status"] == "finished"
    numbers = frame[list(columns)].apply(pd.to_numeric, errors="coerce").astype(float)
    finite = np.isfinite(numbers).all(axis=1)
    if not (finished & finite).any():
        raise InputError(f"none of {len(frame)} trials is finished with a finite {' and '.join(columns) or 'result'}")
    notes = [*_left_out(frame[~finished]), *_not_finite(int((finished & ~finite).sum()), columns)]
    return frame[finished & finite].assign(**numbers[finished & finite]), notes


def _left_out(rest: pd.DataFrame) -> list[str]:
    counts = rest["status"].value_counts()
    return [f"left out: {', '.join(f'{n} {status}' for status, n in counts.items())}"] if len(rest) else []


def _not_finite(count: int, columns: Sequence[str]) -> list[str]:
    return [f"left out: {count} without a finite {' or '.join(columns)}"] if count else []


def with_quality(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with ``quality``: the PSNR of the image, aligned where the loss has no image term."""
    plain = frame.get("image/psnr", pd.Series(np.nan, frame.index))
    aligned = frame.get("image/psnr_aligned", pd.Series(np.nan, frame.index))
    free = ~frame["loss"].astype(str).str.split("+").map(lambda terms: "image" in terms)
    return frame.assign(quality=pd.to_numeric(plain.where(~free, aligned), errors="coerce"))


def median_trial(rows: pd.DataFrame) -> pd.Series:
    """The trial of the (lower) median quality: what one picture of several trials shows."""
    ranked = with_quality(rows).sort_values(["quality", "trial_id"])
    return ranked.iloc[(max(int(ranked["quality"].notna().sum()), 1) - 1) // 2]


def over(rows: pd.DataFrame, *shown: str) -> str:
    """What a statistic of these rows is taken over: "2 values of image, 3 of seed"; nothing for one trial each."""
    pooled = {name: n for name, n in varying(rows).items() if name not in (*shown, *FOLLOWS)}
    first, *rest = pooled.items() if pooled else [("", 0)]
    return ", ".join([f"{first[1]} values of {first[0]}", *(f"{n} of {name}" for name, n in rest)]) if pooled else ""


FOLLOWS = ("init", "image_weight", "gradient_weight", "laplacian_weight", "first_omega_0")
"""Columns that another column decides, as a rule: not told again."""


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
