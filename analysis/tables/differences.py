"""Print the tests of a comparison: each row against the best one, metric by metric."""

from rich.table import Table

from analysis.comparison.result import Comparison
from analysis.comparison.statistics import Difference
from inr.vocabulary import MISSING
from inr.vocabulary import metric as known
from sweeps.screen.terminal import Screen


def show_tests(comparison: Comparison, screen: Screen) -> None:
    """Print each row's difference to the best per metric, with BCa interval and Holm-corrected p; then the notes."""
    table = Table(padding=(0, 1, 0, 0))
    for name in ("metric", "row", "against", "difference", f"{100 * comparison.confidence:g} % BCa", "p (Holm)", "n"):
        table.add_column(name, justify="left" if name in ("metric", "row", "against") else "right")
    for metric, tests in comparison.tests.items():
        for each in tests.differences:
            table.add_row(*_cells(metric, each), str(tests.blocks))
    screen.print(table)
    for note in comparison.notes:
        screen.print(f"- {note}", soft_wrap=screen.color_system is None)


def _cells(metric: str, each: Difference) -> list[str]:
    digits = known(metric).decimals
    both = each.low is not None and each.high is not None
    interval = f"{each.low:+.{digits}f} to {each.high:+.{digits}f}" if both else MISSING
    p = MISSING if each.p is None else f"{each.p:.2g}"
    return [known(metric).header, each.name, each.best, f"{each.mean:+.{digits}f}", interval, p]
