"""Two solutions of the wave equation in the plane, u_tt = c² Δu, without a network."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inr.signals.initial import Initial

Array = NDArray[np.float64]

COURANT = 0.6
"""Spacings that a wave runs in a step of the leapfrog; 1/√2 is the limit of its stability."""


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
