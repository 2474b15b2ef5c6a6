"""Quality against the training step, a panel a loss: a line a trial, and the median of each activation."""

import pandas as pd

from analysis.comparison.losses import loss_label, losses
from analysis.comparison.quality import QUALITY, footnote
from analysis.figures.convergence import curves_of
from analysis.figures.names import label
from analysis.figures.trials import over, scored, told
from analysis.report.charts.chart import TRIAL, Chart, Panel, Told
from analysis.report.charts.marks import axis, extent, lines, mark, medians, points, trials_told
from analysis.report.charts.palette import Palette
from inr.errors import InputError


def convergence(frame: pd.DataFrame, palette: Palette) -> Chart:
    """Make the chart of the histories of all finished trials.

    Raises :class:`InputError` where no history has what ranks the trials.
    """
    finished, notes = scored(frame)
    curves = curves_of(finished, QUALITY, notes)
    if curves.empty:
        raise InputError(f"no history has what ranks its trial: {told(notes) or 'its values are not finite'}")
    names = palette.present(curves["activation"])
    x, y = axis("step", label("step")), axis("value", scale=extent(curves["value"]))
    layers = [
        lines({"x": x, "y": y}, palette, names),
        medians("step", "value", {"x": x, "y": y}, palette, names),
        {
            "trials": True,
            "transform": [{"filter": "datum.last"}],
            "mark": mark("point", size=28, filled=True, opacity=0.7),
            "encoding": {"x": x, "y": y, **points(palette, names)},
        },
    ]
    pooled = over(finished, "activation", "loss")
    median = f"thick: the median of an activation{f' over {pooled}' if pooled else ''}; thin: a trial"
    said = [median, footnote(QUALITY, finished), told(notes)]
    panels = [_panel(loss, curves[curves["loss"] == loss], finished) for loss in losses(curves["loss"])]
    return Chart(layers, panels, palette.keys(names), said)


def _panel(loss: str, curves: pd.DataFrame, finished: pd.DataFrame) -> Panel:
    measure, quality = trials_told("value", finished[finished["loss"] == loss])
    shown = curves.assign(**{TRIAL: curves["row"]})[[TRIAL, "step", "value"]]
    last = shown["step"] == shown.groupby(TRIAL)["step"].transform("max")
    return Panel(loss_label(loss), shown.assign(last=last), (quality, Told("step", "step", decimals=0)), measure)
