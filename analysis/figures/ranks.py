"""Draw the critical-difference diagram: average ranks on one axis, bars join indistinguishable rows."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.comparison.statistics import CriticalDifference
from analysis.figures.style import Style, picture, sheet, styles
from inr.errors import InputError

MOST = 16
"""The most rows of a diagram."""


@picture
def critical_difference(found: CriticalDifference, metric: str = "") -> Figure:
    """Draw a critical difference (:mod:`analysis.comparison.statistics`); ``metric`` is named in the footnote.

    Raises :class:`InputError` for fewer than 2 or more than :data:`MOST` rows.
    """
    ranks = found.ranks
    if len(ranks) < 2:
        raise InputError(f"a diagram of average ranks needs two rows to compare, and got {len(ranks)}")
    if len(ranks) > MOST:
        raise InputError(f"{len(ranks)} rows are too many for a diagram of average ranks: compare {MOST} at most")
    order = sorted(ranks, key=lambda name: (ranks[name], name))
    runs = sorted(found.cliques, key=lambda run: min(ranks[name] for name in run))
    half = (len(order) + 1) // 2
    what = f"average rank over {found.blocks} blocks{' by ' + metric if metric else ''}, 1 is best"
    text = [what, f"a bar joins what lies within the critical difference of {found.difference:.2f}"]
    text += [found.impossible or ""]
    figure = sheet(5.8, 0.8 + 0.24 * half + 0.13 * len(runs), "; ".join(filter(None, text)))
    axes = figure.subplots()
    axes.set_axis_off()
    worst = max(len(ranks), 2)
    axes.set_xlim(worst + 1.2, -0.2)
    by_activation = styles(name.split(", ")[0] for name in order)
    entries = {name: by_activation[name.split(", ")[0]] for name in order}
    bottom = 0.9 + 0.5 * len(runs)
    axes.set_ylim(bottom + half + 0.2, -1.2)
    _axis(axes, worst)
    for line, run in enumerate(runs):
        y = 0.55 + 0.5 * line
        axes.plot(
            [min(ranks[n] for n in run) - 0.04, max(ranks[n] for n in run) + 0.04],
            [y, y],
            color="black",
            linewidth=4,
            solid_capstyle="butt",
        )
    for index, name in enumerate(order):
        _entry(
            axes,
            name,
            entries[name],
            ranks[name],
            best=index < half,
            y=bottom + (index if index < half else len(order) - 1 - index),
            worst=worst,
        )
    return figure


def _axis(axes: Axes, worst: int) -> None:
    axes.plot([1, worst], [0, 0], color="black", linewidth=1)
    for tick in range(1, worst + 1):
        axes.plot([tick, tick], [0, -0.22], color="black", linewidth=1)
        axes.text(tick, -0.4, str(tick), ha="center", va="bottom", fontsize=8)


def _entry(axes: Axes, name: str, style: Style, rank: float, *, best: bool, y: float, worst: int) -> None:
    """Draw a name and an elbow line to its rank; the better half stands on the right, where the axis has 1."""
    side = 0.75 if best else worst + 0.25
    axes.plot([rank, rank, side], [0, y, y], color="#777777", linewidth=0.8)
    axes.plot([rank], [0], marker=style.marker, color=style.color, markersize=6, zorder=3)
    text = f"{name}  {rank:.2f}" if best else f"{rank:.2f}  {name}"
    axes.text(side + (-0.05 if best else 0.05), y, text, ha="left" if best else "right", va="center", fontsize=8.5)
