"""The trials of the page as its scripts know them: the JSON from which charts and tables are drawn."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.comparison.basis import BLOCK, ROW
from analysis.comparison.result import Comparison
from analysis.comparison.statistics import interval_factors
from analysis.comparison.subject import subjects
from analysis.figures.names import short
from analysis.report.charts.chart import Chart, plain
from analysis.report.library import pack
from analysis.report.trials import anchor
from inr.vocabulary import metric
from inr.words import text
from sweeps.screen.console import visible

CHOSEN = ("activation", "loss", *subjects(), "seed")
"""What a reader chooses trials by."""


def choices(frame: pd.DataFrame) -> dict[str, list[str]]:
    """List the values of everything that a reader can choose by: column → its values, where there are several."""
    found = {name: _texts(frame, name) for name in CHOSEN if name in frame}
    values = {name: sorted({value for value in texts if value}, key=_order) for name, texts in found.items()}
    return {name: several for name, several in values.items() if len(several) > 1}


def content(frame: pd.DataFrame, comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """Make the content of the page: the trials in the order of the frame, and the comparisons."""
    metrics = list(dict.fromkeys(name for found in comparisons for name in found.metrics))
    return {
        "trials": {
            "id": [text(value) for value in frame["trial_id"]],
            "anchor": [anchor(value, place) for place, value in enumerate(frame["trial_id"])],
            **{name: _texts(frame, name) for name in CHOSEN if name in frame},
        },
        "metrics": {name: [plain(value) for value in pd.to_numeric(frame[name], errors="coerce")] for name in metrics},
        "comparisons": [_comparison(found) for found in comparisons],
    }


def written(value: Mapping[str, Any]) -> str:
    """Write JSON that may stand in a page: nothing in it ends the element."""
    return _json(value).replace("<", "\\u003c")


def packed(charts: Mapping[str, Chart]) -> str:
    """Write the charts by name: JSON, compressed to a fifth, in base64."""
    return pack(_json({name: chart.live() for name, chart in charts.items()}).encode())


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))


def _texts(frame: pd.DataFrame, name: str) -> list[str | None]:
    return [None if pd.isna(value) else visible(short(value)) for value in frame[name]]


def _order(value: str) -> tuple[int, float, str]:
    """Sort numbers by their size, before texts."""
    return (0, float(value), "") if value.lstrip("-").isdigit() else (1, 0.0, value)


def _comparison(found: Comparison) -> dict[str, Any]:
    """Write the blocks of each row with their trials, from which its means are worked out."""
    blocks = {
        str(row): [[int(index) for index in trials.index] for _, trials in own.groupby(BLOCK, sort=False)]
        for row, own in found.basis.used.groupby(ROW, sort=False)
    }
    return {
        "rows": [blocks.get(row.name, []) for row in found.rows],
        "metrics": [
            {"name": name, "decimals": metric(name).decimals, "higher": metric(name).higher_is_better}
            for name in found.metrics
        ],
        "factors": interval_factors(found.basis.used[BLOCK].nunique(), found.confidence),
    }
