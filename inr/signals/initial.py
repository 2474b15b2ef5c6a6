"""Initial values of waves in the plane, of a height of 1; points are (row, column)."""

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, final

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from inr.choices import Choice
from inr.doc import Doc

Array = NDArray[np.float64]
WaveNumbers = Mapping[str, tuple[float, float]]
"""Flat name → its value, and the wave number in rad per unit of length of one of its units."""

TAIL = 8.0
"""Widths from its centre beyond which a pulse is below 1e-13."""
DISC = 11.0
"""Widths of a pulse from its centre within which points are drawn: the published 0.25 of a width of 0.0224."""


@dataclass(frozen=True, kw_only=True)
class Initial(Choice, kind="initial"):
    """Value and velocity at time 0, and where they are."""

    @property
    def reach(self) -> float:
        """The distance from the origin beyond which nothing is; 0 of what is periodic in 2."""
        return 0.0

    @property
    def cut(self) -> float:
        """The row along which the wave is shown over time."""
        return 0.0

    @property
    def wave_numbers(self) -> WaveNumbers:
        """The wave numbers that a grid must show: none by default."""
        return {}

    @property
    @abstractmethod
    def spacing(self) -> float:
        """The largest distance of samples that hold the whole spectrum."""

    @abstractmethod
    def value(self, points: Array) -> Array:
        """Compute the value at points (…, 2)."""

    def velocity(self, points: Array, speed: float) -> Array:
        """Compute the velocity at points (…, 2): 0 by default."""
        return np.zeros(points.shape[:-1])

    def near(self, rng: np.random.Generator, count: int) -> Array:
        """Draw points (count, 2) where the value is not small: all over [-1, 1]² by default."""
        return rng.uniform(-1, 1, (count, 2))


@dataclass(frozen=True, kw_only=True)
class Pulsed(Initial, abstract=True):
    """A Gaussian of some width."""

    pulse_width: Annotated[float, Ge(0.01), Le(1), Doc("standard deviation of the Gaussian pulse")] = 0.15

    @property
    def spacing(self) -> float:
        """A spectrum exp(-(kw)²/2) is 4e-14 at the Nyquist."""
        return self.pulse_width / 2.5

    @property
    def reach(self) -> float:
        """The tail's end."""
        return TAIL * self.pulse_width


@final
@dataclass(frozen=True, kw_only=True)
class Pulse(Pulsed):
    """A round pulse at the origin, at rest: exp(-|x|² / 2w²)."""

    def value(self, points: Array) -> Array:
        """See the base class."""
        return np.asarray(np.exp(-np.square(points / self.pulse_width).sum(-1) / 2))

    def near(self, rng: np.random.Generator, count: int) -> Array:
        """Draw from a disc around the pulse."""
        radius = min(1.0, DISC * self.pulse_width) * np.sqrt(rng.random(count))
        angle = 2 * np.pi * rng.random(count)
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)


@final
@dataclass(frozen=True, kw_only=True)
class Plane(Pulsed):
    """A plane pulse that runs along the columns: u = f(x - ct), f(x) = exp(-(x + ½)² / 2w²)."""

    @property
    def reach(self) -> float:
        """The tail's end, behind the pulse."""
        return 0.5 + TAIL * self.pulse_width

    def value(self, points: Array) -> Array:
        """See the base class."""
        return np.asarray(np.exp(-np.square(self._offset(points)) / 2))

    def velocity(self, points: Array, speed: float) -> Array:
        """Compute -c f′."""
        return speed * self._offset(points) / self.pulse_width * self.value(points)

    def _offset(self, points: Array) -> Array:
        return np.asarray((points[..., 1] + 0.5) / self.pulse_width)


@dataclass(frozen=True, kw_only=True)
class Modes:
    """A product of sines, sin(a₁πx₁) sin(a₂πx₂), which is 0 at the border of [-1, 1]²."""

    row_periods: Annotated[int, Ge(1), Le(1000), Doc("a₁, periods along the rows of [-1, 1]²")] = 1
    column_periods: Annotated[int, Ge(1), Le(1000), Doc("a₂, periods along the columns of [-1, 1]²")] = 4

    @property
    def wave_numbers(self) -> WaveNumbers:
        """The wave numbers of the sines."""
        return {name: (float(getattr(self, name)), math.pi) for name in ("row_periods", "column_periods")}

    @property
    def square(self) -> float:
        """(a₁² + a₂²) π², the eigenvalue of the negative Laplacian."""
        return math.pi**2 * (self.row_periods**2 + self.column_periods**2)

    def mode(self, points: Array) -> Array:
        """Compute the product at points (…, 2)."""
        return np.asarray(np.prod(np.sin(np.pi * np.array([self.row_periods, self.column_periods]) * points), axis=-1))


@final
@dataclass(frozen=True, kw_only=True)
class Standing(Modes, Initial):
    """A standing wave at its turning point: u = cos(√(a₁² + a₂²) π c t) sin(a₁πx₁) sin(a₂πx₂)."""

    @property
    def spacing(self) -> float:
        """A quarter of the shorter period."""
        return 1 / (2 * max(self.row_periods, self.column_periods))

    @property
    def cut(self) -> float:
        """The first row of antinodes."""
        return 1 / (2 * self.row_periods)

    def value(self, points: Array) -> Array:
        """See the base class."""
        return self.mode(points)
