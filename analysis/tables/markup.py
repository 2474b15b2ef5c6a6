"""Render comparisons as Markdown or HTML, all escaped, each cell and each note on one line."""

import html
import re
from collections.abc import Sequence

from analysis.comparison.result import Comparison
from analysis.tables.cells import Line, Shown, body, footer, headers, heading, names, notes
from sweeps.screen.console import visible


def markdown(comparisons: Sequence[Comparison], every: bool = False) -> str:
    """Render tables in GitHub's Markdown, each followed by its notes as a list."""
    own, shared = notes(comparisons, every)
    parts = [
        [f"**{_markdown(heading(found))}**", "", *_markdown_table(found), "", *map(_item, texts), ""]
        for found, texts in zip(comparisons, own, strict=True)
    ]
    return "\n".join([line for part in parts for line in part] + [*map(_item, shared)]).rstrip("\n") + "\n"


def _item(note: str) -> str:
    return f"- {_markdown(note)}"


def _markdown_table(comparison: Comparison) -> list[str]:
    columns = headers(comparison)
    rules = [":--" if i < len(names(comparison)) else "--:" for i in range(len(columns))]
    rows = [_markdown_line(line) for line in body(comparison)]
    references = [
        [_bold(_markdown(cell.text), bool(cell.text), "*{}*") for cell in line.cells] for line in footer(comparison)
    ]
    return ["| " + " | ".join(cells) + " |" for cells in ([*map(_markdown, columns)], rules, *rows, *references)]


def _markdown_line(line: Line) -> list[str]:
    cells = [
        f"{_bold(_markdown(cell.text), cell.bold, '**{}**')} {_markdown(cell.mark)}".rstrip() for cell in line.cells
    ]
    return [f"&emsp;{cells[0]}", *cells[1:]] if line.inner else cells


def page(comparisons: Sequence[Comparison], every: bool = False) -> str:
    """Render HTML ``table`` elements and lists of notes, to be included in a page; the only style is ``strong``."""
    own, shared = notes(comparisons, every)
    parts = [[*_page_table(found), *_list(texts)] for found, texts in zip(comparisons, own, strict=True)]
    return "\n".join([*(line for part in parts for line in part), *_list(shared)]) + "\n"


def _page_table(comparison: Comparison) -> list[str]:
    def line(given: Line, tag: str = "td") -> str:
        cells = [
            _bold(_html(cell.text), cell.bold, "<strong>{}</strong>") + f" {_html(cell.mark)}".rstrip()
            for cell in given.cells
        ]
        start = '<tr class="value">' if given.inner else "<tr>"
        return start + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"

    return [
        '<table class="comparison">',
        f"<caption>{_html(heading(comparison))}</caption>",
        "<thead>",
        line(Line([Shown(name) for name in headers(comparison)]), "th"),
        "</thead>",
        "<tbody>",
        *map(line, body(comparison)),
        "</tbody>",
        "<tfoot>",
        *map(line, footer(comparison)),
        "</tfoot>",
        "</table>",
    ]


def _list(texts: Sequence[str]) -> list[str]:
    return ['<ul class="notes">', *(f"<li>{_html(text)}</li>" for text in texts), "</ul>"] if texts else []


def _html(plain: str) -> str:
    return html.escape(visible(plain))


def _bold(inner: str, yes: bool, pattern: str) -> str:
    return pattern.format(inner) if yes else inner


def _markdown(plain: str) -> str:
    """Escape the syntax of CommonMark and GitHub: emphasis, links, HTML, entities, mathematics, emoji codes, lists."""
    escaped = re.sub(r"([\\`*_{}\[\]<>|#~&$]|:(?=[\w+-]+:))", r"\\\1", visible(plain).strip())
    return re.sub(r"^(\d*)([-+=.)])(?=\s|$|[-=])", r"\1\\\2", escaped)
