"""Quality against a hyperparameter, a panel a loss: a point a trial, a line through the medians of an activation."""

import pandas as pd

from analysis.comparison.losses import loss_label, losses
from analysis.comparison.quality import QUALITY, footnote
from analysis.figures.names import label
from analysis.figures.response import caution, responding
from analysis.figures.trials import over, told
from analysis.report.charts.chart import TRIAL, Chart, Panel, Told
from analysis.report.charts.marks import axis, extent, medians, trial_points, trials_told
from analysis.report.charts.palette import Definition, Palette

WIDE = 4
"""The factor beyond which values stand on a logarithmic axis."""
TICKS = 10
"""The most values that are all written on the axis."""


def response(frame: pd.DataFrame, palette: Palette, parameter: str) -> Chart:
    """Make the chart of the activations that have the parameter at two values or more.

    Raises :class:`inr.errors.InputError` where there is none.
    """
    rows, notes = responding(frame, parameter, QUALITY)
    values = sorted({*rows[parameter].astype(float)})
    log: Definition = {"type": "log"} if values[0] > 0 and values[-1] / values[0] > WIDE else {}
    ticks: Definition = {"values": values} if len(values) <= TICKS else {}
    names = palette.present(rows["activation"])
    x = axis("x", label(parameter), log, **ticks)
    places = {"x": x, "y": axis("value", scale=extent(rows[QUALITY]))}
    layers = [trial_points(places, palette, names), medians("x", "value", places, palette, names, marked=True)]
    pooled = over(rows, "activation", "loss", parameter)
    said = [f"small: a trial; large: the median of an activation{f' over {pooled}' if pooled else ''}",
            caution(parameter, names), footnote(QUALITY, rows), told(notes)]  # fmt: skip
    panels = []
    for loss in losses(rows["loss"]):
        own = rows[rows["loss"] == loss]
        measure, quality = trials_told("value", own)
        shown = pd.DataFrame({TRIAL: own.index, "x": own[parameter].astype(float), "value": own[QUALITY]})
        panels.append(Panel(loss_label(loss), shown, (quality, Told("x", label(parameter))), measure))
    return Chart(layers, panels, palette.keys(names), said)
