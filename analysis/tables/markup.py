"""Render a comparison as Markdown, LaTeX or HTML, all escaped, each cell and each note on one line."""

import html
import re
from collections.abc import Sequence

from analysis.comparison.result import Comparison
from analysis.tables.cells import Shown, body, footer, headers, names
from sweeps.screen.console import visible


def markdown(comparison: Comparison) -> str:
    """Render a table in GitHub's Markdown, followed by the notes as a list."""

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cells) + " |"

    columns = headers(comparison)
    rules = [":--" if i < len(names(comparison)) else "--:" for i in range(len(columns))]
    rows = [[_bold(_markdown(cell.text), cell.bold, "**{}**") for cell in row] for row in body(comparison)]
    references = [[_bold(_markdown(cell.text), bool(cell.text), "*{}*") for cell in row] for row in footer(comparison)]
    lines = [line([_markdown(name) for name in columns]), line(rules), *map(line, [*rows, *references])]
    return "\n".join([*lines, "", *(f"- {_markdown(note)}" for note in comparison.notes)]) + "\n"


def latex(comparison: Comparison) -> str:
    """Render a LaTeX table for the package booktabs, with the notes below it in footnotesize."""
    columns = headers(comparison)
    left = len(names(comparison))
    rows = [[_bold(_latex(cell.text), cell.bold, "\\textbf{{{}}}") for cell in row] for row in body(comparison)]
    references = [[_latex(cell.text) for cell in row] for row in footer(comparison)]
    lines = [
        "% \\usepackage{booktabs}",
        "\\begin{table}",
        "\\centering",
        f"\\begin{{tabular}}{{{'l' * left}{'r' * (len(columns) - left)}}}",
        "\\toprule",
        _latex_line([_latex(name) for name in columns]),
        "\\midrule",
        *map(_latex_line, rows),
        *(["\\midrule"] if references else []),
        *map(_latex_line, references),
        "\\bottomrule",
        "\\end{tabular}",
        "",
        "\\footnotesize",
        *(f"{_latex(note)}.\\\\" for note in comparison.notes),
        "\\end{table}",
    ]
    return "\n".join(lines) + "\n"


def page(comparison: Comparison) -> str:
    """Render an HTML ``table`` element and a list of notes, to be included in a page; the only style is ``strong``."""

    def line(cells: Sequence[Shown], tag: str = "td") -> str:
        inner = (_bold(html.escape(visible(cell.text)), cell.bold, "<strong>{}</strong>") for cell in cells)
        return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in inner) + "</tr>"

    lines = [
        '<table class="comparison">',
        "<thead>",
        line([Shown(name) for name in headers(comparison)], "th"),
        "</thead>",
        "<tbody>",
        *map(line, body(comparison)),
        "</tbody>",
        "<tfoot>",
        *map(line, footer(comparison)),
        "</tfoot>",
        "</table>",
        '<ul class="notes">',
        *(f"<li>{html.escape(visible(note))}</li>" for note in comparison.notes),
        "</ul>",
    ]
    return "\n".join(lines) + "\n"


def _bold(inner: str, yes: bool, pattern: str) -> str:
    return pattern.format(inner) if yes else inner


def _markdown(plain: str) -> str:
    """Escape the syntax of CommonMark and GitHub: emphasis, links, HTML, entities, mathematics, emoji codes, lists."""
    escaped = re.sub(r"([\\`*_{}\[\]<>|#~&$]|:(?=[\w+-]+:))", r"\\\1", visible(plain).strip())
    return re.sub(r"^(\d*)([-+=.)])(?=\s|$|[-=])", r"\1\\\2", escaped)


_LATEX = {
    **{char: f"\\{char}" for char in "&%$#_{}"},
    **{"\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}"},
    **{"|": "\\textbar{}", "<": "\\textless{}", ">": "\\textgreater{}", "`": "\\`{}"},
    **{"[": "{[}", "]": "{]}", "*": "{*}"},  # a [ or * after \\\\ would be read as its argument
    **{"±": "$\\pm$", "–": "--", "×": "$\\times$", "≥": "$\\geq$", "ω": "$\\omega$", "…": "\\dots{}"},
    **{"φ": "$\\varphi$", "″": "''", "₀": "$_0$", "→": "$\\to$"},
}


def _latex(plain: str) -> str:
    """Escape the special characters of LaTeX, and separate those that form ligatures, such as two hyphens."""
    escaped = re.sub(r"([-,'])(?=\1)|.", lambda m: m[1] + "{}" if m[1] else _LATEX.get(m[0], m[0]), visible(plain))
    return re.sub(r"^-(?=\d)", "$-$", escaped)


def _latex_line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + " \\\\"
