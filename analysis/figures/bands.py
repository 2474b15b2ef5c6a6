"""Draw medians as a line with a band of quartiles or the range, and a footnote on the band."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.figures.style import Style

ENOUGH = 4
"""The fewest trials for quartiles; with fewer the band is the range."""


@dataclass(frozen=True)
class Band:
    """A curve (n,) of x with median and band edges, and the largest number of values at one x."""

    x: np.ndarray
    middle: np.ndarray
    low: np.ndarray
    high: np.ndarray
    count: int


def band(x: pd.Series, y: pd.Series, quartiles: bool) -> Band:
    """Compute the median of y at every x, with quartiles or minimum and maximum as the band."""
    groups = y.groupby(x, sort=True)
    low, high = (groups.quantile(0.25), groups.quantile(0.75)) if quartiles else (groups.min(), groups.max())
    middle = groups.median()
    at = middle.index.to_numpy(float)
    return Band(at, middle.to_numpy(float), low.to_numpy(float), high.to_numpy(float), int(groups.size().max()))


def kind(counts: list[int]) -> bool:
    """Return True if all bands of a picture are quartiles, False for ranges; ``counts`` are the values per point."""
    return bool(counts) and min(counts) >= ENOUGH


def told(quartiles: bool, counts: list[int]) -> str:
    """Write the footnote that explains the bands."""
    if max(counts, default=1) == 1:
        return "one trial a line"
    return f"line: median; band: {'lower to upper quartile' if quartiles else 'smallest to largest value'}"


def draw(axes: Axes, values: Band, style: Style, marks: int = 12) -> None:
    """Draw a band and its median line, with at most ``marks`` markers."""
    if values.count > 1:
        axes.fill_between(values.x, values.low, values.high, color=style.color, alpha=0.16, linewidth=0)
    axes.plot(
        values.x, values.middle, color=style.color, linestyle=style.line, marker=style.marker,
        markevery=max(1, -(-len(values.x) // marks)),
    )  # fmt: skip
