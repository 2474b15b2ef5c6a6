"""Print the tests of a comparison: each row against the best one, metric by metric."""

from collections.abc import Sequence

from rich.table import Table

from analysis.comparison.result import Comparison
from analysis.comparison.statistics import Difference
from analysis.tables.cells import notes, untold
from analysis.tables.terminal import show_heading, show_notes
from inr.vocabulary import MISSING
from inr.vocabulary import metric as known
from sweeps.screen.terminal import Screen


def show_tests(comparisons: Sequence[Comparison], screen: Screen, every: bool = False) -> None:
    """Print each row's difference to the best per metric, with BCa interval and Holm-corrected p; then the notes."""
    own, shared = notes(comparisons, every)
    for found, texts in zip(comparisons, own, strict=True):
        show_heading(found, screen, first=found is comparisons[0])
        screen.print(_table(found))
        show_notes(texts, screen)
    show_notes([*shared, *untold(comparisons, every)], screen)


def _table(comparison: Comparison) -> Table:
    table = Table(padding=(0, 1, 0, 0))
    for name in ("metric", "row", "against", "difference", f"{100 * comparison.confidence:g} % BCa", "p (Holm)", "n"):
        left = name in ("metric", "row", "against")
        table.add_column(name, justify="left" if left else "right", no_wrap=not left, overflow="fold")
    for metric, tests in comparison.tests.items():
        for each in tests.differences:
            table.add_row(*_cells(metric, each), str(tests.blocks))
    return table


def _cells(metric: str, each: Difference) -> list[str]:
    digits = known(metric).decimals
    both = each.low is not None and each.high is not None
    interval = f"{each.low:+.{digits}f} to {each.high:+.{digits}f}" if both else MISSING
    p = MISSING if each.p is None else f"{each.p:.2g}"
    return [known(metric).header, each.name, each.best, f"{each.mean:+.{digits}f}", interval, p]
