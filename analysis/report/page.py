"""Write the report: one HTML file that opens offline, with the tables, the pictures and all trials."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis.comparison.groups import counted, counts, keep
from analysis.comparison.question import ACTIVATIONS, Question
from analysis.figures.names import short
from analysis.report.charts.chart import Chart
from analysis.report.charts.palette import Palette
from analysis.report.library import bundled, stills
from analysis.report.parts import Part, parts
from analysis.report.store import choices, content, packed, written
from analysis.report.trials import TrialTable, trial_table
from analysis.sources.rows import UNDER_WAY, config_columns
from inr.errors import InputError
from inr.words import plural
from sweeps.file.names import as_name
from sweeps.record.files import replacing
from sweeps.screen.console import visible, write
from sweeps.search.storage_url import shown

PARTS = Path(__file__).parent / "web"
SCRIPTS = ("choice", "tables", "charts")
"""In the order in which they run."""
MAPS = 450_000
"""Bytes of all maps of a page; where there are many, each is smaller."""
THUMBNAILS = 500
"""The default number of trials with a thumbnail, about 5 kB each."""


def report(
    frame: pd.DataFrame,
    path: str | Path,
    question: Question = ACTIVATIONS,
    *,
    title: str = "Activation functions of coordinate networks",
    source: str = "records",
    thumbnails: int = THUMBNAILS,
) -> Path:
    """Write the report of the frame's trials to ``path``, and return the path.

    Links to records are relative to ``path``. The figures show the trials of the tables. Each task has a part of its
    own. Raises :class:`InputError` for an empty frame.
    """
    if frame.empty:
        reason = " ".join(frame.attrs.get("notes", [])) or "the frame is empty"
        raise InputError(f"there are no trials to report: {reason}")
    library, target = bundled(), Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    kept = keep(frame, question.where).reset_index(drop=True)
    palette = palette_of(kept)
    found = parts(kept, replace(question, where={}), palette)
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    table = trial_table(kept, target, thumbnails)
    page = page_of(kept, found, table, library, title=title, source=source, made=made)
    with replacing(target) as file:
        file.write(page)
    return target


def palette_of(frame: pd.DataFrame) -> Palette:
    """Choose the colours of the activations of a frame."""
    return Palette.of(frame["activation"].dropna() if "activation" in frame else ())


def page_of(
    frame: pd.DataFrame,
    found: Sequence[Part],
    table: TrialTable,
    library: Future[str],
    *,
    title: str,
    source: str,
    made: str,
) -> bytes:
    """Write the page of the parts ``found`` in a frame, and of the table of its trials.

    ``library`` is that of the charts, which is being bundled; ``made`` says when the page is made.
    """
    charts = {
        f"{part.prefix}{picture.name}": picture.chart for part in found for picture in part.drawn if picture.chart
    }
    still = _stills(frame, charts)
    head = {"title": title, "source": source, "made": made, "table": table}
    live = {**_live(frame, found), "charts": packed(charts), "library": library.result, "still": still}
    page = _render({**_values(frame, found), **_looks(palette_of(frame)), **live, **head})
    return page.encode(errors="backslashreplace")  # a path may have bytes that are not text


def _values(frame: pd.DataFrame, found: Sequence[Part]) -> dict[str, Any]:
    told = frame.loc[[index for part in found for index in part.trials.index]]
    told = told if len(told) else frame
    return {
        "count": len(frame),
        "statuses": list(counts(frame["status"]).items()),
        "commits": _commits(frame),
        "notes": list(dict.fromkeys([*_under_way(frame), *frame.attrs.get("notes", [])])),
        "parts": found,
        "fixed": _fixed(told),
        "environment": _environment(told),
    }


def _stills(frame: pd.DataFrame, charts: Mapping[str, Chart]) -> Callable[[str, int], Markup]:
    """Begin to draw the still pictures; give them by the name of the chart and the place of the panel."""
    names = frame["activation"] if "activation" in frame else [None] * len(frame)
    activations = [None if pd.isna(name) else visible(str(name)) for name in names]
    panels = [(name, place) for name, chart in charts.items() for place, _ in enumerate(chart.panels)]
    drawn = stills([charts[name].still(charts[name].panels[place], activations) for name, place in panels])
    return lambda name, place: Markup(dict(zip(panels, drawn.result(), strict=True))[name, place])


def _live(frame: pd.DataFrame, found: Sequence[Part]) -> dict[str, Any]:
    """Make what a reader chooses by, and what the scripts know; and the most bytes of a map."""
    comparisons = [each.found for part in found for each in part.compared if each.found]
    maps = sum(len(row.cells) * 2 + 1 for part in found for p in part.drawn for s in p.sheets for row in s.rows)
    store = Markup(written(content(frame, comparisons)))
    return {"store": store, "choices": choices(frame), "most": MAPS // max(maps, 1)}


def _looks(palette: Palette) -> dict[str, Any]:
    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{palette.css('dark')}}}}}"
    inks = f":root{{{palette.css('light')}}}{dark}"
    return {
        "style": Markup((PARTS / "style.css").read_text(encoding="utf-8") + inks),
        "scripts": [Markup((PARTS / f"{name}.js").read_text(encoding="utf-8")) for name in SCRIPTS],
    }


def _render(values: Mapping[str, Any]) -> str:
    environment = Environment(
        loader=FileSystemLoader(PARTS), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["css"] = css_string
    return environment.get_template("page.html").render(values)


def css_string(value: str) -> Markup:
    """Write a text as a string of a style sheet, in which nothing ends it or the element that it stands in."""
    return Markup('"' + "".join(c if c.isalnum() or c in " ()-,." else f"\\{ord(c):x} " for c in value) + '"')


def _under_way(frame: pd.DataFrame) -> list[str]:
    """Make a note on trials that have not ended. A killed worker's trial counts as running until the sweep resumes."""
    under_way = frame[frame["status"].isin(UNDER_WAY)]
    said = f"{plural(len(under_way), 'trial')} of {len(frame)} not ended yet ({counted(under_way['status'])})"
    return [f"{said}: the results here will change"] if len(under_way) else []


def _commits(frame: pd.DataFrame) -> str:
    """Format the commits of the trials, shortened to 7 digits."""
    if "environment/commit" not in frame:
        return ""
    short = frame["environment/commit"].dropna().astype(str).str.replace(r"^([0-9a-f]{7})[0-9a-f]+", r"\1", regex=True)
    return _listed(pd.DataFrame({"commit": short}), "commit")


def _fixed(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """List (field, value) of the config fields with one value in all trials that have them."""
    columns = [name for name in config_columns(frame) if frame[name].nunique() == 1]
    return [(name, short(frame[name].dropna().iloc[0])) for name in columns]


def _environment(frame: pd.DataFrame) -> list[tuple[str, str]]:
    columns = [name for name in frame.columns if name.startswith("environment/") and "data_" not in name]
    return [(name.removeprefix("environment/"), _listed(frame, name)) for name in columns]


def _listed(frame: pd.DataFrame, column: str, most: int = 4) -> str:
    """Format the values of a column, the most frequent first, at most ``most`` of them."""
    if column not in frame:
        return ""
    values = [short(value) for value in frame[column].value_counts().index]
    return ", ".join(values[:most]) + (f" and {len(values) - most} more" if len(values) > most else "")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags that only ``python -m analysis report`` has."""
    parser.add_argument("--out", metavar="FILE", help="where the page goes (default: report.html, or SWEEP.html)")
    parser.add_argument(
        "--thumbnails", type=int, default=THUMBNAILS, metavar="N", help=f"trials with a thumbnail ({THUMBNAILS})"
    )


def run(options: argparse.Namespace, frame: pd.DataFrame, question: Question = ACTIVATIONS) -> int:
    """Write the report for a loaded frame, print its path, and return the exit code 0."""
    sweep = getattr(options, "sweep", None)
    out = Path(options.out or f"{as_name(sweep) if sweep else 'report'}.html")
    title = f"Activation functions of coordinate networks{f': {sweep}' if sweep else ''}"
    named = ", ".join(shown(source) if "://" in source else short(source) for source in options.sources)
    source = f"{named}{f', sweep {sweep}' if sweep else ''}"
    page = report(frame, out, question, title=title, source=source, thumbnails=options.thumbnails)
    write(f"{page}\n")
    return 0
