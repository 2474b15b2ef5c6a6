"""Waves in the plane, u_tt = c² Δu: initial values, and two solutions without a network.

Points of the plane are (row, column). Initial values have a height of 1.
"""

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, NamedTuple, final

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
COURANT = 0.6
"""Spacings that a wave runs in a step of the leapfrog; 1/√2 is the limit of its stability."""


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

    pulse_width: Annotated[float, Ge(0.01), Le(1), Doc("standard deviation of the Gaussian pulse")] = 0.1

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
        """Draw from the disc of eleven widths, or of 1, as the published protocol (0.25 of a width of 0.0224)."""
        radius = min(1.0, 11 * self.pulse_width) * np.sqrt(rng.random(count))
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


class Box(NamedTuple):
    """The initial value and velocity on a periodic square of samples, the first of them at (-1, -1)."""

    value: Array
    velocity: Array
    spacing: float

    @classmethod
    def of(cls, initial: Initial, speed: float, duration: float, spacing: float) -> "Box":
        """Sample a square so large that nothing wraps into [-1, 1]² within the ``duration``.

        The side is a multiple of 2, and the samples are as far apart as ``spacing`` or nearer.
        """
        half = math.ceil((1 + initial.reach + speed * duration) / 2)
        count = half * math.ceil(2 / spacing - 1e-9)
        # A periodic side [-1, 2 half - 1) holds what [-half, half) holds.
        side = (-1 + 2 * half * np.arange(count) / count + half) % (2 * half) - half
        points = np.stack(np.meshgrid(side, side, indexing="ij"), axis=-1)
        return cls(initial.value(points), initial.velocity(points, speed), 2 * half / count)


@dataclass(frozen=True, eq=False)
class Exact:
    """The solution by Fourier series: û(k, t) = cos(c|k|t) û(k, 0) + sin(c|k|t) / (c|k|) û_t(k, 0)."""

    value: NDArray[np.complex128]
    velocity: NDArray[np.complex128]
    wave_numbers: Array
    """(n,), of one axis, in rad per unit."""
    speed: float

    @classmethod
    def of(cls, initial: Initial, speed: float, duration: float) -> "Exact":
        """Transform the initial value; the solution holds in [-1, 1]² for times up to the ``duration``."""
        box = Box.of(initial, speed, duration, initial.spacing)
        count = len(box.value)
        value, velocity = (np.fft.fft2(samples) / count**2 for samples in (box.value, box.velocity))
        return cls(value, velocity, np.asarray(2 * np.pi * np.fft.fftfreq(count, box.spacing)), speed)

    def at(self, time: float, rows: Array, columns: Array) -> Array:
        """Compute the solution (R, C) on the grid of ``rows`` (R,) and ``columns`` (C,)."""
        angle = self.speed * time * np.hypot(self.wave_numbers[:, None], self.wave_numbers)
        series = np.cos(angle) * self.value + time * np.sinc(angle / np.pi) * self.velocity
        down, along = (np.exp(1j * np.multiply.outer(side + 1, self.wave_numbers)) for side in (rows, columns))
        return np.asarray((down @ series @ along.T).real)


def leapfrog(initial: Initial, speed: float, times: Array, nodes: int) -> Array:
    """Solve by central differences of second order in time and space: (T, nodes, nodes) at equally spaced ``times``.

    The first time is 0. The grid is that of [-1, 1]² with so many nodes a side, continued periodically.
    """
    box = Box.of(initial, speed, times[-1], 2 / (nodes - 1))
    substeps = math.ceil(speed * times[1] / (COURANT * box.spacing))
    step = times[1] / substeps
    square = (speed * step / box.spacing) ** 2
    before, now = box.value - step * box.velocity + square * _bend(box.value) / 2, box.value
    seen = [now]
    for _ in times[1:]:
        for _ in range(substeps):
            before, now = now, 2 * now - before + square * _bend(now)
        seen.append(now)
    inside = np.arange(nodes) % len(now)
    return np.stack([values[np.ix_(inside, inside)] for values in seen])


def _bend(values: Array) -> Array:
    """The five-point Laplacian times the spacing's square."""
    return np.asarray(sum(np.roll(values, shift, axis) for shift in (-1, 1) for axis in (0, 1)) - 4 * values)
