"""Select the trials of a table, and refuse a table that would mix different things."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.comparison.data import one_name_each, refuse_ambiguous_names
from analysis.comparison.groups import conjunction, counted, keep, known_column, refuse_untold
from analysis.comparison.question import Question
from analysis.comparison.subject import over as over_default
from analysis.sources.rows import FINISHED, PLUGIN_BYTES
from inr.errors import InputError


@dataclass(frozen=True, eq=False)
class Comparable:
    """The trials for a table or a choice, their nuisance parameters, and notes."""

    trials: pd.DataFrame
    """One name for each content."""
    over: tuple[str, ...]
    """What is averaged over."""
    nuisance: list[str]
    """The nuisance parameters that these trials have and that the table neither compares nor averages over."""
    notes: tuple[str, ...]
    """Sentences on these trials for the reader of the table."""

    @property
    def blocks(self) -> list[str]:
        """The columns that a choice averages over, without the seed."""
        return [name for name in self.over if name != "seed"]


def comparable(frame: pd.DataFrame, question: Question) -> Comparable:
    """The trials that a question keeps, what is fitted being what its data hash says.

    Raises as :func:`analysis.comparison.compare.compare` does.
    """
    if frame.empty:
        raise InputError("there are no trials to compare")
    _refuse_unfinished(frame)
    by, kept = question.rows, keep(frame, question.where)
    usual = over_default(kept)
    over = tuple(_said(kept, usual) if question.over is None else question.over)
    for name in (*by, *over, *question.named):
        known_column(frame, name)
    placed, unplaced = _placed(kept, by, over, {"activation", "loss", *usual})
    _refuse_unfinished(placed)
    trials, notes = one_name_each(placed)
    finished = trials[trials["status"] == FINISHED]
    nuisance = [name for name in question.nuisance if name in frame and name not in {*by, *over}]
    refuse_untold(finished, by, {*over, *nuisance})
    refuse_ambiguous_names(finished, {*by, *over})
    _refuse_mixed_plugins(finished, {*by, *over})
    return Comparable(trials, over, nuisance, (*notes, *unplaced))


def _refuse_mixed_plugins(finished: pd.DataFrame, told: Collection[str]) -> None:
    """Raise :class:`InputError` if one choice stands for two versions of a plugin, unless the column is told."""
    texts = [*finished[PLUGIN_BYTES].dropna().unique()] if PLUGIN_BYTES in finished else []
    versions = {version for text in texts for version in text.split(", ")}
    choices = [version.partition(" ")[0] for version in sorted(versions)]
    twice = [choice for choice in dict.fromkeys(choices) if choices.count(choice) > 1]
    if twice and PLUGIN_BYTES not in told:
        raise InputError(
            f"will not compare several versions of the plugin that defines {conjunction(twice)} "
            f"({PLUGIN_BYTES}: {'; '.join(sorted(texts))}): add {PLUGIN_BYTES} to --by for a row each, or give the "
            "trials of one version a runs folder of their own"
        )


def _placed(
    trials: pd.DataFrame, by: Sequence[str], over: Sequence[str], always: Collection[str]
) -> tuple[pd.DataFrame, list[str]]:
    """The trials that say in which row and block they are, and a note on the others.

    What is fixed in a sweep is known from the record alone. Of the fields ``always`` every trial has a value;
    of the others a trial may have none, as a ReLU network has no ω₀, and that is a value too.
    """
    ended = (trials["status"] == FINISHED) | (trials["source"] == "records" if "source" in trials else False)
    needed = {name: ended & (name in always) | ~ended & (name in by) for name in (*by, *over)}
    lacks = pd.DataFrame({name: trials[name].isna() & mask for name, mask in needed.items()}, index=trials.index)
    unknown = lacks.any(axis=1)
    if not unknown.any():
        return trials, []
    lacking = [name for name in needed if lacks[name].any()]
    return trials[~unknown], [
        f"in no row, because no record gives their {conjunction(lacking)}: {counted(trials.loc[unknown, 'status'])}"
    ]


def _said(frame: pd.DataFrame, usual: Sequence[str]) -> Sequence[str]:
    """Give what is averaged over by default, if the trials say it.

    Optuna alone knows what was searched, and nothing of the rest.
    """
    unsaid = [name for name in usual if name not in frame]
    if unsaid:
        raise InputError(
            f"these trials have no {' and no '.join(unsaid)}, over which a table averages: "
            "give --runs FOLDER with their records, or --over with what to average over instead"
        )
    return usual


def _refuse_unfinished(trials: pd.DataFrame) -> None:
    if not (trials["status"] == FINISHED).any():
        raise InputError(f"no trial has finished ({counted(trials['status'])}): there is nothing to compare yet")
