"""The text of a table, cell by cell, whatever it is written in."""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.comparison.result import Cell, Comparison
from inr.vocabulary import MISSING
from inr.vocabulary import metric as known
from inr.words import text

TIED = "~"


@dataclass(frozen=True)
class Shown:
    """One cell as it is read."""

    text: str
    bold: bool = False


def number(cell: Cell, metric: str) -> str:
    """``28.31 ± 0.42 ~``; n/a for what means nothing, a dash for what is not there."""
    if cell.means_nothing:
        return "n/a"
    if cell.mean is None:
        return MISSING
    digits = known(metric).decimals
    interval = f" ± {(cell.high - cell.low) / 2:.{digits}f}" if cell.low is not None and cell.high is not None else ""
    return f"{cell.mean:.{digits}f}{interval}{f' {TIED}' if cell.tied else ''}"


def headers(comparison: Comparison) -> list[str]:
    """The headers of the columns: those of ``by``, the metrics, n."""
    return [*names(comparison), *(known(metric).header for metric in comparison.metrics), "n"]


def names(comparison: Comparison) -> tuple[str, ...]:
    """The headers of the columns on the left, which say what a row is; at least one."""
    return comparison.by or ("trials",)


def body(comparison: Comparison) -> list[list[Shown]]:
    """The rows of the table."""
    return [
        [
            *(Shown(text(value)) for value in row.key or ("all",)),
            *(Shown(number(row.cells[m], m), row.cells[m].best) for m in comparison.metrics),
            Shown(_blocks([cell.n for cell in row.cells.values() if cell.n])),
        ]
        for row in comparison.rows
    ]


def _blocks(counts: Sequence[int]) -> str:
    if not counts:
        return "0"
    return f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)}–{max(counts)}"


def footer(comparison: Comparison) -> list[list[Shown]]:
    """The reference rows; their name stands in the first column."""
    blanks = [Shown("")] * (len(names(comparison)) - 1)
    return [
        [
            Shown(reference.name),
            *blanks,
            *(Shown(known(m).format(reference.values[m]) if m in reference.values else "") for m in comparison.metrics),
            Shown(""),
        ]
        for reference in comparison.references
    ]
