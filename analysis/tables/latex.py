"""Render comparisons as LaTeX: booktabs rules, siunitx columns, within the width of a page, the notes apart."""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.comparison.result import Comparison
from analysis.tables.cells import PLUS_MINUS, Line, Shown, body, footer, headers, heading, names, notes
from analysis.tables.panels import panels
from sweeps.screen.console import visible

PAGE = 345.0
"""Points: the width of the text in LaTeX's own classes at 10 pt."""
BETWEEN = 8.0
"""Points between the texts of two columns, twice ``\\tabcolsep``."""
NAME = 14
"""Characters of a line of a reference's name."""

PREAMBLE = """\
% \\usepackage{booktabs}
% \\usepackage{siunitx}  % version 3
\\providecommand{\\best}{\\fontseries{b}\\selectfont}
\\providecommand{\\tied}{\\textsuperscript{$\\sim$}}
"""
SETUP = "\\sisetup{uncertainty-mode=separate, reset-text-series=false, text-series-to-math=true}"

_NUMBER = re.compile(rf"(-?)(\d+)(?:\.(\d+))?(?:{PLUS_MINUS}(\d+)(?:\.(\d+))?)?")


def latex(comparisons: Sequence[Comparison], every: bool = False) -> str:
    """Render a table with caption and label for each comparison, for the packages booktabs and siunitx.

    The first note is part of the caption; the others are paragraphs behind the tables, which refer to them.
    """
    own, shared = notes(comparisons, every)
    captions = {note.text for found in comparisons for note in found.remarks[:1]}
    *own, shared = ([text for text in texts if text not in captions] for texts in (*own, shared))
    labels = _labels(comparisons)
    parts = [PREAMBLE]
    for found, texts, label in zip(comparisons, own, labels, strict=True):
        parts += [*_float(found, label), "", *_notes(texts, [label])]
    return "\n".join([*parts, *_notes(shared, labels)]).rstrip("\n") + "\n"


def _labels(comparisons: Sequence[Comparison]) -> list[str]:
    """A label for each table, made of its loss; a number makes it unique where losses do not."""
    plain = [re.sub(r"[^0-9a-z]+", "-", "-".join(found.losses).lower()).strip("-") for found in comparisons]
    return [
        f"tab:{label or 'comparison'}{f'-{place + 1}' if plain.count(label) > 1 else ''}"
        for place, label in enumerate(plain)
    ]


def _float(comparison: Comparison, label: str) -> list[str]:
    caption = heading(comparison)
    averaged = [note.text for note in comparison.remarks[:1]]
    sentences = map(_sentence, (caption, *averaged))
    return [
        "\\begin{table}",
        SETUP,
        f"\\setlength{{\\tabcolsep}}{{{BETWEEN / 2:g}pt}}",
        "\\centering",
        f"\\caption{{{escaped(' '.join(sentences))}}}",
        f"\\label{{{label}}}",
        *_tabulars(comparison),
        "\\end{table}",
    ]


def _notes(texts: Sequence[str], labels: Sequence[str]) -> list[str]:
    if not texts:
        return []
    tables = ", ".join(f"\\ref{{{label}}}" for label in labels)
    lines = [escaped(_sentence(text)) for text in texts]
    return [f"{{\\footnotesize\\raggedright\\noindent Table{'s' * (len(labels) > 1)}~{tables}:", *lines, "\\par}", ""]


@dataclass(frozen=True)
class Column:
    """A column of a table: its title in lines, its cells, and how LaTeX reads them."""

    title: list[str]
    cells: list[str]
    specification: str
    points: float

    @property
    def head(self) -> str:
        """The title, stacked; a title over numbers is in braces, which siunitx does not read."""
        text = "\\\\".join(map(escaped, self.title))
        stacked = f"\\shortstack{{{text}}}" if len(self.title) > 1 else text
        return f"{{{stacked}}}" if self.specification.startswith("S") else stacked


def _tabulars(comparison: Comparison) -> list[str]:
    """One tabular, or as many as the width of the page takes, with rows of the same names."""
    left = len(names(comparison))
    lines, below = body(comparison), footer(comparison)
    columns = _columns(comparison, lines, below)

    def chosen(places: Sequence[int]) -> list[Column]:
        return [*columns[:left], *(columns[left + place] for place in places), columns[-1]]

    def fits(places: Sequence[int]) -> bool:
        return sum(column.points + BETWEEN for column in chosen(places)) <= PAGE

    tabulars = [_tabular(chosen(places), len(lines)) for places in panels(comparison, fits)]
    return [line for at, tabular in enumerate(tabulars) for line in (*(["\\par\\medskip"] if at else []), *tabular)]


def _columns(comparison: Comparison, lines: Sequence[Line], below: Sequence[Line]) -> list[Column]:
    titles, left = headers(comparison), len(names(comparison))
    columns = [_first(titles[0], lines, below)]
    for place, title in enumerate(titles[1:], 1):
        cells = [line.cells[place] for line in (*lines, *below)]
        columns.append(_numbers(title, cells) if left <= place < len(titles) - 1 else _texts(title, cells))
    return columns


def _first(title: str, lines: Sequence[Line], below: Sequence[Line]) -> Column:
    """The names of the rows; those of blocks are indented, those of references are broken into short lines."""
    indented = ["\\quad " * line.inner + escaped(line.cells[0].text) for line in lines]
    stacks = [textwrap.wrap(visible(line.cells[0].text), NAME) for line in below]
    broken = ["\\\\".join(map(escaped, stack)) for stack in stacks]
    stacked = [f"\\shortstack[l]{{{text}}}" if "\\\\" in text else text for text in broken]
    widths = [_points(line.cells[0].text) + 10 * line.inner for line in lines]
    widest = max([_points(title), *widths, *(_points(part) for stack in stacks for part in stack)])
    return Column([title], [*indented, *stacked], "l", widest)


def _texts(title: str, cells: Sequence[Shown]) -> Column:
    widest = max(_points(text) for text in (title, *(cell.text for cell in cells)))
    return Column([title], [escaped(cell.text) for cell in cells], "r" if title == "n" else "l", widest)


def _numbers(title: str, cells: Sequence[Shown]) -> Column:
    """Numbers as siunitx reads them, and everything else in braces; the title is broken to their width."""
    width = max([len(cell.text) for cell in cells] + [len(word) for word in title.split()])
    stack = textwrap.wrap(title, width, break_long_words=False)
    widths = [_points(cell.text) + 5 * bool(cell.mark) for cell in cells]
    return Column(stack, [*map(_number, cells)], _specification(cells), max([*widths, *map(_points, stack)]))


def _number(cell: Shown) -> str:
    if not _NUMBER.fullmatch(cell.text):
        return f"{{{escaped(cell.text)}}}"
    best, tied = "\\best " * cell.bold, " {\\tied}" * bool(cell.mark)
    return best + cell.text.replace(PLUS_MINUS, " \\pm ") + tied


def _specification(cells: Sequence[Shown]) -> str:
    """Make room for the longest number: its sign, its digits, those of its interval, a mark."""
    found = [match.groups(default="") for cell in cells if (match := _NUMBER.fullmatch(cell.text))]
    if not found:
        return "c"
    sign = "-" if any(each[0] for each in found) else ""
    whole, part = (max(len(each[place]) for each in found) for place in (1, 2))
    uncertain = max(len((each[3] + each[4]).lstrip("0") or each[3]) for each in found)
    room = f"{sign}{whole}{f'.{part}' if part else ''}{f'({uncertain})' if uncertain else ''}"
    mark = ", table-space-text-post={\\tied}" if any(cell.mark for cell in cells) else ""
    return f"S[table-format={room}{mark}]"


def _tabular(columns: Sequence[Column], count: int) -> list[str]:
    """Write the columns row by row; the rows after the first ``count`` stand below a rule."""
    places = [place for place in range(len(columns[0].cells)) if place < count or _has_number(columns, place)]
    rows = [_line([column.cells[place] for column in columns]) for place in places]
    return [
        f"\\begin{{tabular}}{{{''.join(column.specification for column in columns)}}}",
        "\\toprule",
        _line([column.head for column in columns]),
        "\\midrule",
        *rows[:count],
        *(["\\midrule", *rows[count:]] if rows[count:] else []),
        "\\bottomrule",
        "\\end{tabular}",
    ]


def _has_number(columns: Sequence[Column], place: int) -> bool:
    return any(column.cells[place] not in ("", "{}") for column in columns[1:])


def _sentence(text: str) -> str:
    return ("" if text.startswith("n/a") else text[:1].upper()) + text[not text.startswith("n/a") :] + "."


def _points(text: str) -> float:
    """The width of a text in points, at 10 pt of Computer Modern: rather too much than too little."""
    return sum(3.9 if char in "ijlt.,()[]':/ " else 8 if char.isupper() or char in "mw±" else 5.6 for char in text)


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + " \\\\"


_LATEX = {
    **{char: f"\\{char}" for char in "&%$#_{}"},
    **{"\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}"},
    **{"|": "\\textbar{}", "<": "\\textless{}", ">": "\\textgreater{}", "`": "\\`{}"},
    **{"[": "{[}", "]": "{]}", "*": "{*}"},  # a [ or * after \\\\ would be read as its argument
    **{"±": "$\\pm$", "–": "--", "×": "$\\times$", "≥": "$\\geq$", "ω": "$\\omega$", "…": "\\dots{}"},
    **{"φ": "$\\varphi$", "″": "''", "₀": "$_0$", "→": "$\\to$"},
}


def escaped(plain: str) -> str:
    """Escape the special characters of LaTeX, and separate those that form ligatures, such as two hyphens."""
    text = re.sub(r"([-,'])(?=\1)|.", lambda m: m[1] + "{}" if m[1] else _LATEX.get(m[0], m[0]), visible(plain))
    return re.sub(r"^-(?=\d)", "$-$", text)
