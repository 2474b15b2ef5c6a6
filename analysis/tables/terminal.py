"""Print comparisons on a screen of any width: a table a loss, in as many panels as are needed."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.table import Table

from analysis.comparison.result import Comparison
from analysis.tables.cells import Line, Shown, body, footer, headers, heading, names, notes, untold
from analysis.tables.panels import panels
from sweeps.screen.console import visible
from sweeps.screen.terminal import Screen, styled

BEST = "*"
BETWEEN = 2
"""Characters that a column takes besides its text: a space and a line."""
INDENT = "  "
WORDS = 14
"""Characters in which the name of a reference is easily read, over several lines."""
NAME = 0.4
"""The largest share of a screen's width that the names of rows take; longer ones are folded."""


@dataclass(frozen=True)
class Column:
    """A column of a table, ready to print."""

    title: str
    cells: list[str]
    styles: list[str]
    number: bool

    @property
    def widest(self) -> int:
        """Characters of its widest cell."""
        return max(map(cell_len, self.cells), default=0)

    @property
    def least(self) -> int:
        """Characters in which no number and no word of the title is cut."""
        return max(self.widest, *map(cell_len, self.title.split()), 1)

    def folded(self, count: int) -> int:
        """Characters for the first ``count`` cells and no word of the others, which are folded."""
        words = [word for cell in [self.title, *self.cells[count:]] for word in cell.split()]
        return max([WORDS, *map(cell_len, [*self.cells[:count], *words])])

    @property
    def whole(self) -> int:
        """Characters in which the title stands on one line."""
        return max(self.widest, cell_len(self.title))


def show(comparisons: Sequence[Comparison], screen: Screen, every: bool = False) -> None:
    """Print comparisons to a terminal; without bold type, a star marks the best value. ``every`` prints all notes."""
    own, shared = notes(comparisons, every)
    for found, texts in zip(comparisons, own, strict=True):
        show_heading(found, screen, first=found is comparisons[0])
        for table in _tables(found, screen):
            screen.print(table)
        show_notes(texts, screen)
    show_notes([*shared, *untold(comparisons, every)], screen)


def show_heading(comparison: Comparison, screen: Screen, first: bool) -> None:
    """Print what a table is of, behind an empty line unless it is the first."""
    if not first:
        screen.print()
    screen.print(heading(comparison), style="bold", soft_wrap=screen.color_system is None)


def show_notes(texts: Sequence[str], screen: Screen) -> None:
    """Print notes, a line each where there is no terminal to wrap it."""
    for text in texts:
        screen.print(f"- {text}", soft_wrap=screen.color_system is None)


def _tables(comparison: Comparison, screen: Screen) -> list[Table]:
    """One table, or as many as it takes for every column to be as wide as its text."""
    lines, below = body(comparison), footer(comparison)
    columns = _columns(comparison, [*lines, *below], len(lines), plain=screen.color_system is None)
    left, last, room = len(names(comparison)), columns[-1], screen.width - 1
    folded = [min(column.folded(len(lines)), max(8, int(NAME * room / left))) for column in columns[:left]]

    def widths(places: Sequence[int], whole: bool) -> list[int]:
        chosen = [*(columns[left + place] for place in places), last]
        return [*folded, *(column.whole if whole else column.least for column in chosen)]

    def fits(places: Sequence[int], whole: bool = False) -> bool:
        return sum(width + BETWEEN for width in widths(places, whole)) <= room

    made = []
    for places in panels(comparison, fits):
        chosen = [*columns[:left], *(columns[left + place] for place in places), last]
        made.append(_table(chosen, widths(places, fits(places, whole=True)), len(lines)))
    return made


def _columns(comparison: Comparison, lines: Sequence[Line], count: int, plain: bool) -> list[Column]:
    """The columns of the lines, of which the first ``count`` are no references."""
    made = []
    for place, title in enumerate(headers(comparison)):
        number = place >= len(names(comparison))
        cells = [line.cells[place] for line in lines]
        signs = [_sign(cell, plain) for cell in cells]
        pad = 2 if any(signs) else 0
        texts = [
            f"{INDENT if line.inner and place == 0 else ''}{visible(cell.text)}{sign:>{pad}}"
            for line, cell, sign in zip(lines, cells, signs, strict=True)
        ]
        dim = [line.inner or at >= count for at, line in enumerate(lines)]
        styles = ["dim" if faint else "bold" * cell.bold for faint, cell in zip(dim, cells, strict=True)]
        made.append(Column(title, texts, styles, number))
    return made


def _sign(cell: Shown, plain: bool) -> str:
    return BEST if cell.bold and plain else cell.mark


def _table(columns: Sequence[Column], widths: Sequence[int], count: int) -> Table:
    """Make a table of columns of these widths; the lines after the first ``count`` stand in a section of their own."""
    table = Table(padding=(0, 1, 0, 0))
    for column, width in zip(columns, widths, strict=True):
        title = styled(column.title)
        title.justify = "right" if column.number else "left"
        # the cells are moved to the right by _placed: rich would strip what keeps the place of a sign free
        table.add_column(title, width=width, overflow="fold")
    below = [place for place in range(count, len(columns[0].cells)) if _has_number(columns, place)]
    for place in [*range(count), *below]:
        if place in below[:1]:
            table.add_section()
        table.add_row(
            *(
                styled(_placed(column, place, width), column.styles[place])
                for column, width in zip(columns, widths, strict=True)
            )
        )
    return table


def _has_number(columns: Sequence[Column], place: int) -> bool:
    return any(column.cells[place].strip() for column in columns if column.number)


def _placed(column: Column, place: int, width: int) -> str:
    text = column.cells[place]
    return " " * (width - cell_len(text)) + text if column.number else text
