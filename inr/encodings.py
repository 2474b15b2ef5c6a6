"""Encodings of the coordinates: a first layer sin(Wx + b) that is not trained. No torch."""

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple, final

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from inr.activations import Activation, jets
from inr.choices import Choice
from inr.doc import Doc
from inr.errors import UsageError
from inr.parameters import Resolves

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Wave(Activation, abstract=True):
    """φ(z) = sin z, behind the fixed map of an encoding."""

    fixed: ClassVar[bool] = True

    @property
    def frequency(self) -> float:
        """1: the fixed map has the frequencies."""
        return 1.0

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class."""
        return jets.sine(z, order)


class FixedMap(NamedTuple):
    """The linear map before the sines."""

    weight: Array
    """(E, D), in radians a unit of the coordinates."""
    bias: Array
    """(E,): 0 of a sine, π/2 of a cosine."""


@dataclass(frozen=True, kw_only=True)
class Encoding(Choice, kind="encoding"):
    """The view that the first trained layer has of the coordinates."""

    before: ClassVar[str] = "identity"
    """The encoding of the records that were made before there was a choice."""

    @abstractmethod
    def features(self, dimensions: int) -> int:
        """Count the features of D coordinates."""

    @abstractmethod
    def fixed_map(self, dimensions: int, seed: int) -> FixedMap | None:
        """Make the map of D coordinates; None where the network sees the coordinates themselves."""

    def check(self, task: Any) -> None:
        """Raise :class:`UsageError` for a task whose network cannot have it; by default all can."""


@final
class Identity(Encoding):
    """The coordinates as they are."""

    def features(self, dimensions: int) -> int:
        """See the base class."""
        return dimensions

    def fixed_map(self, dimensions: int, seed: int) -> FixedMap | None:
        """See the base class."""
        return None


@dataclass(frozen=True, kw_only=True)
class Waves(Encoding, abstract=True):
    """Sines and cosines of fixed frequencies."""

    def fixed_map(self, dimensions: int, seed: int) -> FixedMap:
        """See the base class."""
        angles = 2 * math.pi * self.frequencies(dimensions, seed)
        bias = np.repeat([0.0, math.pi / 2], len(angles))
        return FixedMap(np.concatenate([angles, angles]), bias)

    @abstractmethod
    def frequencies(self, dimensions: int, seed: int) -> Array:
        """Give the frequencies (E / 2, D), in cycles a unit of the coordinates."""

    def check(self, task: Any) -> None:
        """See the base class."""
        if task.hypernet is not None:
            raise UsageError(
                f"--encoding={self} got --task={task}, whose hypernetwork makes all maps of a network: "
                f"use --encoding={self.before}"
            )


USUAL = 10
"""NeRF's number of octaves, where a task has no grid whose samples could set it."""


def _octaves(octaves: int, config: Mapping[str, Any]) -> int:
    """The given number, or Nyquist's: so many that no octave is above a quarter of the samples of a side."""
    samples = config["task"].samples
    return octaves or (max(1, math.floor(math.log2(samples / 4))) if samples else USUAL)


@final
@dataclass(frozen=True, kw_only=True)
class Positional(Waves):
    """sin(2ⁱ π x) and cos(2ⁱ π x) of each coordinate, i = 0 … octaves − 1 (Mildenhall et al. 2020, NeRF, eq. 4).

    By SIREN's rule for N samples along the longest side there are ⌊log₂(N / 4)⌋ octaves. NeRF's code also keeps the
    coordinates themselves; its equation and this do not.
    """

    octaves: Annotated[
        int, Ge(0), Le(20), Resolves(_octaves), Doc("octaves of each coordinate; 0: as Nyquist's rule says")
    ] = 0

    def features(self, dimensions: int) -> int:
        """See the base class."""
        return 2 * self.octaves * dimensions

    def frequencies(self, dimensions: int, seed: int) -> Array:
        """See the base class: half a cycle a unit, a whole one, two …, along one axis each."""
        return np.concatenate([2.0**i / 2 * np.eye(dimensions) for i in range(self.octaves)])


@final
@dataclass(frozen=True, kw_only=True)
class Fourier(Waves):
    """sin(2πBx) and cos(2πBx) with a random B ~ N(0, σ²) (Tancik et al. 2020, arXiv:2006.10739).

    Their coordinates span [0, 1), these span [-1, 1]: their σ = 10 of natural images is 5 here.
    """

    fourier_sigma: Annotated[float, Gt(0), Le(1e4), Doc("σ of the frequencies, cycles a unit of the coordinates")] = 5.0
    fourier_rows: Annotated[int, Ge(1), Le(8192), Doc("random frequencies, each a sine and a cosine")] = 256

    def features(self, dimensions: int) -> int:
        """See the base class."""
        return 2 * self.fourier_rows

    def frequencies(self, dimensions: int, seed: int) -> Array:
        """See the base class."""
        return self.fourier_sigma * np.random.default_rng(seed).normal(size=(self.fourier_rows, dimensions))
