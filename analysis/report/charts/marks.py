"""The parts that charts share: axes, the marks of trials and of their medians, what a reader is told of a point."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from analysis.comparison.quality import QUALITY, axis_label, ranking_metrics
from analysis.report.charts.chart import TRIAL, Told
from analysis.report.charts.palette import STROKE, Definition, Palette
from inr.vocabulary import metric


def axis(column: str, title: str = "", scale: Definition | None = None, **looks: Any) -> Definition:
    """Encode a number by a place; an axis without a title has it above its panel."""
    shown = {"title": title or None, "tickCount": 5, "labelOverlap": "greedy", **looks}
    own = {"nice": False, "padding": 12, **(scale or {})}
    return {
        "field": column,
        "type": "quantitative",
        "axis": shown,
        "scale": own if "type" in own else {"zero": False, **own},
    }


def extent(values: pd.Series) -> Definition:
    """Give all panels of a chart the same scale."""
    return {"domain": [float(values.min()), float(values.max())]}


def mark(kind: str, **looks: Any) -> Definition:
    """Make a mark; lines are as thick as everywhere on the page unless told otherwise."""
    return {"type": kind, "strokeWidth": STROKE, **looks}


def points(palette: Palette, names: Sequence[str]) -> Definition:
    """Encode the activation of a point by its colour and its marker."""
    return {"color": palette.color(names), "shape": palette.shape(names)}


def trial_points(places: Definition, palette: Palette, names: Sequence[str]) -> Definition:
    """Draw every trial as a small point."""
    return {
        "trials": True,
        "transform": [{"filter": f"datum.{TRIAL} != null"}],
        "mark": mark("point", size=30, filled=True, opacity=0.55),
        "encoding": {**places, **points(palette, names)},
    }


def lines(places: Definition, palette: Palette, names: Sequence[str]) -> Definition:
    """Draw every trial as a thin line."""
    return {
        "trials": True,
        "mark": mark("line", strokeWidth=0.8, opacity=0.4),
        "encoding": {**places, "color": palette.color(names), "detail": {"field": TRIAL}},
    }


def medians(
    x: str, y: str, places: Definition, palette: Palette, names: Sequence[str], marked: bool = False
) -> Definition:
    """Draw a line through the medians of each activation at every x, with a point at each if ``marked``."""
    return {
        "transform": [_median([y], ["activation", x])],
        "mark": mark("line", strokeWidth=2.2, **({"point": {"size": 42, "filled": True}} if marked else {})),
        "encoding": {**places, "color": palette.color(names), "strokeDash": palette.dash(names),
                     **({"shape": palette.shape(names)} if marked else {})},
    }  # fmt: skip


def median_points(
    columns: Sequence[str], places: Definition, palette: Palette, names: Sequence[str], by: Sequence[str] = ()
) -> Definition:
    """Draw the medians of several columns, of each activation and each value of ``by``, as one large point."""
    return {
        "transform": [_median(columns, ["activation", *by])],
        "mark": mark("point", size=95, filled=True, opacity=1, stroke="var(--paper)", strokeWidth=0.8),
        "encoding": {**places, **points(palette, names)},
    }


def _median(columns: Sequence[str], by: Sequence[str]) -> Definition:
    counted = {"op": "count", "as": "n"}
    return {
        "aggregate": [*({"op": "median", "field": name, "as": name} for name in columns), counted],
        "groupby": [*by],
    }


def trials_told(column: str, trials: pd.DataFrame) -> tuple[str, Told]:
    """Name what ranks these trials: as an axis, and as a number of the ``column`` that a reader is told."""
    names = ranking_metrics(trials)
    title = axis_label(QUALITY, trials)
    if len(names) == 1:
        return title, metric_told(column, names[0])
    bare, _, unit = title.partition(" (")
    return title, Told(column, bare, unit.rstrip(")"), metric(names[0]).decimals)


def metric_told(column: str, name: str) -> Told:
    """Name a metric as a number of the ``column``."""
    known = metric(name)
    return Told(column, known.label, known.unit, known.decimals)
