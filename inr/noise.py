"""Noise of a camera on the values of a picture."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, Any, final

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from inr.choices import Choice, options
from inr.doc import Doc

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Noise(Choice, kind="noise"):
    """Noise on values in [-1, 1], of which -1 is no light. Noisy values may lie outside."""

    @abstractmethod
    def observe(self, values: Array, rng: np.random.Generator) -> Array:
        """Draw what is observed of values of any shape."""

    @abstractmethod
    def deviation(self, values: Array) -> float:
        """Compute the root of the mean variance over the values; noisy values estimate it."""


@final
class NoNoise(Noise, name="none"):
    """The values themselves."""

    def observe(self, values: Array, rng: np.random.Generator) -> Array:
        """Give the values."""
        return values

    def deviation(self, values: Array) -> float:
        """Give 0."""
        return 0.0


@final
@dataclass(frozen=True, kw_only=True)
class PoissonGauss(Noise):
    """Photons, counted with Gaussian noise of the readout.

    (Poisson(τ x) + ``readout`` · n) / τ of the light x in [0, 1], n normal; WIRE takes τ = 30 and INR-ACT τ = 20, both
    with a readout of 2.
    """

    tau: Annotated[float, Gt(0), Le(1e12), Doc("τ, the photons that a white pixel counts on average")] = 20.0
    readout: Annotated[float, Ge(0), Le(1e12), Doc("standard deviation of the readout, in photons")] = 2.0

    def observe(self, values: Array, rng: np.random.Generator) -> Array:
        """Draw a count for each value."""
        photons = self.tau * np.clip((values + 1) / 2, 0.0, None)
        counts = rng.poisson(photons) + self.readout * rng.normal(size=values.shape)
        return np.asarray(2 * counts / self.tau - 1, dtype=np.float64)

    def deviation(self, values: Array) -> float:
        """Compute 2 √(τ mean x + readout²) / τ."""
        photons = max(0.0, self.tau * float(np.mean(values) + 1) / 2)
        return 2 * float(np.sqrt(photons + self.readout**2)) / self.tau


def is_noisy(config: Any) -> bool:
    """Return True if a trial of a flat config, which may lack names, has noise on its data."""
    return options("noise").get(config.get("noise", NoNoise.name())) is not NoNoise
