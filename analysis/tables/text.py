"""Render comparisons as text: for the terminal, a paper, a web page or a program."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace

from analysis.comparison.result import Comparison
from analysis.tables import latex, markup
from analysis.tables.cells import names
from analysis.tables.terminal import show
from inr.errors import UsageError
from inr.words import unknown
from sweeps.screen.terminal import Screen

WIDE = 240
"""Width in characters of a table that is written to a file."""
NUMBERS = ("mean", "low", "high", "n", "best", "tied", "means_nothing")


def terminal(comparisons: Sequence[Comparison], every: bool = False) -> str:
    """Render comparisons as plain text, as they are printed without a terminal."""
    file = io.StringIO()
    show(comparisons, Screen(file=file, width=WIDE, color_system=None), every)
    return file.getvalue()


def to_csv(comparisons: Sequence[Comparison], every: bool = False) -> str:
    """Render comparisons as CSV, one unrounded value per line, without the notes.

    The column ``loss`` says of which comparison a line is. Reference rows have their name in the column ``reference``.
    """
    lines: list[str] = []
    # With csv's default line end, "\r\n", the writer quotes a name that contains either character.
    writer = csv.writer(SimpleNamespace(write=lambda line: lines.append(line.removesuffix("\r\n"))))
    by = names(comparisons[0])
    writer.writerow([*by, *([] if "loss" in by else ["loss"]), "reference", "metric", *NUMBERS])
    for found in comparisons:
        loss = [] if "loss" in by else ["+".join(found.losses) if len(found.losses) == 1 else ""]
        writer.writerows(_lines(found, loss))
    return "".join(f"{line}\n" for line in lines)


def _lines(comparison: Comparison, loss: Sequence[str]) -> Iterator[list[object]]:
    for row in comparison.rows:
        for metric, cell in row.cells.items():
            values = [getattr(cell, name) for name in NUMBERS]
            numbers = [int(value) if isinstance(value, bool) else value for value in values]
            yield [*(row.key or ("all",)), *loss, "", metric, *numbers]
    blanks = [""] * len(names(comparison))
    for reference in comparison.references:
        for metric, value in reference.values.items():
            yield [*blanks, *loss, reference.name, metric, value, *[""] * (len(NUMBERS) - 1)]


FORMATS: dict[str, Callable[[Sequence[Comparison], bool], str]] = {
    "terminal": terminal,
    "markdown": markup.markdown,
    "latex": latex.latex,
    "csv": to_csv,
    "html": markup.page,
}


def render(comparisons: Sequence[Comparison], form: str, every: bool = False) -> str:
    """Render comparisons in one of :data:`FORMATS`, with every note or with those that change how a number is read.

    Raises :class:`UsageError` for another format.
    """
    if form not in FORMATS:
        raise UsageError(f"--format got {form!r}: {unknown(form, FORMATS)}")
    return FORMATS[form](comparisons, every)
