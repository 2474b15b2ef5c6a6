"""Write the report: one HTML file that opens offline, with the tables, the pictures and all trials."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis.comparison.groups import counted, counts, keep
from analysis.comparison.question import ACTIVATIONS, Question
from analysis.report.parts import Part, parts
from analysis.report.trials import TrialTable, trial_table
from analysis.sources.rows import UNDER_WAY, config_columns
from inr.errors import InputError
from inr.words import plural, text
from sweeps.file.names import as_name
from sweeps.record.files import replacing
from sweeps.screen.console import write
from sweeps.search.storage_url import shown

PARTS = Path(__file__).parent
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
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    kept = keep(frame, question.where).reset_index(drop=True)
    found = parts(kept, replace(question, where={}))
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    page = page_of(kept, found, trial_table(kept, target, thumbnails), title=title, source=source, made=made)
    with replacing(target) as file:
        file.write(page)
    return target


def page_of(
    frame: pd.DataFrame, found: Sequence[Part], table: TrialTable, *, title: str, source: str, made: str
) -> bytes:
    """Write the page of the parts ``found`` in a frame, and of the table of its trials; ``made`` says when."""
    page = _render({**_values(frame, found), "title": title, "source": source, "made": made, "table": table})
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


def _render(values: Mapping[str, Any]) -> str:
    looks = {
        "style": Markup((PARTS / "style.css").read_text(encoding="utf-8")),
        "script": Markup((PARTS / "page.js").read_text(encoding="utf-8")),
    }
    environment = Environment(loader=FileSystemLoader(PARTS), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("page.html").render({**values, **looks})


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
    return [(name, text(frame[name].dropna().iloc[0])) for name in columns]


def _environment(frame: pd.DataFrame) -> list[tuple[str, str]]:
    columns = [name for name in frame.columns if name.startswith("environment/") and "data_" not in name]
    return [(name.removeprefix("environment/"), _listed(frame, name)) for name in columns]


def _listed(frame: pd.DataFrame, column: str, most: int = 4) -> str:
    """Format the values of a column, the most frequent first, at most ``most`` of them."""
    if column not in frame:
        return ""
    values = [text(value) for value in frame[column].value_counts().index]
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
    named = ", ".join(shown(source) if "://" in source else source for source in options.sources)
    source = f"{named}{f', sweep {sweep}' if sweep else ''}"
    page = report(frame, out, question, title=title, source=source, thumbnails=options.thumbnails)
    write(f"{page}\n")
    return 0
