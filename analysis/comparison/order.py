"""The order of a table: its rows by the metric that ranks their trials, the best first."""

from collections.abc import Sequence

from analysis.comparison.quality import ranking_metrics
from analysis.comparison.result import Comparison, TableRow
from inr.vocabulary import Metric, metric


def ranking(comparison: Comparison) -> Metric | None:
    """The metric that ranks the trials, where a row has it; of several the first in the vocabulary's order."""
    shown = [name for name in ranking_metrics(comparison.basis.used) if name in comparison.metrics]
    return next((metric(name) for name in shown if scored(comparison, metric(name))), None)


def scored(comparison: Comparison, by: Metric) -> list[TableRow]:
    """The rows that have a score of the metric, the best first."""
    found = [(mean, row) for row in comparison.rows if (mean := row.cells[by.name].mean) is not None]
    return [row for _, row in sorted(found, key=lambda each: each[0], reverse=by.higher_is_better)]


def ordered(comparison: Comparison) -> Sequence[TableRow]:
    """All rows, the best first by what ranks the trials; those without a score stand last, as they stood."""
    by = ranking(comparison)
    first = scored(comparison, by) if by else []
    return [*first, *(row for row in comparison.rows if row not in first)]
