"""The references on the grid, against which a trial is measured, and the points that train."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inr.holdouts import Mask, Split
from inr.operators import Operator
from inr.signals import Signal

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Maps:
    """An image (H, W, C), its gradient (H, W, C, 2) and Laplacian (H, W, C), per unit of coordinate."""

    image: Array
    gradient: Array
    laplacian: Array

    def at(self, mask: Mask) -> tuple[Array, Array, Array]:
        """The three at the P pixels of a mask (H, W): (P, C), (P, C, 2), (P, C)."""
        return self.image[mask], self.gradient[mask], self.laplacian[mask]


@dataclass(frozen=True, eq=False)
class Reference:
    """The truth on the full grid. ``operator`` is None where the derivatives are the exact ones of a field."""

    maps: Maps
    operator: Operator | None
    border: int
    """Width in pixels of the ring in which the operator's derivatives are not to be believed."""
    spacing: float

    @classmethod
    def of(cls, signal: Signal, operator: Operator | None) -> "Reference":
        """The signal with its derivatives by the operator; by its closed form where the operator is None."""
        if operator is None:
            assert signal.gradient is not None
            assert signal.laplacian is not None
            return cls(Maps(signal.values, signal.gradient, signal.laplacian), None, 0, signal.spacing)
        maps = differentiate(signal.values, operator, signal.spacing)
        return cls(maps, operator, operator.border, signal.spacing)


def differentiate(image: Array, operator: Operator, spacing: float) -> Maps:
    """An image (H, W, C) with the operator's gradient and Laplacian."""
    return Maps(image, operator.gradient(image, spacing), operator.laplacian(image, spacing))


@dataclass(frozen=True, eq=False)
class TrainingPoints:
    """P points with their targets: coordinates (P, 2), the three maps at them, and where derivatives count."""

    coordinates: Array
    image: Array
    gradient: Array
    laplacian: Array
    inside: Mask
    """(P,): False in the ring that the operator's mirror padding falsifies."""


def most_training_points(size: int, stride: int) -> int:
    """Count the pixels at ``stride`` on a square picture of ``size``, the most that a longer side of it can have."""
    return (-(-size // stride)) ** 2


def training_points(signal: Signal, reference: Reference, chosen: Split, step: int) -> TrainingPoints:
    """Take the points that train, from every ``step``-th row and column.

    A held-out pixel must not reach the loss through an operator: with a ``step`` above 1 the derivatives are taken on
    the coarse image, of spacing ``step`` h, that is left.
    """
    maps = Maps(*(field[::step, ::step] for field in vars(reference.maps).values()))
    if reference.operator is not None and step > 1:
        maps = differentiate(maps.image, reference.operator, step * reference.spacing)
    mask = chosen.trained[::step, ::step]
    coordinates = signal.coordinates[::step, ::step]
    return TrainingPoints(coordinates[mask], *maps.at(mask), inside=_inside(mask.shape, reference.border)[mask])


def _inside(shape: tuple[int, ...], border: int) -> Mask:
    inside = np.zeros(shape, dtype=bool)
    inside[border : shape[0] - border, border : shape[1] - border] = True
    return inside
