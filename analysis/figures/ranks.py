"""The critical-difference diagram: average ranks on one axis, a bar over those that cannot be told apart."""

from collections.abc import Iterable, Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.figures.style import Style, picture, sheet, styles
from inr.errors import InputError


def cliques(ranks: Mapping[str, float], alike: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """The longest runs, in order of rank, in which no two can be told apart; runs of one are left out."""
    pairs = {frozenset(pair) for pair in alike}
    order = sorted(ranks, key=lambda name: (ranks[name], name))
    runs: list[tuple[str, ...]] = []
    for start in range(len(order)):
        end = start + 1
        while end < len(order) and all(frozenset((order[end], name)) in pairs for name in order[start:end]):
            end += 1
        run = tuple(order[start:end])
        if len(run) > 1 and not any(set(run) <= set(other) for other in runs):
            runs.append(run)
    return runs


@picture
def critical_difference(
    ranks: Mapping[str, float], alike: Iterable[tuple[str, str]], blocks: int, note: str = "", metric: str = ""
) -> Figure:
    """Ranks averaged over ``blocks`` images (1 is best); ``alike`` are the pairs that no test tells apart.

    Raises :class:`InputError` for fewer than two.
    """
    if len(ranks) < 2:
        raise InputError(f"a diagram of average ranks needs two to compare, and got {len(ranks)}")
    runs = cliques(ranks, alike)
    order = sorted(ranks, key=lambda name: (ranks[name], name))
    half = (len(order) + 1) // 2
    what = f"average rank over {blocks} images{' by ' + metric if metric else ''}, 1 is best"
    text = f"{what}; a bar joins what cannot be told apart"
    figure = sheet(5.6, 0.75 + 0.24 * half + 0.13 * len(runs), "; ".join(filter(None, [text, note])))
    axes = figure.subplots()
    axes.set_axis_off()
    worst = max(len(ranks), 2)
    axes.set_xlim(worst + 1.2, -0.2)
    entries = styles(order)
    bottom = 0.9 + 0.5 * len(runs)
    axes.set_ylim(bottom + half + 0.2, -1.2)
    _axis(axes, worst)
    for line, run in enumerate(runs):
        y = 0.55 + 0.5 * line
        axes.plot(
            [ranks[run[0]] - 0.04, ranks[run[-1]] + 0.04], [y, y], color="black", linewidth=4, solid_capstyle="butt"
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
    """The name at its side, an elbow up to its rank; the better half stands on the right, where the axis has 1."""
    side = 0.75 if best else worst + 0.25
    axes.plot([rank, rank, side], [0, y, y], color="#777777", linewidth=0.8)
    axes.plot([rank], [0], marker=style.marker, color=style.color, markersize=6, zorder=3)
    text = f"{name}  {rank:.2f}" if best else f"{rank:.2f}  {name}"
    axes.text(side + (-0.05 if best else 0.05), y, text, ha="left" if best else "right", va="center", fontsize=8.5)
