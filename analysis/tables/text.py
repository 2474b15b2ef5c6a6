"""Render a comparison as text: for the terminal, a paper, a web page or a program."""

import csv
import io
from collections.abc import Callable
from types import SimpleNamespace

from rich.table import Table

from analysis.comparison.result import Comparison
from analysis.tables import markup
from analysis.tables.cells import body, footer, headers, names
from inr.errors import UsageError
from inr.words import unknown
from sweeps.screen.terminal import Screen, styled

WIDE = 240
"""Width in characters of a table that is written to a file."""


def show(comparison: Comparison, screen: Screen) -> None:
    """Print a comparison to a terminal; without bold type, a star marks the best value."""
    plain = screen.color_system is None
    table = Table(padding=(0, 1, 0, 0))
    for i, name in enumerate(headers(comparison)):
        table.add_column(name, justify="left" if i < len(names(comparison)) else "right")
    for row in body(comparison):
        table.add_row(*(styled(c.text + " *" * (c.bold and plain), "bold" if c.bold else "") for c in row))
    if comparison.references:
        table.add_section()
    for row in footer(comparison):
        table.add_row(*(styled(cell.text, "dim") for cell in row))
    screen.print(table)
    for note in comparison.notes:
        screen.print(f"- {note}", soft_wrap=plain)


def terminal(comparison: Comparison) -> str:
    """Render a comparison as plain text, as :func:`show` prints it without a terminal."""
    file = io.StringIO()
    show(comparison, Screen(file=file, width=WIDE, color_system=None))
    return file.getvalue()


def to_csv(comparison: Comparison) -> str:
    """Render a comparison as CSV, one unrounded value per line, without the notes.

    Reference rows have their name in the column ``reference``.
    """
    lines: list[str] = []
    # With csv's default line end, "\r\n", the writer quotes a name that contains either character.
    writer = csv.writer(SimpleNamespace(write=lambda line: lines.append(line.removesuffix("\r\n"))))
    numbers = ("mean", "low", "high", "n", "best", "tied", "means_nothing")
    writer.writerow([*names(comparison), "reference", "metric", *numbers])
    for row in comparison.rows:
        for metric, cell in row.cells.items():
            values = [getattr(cell, name) for name in numbers]
            writer.writerow(
                [*(row.key or ("all",)), "", metric, *(int(v) if isinstance(v, bool) else v for v in values)]
            )
    for reference in comparison.references:
        for metric, value in reference.values.items():
            writer.writerow([*[""] * len(names(comparison)), reference.name, metric, value, *[""] * (len(numbers) - 1)])
    return "".join(f"{line}\n" for line in lines)


FORMATS: dict[str, Callable[[Comparison], str]] = {
    "terminal": terminal,
    "markdown": markup.markdown,
    "latex": markup.latex,
    "csv": to_csv,
    "html": markup.page,
}


def render(comparison: Comparison, form: str) -> str:
    """Render a comparison in one of :data:`FORMATS`. Raises :class:`UsageError` for another format."""
    if form not in FORMATS:
        raise UsageError(f"--format got {form!r}: {unknown(form, FORMATS)}")
    return FORMATS[form](comparison)
