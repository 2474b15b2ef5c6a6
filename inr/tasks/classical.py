"""Pictures without a network, beside one that was fitted to the same pixels: at the pixels, and between them.

Interpolations find the pixels again, so they are scored between the pixels and at held-out ones. The bicubic grid, of
as many numbers as the network, is scored at the pixels too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inr.bands import FINER
from inr.holdouts import Split
from inr.interpolation import Interpolation
from inr.signals import Signal
from inr.spline import BicubicGrid
from inr.tasks.measures import VALUE_RANGE, measured

Array = NDArray[np.float64]
GRID = "bspline"
"""The variant of a score that is the bicubic grid's."""


@dataclass(frozen=True, eq=False)
class Classical:
    """The answers without a network to some pixels of a picture."""

    signal: Signal
    split: Split
    family: str
    """The family of the values at the pixels."""
    interpolations: Mapping[str, Interpolation]

    def grid(self, numbers: int) -> BicubicGrid | None:
        """Fit the bicubic grid of at most so many numbers to the pixels that train."""
        return BicubicGrid.fitted(self.signal.values, self.split.trained, numbers)

    def at_pixels(self, grid: BicubicGrid | None) -> dict[str, float]:
        """Score the bicubic grid at the pixels, and at the held-out ones.

        nan at the pixels where it has a number for each of them: it finds them again, which says nothing.
        """
        truth, held_out = self.signal.values, self.split.held_out
        rows, columns = (np.arange(side, dtype=np.float64) for side in truth.shape[:2])
        found = grid.at(rows, columns) if grid else np.full_like(truth, np.nan)
        says = grid is not None and grid.coefficients.size < truth.size
        scores = measured(self.family, found if says else np.full_like(truth, np.nan), truth, VALUE_RANGE, GRID)
        return scores | (measured("held_out", found[held_out], truth[held_out], variant=GRID) if held_out.any() else {})

    def between(self, places: tuple[Array, Array], grid: BicubicGrid | None) -> Iterator[tuple[str, Array]]:
        """Give each answer (R, S, C) at rows and columns that are FINER to a pixel and begin and end with pixels."""
        rows, columns = (slice(round(axis[0]), round(axis[-1]) + 1) for axis in places)
        shape = *(len(axis) for axis in places), self.signal.shape[-1]
        values, known = np.zeros(shape), np.zeros(shape[:2], dtype=bool)
        values[::FINER, ::FINER] = self.signal.values[rows, columns]
        known[::FINER, ::FINER] = self.split.trained[rows, columns]
        for name, method in self.interpolations.items():
            yield name, method(values, known, np.ones_like(known)).reshape(shape)
        yield GRID, grid.at(*places) if grid else np.full(shape, np.nan)
