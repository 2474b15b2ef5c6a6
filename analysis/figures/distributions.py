"""Draw the distributions of every layer of several networks at random inputs, and their sizes from layer to layer."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from analysis.figures.style import WIDTH, Style, hide, legend, picture, png, sequence, sheet

if TYPE_CHECKING:
    from inr.distributions import Distributions, Passed

MOST = 6
"""Layers in a picture of histograms: of more, the first, the last and some between them."""
KINDS = {"u": "argument u of φ", "phi": "activation φ(u)"}
"""Kind of values → what is written below the histograms."""
OF_KIND = {"u": "deviation", "phi": "output"}
"""Kind of values → the number that is its root mean square."""
PANELS = {
    "deviation": "root mean square of u",
    "output": "root mean square of φ",
    "slope": "root mean square of ∂u/∂x\nper unit of coordinate",
}
SIMILAR, SIMILAR_IN_A_ROW = 4, 30
"""The ratios of root mean squares below which one horizontal scale shows all rows, or all layers of a row."""
NARROW = 100
"""The ratio of the ends of a logarithmic scale below which it has marks between the powers of ten."""


def pictures(found: "Sequence[Distributions]", title: str) -> dict[str, bytes]:
    """Draw the two sheets of histograms and the sizes by layer: name of a file → PNG."""
    names = {"u": "pre_activations.png", "phi": "activations.png"}
    drawn = {name: png(histograms(found, kind, title), dpi=200) for kind, name in names.items()}
    return {**drawn, "sizes.png": png(sizes(found, title), dpi=200)}


@picture
def histograms(found: "Sequence[Distributions]", kind: str, title: str) -> Figure:
    """Draw one row a network and one column a layer; ``kind`` is u or phi."""
    layers = _shown(max((len(one.layers) for one in found), default=1))
    foot = (
        f"filled: at random inputs; dashed: predicted from the weights, {_LAWS[kind]} (none for layer 1); above: root "
        f"mean square (predicted). Every area is 1. Layers behind the first have one horizontal scale in all rows if "
        f"their root mean squares differ by less than a factor of {SIMILAR}, in a row by less than {SIMILAR_IN_A_ROW}"
    )
    figure = sheet(max(WIDTH, 1.1 * len(layers) + 0.8), 0.82 * len(found) + 1.0, foot)
    figure.suptitle(title, x=0.01, ha="left", fontsize=9)
    panels = figure.subplots(len(found), len(layers), squeeze=False)
    for one, line in zip(found, panels, strict=True):
        by_place = {layer.layer: layer for layer in one.layers}
        for place, axes in zip(layers, line, strict=True):
            if place in by_place:
                _histogram(axes, by_place[place], kind, _limits(_beside(found, one, by_place[place], kind), kind))
            else:
                hide(axes, "overflow" if one.overflow and place >= one.overflow else "")
        line[0].set_ylabel(one.name.replace("_", "\n"), rotation=0, ha="right", va="center")
    for place, axes in zip(layers, panels[0], strict=True):
        axes.annotate(f"layer {place}", (0.5, 1.3), xycoords="axes fraction", ha="center", fontsize=8.5)
    panels[-1][len(layers) // 2].set_xlabel(KINDS[kind])
    return figure


_LAWS = {"u": "a normal u", "phi": "φ of a normal u"}


def _beside(found: "Sequence[Distributions]", one: "Distributions", layer: "Passed", kind: str) -> "Sequence[Passed]":
    """List the layers that have one scale with a layer: those of all networks, of its own, or none but itself."""
    for networks, factor in ((found, SIMILAR), ([one], SIMILAR_IN_A_ROW)):
        alike = [other for each in networks for other in each.layers if (other.layer == 1) == (layer.layer == 1)]
        numbers = [getattr(other.measured, OF_KIND[kind]) for other in alike]
        if max(numbers) < factor * min(numbers):
            return alike
    return [layer]


def _shown(count: int) -> list[int]:
    """Choose at most so many layers of 1, …, count, the first and the last among them, evenly."""
    return sorted({round(place) for place in np.linspace(1, count, min(count, MOST))})


def _limits(layers: "Sequence[Passed]", kind: str) -> tuple[float, float]:
    """The ends of a scale: those of all values of φ, and of u 3.5 root mean squares, beyond which few values lie."""
    edges = [layer.histograms[kind].edges for layer in layers]
    low, high = min(each[0] for each in edges), max(each[-1] for each in edges)
    if kind == "u":
        reach = 3.5 * max(layer.measured.deviation for layer in layers)
        low, high = max(low, -reach), min(high, reach)
    margin = 0.04 * (high - low) or 1.0
    return low - margin, high + margin


def _histogram(axes: Axes, layer: "Passed", kind: str, limits: tuple[float, float]) -> None:
    found = layer.histograms[kind]
    widths = np.diff(found.edges)
    density = found.counts / max(found.counts.sum(), 1) / np.maximum(widths, 1e-300)
    axes.stairs(density, found.edges, fill=True, color="#9dbcd9")
    tops = [np.sort(density)[-3]]
    if kind in layer.laws:
        axes.plot(
            (found.edges[1:] + found.edges[:-1]) / 2, layer.laws[kind], color="black", linestyle="--", linewidth=0.9
        )
        tops.append(np.sort(layer.laws[kind])[-3])
    axes.set_xlim(limits)
    axes.set_ylim(0, 1.15 * max(*tops, 1e-300))
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda number, _: _short(number))
    axes.tick_params(labelsize=6, length=2, pad=1)
    number = OF_KIND[kind]
    pair = getattr(layer.measured, number), getattr(layer.predicted, number)
    axes.set_title("{} ({})".format(*map(_short, pair)), fontsize=6.8, pad=2)


def _short(number: float) -> str:
    return f"{number:.3g}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-").replace("-", "−")


@picture
def sizes(found: "Sequence[Distributions]", title: str) -> Figure:
    """Draw the root mean squares of u, φ and ∂u/∂x against the layer, a line a network, the predicted ones as rings."""
    styles = dict(zip((one.name for one in found), sequence(), strict=False))
    foot = "line with marks: measured at random inputs; ring: predicted from the weights. Logarithmic vertical scales"
    figure = sheet(WIDTH, 3.2, foot)
    figure.suptitle(title, x=0.01, ha="left", fontsize=9)
    for axes, (number, words) in zip(figure.subplots(1, len(PANELS)), PANELS.items(), strict=True):
        for one in found:
            _line(axes, one, number, styles[one.name])
        axes.set_yscale("log")
        _mark(axes)
        axes.set_title(words, loc="left", fontsize=8)
        axes.set_xlabel("layer")
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    legend(figure, styles, beside=True)
    return figure


def _line(axes: Axes, one: "Distributions", number: str, style: Style) -> None:
    places = [layer.layer for layer in one.layers]
    pairs = [(getattr(layer.measured, number), getattr(layer.predicted, number)) for layer in one.layers]
    measured, predicted = np.array(pairs).reshape(-1, 2).T
    axes.plot(
        places, measured, color=style.color, marker=style.marker, linestyle=style.line, linewidth=1.1, markersize=3
    )
    axes.plot(places, predicted, color=style.color, marker="o", markerfacecolor="none", markersize=7, linestyle="none")


def _mark(axes: Axes) -> None:
    """Mark a logarithmic scale, which spans a factor of 2 at the least, so that a small difference looks small."""
    low, high = axes.get_ylim()
    middle = math.sqrt(low * high)
    low, high = min(low, middle / math.sqrt(2)), max(high, middle * math.sqrt(2))
    axes.set_ylim(low, high)
    decades = LogLocator(subs=(1, 2, 5) if high / low < NARROW else (1,), numticks=7)
    axes.yaxis.set_major_locator(decades if high / low > 10 else MaxNLocator(6))
    axes.yaxis.set_major_formatter(lambda number, _: _short(number))
    axes.yaxis.set_minor_locator(NullLocator())
