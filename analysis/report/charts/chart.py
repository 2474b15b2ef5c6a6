"""A chart of the page: a specification in Vega-Lite, and the points that it draws, a panel each.

A panel is drawn twice from one specification: as a still picture (SVG) by vl-convert, and in the browser, where it can
be asked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analysis.report.charts.palette import Definition, Key
from sweeps.screen.console import visible

POINTS = "points"
"""The name of the data in a specification; whoever draws it puts the points there."""
TRIAL = "trial"
"""The column of points that are a trial: its place in the frame of the page."""
STILL = 120
"""The most marks of single trials in a still picture: with more it shows what is drawn of all of them."""
HEIGHT, WIDTH = 210, 350
"""Pixels of a panel; a browser makes it as wide as there is room."""
DIGITS = 7

LOOK: Definition = {
    "aria": False,  # a panel has one text of its own; its marks are the table's trials
    "background": "transparent",
    "font": "inherit",
    "view": {"stroke": None},
    "axis": {
        "domainColor": "var(--soft)", "gridColor": "var(--line)", "tickColor": "var(--soft)",
        "labelColor": "var(--ink)", "titleColor": "var(--ink)",
        "titleFontWeight": "normal", "labelFontSize": 11, "titleFontSize": 12,
        "labelLimit": 220,
    },
    "text": {"color": "var(--ink)", "fontSize": 11},
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A number of a point that a reader is told: its column, its words and its unit."""

    column: str
    label: str
    unit: str = ""
    decimals: int | None = None
    """Digits behind the point; None for three that count."""


@dataclass(frozen=True, eq=False)
class Panel:
    """One pair of axes: a title, what the vertical axis measures, and the points."""

    title: str
    points: pd.DataFrame
    told: tuple[Told, ...]
    measure: str = ""


@dataclass(frozen=True, eq=False)
class Chart:
    """Panels that share a specification."""

    layers: Sequence[Definition]
    """The layers of the specification; one that says ``"trials": True`` draws a mark for every trial."""
    panels: Sequence[Panel]
    keys: Sequence[Key] = ()
    """The legend."""
    notes: Sequence[str] = ()
    shared: Definition = field(default_factory=dict)
    """What the specification says beside its layers."""
    whole: bool = False
    """True of a chart of all trials, which cannot be drawn of some: its numbers are worked out before."""
    title: str = ""
    """What stands over the panels; empty where the section's heading says it."""
    across: int = 0
    """The panels of a line, where there is room; 0 for what looks well."""
    zooms: bool = True
    """True where both axes have numbers."""

    @property
    def columns(self) -> int:
        """The panels of a line where there is room, so that no line is nearly empty."""
        count = len(self.panels)
        return self.across or (count if count < 4 else 2 if count == 4 else 3)

    def live(self) -> dict[str, Any]:
        """Give what a browser draws: the specification, and the points of each panel by column."""
        panels = [
            {"points": _columns(panel.points), "told": [vars(told) for told in panel.told]} for panel in self.panels
        ]
        return {"spec": self._spec(self.layers, self.zooms), "panels": panels}

    def still(self, panel: Panel, activations: Sequence[str | None]) -> Definition:
        """Give the specification of a still picture, with its points.

        ``activations`` are those of the trials of the page, in its order.
        """
        few = len(panel.points) <= STILL
        layers = [layer for layer in self.layers if few or not layer.get("trials")]
        spec = self._spec([layer for layer in layers if not layer.get("aimed")], False)
        data = {"name": POINTS, "values": _rows(panel.points, activations)}
        return {**spec, "width": WIDTH, "data": data}

    def _spec(self, layers: Sequence[Definition], zoom: bool) -> Definition:
        drawn = [{key: value for key, value in layer.items() if key not in ("trials", "aimed")} for layer in layers]
        if zoom:
            drawn[0] = {**drawn[0], "params": [_ZOOM]}
        sizes = {"height": HEIGHT, "autosize": {"type": "fit-x", "contains": "padding"}}
        shown: Definition = _visible({**sizes, "config": LOOK, **self.shared, "layer": drawn})
        return shown


_ZOOM = {
    "name": "zoom",
    "bind": "scales",
    "select": {"type": "interval", "zoom": "wheel![event.ctrlKey || event.metaKey || event.shiftKey]"},
}
"""The wheel alone scrolls the page."""


def _visible(value: Any) -> Any:
    """Make every text of a specification one that SVG can hold, as the points' texts are."""
    if isinstance(value, Mapping):
        return {name: _visible(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_visible(each) for each in value]
    return visible(value) if isinstance(value, str) else value


def _rows(points: pd.DataFrame, activations: Sequence[str | None]) -> list[dict[str, Any]]:
    """Turn points into rows; a point that is a trial's has the trial's activation, as in the browser."""
    columns = _columns(points)
    if TRIAL in columns:
        columns.setdefault("activation", [None if t is None else activations[t] for t in columns[TRIAL]])
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _columns(points: pd.DataFrame) -> dict[str, list[Any]]:
    return {str(name): [plain(value) for value in points[name]] for name in points.columns}


def plain(value: Any) -> Any:
    """Make a value what JSON can say; what is no finite number is nothing."""
    if isinstance(value, str):
        return visible(value)
    if value is None or isinstance(value, bool):
        return value
    number = float(value)
    if not abs(number) < float("inf"):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**53 else float(f"{number:.{DIGITS}g}")


def tidy(svg: str) -> str:
    """Leave out of an SVG what the page does not need: names of the format, its fonts, tenths of a tenth of a pixel."""
    svg = re.sub(r"<[^>]*>", lambda tag: _NUMBERS.sub(lambda n: f"{float(n[0]):.1f}".removesuffix(".0"), tag[0]), svg)
    svg = _DEFAULTS.sub("", svg)
    svg = re.sub(r'<path (?:d="[^"]*"|d="" display="none")/>', "", svg)  # backgrounds without a colour
    while (shorter := re.sub(r"<g[^>]*></g>", "", svg)) != svg:
        svg = shorter
    return svg


_NUMBERS = re.compile(r"\d+\.\d{3,}")
_DEFAULTS = re.compile(
    r' (?:(?:xmlns(?::xlink)?|class|font-family|role|aria-[a-z]+)="[^"]*"|version="1.1"|pointer-events="none"'
    r'|stroke-width="1"|opacity="1"|font-weight="normal"|[xy]2="0"|transform="translate\(0,0\)")'
)
"""Attributes that say what is so without them, or what the element around the picture says."""
