"""The comparison that a reviewer would believe.

Means over what was fitted with the seeds averaged inside, intervals, tests, and under the table everything that must
be known to believe them.
"""

import dataclasses
from collections.abc import Sequence

import pandas as pd

from analysis.comparison import remarks
from analysis.comparison.basis import Basis, make_basis, matrix
from analysis.comparison.choose import Choice, select
from analysis.comparison.comparable import comparable
from analysis.comparison.quality import ranking_metrics
from analysis.comparison.question import ACTIVATIONS, Question
from analysis.comparison.references import find_references, means_nothing
from analysis.comparison.result import Cell, Comparison, TableRow
from analysis.comparison.statistics import Tests, compare_to_best, mean_interval
from analysis.comparison.subject import task_name
from inr.vocabulary import expected, metric, tabulated


def compare(
    frame: pd.DataFrame,
    question: Question = ACTIVATIONS,
) -> Comparison:
    """Answer a question: one row for each combination of its columns, averaged over what it names and nothing else.

    Only what is finished counts, and only what every row has: a unit that one row lacks is left out for
    all, and told. Nuisance parameters are chosen for each row on the selection seeds and reported on the others.

    Raises :class:`InputError` where this would average over a config field that nobody named, where nuisance
    parameters vary without selection seeds, or where nothing has finished; :class:`inr.errors.UsageError` for a
    column that is not there.
    """
    given = comparable(frame, question)
    selection = select(given, question)
    basis = make_basis(selection.reported, question.rows, given.over)
    shown = question.metrics or _recorded(basis.used)
    absent = () if question.metrics else {*expected([task_name(given.trials)])} - {*shown}
    comparison = _compared(basis, tuple(shown), selection.choices, question.confidence)
    notes = remarks.under(comparison, given, selection, question.selection_seeds, absent)
    return dataclasses.replace(comparison, remarks=tuple(notes))


def _compared(basis: Basis, metrics: tuple[str, ...], choices: tuple[Choice, ...], confidence: float) -> Comparison:
    trials = dict(list(basis.used.groupby("_row", sort=False)))
    nothing = {m: [name for name in trials if means_nothing(trials[name], m)] for m in metrics}
    values = {m: matrix(basis, m).drop(columns=nothing[m], errors="ignore") for m in metrics}
    tests = {
        m: compare_to_best(v, metric(m).higher_is_better, confidence)
        for m, v in values.items()
        if basis.paired and v.shape[1] > 1 and not v.isna().to_numpy().any()
    }
    rows = tuple(
        TableRow(key, name, {m: _cell(name, values[m], m, tests.get(m), nothing[m], confidence) for m in metrics})
        for key, name in basis.names.items()
    )
    return Comparison(metrics, rows, find_references(basis, metrics), (), confidence, values, tests, basis, choices)


def _cell(
    name: str, values: pd.DataFrame, metric: str, tests: Tests | None, nothing: Sequence[str], confidence: float
) -> Cell:
    if name in nothing:
        return Cell(means_nothing=True)
    if name not in values:
        return Cell()
    blocks = {str(block): float(value) for block, value in values[name].dropna().items()}
    sample = [*blocks.values()]
    low, high = mean_interval(sample, confidence) or (None, None)
    return Cell(
        mean=sum(sample) / len(sample),
        low=low,
        high=high,
        n=len(sample),
        best=tests is not None and name == tests.best,
        tied=tests is not None and name in tests.indistinguishable(1 - confidence),
        values=blocks,
    )


def _recorded(used: pd.DataFrame) -> list[str]:
    """The metrics to show unless told otherwise: those of the default that some trial has a value of.

    Of a task that is not known here those by which its records say that trials are ranked.
    """
    return [name for name in tabulated() if name in used and used[name].notna().any()] or [
        name for name in ranking_metrics(used) if "/" in name and name in used
    ]
