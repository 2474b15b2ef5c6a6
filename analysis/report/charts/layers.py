"""The values of every layer: distributions of the trial that is shown, and how sparse the outputs of all are."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.figures.layers import KINDS, Histogram, Layer, Layers, law_of, layers_of, measured, quantity
from analysis.figures.sparsity import STAGES
from analysis.figures.trials import told
from analysis.report.charts.chart import TRIAL, Chart, Panel, Told
from analysis.report.charts.marks import axis, mark, medians, trial_points
from analysis.report.charts.palette import Definition, Palette

LOW = 130
"""Pixels of the height of a distribution."""
DIGITS = 3
"""Digits of a density that count: a picture shows no more."""
WORDS = {"near_zero": "share near zero", "kurtosis": "excess kurtosis"}
LINEAR = {"near_zero": 0.001, "kurtosis": 2}
"""Below it the axis of a statistic is linear, above it logarithmic."""
TICKS = {"near_zero": [0, 0.001, 0.01, 0.1, 1], "kurtosis": [-2, -1, 0, 2, 10, 100]}


def layer_distributions(frame: pd.DataFrame, palette: Palette, activation: str) -> Chart:
    """Make the histograms of the trial of median quality, two panels a layer: before and after the activation."""
    shown = layers_of(frame, activation)
    pairs = [(layer, kind) for layer in shown.all for kind in KINDS]
    x = axis("x", scale={"padding": 0})
    y: Definition = {"field": "last", "type": "quantitative", "axis": None, "scale": {"domainMin": 0}}
    layers = [
        {"transform": [_with("first")], "mark": mark("area", interpolate="step", color="var(--line)", strokeWidth=0),
         "encoding": {"x": x, "y": {**y, "field": "first"}}},
        {"transform": [_with("last")], "mark": mark("line", interpolate="step", color=palette.ink(activation)),
         "encoding": {"x": x, "y": y}},
        {"transform": [_with("law")], "mark": mark("line", color="var(--ink)", strokeDash=[5, 3], strokeWidth=1),
         "encoding": {"x": x, "y": {**y, "field": "law"}}},
    ]  # fmt: skip
    panels = [_distribution(shown, layer, kind) for layer, kind in pairs]
    return Chart(layers, panels, (), [shown.note], {"height": LOW}, title=shown.title, across=len(KINDS))


def _with(column: str) -> Definition:
    return {"filter": f"datum.{column} != null"}


def _distribution(shown: Layers, layer: Layer, kind: str) -> Panel:
    first, last = shown.stages(layer, kind)
    law = law_of(layer, kind, first)
    before = _bins(first, "first").assign(law=law[1] if law else None)
    after = _bins(last, "last")
    top = 1.25 * max(np.sort(first.density)[-3], np.sort(last.density)[-3], 1e-9)  # one value alone may fill a bin
    rows = pd.concat([before, after], ignore_index=True).assign(**{TRIAL: shown.trial.name})
    rows[["first", "last", "law"]] = (
        rows[["first", "last", "law"]].astype(float).clip(upper=top).map(lambda v: float(f"{v:.{DIGITS}g}"))
    )
    name = quantity(layer, kind)
    words = measured(first, last) + (f"  law: {law[0]}" if law else "")
    densities = Told("first", "density at initialisation"), Told("last", "density after training")
    return Panel(f"{layer.name}, {name}", rows, (Told("x", name), *densities), words)


def _bins(found: Histogram, column: str) -> pd.DataFrame:
    middle = [float(f"{x:.{DIGITS + 1}g}") for x in (found.edges[1:] + found.edges[:-1]) / 2]
    return pd.DataFrame({"x": middle, column: found.density})


def sparsity_by_layer(long: pd.DataFrame, notes: Sequence[str], palette: Palette, statistic: str) -> Chart:
    """Make the chart of a statistic of every layer's outputs, one of :data:`WORDS`, before training and after it.

    ``long`` and ``notes`` are those of :func:`analysis.figures.sparsity.layer_statistics`.
    """
    names = palette.present(long["activation"])
    scale = {"type": "symlog", "constant": LINEAR[statistic], "padding": 0}
    y = axis("value", scale=scale, values=TICKS[statistic], format="~f")
    places = {"x": axis("x", "layer", tickMinStep=1), "y": y}
    layers = [trial_points(places, palette, names), medians("x", "value", places, palette, names, marked=True)]
    panels = [_statistic(long[long["stage"] == stage], statistic, stage) for stage in STAGES]
    near = "near zero: below a tenth of the root mean square" if statistic == "near_zero" else ""
    said = ["small: a trial; large: the median of an activation", near, told(notes)]
    return Chart(layers, panels, palette.keys(names), said)


def _statistic(rows: pd.DataFrame, statistic: str, stage: str) -> Panel:
    when = "at initialisation" if stage == "initialisation" else "after training"
    shown = pd.DataFrame({TRIAL: rows["row"], "x": rows["layer"], "value": rows[statistic]})
    told_of = Told("value", WORDS[statistic]), Told("x", "layer", decimals=0)
    return Panel(when, shown[shown["value"].notna()], told_of, WORDS[statistic])
