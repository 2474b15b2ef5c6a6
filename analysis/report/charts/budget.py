"""The curve of the budget, a panel a loss: a row an activation, the best score to expect after some of its trials."""

import pandas as pd

from analysis.comparison.losses import loss_label
from analysis.comparison.quality import QUALITY, footnote
from analysis.figures.budget import Curves, read, searches_of
from analysis.report.charts.chart import Chart, Panel, Told
from analysis.report.charts.marks import axis, mark, trials_told
from analysis.report.charts.palette import Definition, Palette

LANE = 7
"""Pixels of a point of a curve."""


def budget(frame: pd.DataFrame, palette: Palette) -> Chart:
    """Make the chart of the searches in all trials of a task. Raises as :func:`analysis.figures.budget.budget`."""
    panels = searches_of(frame)
    steps = sorted({point.trials for _, curves in panels.values() for points in curves.values() for point in points})
    offset = {"field": "trials", "type": "ordinal", "sort": steps, "scale": {"paddingOuter": 0.6}}
    y: Definition = {"field": "row", "type": "nominal", "sort": None,
                     "axis": {"title": None, "ticks": False, "domain": False, "grid": True}}  # fmt: skip
    x = axis("mean")
    layers = [
        {"mark": mark("rule", color="var(--soft)"),
         "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y, "yOffset": offset}},
        {"mark": mark("point", size=26, filled=True, opacity=1, color="var(--ink)"),
         "encoding": {"x": x, "y": y, "yOffset": offset}},
    ]  # fmt: skip
    rows = max(len(curves) for _, curves in panels.values())
    shared = {"height": (LANE * len(steps) + LANE) * rows}
    said = [read(panels), footnote(QUALITY, frame)]
    shown = [_panel(loss, curves, frame[frame["loss"] == loss]) for loss, (_, curves) in panels.items()]
    return Chart(layers, shown, (), said, shared, whole=True, zooms=False)


def _panel(loss: str, curves: Curves, trials: pd.DataFrame) -> Panel:
    points = [(name, p.trials, p.mean, p.low, p.high) for name, points in curves.items() for p in points]
    measure, quality = trials_told("mean", trials)
    told = (Told("row", "activation"), Told("trials", "after trials", decimals=0), quality)
    return Panel(
        loss_label(loss), pd.DataFrame(points, columns=["row", "trials", "mean", "low", "high"]), told, measure
    )
