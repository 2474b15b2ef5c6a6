"""The references on the grid, against which a trial is measured, and the points that train."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inr.errors import InputError
from inr.operators import Operator
from inr.signals import Signal

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


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
class Split:
    """Which pixels train and which are held out, as masks (H, W); both may leave pixels to neither."""

    trained: Mask
    held_out: Mask


def split(shape: tuple[int, int], holdout: str, fraction: float | None, seed: int) -> Split:
    """Choose which pixels train and which are held out.

    ``none``: all pixels. ``grid``: every second row and column trains, what lies between both is held out (Tancik
    et al. 2020, arXiv:2006.10739). ``random``: a share ``fraction`` of the pixels is held out.
    Raises :class:`InputError` where no pixel is left to train on, and where none is held out at random.
    """
    trained, held_out = np.ones(shape, dtype=bool), np.zeros(shape, dtype=bool)
    if holdout == "grid":
        trained[:] = False
        trained[::2, ::2] = True
        held_out[1::2, 1::2] = True
    if holdout == "random":
        assert fraction is not None
        held_out[:] = np.random.default_rng(seed).random(shape) < fraction
        trained = ~held_out
        if not trained.any():
            raise InputError(f"--holdout_fraction={fraction} holds out all {trained.size} pixels: use a smaller one")
        if not held_out.any():
            raise InputError(
                f"--holdout_fraction={fraction} holds out none of the {trained.size} pixels: "
                "use a larger one, or --holdout=none"
            )
    return Split(trained, held_out)


@dataclass(frozen=True, eq=False)
class TrainingPoints:
    """P points with their targets: coordinates (P, 2), the three maps at them, and where derivatives count."""

    coordinates: Array
    image: Array
    gradient: Array
    laplacian: Array
    inside: Mask
    """(P,): False in the ring that the operator's mirror padding falsifies."""


def training_stride(holdout: str) -> int:
    """Pixels from one training row or column to the next: 2 on a ``grid`` hold-out."""
    return 2 if holdout == "grid" else 1


def most_training_points(size: int, holdout: str) -> int:
    """The most pixels that train on a picture whose longer side is ``size``: on a square one all, but for a random
    hold-out, which leaves fewer."""
    return (-(-size // training_stride(holdout))) ** 2


def training_points(signal: Signal, reference: Reference, chosen: Split, holdout: str) -> TrainingPoints:
    """The points that train.

    A held-out pixel must not reach the loss through an operator: on a ``grid`` hold-out the derivatives are taken
    on the coarse image, of spacing 2h, that is left.
    """
    step = training_stride(holdout)
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
