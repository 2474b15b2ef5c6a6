"""Closed-form fields: signals whose gradient and Laplacian are known exactly, on and off the grid.

A field is a function of the coordinates x = (row, column), with |u| ≤ 1 on [-1, 1]². Its length scale is a constant
of the formula, so two grids sample the same function. To add a field, write one function under
`@_register`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from inr.errors import UsageError
from inr.signals._signal import CHANNEL_COUNT, Array, Channels
from inr.words import unknown

Samples = tuple[Array, Array, Array]


class Field(Protocol):
    """A scalar function of x in R²."""

    @property
    def bandwidth(self) -> float:
        """The frequency in rad per unit above which the spectrum is zero, or below 1e-6 of its peak."""

    def __call__(self, coordinates: Array) -> Samples:
        """Evaluate the field: coordinates (..., 2) → value (...), gradient (..., 2), Laplacian (...), all float64."""

    def on(self, rows: Array, columns: Array) -> Array:
        """Evaluate the value (R, S) at all pairs of coordinates (R,) and (S,), of which it is a sum of products."""


@dataclass(frozen=True)
class PlaneWaves:
    """u(x) = Σ a sin(ω·x + φ), so ∇u = Σ a ω cos(ω·x + φ) and Δu = -Σ a |ω|² sin(ω·x + φ).

    waves: one (ω_row, ω_column, φ, a) each, ω in rad per unit.
    """

    waves: tuple[tuple[float, float, float, float], ...]

    @property
    def bandwidth(self) -> float:
        """The largest |ω|, in rad per unit."""
        return max(math.hypot(row, column) for row, column, _, _ in self.waves)

    def __call__(self, coordinates: Array) -> Samples:
        """Evaluate the field, see `Field`."""
        value, laplacian = np.zeros((2, *coordinates.shape[:-1]))
        gradient = np.zeros(coordinates.shape)
        for row, column, phase, amplitude in self.waves:
            omega = np.array([row, column])
            angle = coordinates @ omega + phase
            wave = amplitude * np.sin(angle)
            value += wave
            gradient += (amplitude * np.cos(angle))[..., None] * omega
            laplacian -= (omega @ omega) * wave
        return value, gradient, laplacian

    def on(self, rows: Array, columns: Array) -> Array:
        """Evaluate the value, see `Field`."""
        down, right, phase, amplitude = np.array(self.waves).T
        waves = np.exp(1j * (np.outer(rows, down) + phase)) * amplitude
        return np.asarray((waves @ np.exp(1j * np.outer(right, columns))).imag)


@dataclass(frozen=True)
class GaussianBumps:
    """u(x) = Σ a g with g = exp(-|r|² / 2σ²), r = x - c; ∇u = -Σ a g r / σ²; Δu = Σ a g (|r|² / σ² - 2) / σ².

    bumps: one (c_row, c_column, σ, a) each.
    """

    bumps: tuple[tuple[float, float, float, float], ...]

    @property
    def bandwidth(self) -> float:
        """The frequency in rad per unit at which exp(-σ²ω²/2), the spectrum of the narrowest bump, is 1e-6."""
        return math.sqrt(2 * math.log(1e6)) / min(sigma for _, _, sigma, _ in self.bumps)

    def __call__(self, coordinates: Array) -> Samples:
        """Evaluate the field, see `Field`."""
        value, laplacian = np.zeros((2, *coordinates.shape[:-1]))
        gradient = np.zeros(coordinates.shape)
        for row, column, sigma, amplitude in self.bumps:
            offset = coordinates - np.array([row, column])
            squared = (offset**2).sum(axis=-1) / sigma**2
            bump = amplitude * np.exp(-squared / 2)
            value += bump
            gradient -= bump[..., None] * offset / sigma**2
            laplacian += bump * (squared - 2) / sigma**2
        return value, gradient, laplacian

    def on(self, rows: Array, columns: Array) -> Array:
        """Evaluate the value, see `Field`."""
        down, right, sigma, amplitude = np.array(self.bumps).T
        bumps = [np.exp(-(((at[:, None] - c) / sigma) ** 2) / 2) for at, c in ((rows, down), (columns, right))]
        return np.asarray((bumps[0] * amplitude) @ bumps[1].T)


FIELDS: dict[str, Callable[[int], Field]] = {}


def _register(make: Callable[[int], Field]) -> Callable[[int], Field]:
    """Enter `make` under its own name; it maps the channel 0, 1, 2 to that channel's field."""
    FIELDS[make.__name__] = make
    return make


@_register
def sinusoids(channel: int) -> PlaneWaves:
    """Four plane waves of 7.1 to 30.5 rad per unit; Σ|a| = 1 bounds |u|. Channels: phases 2π/3 apart."""
    shift = 2 * math.pi * channel / 3
    waves = ((2.0, 6.8, 0.3, 0.4), (11.0, -5.0, 1.1, 0.3), (-17.0, 13.0, 2.0, 0.2), (23.0, 20.0, 0.7, 0.1))
    return PlaneWaves(tuple((row, column, phase + shift, a) for row, column, phase, a in waves))


@_register
def gaussians(channel: int) -> GaussianBumps:
    """Five bumps with |c| ≤ 0.35, σ ≤ 0.1: value and gradient are below 1e-6 at the border.

    Channels are turned by 2π/3, which leaves max |u| as it is.
    """
    polar = (
        (0.35, 0.0, 0.1, 0.9),
        (0.35, 1.8, 0.08, -0.9),
        (0.3, 3.3, 0.06, 0.8),
        (0.2, 5.0, 0.09, -0.6),
        (0.05, 0.8, 0.07, 0.5),
    )
    turn = 2 * math.pi * channel / 3
    return GaussianBumps(
        tuple((r * math.cos(angle + turn), r * math.sin(angle + turn), sigma, a) for r, angle, sigma, a in polar)
    )


@_register
def bandlimited(channel: int) -> PlaneWaves:
    """Noise of 64 equal plane waves, ω uniform in |ω| ≤ 40 rad per unit, φ uniform; channels are seeds.

    a = 1/21, for the largest |Σ sin| over the square is 20.90, 20.37 and 20.49 for the three seeds.
    """
    radius, angle, phase = np.random.default_rng(channel).random((3, 64))
    rows, columns = 40 * np.sqrt(radius) * np.array([np.cos(2 * np.pi * angle), np.sin(2 * np.pi * angle)])
    parts = zip(rows.tolist(), columns.tolist(), (2 * np.pi * phase).tolist(), strict=True)
    return PlaneWaves(tuple((row, column, shift, 1 / 21) for row, column, shift in parts))


def members(name: str, channels: Channels = "gray") -> tuple[Field, ...]:
    """Make the scalar fields of `name`, one per channel. Raises UsageError for an unknown name."""
    if name not in FIELDS:
        raise UsageError(f"{name!r} is no closed-form field: {unknown(name, FIELDS)}")
    return tuple(FIELDS[name](channel) for channel in range(CHANNEL_COUNT[channels]))


def field(name: str, channels: Channels = "gray") -> Callable[[Array], Samples]:
    """Make a sampler of the closed-form field `name`, for points on or off a grid.

    It maps coordinates float64 (..., 2) to value (..., C), gradient (..., C, 2) per unit and Laplacian
    (..., C) per unit squared, C = 1 for "gray" and 3 for "rgb". Raises UsageError for an unknown name.
    """
    scalars = members(name, channels)

    def sample(coordinates: Array) -> Samples:
        values, gradients, laplacians = zip(*(scalar(coordinates) for scalar in scalars), strict=True)
        return np.stack(values, axis=-1), np.stack(gradients, axis=-2), np.stack(laplacians, axis=-1)

    return sample


def aliasing_notes(name: str, size: int, channels: Channels) -> tuple[str, ...]:
    """Return a warning if `size` pixels per side are too few for the field's bandwidth, otherwise ()."""
    bandwidth = max(scalar.bandwidth for scalar in members(name, channels))
    nyquist = math.pi * (size - 1) / 2
    if bandwidth <= nyquist:
        return ()
    enough = math.ceil(2 * bandwidth / math.pi) + 1
    return (
        f"{name!r} has frequencies up to {bandwidth:.0f} rad per unit, above the {nyquist:.0f} that "
        f"{size} pixels per side carry: its samples are aliased; use size {enough} or more.",
    )
