"""Measurements that are made once, after the last step of a trial, because they are too dear for every evaluation."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Closed(NamedTuple):
    """The result of such a measurement."""

    scores: dict[str, float]
    """Metrics, ``family/score``; one that means nothing is nan."""
    fields: Mapping[str, NDArray[Any]]
    """Further arrays of ``fields.npz``, small ones."""


NOTHING = Closed({}, {})
"""The result at every evaluation but the last."""


class Closing(ABC):
    """A measurement of the values of a trained network at many points."""

    @abstractmethod
    def parts(self) -> Iterator[Array]:
        """Give the points (P, D), a part at a time: they need not all be in memory."""

    @abstractmethod
    def measure(self, values: Array, numbers: int) -> Closed:
        """Measure the values (N, C) at the points of all parts, of a network that has so many numbers."""
