"""A picture between its pixels: the network on a grid four times as fine, against the picture there.

``between/psnr`` is the PSNR at the points that are no pixels. ``alias/above`` is the share of the network's energy that
lies above the pixels' Nyquist frequency: what no pixel has asked for. ``alias/low`` to ``alias/high`` are the PSNRs of
the error in bands of frequencies (:mod:`inr.bands`). The picture between the pixels is a closed form, or the moving
mean of a file with more pixels (:mod:`inr.signals`); where it is neither, all but the energy is nan.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inr.alignment import align
from inr.bands import BANDS, FINER, rings, share_above
from inr.families import Family, Variant, declare_family, declare_variant
from inr.resampling import PICTURES
from inr.scores import FINE, POINTS
from inr.signals import Signal, coordinates_at
from inr.tasks.classical import GRID, Classical
from inr.tasks.closing import Closed, Closing
from inr.tasks.measures import VALUE_RANGE, measured

Array = NDArray[np.float64]

MOST = 512
"""Pixels along each side, at most, between which a network is looked at: the middle ones of a larger picture."""
PART = 2**16
"""Points that are in memory at a time, about."""


@dataclass(frozen=True, eq=False)
class Between(Closing):
    """Measures a network between the pixels of a picture."""

    signal: Signal
    order: int = 0
    """The lowest order of derivative that the loss compares, see :func:`inr.alignment.align`."""
    classical: Classical | None = None
    """The answers without a network that stand beside it; none where the loss does not compare the pixels."""

    @property
    def places(self) -> tuple[Array, Array]:
        """The rows and columns of the fine grid, counted in pixels from the first; pixels are among them."""
        return _fine(self.signal.shape[0]), _fine(self.signal.shape[1])

    def parts(self) -> Iterator[Array]:
        """Give the points of some rows of the fine grid at a time."""
        rows, columns = self.places
        count = max(1, PART // len(columns))
        for first in range(0, len(rows), count):
            part = coordinates_at((rows[first : first + count], columns), self.signal.shape[:2])
            yield part.reshape(-1, 2)

    def measure(self, values: Array, numbers: int) -> Closed:
        """Score the network and what stands beside it; give its spectrum and, where it is known, the picture's."""
        shape, known = (*(len(axis) for axis in self.places), self.signal.shape[-1]), self.signal.between
        fine, truth = values.reshape(shape), known(*self.places) if known else np.full(shape, np.nan)
        scores = {**_scores(fine, truth), "alias/above_truth": share_above(truth)}
        scores |= measured("alias", np.zeros_like(truth), truth, variant="zero")
        if self.order:
            scores |= _scores(align(fine, truth, self.order), truth, "aligned")
        if self.classical:
            grid = self.classical.grid(numbers)
            scores |= self.classical.at_pixels(grid)
            for name, answer in self.classical.between(self.places, grid):
                scores |= _scores(answer, truth, name)
        return Closed(scores, {"spectrum": rings(fine), **({"reference_spectrum": rings(truth)} if known else {})})


def _fine(side: int) -> Array:
    """The places along one axis of ``side`` pixels."""
    count = min(side, MOST)
    return (side - count) // 2 + np.arange(FINER * (count - 1) + 1) / FINER


def _scores(fine: Array, truth: Array, variant: str = "") -> dict[str, float]:
    """Score a map on the fine grid; between the pixels at the points that are no pixels."""
    off = np.ones(truth.shape[:2], dtype=bool)
    off[::FINER, ::FINER] = False
    return {
        **measured("alias", fine, truth, VALUE_RANGE, variant),
        **measured("between", fine[off], truth[off], VALUE_RANGE, variant),
    }


CLASSICAL = *PICTURES, GRID
"""The variants that are answers without a network."""
declare_variant(Variant(name="truth", label="the picture itself", scores=("above",)))


def declare_between(task: str) -> None:
    """Declare the families of a picture between its pixels, which several tasks measure."""
    declare_family(
        Family(
            name="between",
            noun="between the pixels",
            tasks=(task,),
            kind=POINTS,
            variants=("aligned", *CLASSICAL),
            occasional=("psnr",),
        )
    )
    declare_family(
        Family(
            name="alias",
            noun="spectrum",
            tasks=(task,),
            kind=FINE,
            variants=("aligned", "truth", "zero", *CLASSICAL),
            occasional=("above",),
            listed=tuple(BANDS),
            apart=True,
        )
    )
