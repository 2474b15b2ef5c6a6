"""Which trials a table may be made of, and why it is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.data import one_name_each, refuse_ambiguous_names
from analysis.groups import FINISHED, conjunction, keep, known_column, refuse_untold
from inr.errors import InputError

OVER = ("image", "seed")


@dataclass(frozen=True, eq=False)
class Comparable:
    """The trials that a table or a choice may be made of."""

    trials: pd.DataFrame
    """One name for each image."""
    nuisance: list[str]
    """The nuisance parameters that these trials have and that nobody compares or averages over."""
    notes: tuple[str, ...]
    """What a reader must know of these trials."""


def comparable(
    frame: pd.DataFrame,
    by: Sequence[str],
    nuisance: Sequence[str],
    over: Sequence[str],
    where: Mapping[str, Any],
    named: Sequence[str],
) -> Comparable:
    """The trials that ``where`` keeps, an image being what its data hash says.

    Raises as :func:`analysis.compare.compare` does; ``named`` are further columns that must be there.
    """
    if frame.empty:
        raise InputError("there are no trials to compare")
    _refuse_unfinished(frame)
    _refuse_unsaid(frame, over)
    for name in (*by, *over, *named):
        known_column(frame, name)
    placed, unplaced = _placed(keep(frame, where), by)
    _refuse_unfinished(placed)
    trials, notes = one_name_each(placed)
    finished = trials[trials["status"] == FINISHED]
    nuisance = [name for name in nuisance if name in frame and name not in {*by, *over}]
    refuse_untold(finished, by, {*over, *nuisance})
    refuse_ambiguous_names(finished, {*by, *over})
    return Comparable(trials, nuisance, (*notes, *unplaced))


def blocks_of(over: Sequence[str]) -> list[str]:
    """What a choice averages over once the seeds are averaged inside."""
    return [name for name in over if name != "seed"]


def _placed(trials: pd.DataFrame, by: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """The trials that say in which row they are, and a note on the others, which have no record that would say it."""
    if "source" not in trials or not by:
        return trials, []
    unknown = (trials["status"] != FINISHED) & (trials["source"] != "records") & trials[list(by)].isna().any(axis=1)
    if not unknown.any():
        return trials, []
    lacking = [name for name in by if trials.loc[unknown, name].isna().any()]
    counts = ", ".join(f"{n} {status}" for status, n in trials.loc[unknown, "status"].value_counts().items())
    return trials[~unknown], [f"in no row, as they have no record that says their {conjunction(lacking)}: {counts}"]


def _refuse_unsaid(frame: pd.DataFrame, over: Sequence[str]) -> None:
    unsaid = [name for name in OVER if name not in frame]
    if unsaid and tuple(over) == OVER:  # nobody named it: Optuna alone knows what was searched, and nothing of the rest
        raise InputError(
            f"these trials do not say their {' and '.join(unsaid)}, over which a table averages: "
            "give --runs FOLDER with their records, or --over with what to average over instead"
        )


def _refuse_unfinished(trials: pd.DataFrame) -> None:
    if not (trials["status"] == FINISHED).any():
        counts = ", ".join(f"{count} {status}" for status, count in trials["status"].value_counts().items())
        raise InputError(f"no trial has finished ({counts}): there is nothing to compare yet")
