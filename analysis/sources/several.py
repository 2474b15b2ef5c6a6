"""Load the trials of several sources into one frame, in which a trial counts once."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from analysis.sources.load import load
from analysis.sources.rows import FINISHED, UNDER_WAY, frame_of_columns, metric_columns
from inr.words import plural, text
from sweeps.search.storage_url import shown

FROM = "_from"
"""The column of a row's source while the rows are joined."""


def load_all(sources: Sequence[str | Path], sweep: str | None = None, runs: str | Path | None = None) -> pd.DataFrame:
    """Load the trials of one or several sources, as :func:`analysis.sources.load.load` does each.

    A trial that several sources have counts once: from the first that has finished it, else from the first where it
    has ended. ``attrs["notes"]`` tells how many these are, and which have other numbers elsewhere.
    """
    named = dict.fromkeys(map(str, sources))
    frames = {source: load(source, sweep, runs) for source in named}
    if len(frames) == 1:
        return frames[next(iter(frames))]
    stacked = _stacked(frames)
    kept = _first_of_each(stacked)
    notes = [note for frame in frames.values() for note in frame.attrs["notes"]] + _twice(stacked)
    joined = stacked.loc[kept].drop(columns=FROM).reset_index(drop=True)
    joined.attrs["notes"] = list(dict.fromkeys(notes))
    return joined


def _stacked(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The rows of all frames; what only some sources say of a parameter is filled in as for the rows of one."""
    names = dict.fromkeys(name for frame in frames.values() for name in frame.columns)
    columns = {name: [value for frame in frames.values() for value in _values(frame, name)] for name in names}
    where = [_said(source) for source, frame in frames.items() for _ in range(len(frame))]
    return frame_of_columns(columns, []).assign(**{FROM: where})


def _said(source: str) -> str:
    return shown(source) if "://" in source else source


def _values(frame: pd.DataFrame, name: str) -> list[object]:
    if name not in frame:
        return [None] * len(frame)
    return [None if missing else value for value, missing in zip(frame[name].tolist(), frame[name].isna(), strict=True)]


def _first_of_each(frame: pd.DataFrame) -> pd.Index:
    """The index of one row a trial; rows without an id are trials that have not begun, each its own."""
    worth = frame["status"].map(lambda status: 0 if status == FINISHED else 2 if status in UNDER_WAY else 1)
    best = frame.assign(_worth=worth).sort_values("_worth", kind="stable")
    again = best["trial_id"].notna() & best.duplicated("trial_id")
    return best.index[~again].sort_values()


def _twice(frame: pd.DataFrame) -> list[str]:
    """Tell of the trials that several sources have, and of those whose numbers differ."""
    several = frame[frame["trial_id"].notna() & frame.duplicated("trial_id", keep=False)]
    if several.empty:
        return []
    found = [_differing(trials) for _, trials in several.groupby("trial_id", sort=True)]
    count = plural(several["trial_id"].nunique(), "trial")
    differ = list(filter(None, found))
    if not differ:
        return [f"{count} in several sources, with the same numbers: counted once"]
    return [
        f"{count} in several sources, counted once, and {len(differ)} of them with other numbers in each: {differ[0]}"
        f"{', …' if len(differ) > 1 else ''}; the first source that has it finished counts"
    ]


def _differing(trials: pd.DataFrame) -> str:
    """The first metric in which the finished rows of a trial differ, with its values; empty where none does."""
    finished = trials[trials["status"] == FINISHED]
    for name in metric_columns(finished):
        values = finished[name].dropna()
        if values.nunique() > 1:
            told = ", ".join(f"{value:.6g} in {finished.loc[at, FROM]}" for at, value in values.items())
            return f"{text(finished['trial_id'].iloc[0])} ({name} {told})"
    return ""
