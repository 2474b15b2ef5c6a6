"""The look of the activations on the page: a colour for light and one for dark paper, a marker and a dash each."""

import colorsys
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.figures.style import Style, styles

PAPERS = {"light": "#ffffff", "dark": "#15171a"}
"""The paper of the page, as in its style sheet."""
CONTRAST = {"light": 3.0, "dark": 5.0}
"""The least contrast of a mark with its paper: at least 3 (WCAG 2.2, 1.4.11), more where thin lines glow less."""
STROKE = 1.6
"""Pixels of a line; dashes are given in widths of it."""

Definition = dict[str, Any]
"""A part of a Vega-Lite specification."""


def _polygon(corners: int, inner: float = 1.0) -> str:
    """Write the path of a polygon, or of a star whose inner corners lie at the share ``inner`` of its radius."""
    steps = corners if inner == 1.0 else 2 * corners
    radii = [1 if i % 2 == 0 or inner == 1.0 else inner for i in range(steps)]
    angles = [2 * math.pi * i / steps - math.pi / 2 for i in range(steps)]
    places = [f"{r * math.cos(a):.2f},{r * math.sin(a):.2f}" for r, a in zip(radii, angles, strict=True)]
    return f"M{'L'.join(places)}Z"


PATHS = {
    "o": "M1,0A1,1,0,1,1,-1,0A1,1,0,1,1,1,0Z", "s": "M-.85,-.85H.85V.85H-.85Z", "^": "M0,-1L1,.8H-1Z",
    "v": "M0,1L1,-.8H-1Z", "<": "M-1,0L.8,-1V1Z", ">": "M1,0L-.8,-1V1Z", "D": "M0,-1.15L1.15,0L0,1.15L-1.15,0Z",
    "X": "M-1,-.6L-.6,-1L0,-.4L.6,-1L1,-.6L.4,0L1,.6L.6,1L0,.4L-.6,1L-1,.6L-.4,0Z",
    "P": "M-1,-.33H-.33V-1H.33V-.33H1V.33H.33V1H-.33V.33H-1Z",
    "p": _polygon(5), "h": _polygon(6), "*": _polygon(5, 0.45),
}  # fmt: skip
"""Marker of the pictures for print → its path, of radius 1."""
UPRIGHT, BROKEN = "M0,-1.1V1.1", "M0,-1.1V-.25M0,.25V1.1"
CROSSED, HOLLOW = "M-.7,-.7L.7,.7M.7,-.7L-.7,.7", "M.7,0A.7,.7,0,1,1,-.7,0A.7,.7,0,1,1,.7,0Z"


@dataclass(frozen=True)
class Key:
    """An entry of a legend."""

    path: str
    label: str
    ink: str = "var(--ink)"
    dash: str = ""
    """The dashes of its line; empty where it has none."""


@dataclass(frozen=True)
class Palette:
    """The activations of a page, each with its style."""

    styles: dict[str, Style]

    @classmethod
    def of(cls, activations: Iterable[object]) -> "Palette":
        """Make the palette of a page's activations."""
        return cls(styles(map(str, activations)))

    def ink(self, activation: str) -> str:
        """Name the colour of an activation, which the style sheet defines for either paper."""
        return f"var(--ink-{[*self.styles].index(activation)})"

    def css(self, paper: str) -> str:
        """Define the colours on a paper: declarations of a style sheet."""
        inks = [legible(style.color, PAPERS[paper], CONTRAST[paper]) for style in self.styles.values()]
        return "".join(f"--ink-{number}:{ink};" for number, ink in enumerate(inks))

    def present(self, activations: Iterable[object]) -> list[str]:
        """Sort the activations that are there as in every legend."""
        there = {*map(str, activations)}
        return [name for name in self.styles if name in there]

    def color(self, names: Sequence[str]) -> Definition:
        """Encode the activation by its colour."""
        return _encoded(names, [self.ink(name) for name in names])

    def shape(self, names: Sequence[str]) -> Definition:
        """Encode the activation by its marker."""
        return _encoded(names, [self.symbol(name) for name in names])

    def dash(self, names: Sequence[str]) -> Definition:
        """Encode the activation by its dash."""
        return _encoded(names, [dashes(self.styles[name].line) for name in names])

    def symbol(self, name: str) -> str:
        """Look up the path of an activation's marker."""
        return PATHS[self.styles[name].marker]

    def keys(self, names: Sequence[str]) -> list[Key]:
        """Make a legend of activations."""
        dash = {name: " ".join(f"{part:g}" for part in dashes(self.styles[name].line)) for name in names}
        return [Key(self.symbol(name), name, self.ink(name), dash[name]) for name in names]


def _encoded(names: Sequence[str], values: Sequence[Any]) -> Definition:
    return {
        "field": "activation",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": [*names], "range": [*values]},
    }


def dashes(line: Any) -> list[float]:
    """Convert a linestyle of matplotlib to dashes in pixels; an unbroken line has one without a gap."""
    if line == "-":
        return [1, 0]
    return [round(STROKE * part, 2) for part in ((1, 1.7) if line == ":" else line[1])]


def legible(color: str, paper: str, least: float) -> str:
    """Lighten or darken a colour, #rrggbb, until its contrast with the paper is at least so much."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(color))
    step = 0.02 if _luminance(paper) < 0.5 else -0.02
    found = color
    while contrast(found, paper) < least:
        lightness += step
        found = "#" + "".join(f"{round(255 * c):02x}" for c in colorsys.hls_to_rgb(hue, lightness, saturation))
    return found


def contrast(one: str, other: str) -> float:
    """Compute the contrast of two colours by WCAG 2: from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(color: str) -> tuple[float, float, float]:
    red, green, blue = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue
