"""Draw quality against a hyperparameter: ω₀, n_modes, or any other number of the config."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from analysis.comparison.losses import loss_label, losses
from analysis.comparison.quality import axis_label, footnote
from analysis.figures import bands
from analysis.figures.names import label
from analysis.figures.style import WIDTH, hide, legend, picture, sheet, styles
from analysis.figures.trials import over, scored, told
from inr.errors import InputError
from inr.words import text


@picture
def response(frame: pd.DataFrame, parameter: str = "omega_0", metric: str = "quality") -> Figure:
    """Draw ``metric`` against ``parameter``, one line per activation that has it, one panel per loss.

    ``quality`` is the value of the metric that ranks each trial. Raises :class:`InputError` if no activation has two
    values of the parameter.
    """
    drawn, notes = responding(frame, parameter, metric)
    return _draw(drawn, parameter, metric, notes)


def responding(frame: pd.DataFrame, parameter: str, metric: str) -> tuple[pd.DataFrame, list[str]]:
    """Find the finished trials of the activations that have two values of the parameter, and notes on what is left out.

    Raises as :func:`response`.
    """
    rows, notes = scored(frame, metric)
    if parameter not in rows:
        raise InputError(f"no trial has {parameter}")
    having = rows[pd.to_numeric(rows[parameter], errors="coerce").notna()]
    several = having.groupby("activation")[parameter].transform("nunique") > 1
    if not several.any():
        raise InputError(f"no activation was tried at two values of {parameter}: there is no response to draw")
    left = sorted(set(having.loc[~several, "activation"]))
    notes += [f"one value only: {', '.join(left)}"] if left else []
    return having[several], notes


def _draw(rows: pd.DataFrame, parameter: str, metric: str, notes: list[str]) -> Figure:
    names, entries = losses(rows["loss"]), styles(rows["activation"])
    counts = list(rows.groupby(["loss", "activation", parameter]).size())
    quartiles = bands.kind(counts)
    pooled = over(rows, "activation", "loss", parameter)
    foot = [bands.told(quartiles, counts), f"over {pooled}" if pooled else "", caution(parameter, entries)]
    foot += [footnote(metric, rows), told(notes)]
    columns = min(len(names), 2)
    lines = -(-len(names) // columns)
    figure = sheet(WIDTH if columns > 1 else 4.6, 2.35 * lines + 0.7, "; ".join(filter(None, foot)))
    panels = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axes, loss in zip(panels, names, strict=False):
        axes.set_title(loss_label(loss), loc="left")
        for name, style in entries.items():
            own = rows[(rows["loss"] == loss) & (rows["activation"] == name)]
            if len(own):
                bands.draw(axes, bands.band(own[parameter].astype(float), own[metric], quartiles), style, marks=99)
    _scale(panels[0], rows[parameter].astype(float))
    for axes in panels[len(names) :]:
        hide(axes)
    for axes in panels[max(0, len(names) - columns) : len(names)]:
        axes.set_xlabel(label(parameter))
        axes.xaxis.set_tick_params(labelbottom=True)
    figure.supylabel(axis_label(metric, rows), fontsize=8.5)
    legend(figure, entries)
    return figure


def caution(parameter: str, activations: Collection[str]) -> str:
    """Warn where one value of the parameter means something else to every activation; else nothing."""
    if len(activations) < 2 or parameter not in ("omega_0", "first_omega_0"):
        return ""
    return "ω₀ of two activations is not the same quantity: compare peaks, not verticals"


def _scale(axes: Axes, values: pd.Series) -> None:
    """Scale the x axis: logarithmic if the values span more than a factor of 4, with ticks at up to 10 values."""
    distinct = np.unique(values)
    if distinct[0] > 0 and distinct[-1] / distinct[0] > 4:
        axes.set_xscale("log")
    if len(distinct) <= 10:
        axes.xaxis.set_major_locator(FixedLocator(list(distinct)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticks(list(distinct), [text(float(value)) for value in distinct])
