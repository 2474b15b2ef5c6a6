"""Draw quality against cost: training time and number of parameters."""

from typing import Any, final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogFormatter, NullLocator
from matplotlib.transforms import ScaledTranslation

from analysis.comparison.losses import loss_label, losses
from analysis.comparison.quality import axis_label, footnote
from analysis.figures.names import label
from analysis.figures.style import WIDTH, Style, legend, picture, sheet, styles
from analysis.figures.trials import scored, told

SECONDS = "timing/seconds_training"
PARAMETERS = "network/parameters"


@final
class Numbers(LogFormatter):
    """The numbers of a logarithmic axis in digits; matplotlib writes them as formulas, which are not read here."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Write a number; nothing where the axis has no room for it."""
        return f"{x:g}" if super().__call__(x, pos) else ""


@picture
def cost(frame: pd.DataFrame, metric: str = "quality") -> Figure:
    """``metric`` against seconds of training and against parameters, a row a loss: trials small, medians large."""
    rows, notes = scored(frame, metric, SECONDS, PARAMETERS)
    rows = rows.assign(training_time=rows[SECONDS], network_size=rows[PARAMETERS].astype(int))
    names, entries = losses(rows["loss"]), styles(rows["activation"])
    sizes = sorted(set(rows["network_size"]))
    columns = ("training_time", "network_size") if len(sizes) > 1 else ("training_time",)
    text = ["small: a trial; large: the median of an activation at a size", footnote(metric, rows)]
    text += [f"all networks have {sizes[0]:,} parameters" if len(sizes) == 1 else "", _devices(rows), told(notes)]
    figure = sheet(WIDTH if len(sizes) > 1 else 4.8, 1.9 * len(names) + 0.9, "; ".join(filter(None, text)))
    panels = figure.subplots(len(names), len(columns), sharex="col", sharey="row", squeeze=False)
    for line, loss in zip(panels, names, strict=True):
        line[0].set_title(loss_label(loss), loc="left")
        for axes, x in zip(line, columns, strict=True):
            _panel(axes, rows[rows["loss"] == loss], x, metric, entries)
    if len(sizes) > 1:
        _sizes(panels[0][1], sizes)
    for axes, x in zip(panels[-1], columns, strict=True):
        axes.set_xlabel(label(x))
    figure.supylabel(axis_label(metric, rows), fontsize=8.5)
    legend(figure, entries)
    return figure


def _sizes(axes: Axes, sizes: list[int]) -> None:
    axes.set_xlim(sizes[0] / 1.5, sizes[-1] * 1.5)
    axes.xaxis.set_major_locator(FixedLocator(sizes))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter("{x:,.0f}")


def _panel(axes: Axes, rows: pd.DataFrame, x: str, metric: str, entries: dict[str, Style]) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(Numbers())
    axes.xaxis.set_minor_formatter(Numbers(minor_thresholds=(2, 0.5)))
    for index, (name, style) in enumerate(entries.items()):
        own = rows[rows["activation"] == name]
        middle = own.groupby("network_size")[[x, metric]].median() if x == "training_time" else _medians(own, metric)
        # activations of equal size are drawn side by side, shifted by inches on the paper
        aside = (index - (len(entries) - 1) / 2) * 0.16 if x == "network_size" else 0.0
        where = axes.transData + ScaledTranslation(aside, 0, axes.figure.dpi_scale_trans)
        axes.update_datalim(own[[x, metric]].to_numpy(float))
        look: dict[str, Any] = {"marker": style.marker, "color": style.color, "transform": where}
        axes.scatter(own[x], own[metric], s=9, alpha=0.4, linewidth=0, **look)
        axes.scatter(middle[x], middle[metric], s=58, edgecolor="white", linewidth=0.8, zorder=3, **look)
    axes.autoscale_view()


def _medians(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    return rows.groupby("network_size")[metric].median().reset_index()


def _devices(rows: pd.DataFrame) -> str:
    names = [n for n in ("environment/device_name", "environment/threads", "environment/compiled") if n in rows]
    kinds = rows[names].astype(str).drop_duplicates() if names else pd.DataFrame()
    return "times are of different devices, threads or compilation: compare with care" if len(kinds) > 1 else ""
