"""Which trials the page shows: its pictures are drawn from the trials of its tables."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.groups import FINISHED, conjunction
from analysis.page.tables import Compared


@dataclass(frozen=True, eq=False)
class Shown:
    """The one selection that every section of the page takes."""

    trials: pd.DataFrame
    """The trials behind the tables; of a comparison that was refused, all that finished."""
    everything: pd.DataFrame
    """All trials, whatever their status: the list of trials, and what shows the search itself, are made of these."""
    said: str
    """Which trials the pictures show, in a sentence."""


def select(frame: pd.DataFrame, compared: Sequence[Compared]) -> Shown:
    """The selection of a page with these comparisons, which were made of the trials of ``frame``."""
    behind = {index for each in compared for index in each.trials}
    trials = frame[frame.index.isin(behind)]
    return Shown(trials, frame, _said(trials, frame, compared))


def _said(trials: pd.DataFrame, frame: pd.DataFrame, compared: Sequence[Compared]) -> str:
    finished = int((frame["status"] == FINISHED).sum())
    refused = [each.heading for each in compared if each.found is None]
    if len(refused) == len(compared):
        return f"There is no table, so the pictures show all {finished} finished trials."
    said = f"The pictures show the trials of these tables, {len(trials)} of {finished} that finished"
    named = [f"“{heading}”" for heading in refused]
    return said + (f"; where there is no table, under {conjunction(named)}, all that finished." if named else ".")
