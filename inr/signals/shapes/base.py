"""The type of a shape: a solid in [-1, 1]^D with the distance to its surface."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Oriented(NamedTuple):
    """Points on a surface, and the unit normals there, which point outwards: (P, D) each."""

    points: Array
    normals: Array


class Shape(ABC):
    """A solid, bounded by a curve in the plane or by a surface in space."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that the user should read, such as "is not closed"; none by default."""
        return ()

    @abstractmethod
    def unsigned(self, points: Array) -> Array:
        """Compute the distances (P,) of points (P, D) to the surface, 0 or above."""

    @abstractmethod
    def inside(self, points: Array) -> Mask:
        """Mark (P,) the points (P, D) that lie inside."""

    @abstractmethod
    def sample(self, count: int, rng: np.random.Generator) -> Oriented:
        """Draw points of the surface, uniformly by length or area, with normals."""

    def distance(self, points: Array) -> Array:
        """Compute the signed distances (P,) of points (P, D): negative inside."""
        return np.where(self.inside(points), -1.0, 1.0) * self.unsigned(points)


def in_bands(function: Callable[[Array], NDArray[np.generic]], points: Array, width: int) -> NDArray[np.generic]:
    """Apply a function of points (P, D) to a band of points after the other, of which each takes ``width`` numbers.

    Memory so stays flat in the number of points.
    """
    band = max(1, 2**20 // width)
    return np.concatenate([function(points[start : start + band]) for start in range(0, max(1, len(points)), band)])


def drawn(sizes: Array, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw the indices (count,) of pieces, each as often as its size says."""
    ends = np.cumsum(sizes)
    index = np.searchsorted(ends, rng.random(count) * ends[-1], side="right")
    return np.asarray(np.minimum(index, len(sizes) - 1))


def unit(vectors: Array) -> Array:
    """Divide vectors (…, D) by their lengths; a vector without length stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1))


def to_segments(points: Array, start: Array, end: Array) -> Array:
    """Compute the distances (…,) of points (…, D) to the segments from starts to ends (…, D)."""
    along, offset = end - start, points - start
    square = (along**2).sum(-1)
    share = np.clip((offset * along).sum(-1) / np.where(square > 0, square, 1), 0, 1)
    return np.asarray(np.linalg.norm(offset - share[..., None] * along, axis=-1))
