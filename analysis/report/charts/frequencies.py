"""Energy by frequency, a panel a loss: a line the network of median quality of an activation, and the picture's."""

import pandas as pd

from analysis.comparison.losses import loss_label
from analysis.figures.names import short
from analysis.figures.spectra import READ, SPECTRUM, Panel, curve, spectra_of
from analysis.figures.trials import told
from analysis.report.charts import chart
from analysis.report.charts.chart import TRIAL, Chart, Told
from analysis.report.charts.marks import axis, mark
from analysis.report.charts.palette import Definition, Palette

LEAST = 1e-8
"""The least share that is drawn: below it lies what the window lets through."""


def spectra(frame: pd.DataFrame, palette: Palette) -> Chart:
    """Make the chart of the spectra. Raises as :func:`analysis.figures.spectra.spectra`."""
    panels, notes = spectra_of(frame)
    names = palette.present([name for panel in panels for name in panel.networks])
    x = axis("x", "frequency / Nyquist's of the pixels", {"padding": 0})
    places = {"x": x, "y": axis("value", scale={"type": "log", "padding": 0}, format=".0e")}
    layers: list[Definition] = [
        {"transform": [{"filter": f"datum.{TRIAL} == null"}],
         "mark": mark("line", color="var(--line)", strokeWidth=4), "encoding": places},
        {"mark": mark("rule", color="var(--soft)", strokeDash=[2, 3], strokeWidth=1), "encoding": {"x": {"datum": 1}}},
        {"transform": [{"filter": f"datum.{TRIAL} != null"}], "mark": mark("line"),
         "encoding": {**places, "color": palette.color(names), "strokeDash": palette.dash(names),
                      "detail": {"field": TRIAL}}},
    ]  # fmt: skip
    return Chart(layers, [_panel(panel) for panel in panels], palette.keys(names), [READ, told(notes)])


def _panel(panel: Panel) -> chart.Panel:
    known = [found for found in panel.networks.values() if f"reference_{SPECTRUM}" in found]
    lines = [(None, curve(found, f"reference_{SPECTRUM}")) for found in known[:1]]
    lines += [(panel.trials[name], curve(found)) for name, found in panel.networks.items()]
    shown = pd.concat(
        [pd.DataFrame({"x": x, "value": share.clip(LEAST)}).assign(**{TRIAL: trial}) for trial, (x, share) in lines],
        ignore_index=True,
    )
    told_of = Told("value", "share of energy"), Told("x", "frequency / Nyquist's")
    return chart.Panel(f"{loss_label(panel.loss)}, {short(panel.fitted)}", shown, told_of, "share of energy")
