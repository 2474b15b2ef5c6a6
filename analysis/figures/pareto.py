"""Image quality against derivative quality: which trials are beaten in neither."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from analysis.figures.names import label
from analysis.figures.style import WIDTH, Style, legend, picture, sheet, styles
from analysis.figures.trials import scored, told, with_quality
from inr.errors import InputError

AGAINST = ("gradient/psnr", "laplacian/psnr", "discrete_gradient/psnr", "discrete_laplacian/psnr")
"""The network's derivatives, then those of its image: the two can rank activations differently."""


def front(x: ArrayLike, y: ArrayLike) -> NDArray[np.bool_]:
    """Which points no other point beats in both (higher is better in both)."""
    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    at_least = (a[None] >= a[:, None]) & (b[None] >= b[:, None])
    above = (a[None] > a[:, None]) | (b[None] > b[:, None])
    return np.asarray(~(at_least & above).any(axis=1))


@picture
def pareto(frame: pd.DataFrame, against: tuple[str, ...] = AGAINST) -> Figure:
    """PSNR of the image against that of the derivatives, a point a trial; the front joined, its points filled."""
    quality = with_quality(frame) if len(frame) else frame
    rows, notes = scored(quality, "quality")
    panels = [name for name in against if name in rows and np.isfinite(pd.to_numeric(rows[name])).any()]
    if not panels:
        raise InputError(f"no trial has {' or '.join(against)}")
    entries = styles(rows["activation"])
    lines = -(-len(panels) // 2)
    text = "filled: on the front of all trials; dotted: the score of an all-zero map"
    figure = sheet(WIDTH, 2.9 * lines + 0.6, "; ".join(filter(None, [text, told(notes)])))
    axes = figure.subplots(lines, 2, sharex=True, squeeze=False).ravel()
    for panel, name in zip(axes, panels, strict=False):
        _panel(panel, rows[np.isfinite(pd.to_numeric(rows[name]))], name, entries)
    for panel in axes[len(panels) :]:
        panel.set_axis_off()
    for panel in axes[max(0, len(panels) - 2) : len(panels)]:
        panel.set_xlabel(label("quality") + " (aligned without an image term)", fontsize=8)
        panel.xaxis.set_tick_params(labelbottom=True)
    legend(figure, entries)
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, name: str, entries: dict[str, Style]) -> None:
    y = pd.to_numeric(rows[name])
    on = front(rows["quality"], y)
    line = rows[on].assign(y=y[on]).sort_values("quality")
    axes.step(line["quality"], line["y"], where="pre", color="#888888", linewidth=1, zorder=1.5)
    for activation, style in entries.items():
        own = (rows["activation"] == activation).to_numpy()
        for chosen, face in ((own & ~on, "white"), (own & on, style.color)):
            axes.scatter(
                rows.loc[chosen, "quality"], y[chosen], s=22, marker=style.marker, facecolor=face,
                edgecolor=style.color, linewidth=0.9, zorder=2 + (face != "white"),
            )  # fmt: skip
    zero = _zero(rows, name)
    for value in (float(zero.min()), float(zero.max())) if len(zero) else ():
        axes.axhline(value, color="#444444", linestyle=":", linewidth=0.9, zorder=1)
    axes.set_ylabel(label(name).replace(" (", "\n("))


def _zero(rows: pd.DataFrame, name: str) -> pd.Series:
    """The all-zero map's scores of the same family."""
    column = name.removeprefix("discrete_") + "_zero"
    return pd.to_numeric(rows[column], errors="coerce").dropna() if column in rows else pd.Series(dtype=float)
