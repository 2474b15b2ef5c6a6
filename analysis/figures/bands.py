"""A line through medians, and a band that says what it is."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.figures.style import Style

ENOUGH = 4
"""Trials from which quartiles say something; below it the band is the range."""


@dataclass(frozen=True)
class Band:
    """x, and of the values there the median, the lower and the upper edge, and their number."""

    x: np.ndarray
    middle: np.ndarray
    low: np.ndarray
    high: np.ndarray
    count: int


def band(x: pd.Series, y: pd.Series, quartiles: bool) -> Band:
    """Medians and quartiles, or minimum and maximum, of y at every x."""
    groups = y.groupby(x, sort=True)
    low, high = (groups.quantile(0.25), groups.quantile(0.75)) if quartiles else (groups.min(), groups.max())
    middle = groups.median()
    at = middle.index.to_numpy(float)
    return Band(at, middle.to_numpy(float), low.to_numpy(float), high.to_numpy(float), int(groups.size().max()))


def kind(counts: list[int]) -> bool:
    """Whether the bands of one picture are quartiles: one kind for all."""
    return bool(counts) and min(counts) >= ENOUGH


def told(quartiles: bool, counts: list[int]) -> str:
    """The footnote on the bands."""
    if max(counts, default=1) == 1:
        return "one trial a line"
    return f"line: median; band: {'lower to upper quartile' if quartiles else 'smallest to largest value'}"


def draw(axes: Axes, values: Band, style: Style, marks: int = 12) -> None:
    """The band, then its line with at most ``marks`` markers."""
    if values.count > 1:
        axes.fill_between(values.x, values.low, values.high, color=style.color, alpha=0.16, linewidth=0)
    axes.plot(
        values.x, values.middle, color=style.color, linestyle=style.line, marker=style.marker,
        markevery=max(1, -(-len(values.x) // marks)),
    )  # fmt: skip
