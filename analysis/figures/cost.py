"""What quality costs: training time and parameters."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis.figures.names import label
from analysis.figures.style import WIDTH, legend, picture, sheet, styles
from analysis.figures.trials import scored, told, with_quality


def parameter_count(row: pd.Series) -> int:
    """Weights and biases of the network that a trial's config describes: 2 coordinates in, 1 or 3 channels out."""
    width, hidden = int(row["hidden_features"]), int(row["hidden_layers"])
    channels = 3 if row.get("channels") == "rgb" else 1
    return 3 * width + hidden * width * (width + 1) + channels * (width + 1)


@picture
def cost(frame: pd.DataFrame, metric: str = "quality") -> Figure:
    """``metric`` against seconds of training and against the number of parameters; a point a trial, medians large."""
    timed = "timing/seconds_training"
    rows, notes = scored(with_quality(frame) if len(frame) else frame, metric, timed)
    rows = rows.assign(seconds=rows[timed], parameters=rows.apply(parameter_count, axis=1))
    entries = styles(rows["activation"])
    figure = sheet(
        WIDTH,
        3.1,
        "; ".join(
            filter(None, ["small: a trial; large: the median of an activation at a size", _devices(rows), told(notes)])
        ),
    )
    for axes, x in zip(figure.subplots(1, 2, sharey=True), ("seconds", "parameters"), strict=True):
        axes.set_xscale("log")
        axes.set_xlabel(label(x))
        for name, style in entries.items():
            own = rows[rows["activation"] == name]
            middle = own.groupby("parameters")[[x, metric]].median()
            shift = _beside(list(entries).index(name), len(entries)) if x == "parameters" else 1.0
            axes.scatter(
                own[x] * shift, own[metric], s=9, marker=style.marker, color=style.color, alpha=0.35, linewidth=0
            )
            axes.scatter(
                middle[x] * shift,
                middle[metric],
                s=64,
                marker=style.marker,
                color=style.color,
                edgecolor="white",
                linewidth=0.8,
                zorder=3,
            )
    figure.supylabel(label(metric) + (" (aligned without an image term)" if metric == "quality" else ""), fontsize=8.5)
    legend(figure, entries)
    return figure


def _beside(index: int, count: int) -> float:
    """A factor that sets equal sizes of several activations beside one another."""
    return float(np.exp(0.06 * (index - (count - 1) / 2)))


def _devices(rows: pd.DataFrame) -> str:
    names = [n for n in ("environment/device_name", "environment/threads", "environment/compiled") if n in rows]
    kinds = rows[names].astype(str).drop_duplicates() if names else pd.DataFrame()
    return "times are of different devices or numbers of threads: compare with care" if len(kinds) > 1 else ""
