"""Samples on a grid with the derivatives that they imply: the truth, and the points that train.

Arrays of a grid begin with its D axes: values (*grid, C), gradients (*grid, C, D), Laplacians (*grid, C).
"""

from abc import abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inr.holdouts import Mask
from inr.operators import Operator
from inr.signals import Signal
from inr.tasks.base import Task

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Samples(Task, abstract=True):
    """A task whose data are samples on a regular grid."""

    @abstractmethod
    def signal(self) -> Signal:
        """Load what is fitted. Raises :class:`inr.errors.InputError` where it cannot be had."""

    @property
    @abstractmethod
    def sides(self) -> tuple[int, ...]:
        """The most samples along each axis, without loading any."""

    @property
    def samples(self) -> int:
        """See the base class."""
        return max(self.sides)

    @classmethod
    @abstractmethod
    def closed_forms(cls) -> Collection[str]:
        """Name the signals whose derivatives are known exactly."""

    @classmethod
    def sampled_only(cls, config: Mapping[str, Any]) -> str:
        """Name the parameter of a flat config that chose a signal without a closed form; empty where none did."""
        return "" if config[cls.subject] in cls.closed_forms() else cls.subject


class Maps(NamedTuple):
    """Values, gradient and Laplacian on a grid, per unit of coordinate."""

    value: Array
    gradient: Array
    laplacian: Array

    def at(self, mask: Mask) -> tuple[Array, Array, Array]:
        """Take the three at the P samples of a mask: (P, C), (P, C, D), (P, C)."""
        return self.value[mask], self.gradient[mask], self.laplacian[mask]

    def as_picture(self) -> "Maps":
        """Take a line of samples as a picture of one row: (1, T, C), (1, T, C, 2), (1, T, C)."""
        if self.value.ndim == 3:
            return self
        down = np.zeros_like(self.gradient)
        return Maps(self.value[None], np.concatenate([down, self.gradient], axis=-1)[None], self.laplacian[None])


@dataclass(frozen=True, eq=False)
class Reference:
    """The truth on the full grid. ``operator`` is None where the derivatives are those of a closed form."""

    maps: Maps
    operator: Operator | None
    border: int
    """Width in samples of the ring in which the operator's derivatives are not to be believed."""
    spacing: float

    @classmethod
    def of(cls, signal: Signal, operator: Operator | None) -> "Reference":
        """Differentiate a signal by the operator; by its closed form where the operator is None."""
        if operator is None:
            assert signal.gradient is not None
            assert signal.laplacian is not None
            return cls(Maps(signal.values, signal.gradient, signal.laplacian), None, 0, signal.spacing)
        return cls(differentiate(signal.values, operator, signal.spacing), operator, operator.border, signal.spacing)


def differentiate(values: Array, operator: Operator, spacing: float) -> Maps:
    """Take the operator's gradient and Laplacian of samples (H, W, C) or (T, C).

    A line of samples is a picture of one row: mirrored at its borders, the row is the same above and below.
    """
    rows = values if values.ndim == 3 else values[None]
    gradient, laplacian = operator.gradient(rows, spacing), operator.laplacian(rows, spacing)
    return Maps(values, gradient, laplacian) if values.ndim == 3 else Maps(values, gradient[0, ..., 1:], laplacian[0])


def training_points(
    signal: Signal, reference: Reference, trained: Mask, stride: int, names: tuple[str, ...]
) -> tuple[Array, Mapping[str, NDArray[Any]]]:
    """Take the P points that train, from every ``stride``-th sample along each axis.

    Returns coordinates (P, D), and by name the three targets and ``inside`` (P,): False in the ring that the mirror at
    the border falsifies. A held-out sample must not reach the loss through an operator: with a ``stride`` above 1 the
    derivatives are those of the coarse grid, of spacing ``stride`` h, that is left.
    """
    every = (slice(None, None, stride),) * trained.ndim
    maps = Maps(*(field[every] for field in reference.maps))
    if reference.operator is not None and stride > 1:
        maps = differentiate(maps.value, reference.operator, stride * reference.spacing)
    mask = trained[every]
    targets = dict(zip(names, maps.at(mask), strict=True))
    return signal.coordinates[every][mask], {**targets, "inside": inside(mask.shape, reference.border)[mask]}


def inside(shape: tuple[int, ...], border: int) -> Mask:
    """Mark the samples (*shape) that are ``border`` or more away from every border."""
    found = np.zeros(shape, dtype=bool)
    found[tuple(slice(border, side - border) for side in shape)] = True
    return found
