"""Hold-outs: which samples of a grid train, and which are kept to see what lies between."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar, NamedTuple, final

import numpy as np
from annotated_types import Gt, Lt
from numpy.typing import NDArray

from inr.choices import Choice
from inr.doc import Doc
from inr.errors import InputError

Mask = NDArray[np.bool_]


class Split(NamedTuple):
    """Masks of a grid's shape; both may leave samples to neither."""

    trained: Mask
    held_out: Mask


@dataclass(frozen=True, kw_only=True)
class Holdout(Choice, kind="holdout"):
    """A rule that parts the samples of a grid."""

    stride: ClassVar[int] = 1
    """Samples from one training sample to the next, along each axis."""
    scattered: ClassVar[bool] = False
    """Held-out samples lie among the trained ones, so a discrete derivative of the trained would see them."""

    @abstractmethod
    def split(self, shape: tuple[int, ...], seed: int) -> Split:
        """Part a grid of ``shape``. Raises :class:`InputError` where no sample is left on one side."""

    @property
    def share(self) -> float:
        """The expected share that trains of the samples at :attr:`stride`."""
        return 1.0


@final
class Whole(Holdout, name="none"):
    """Every sample trains."""

    def split(self, shape: tuple[int, ...], seed: int) -> Split:
        """Hold nothing out."""
        return Split(np.ones(shape, dtype=bool), np.zeros(shape, dtype=bool))


@final
class Grid(Holdout):
    """Every second sample along each axis trains; those between, on all axes, are held out.

    Tancik et al. 2020, arXiv:2006.10739.
    """

    stride: ClassVar[int] = 2

    def split(self, shape: tuple[int, ...], seed: int) -> Split:
        """Take even indices to train on, odd ones to hold out."""
        masks = [np.zeros(shape, dtype=bool) for _ in range(2)]
        for first, mask in enumerate(masks):
            mask[(slice(first, None, 2),) * len(shape)] = True
        return Split(*masks)


@final
@dataclass(frozen=True, kw_only=True)
class Random(Holdout):
    """A random share of the samples is held out."""

    scattered: ClassVar[bool] = True

    holdout_fraction: Annotated[float, Gt(0), Lt(1), Doc("share of the samples that is held out")] = 0.25

    def split(self, shape: tuple[int, ...], seed: int) -> Split:
        """Draw the held-out samples by ``seed``."""
        held_out = np.random.default_rng(seed).random(shape) < self.holdout_fraction
        if held_out.all():
            raise InputError(
                f"--holdout_fraction={self.holdout_fraction} holds out all {held_out.size} samples: use a smaller one"
            )
        if not held_out.any():
            raise InputError(
                f"--holdout_fraction={self.holdout_fraction} holds out none of the {held_out.size} samples: "
                "use a larger one, or --holdout=none"
            )
        return Split(~held_out, held_out)

    @property
    def share(self) -> float:
        """All but :attr:`holdout_fraction`."""
        return 1 - self.holdout_fraction
