"""The style of the pictures: a colour, marker and line per activation, legible in grey and to the colour-blind."""

import functools
import io
import itertools
import textwrap
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from sweeps.screen.console import visible

P = ParamSpec("P")
T = TypeVar("T")

WIDTH = 7.0
"""The text width of an A4 page, in inches."""

RC: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.titlesize": 9,
    "axes.labelsize": 8.5,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "lines.markersize": 4.5,
    "svg.hashsalt": "inr",  # the same picture is the same bytes
    "text.parse_math": False,  # a name may have two dollar signs
}


@dataclass(frozen=True)
class Style:
    """The colour, marker and line of an activation. The study's four also differ in lightness."""

    color: str
    marker: str
    line: Any
    """A linestyle of matplotlib."""


STYLES = {
    "relu": Style("#000000", "X", ":"),
    "square": Style("#8a1c4f", "s", (0, (5, 1.2, 1.2, 1.2))),
    "sine": Style("#2f7fc1", "o", "-"),
    "triangle": Style("#e69f00", "^", (0, (4, 1.4))),
}
OTHERS = (
    Style("#117733", "D", "-"),
    Style("#56b4e9", "P", (0, (4, 1.4))),
    Style("#aa4499", "v", ":"),
    Style("#44aa99", "<", (0, (5, 1.2, 1.2, 1.2))),
    Style("#d55e00", ">", "-"),
    Style("#666666", "p", (0, (1, 1))),
    Style("#999933", "h", (0, (4, 1.4))),
    Style("#332288", "*", ":"),
)
"""Styles of other activations, assigned in the alphabetical order of those in the picture. Further ones combine the
colour of one with the marker and line of another, so that 64 are distinct.
"""


def styles(activations: Iterable[str]) -> dict[str, Style]:
    """Assign a style to each activation: activation → style, the study's four first."""
    names = {str(name) for name in activations}
    known = [name for name in ("sine", "triangle", "square", "relu") if name in names]
    others = sorted(names - STYLES.keys())
    extra = {name: _other(i) for i, name in enumerate(others)}
    return {**{name: STYLES[name] for name in known}, **extra}


def sequence() -> Iterator[Style]:
    """Yield styles for what is no activation, the study's four first; the first twelve differ in colour."""
    yield from STYLES.values()
    yield from map(_other, itertools.count())


def _other(i: int) -> Style:
    own, shape = OTHERS[i % len(OTHERS)], OTHERS[(i + i // len(OTHERS)) % len(OTHERS)]
    return Style(own.color, shape.marker, shape.line)


def picture(draw: Callable[P, T]) -> Callable[P, T]:
    """Decorate a drawing function so that it uses the settings :data:`RC`."""

    @functools.wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> T:
        with matplotlib.rc_context(RC):
            return draw(*args, **kwargs)

    return drawn


def sheet(width: float, height: float, note: str = "") -> Figure:
    """Make an empty figure of ``width`` × ``height`` inches; a footnote of several lines makes it higher."""
    lines = textwrap.wrap(note, int(width * 18))
    height += 0.14 * max(len(lines) - 1, 0)
    figure = Figure(figsize=(width, height), dpi=150, layout="constrained")
    if note:
        figure.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=7, color="#444444")
    return figure


def legend(
    figure: Figure, entries: dict[str, Style], suffix: dict[str, str] | None = None, beside: bool = False
) -> None:
    """Add one legend above all panels, or ``beside`` them; ``suffix`` maps an entry's name to text that is appended."""
    handles = [
        Line2D([], [], color=s.color, marker=s.marker, linestyle=s.line, label=f"{name}{(suffix or {}).get(name, '')}")
        for name, s in entries.items()
    ]
    columns = 1 if beside else min(len(handles), 5)
    where: Any = "outside right center" if beside else "outside upper left"
    figure.legend(handles=handles, loc=where, ncols=columns, handlelength=3.2)


def hide(axes: Axes, text: str = "") -> None:
    """Hide the frame of a panel without data, and write ``text`` in its place."""
    axes.set_axis_off()
    if text:
        axes.text(0.5, 0.5, text, ha="center", va="center", fontsize=7.5, color="#666666", transform=axes.transAxes)


@picture
def png(figure: Figure, dpi: int = 150) -> bytes:
    """Render a figure as PNG bytes, at ``dpi`` pixels per inch."""
    return _saved(figure, format="png", dpi=dpi)


@picture
def svg(figure: Figure) -> bytes:
    """Render a figure as SVG bytes, the same bytes for the same data."""
    return _saved(figure, format="svg", metadata={"Date": None})


def _saved(figure: Figure, **how: Any) -> bytes:
    buffer = io.BytesIO()
    for text in figure.findobj(Text):  # SVG is XML, which forbids control characters
        text.set_text("\n".join(map(visible, text.get_text().split("\n"))))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)  # it is drawn as a box
        figure.savefig(buffer, facecolor="white", **how)
    return buffer.getvalue()
