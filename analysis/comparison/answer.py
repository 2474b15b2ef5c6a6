"""The answer of a comparison: which row leads, by how much, how sure that is, and what needs no network."""

from collections.abc import Iterator
from dataclasses import dataclass

from analysis.comparison.order import ranking, scored
from analysis.comparison.result import Cell, Comparison
from analysis.comparison.statistics import Difference, Tests
from analysis.comparison.subject import subject
from inr.families import VARIANTS
from inr.vocabulary import Metric, metric
from inr.words import plural


@dataclass(frozen=True)
class Answer:
    """One comparison in sentences, the most important first."""

    leads: str
    """The name of the leading row."""
    sentences: tuple[str, ...]


def answer(comparison: Comparison) -> Answer | None:
    """Answer by the metric that ranks the trials; None where no row has a score of it.

    Where the ranking metric has no classical answer beside it, and another metric of the comparison has, a sentence
    gives that one as well.
    """
    by = ranking(comparison)
    if by is None:
        return None
    order = _ordered(comparison, by)
    best = order[0]
    sentences = [_leads(comparison, by, best), *_ahead(comparison, by, order)]
    classical = [*_classical(comparison, by, best)]
    for other in comparison.metrics if not classical else ():
        ranked = _ordered(comparison, metric(other))
        if ranked and other != by.name:
            classical += _classical(comparison, metric(other), ranked[0], named=True)
    return Answer(best[0], (*sentences, *(classical or [_NO_CLASSICAL])))


_NO_CLASSICAL = "No answer of a method without a network was recorded beside it."

Scored = tuple[str, Cell]
"""The name of a row, and its cell."""


def _ordered(comparison: Comparison, by: Metric) -> list[Scored]:
    return [(row.name, row.cells[by.name]) for row in scored(comparison, by)]


def _leads(comparison: Comparison, ranking: Metric, best: Scored) -> str:
    name, cell = best
    fitted = subject(comparison.basis.used)
    over = plural(cell.n, comparison.unit) + ("" if comparison.unit == fitted else f" of one {fitted}")
    interval = ""
    if cell.low is not None and cell.high is not None:
        ends = f"{ranking.format(cell.low)} to {ranking.format(cell.high)}"
        interval = f", {100 * comparison.confidence:g} % interval {ends}"
    return f"{name} leads: {ranking.label} {ranking.with_unit(cell.mean)}, the mean over {over}{interval}."


def _ahead(comparison: Comparison, ranking: Metric, order: list[Scored]) -> Iterator[str]:
    """The distance to the next row, the test, and the rows that are not distinguishable."""
    if len(order) < 2:
        yield "There is no other row to compare it with."
        return
    (_, best), (second, cell) = order[:2]
    tests = comparison.tests.get(ranking.name)
    difference = next((d for d in tests.differences if d.name == second), None) if tests else None
    assert best.mean is not None
    assert cell.mean is not None
    by = ranking.with_unit(abs(best.mean - cell.mean))
    yield f"It is ahead of {second} by {by}{_confidence(comparison, ranking, difference)}."
    yield from _tested(comparison, tests)


def _confidence(comparison: Comparison, ranking: Metric, difference: Difference | None) -> str:
    if difference is None or difference.low is None or difference.high is None:
        return ""
    ends = (-difference.high, -difference.low) if ranking.higher_is_better else (difference.low, difference.high)
    low, high = map(ranking.format, ends)
    p = "" if difference.p is None else f", p = {difference.p:.2g}"
    return f" ({100 * comparison.confidence:g} % interval {low} to {high}{p})"


def _tested(comparison: Comparison, tests: Tests | None) -> Iterator[str]:
    if tests is None:
        yield "No test can be made: the rows have no common data."
    elif tests.impossible:
        yield f"{tests.impossible[0].upper()}{tests.impossible[1:]}; run more {comparison.unit}s."
    elif tied := tests.indistinguishable(1 - comparison.confidence):
        yield f"Not distinguishable from it: {', '.join(tied)}."
    else:
        yield "Every other row is distinguishably worse."


def _classical(comparison: Comparison, ranking: Metric, best: Scored, named: bool = False) -> Iterator[str]:
    """The scores of the methods without a network beside the leader, and its distance to the best of them."""
    beside = [r for r in comparison.references if best[0] in r.rows and ranking.name in r.values]
    classical = [(VARIANTS[reference.kind], reference.values[ranking.name]) for reference in beside]
    scores = {variant.label: score for variant, score in classical if variant.classical}
    if not scores:
        return
    ordered = sorted(scores.items(), key=lambda each: each[1], reverse=ranking.higher_is_better)
    told = ", ".join(f"{name} {ranking.with_unit(score)}" for name, score in ordered)
    first, value = ordered[0]
    name, cell = best
    assert cell.mean is not None
    better = cell.mean > value if ranking.higher_is_better else cell.mean < value
    distance = ranking.with_unit(abs(cell.mean - value))
    on = f"In {ranking.label}, where {name} has {ranking.with_unit(cell.mean)}, w" if named else "W"
    yield f"{on}ithout a network: {told}; {name} is {distance} {'better' if better else 'worse'} than {first}."
