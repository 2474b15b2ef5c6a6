"""A proposal of ω₀ from the spectrum of a signal: the rule, and how it did on records that it had not seen. No torch.

The frequencies of a first layer fill a cube up to its reach (:func:`inr.gains.reach`), and a signal has a band, the
cube that holds nearly all of its energy. The rule is reach = factor · band. A factor of one makes both equal; what is
best for training is another question, which records answer.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inr.errors import InputError

SHARE = 0.99
"""The share of the energy that lies within the band; chosen before any record was looked at."""


def band(values: ArrayLike) -> float:
    """Find the frequency along an axis, in cycles a sample, within which 99 % of the energy of a signal lies.

    ``values`` are samples on a grid (*grid, C). Each channel's mean under a Hann window is taken away, so that neither
    the mean nor the jump between two borders counts. A frequency vector counts by its largest component. Raises
    :class:`InputError` for a constant signal.
    """
    samples = np.asarray(values, dtype=np.float64)
    grid, axes = samples.shape[:-1], tuple(range(samples.ndim - 1))
    window = np.ones((*grid, 1))
    for axis, side in enumerate(grid):
        hann = np.sin(np.pi * (np.arange(side) + 0.5) / side) ** 2
        window = window * hann.reshape([-1 if axis == other else 1 for other in range(samples.ndim)])
    varying = samples - (window * samples).sum(axes) / window.sum()
    power = (np.abs(np.fft.fftn(window * varying, axes=axes)) ** 2).sum(-1)
    frequencies = np.meshgrid(*(np.abs(np.fft.fftfreq(side)) for side in grid), indexing="ij")
    distinct, place = np.unique(np.max(frequencies, axis=0), return_inverse=True)
    energy = np.bincount(place.ravel(), power.ravel())
    if not energy.sum() > np.finfo(float).tiny:
        raise InputError("the signal is constant, and has no band: give another one")
    return float(np.interp(SHARE, np.cumsum(energy) / energy.sum(), distinct))


@dataclass(frozen=True)
class Rule:
    """The first layer reaches ``factor`` times the band of the signal."""

    factor: float = 1.0
    hidden: float | None = None
    """ω₀ of the hidden layers; None where it is that of the first layer."""


@dataclass(frozen=True)
class LeftOut:
    """One signal, and what proposals made from the records of the others lose on it."""

    name: str
    band: float
    """Cycles a sample."""
    best_omega: float
    """The first ω₀ of the best record."""
    best: float
    """Its score."""
    proposed: float
    """The first ω₀ that the rule proposes."""
    lost: float
    """The best score less that of the proposal, which is interpolated between records over log ω₀; ≥ 0."""
    lost_by_default: float
    """The same of the activation's default."""
    lost_by_constant: float
    """The same of the one ω₀ that is best on the other signals, whatever their spectra."""


@dataclass(frozen=True)
class Calibration:
    """A rule that was fitted to records, and its error."""

    rule: Rule
    left_out: tuple[LeftOut, ...]
    metric: str
    """The metric that ranks the trials."""
    trials: int

    def mean(self, name: str) -> float:
        """Compute the mean of a number of :class:`LeftOut` over the signals."""
        return float(np.mean([getattr(each, name) for each in self.left_out]))
