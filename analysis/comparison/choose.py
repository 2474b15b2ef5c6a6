"""The nuisance parameters that are chosen for each row of a table.

A nuisance parameter (the learning rate, an activation's ω₀) is not what is compared, but each row must have its best.
It is chosen on selection seeds and reported on the others, so that luck in the choice does not count; the number of
configurations that each row tried is its tuning budget, and is told.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analysis.comparison.comparable import Comparable
from analysis.comparison.groups import Key, conjunction, groups, inside, known_column, varying
from analysis.comparison.quality import ranking_metric, ranking_metrics
from analysis.comparison.question import Question
from analysis.sources.rows import FINISHED, UNDER_WAY
from inr.errors import InputError, UsageError
from inr.vocabulary import metric
from inr.words import text


@dataclass(frozen=True)
class Choice:
    """The nuisance parameters of one row."""

    key: Key
    """The row's values of ``by``."""
    values: dict[str, Any]
    """Parameter → chosen value; without those that the row does not have."""
    tried: int
    """Configurations, whatever became of them, without those still under way: the tuning budget."""
    rank_by: str
    """The metric that chose."""
    score: float
    """Its mean over the trials that chose."""
    scored: pd.DataFrame = field(compare=False, repr=False)
    """The trials that chose: those of ``values`` that finished on the selection seeds."""


@dataclass(frozen=True, eq=False)
class Selection:
    """The trials that a table reports."""

    reported: pd.DataFrame
    choices: tuple[Choice, ...] = ()
    notes: tuple[str, ...] = ()


def select(given: Comparable, question: Question) -> Selection:
    """The trials to report: all of them without selection seeds, else each row's choice on the other seeds.

    Raises :class:`InputError` if there is something to choose and no selection seeds, or nothing left to report.
    """
    by, seeds = question.rows, question.selection_seeds
    rows = groups(given.trials, by)
    if not seeds:
        _refuse_untuned(rows, by, given.nuisance)
        return Selection(given.trials)
    kept, choices, notes = [], [], []
    for key, choice in choose(given, question).items():
        if choice is None:
            notes.append(not_chosen(by, key))
            continue
        trials = rows[key]
        reported = trials[_has(trials, given.nuisance, choice.values) & ~trials["seed"].isin(list(seeds))]
        if not (reported["status"] == FINISHED).any():
            notes.append(f"what was chosen{inside(by, key)} has not finished on any seed but the selection seeds")
        choices.append(choice)
        kept.append(reported)
        notes += [] if question.rank_by else _several(by, key, ranking_metrics(trials), choice)
    if not any((trials["status"] == FINISHED).any() for trials in kept):
        raise InputError(
            f"no trial is left to report outside the selection seeds {', '.join(map(str, seeds))}: "
            "run what they choose on other seeds, or name fewer of them"
        )
    if len({choice.tried for choice in choices}) > 1:
        notes.append("the tuning budgets differ: a row that tried more had the better chance")
    return Selection(pd.concat(kept), tuple(choices), tuple(notes))


def choose(given: Comparable, question: Question) -> dict[Key, Choice | None]:
    """Row → what the selection seeds choose for it, in the order of the rows; None where no trial finished on them.

    Raises :class:`UsageError` for a seed that no trial has, or a metric that is not there.
    """
    _refuse_unknown_seeds(given.trials, question.selection_seeds)
    rows = groups(given.trials, question.rows)
    return {key: _choose(key, trials, given, question) for key, trials in rows.items()}


def not_chosen(by: Sequence[str], key: Key) -> str:
    """The note on a row for which there is no choice."""
    return f"nothing could be chosen{inside(by, key)}: no trial finished on the selection seeds"


def described(choice: Choice) -> str:
    """``learning_rate=0.001, omega_0=30``."""
    return ", ".join(f"{name}={text(value)}" for name, value in choice.values.items()) or "nothing to choose"


def _several(by: Sequence[str], key: Key, names: Sequence[str], choice: Choice) -> list[str]:
    """A note where the trials of a row are not all ranked by one metric."""
    if len(names) < 2:
        return []
    return [f"the trials{inside(by, key)} are ranked by {conjunction(names)}: chosen by {choice.rank_by}"]


def _refuse_untuned(rows: Mapping[Key, pd.DataFrame], by: Sequence[str], nuisance: Sequence[str]) -> None:
    for key, trials in rows.items():
        found = varying(trials[trials["status"] == FINISHED], nuisance)
        if found:
            seeds = trials["seed"].dropna().unique() if "seed" in trials else ()
            there = ", ".join(text(v) for v in sorted(seeds)) or "that the trials have"
            raise InputError(
                f"{conjunction(found)} {'vary' if len(found) > 1 else 'varies'}{inside(by, key)} and must be chosen: "
                f"give --selection-seeds, some of the seeds {there} (each row's best is chosen on them and reported "
                f"on the others), or add to --by, or keep one with --where {found[0]}=…"
            )


def _refuse_unknown_seeds(frame: pd.DataFrame, seeds: Collection[int]) -> None:
    known_column(frame, "seed")
    there = sorted(frame["seed"].dropna().unique())
    missing = [str(seed) for seed in seeds if seed not in there]
    if missing:
        raise UsageError(
            f"no trial has the selection {'seeds' if len(missing) > 1 else 'seed'} {', '.join(missing)}: "
            f"there are {', '.join(map(text, there))}"
        )


def _choose(key: Key, trials: pd.DataFrame, given: Comparable, question: Question) -> Choice | None:
    """The configuration with the best mean on the selection seeds, among those that finished on as many as any."""
    rank_by = question.rank_by or ranking_metric(trials)
    known_column(trials, rank_by)
    chooses = trials["seed"].isin(list(question.selection_seeds)) & (trials["status"] == FINISHED)
    eligible = trials[chooses & trials[rank_by].notna()]
    sign = 1 if metric(rank_by).higher_is_better else -1
    best: Choice | None = None
    best_score = (0, 0.0)
    tried = _configurations(trials[~trials["status"].isin(UNDER_WAY)], given.nuisance)
    for values in tried:
        scored = eligible[_has(eligible, given.nuisance, values)]
        if scored.empty:
            continue
        mean = _mean(scored, given.blocks, rank_by)
        score = (len(scored), sign * mean)
        if best is None or score > best_score:
            best, best_score = Choice(key, values, len(tried), rank_by, mean, scored), score
    return best


def _configurations(trials: pd.DataFrame, nuisance: Sequence[str]) -> list[dict[str, Any]]:
    """The distinct values of the nuisance parameters; without those that the row does not have."""
    if not nuisance:
        return [{}]
    distinct = trials[list(nuisance)].drop_duplicates().to_dict("records")
    return [{str(name): value for name, value in values.items() if value == value} for values in distinct]


def _mean(scored: pd.DataFrame, blocks: Sequence[str], metric: str) -> float:
    """Over blocks, seeds averaged inside."""
    values = scored[metric].astype(float)
    return float(
        values.groupby([scored[name] for name in blocks], dropna=False).mean().mean() if blocks else values.mean()
    )


def _has(trials: pd.DataFrame, names: Sequence[str], values: Mapping[str, Any]) -> pd.Series:
    mask = pd.Series(True, index=trials.index)
    for name in names:
        mask &= trials[name] == values[name] if name in values else trials[name].isna()
    return mask
