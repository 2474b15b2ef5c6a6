"""Select the trials of the page: the pictures are drawn from the trials of the tables."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.comparison.groups import conjunction
from analysis.figures.sparsity import layer_statistics
from analysis.report.tables import Compared
from analysis.sources.rows import FINISHED


@dataclass(frozen=True, eq=False)
class Shown:
    """The selection of trials that every section of the page uses."""

    trials: pd.DataFrame
    """The trials behind the tables; all finished trials of a comparison that was refused."""
    everything: pd.DataFrame
    """All trials, whatever their status: for the list of trials and the pictures of the search."""
    said: str
    """A sentence that says which trials the pictures show."""

    @functools.cached_property
    def layers(self) -> tuple[pd.DataFrame, list[str]]:
        """The statistics of the trials' layers, and notes; read once.

        Raises :class:`inr.errors.InputError` where no trial has histograms.
        """
        return layer_statistics(self.trials)


def select(frame: pd.DataFrame, compared: Sequence[Compared]) -> Shown:
    """Select the trials behind the comparisons, which were made from ``frame``."""
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
