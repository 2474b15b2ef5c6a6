"""The text of a table, cell by cell, whatever it is written in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.comparison.losses import loss_label
from analysis.comparison.order import ordered, ranking
from analysis.comparison.remarks import ON_REQUEST
from analysis.comparison.result import FEWEST, Cell, Comparison, Note, TableRow
from inr.vocabulary import MISSING
from inr.vocabulary import metric as known
from inr.words import text

TIED = "~"
PLUS_MINUS = " ± "
READ = 3
"""The number of notes that are printed unasked: those that change how a number is read stand first."""


@dataclass(frozen=True)
class Shown:
    """One cell as it is read."""

    text: str
    bold: bool = False
    mark: str = ""
    """What stands behind the number, such as a sign that it cannot be told from the best."""


@dataclass(frozen=True)
class Line:
    """One line of a table."""

    cells: list[Shown]
    inner: bool = False
    """True of the values of the row above, block by block."""


def heading(comparison: Comparison) -> str:
    """``loss: gradient, best first by image PSNR, aligned (dB)``."""
    by = ranking(comparison)
    order = f"best first by {by.header}" if by else "no trial has a score of the metric that ranks them"
    return ", ".join([*(loss_label(loss) for loss in comparison.losses), order])


def number(cell: Cell, metric: str) -> str:
    """``28.31 ± 0.42``; n/a for what means nothing, a dash for what is not there."""
    if cell.means_nothing:
        return "n/a"
    if cell.mean is None:
        return MISSING
    digits = known(metric).decimals
    if cell.low is None or cell.high is None or cell.n < FEWEST:
        return f"{cell.mean:.{digits}f}"
    return f"{cell.mean:.{digits}f}{PLUS_MINUS}{(cell.high - cell.low) / 2:.{digits}f}"


def headers(comparison: Comparison) -> list[str]:
    """The headers of the columns: those of ``by``, the metrics, n."""
    return [*names(comparison), *(known(metric).header for metric in comparison.metrics), "n"]


def names(comparison: Comparison) -> tuple[str, ...]:
    """The headers of the columns on the left, which say what a row is; at least one."""
    return comparison.by or ("trials",)


def body(comparison: Comparison) -> list[Line]:
    """The rows of the table, the best first; where they have too few blocks for an interval, with the values."""
    return [line for row in ordered(comparison) for line in (_row(comparison, row), *_values(comparison, row))]


def _row(comparison: Comparison, row: TableRow) -> Line:
    cells = [row.cells[metric] for metric in comparison.metrics]
    return Line(
        [
            *(Shown(text(value)) for value in row.key or ("all",)),
            *(
                Shown(number(cell, metric), cell.best, TIED if cell.tied else "")
                for metric, cell in zip(comparison.metrics, cells, strict=True)
            ),
            Shown(_blocks([cell.n for cell in cells if cell.n])),
        ]
    )


def _values(comparison: Comparison, row: TableRow) -> Iterator[Line]:
    """A line for each block, where there are too few for an interval."""
    values = {metric: row.cells[metric].few for metric in comparison.metrics}
    blanks = [Shown("")] * (len(names(comparison)) - 1)
    for block in dict.fromkeys(block for found in values.values() for block in found):
        numbers = [Shown(known(m).format(values[m][block]) if block in values[m] else "") for m in comparison.metrics]
        yield Line([Shown(comparison.block_name(block)), *blanks, *numbers, Shown("")], inner=True)


def _blocks(counts: Sequence[int]) -> str:
    if not counts:
        return "0"
    return f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)}–{max(counts)}"


def footer(comparison: Comparison) -> list[Line]:
    """The reference rows; their name stands in the first column."""
    blanks = [Shown("")] * (len(names(comparison)) - 1)
    return [
        Line(
            [
                Shown(reference.name),
                *blanks,
                *(
                    Shown(known(m).format(reference.values[m]) if m in reference.values else "")
                    for m in comparison.metrics
                ),
                Shown(""),
            ]
        )
        for reference in comparison.references
    ]


def notes(comparisons: Sequence[Comparison], every: bool) -> tuple[list[list[str]], list[str]]:
    """The notes of each comparison, and those that all of several share: every one, or those that are told unasked."""
    shown = [[note.text for note in (found.remarks if every else _unasked(found))] for found in comparisons]
    same = [text for text in shown[0] if all(text in texts for texts in shown)] if len(shown) > 1 else []
    return [[text for text in texts if text not in same] for texts in shown], same


def untold(comparisons: Sequence[Comparison], every: bool) -> list[str]:
    """A line on what the notes are about that :func:`notes` leaves out; none where it leaves out none."""
    left = [note for found in comparisons for note in found.remarks if note not in _unasked(found)]
    topics = dict.fromkeys(note.topic for note in left)
    return [f"--notes also tells: {', '.join(topics)}"] if topics and not every else []


def _unasked(comparison: Comparison) -> list[Note]:
    return [note for note in comparison.remarks if note.topic not in ON_REQUEST][:READ]
