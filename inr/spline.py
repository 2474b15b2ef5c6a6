"""A bicubic grid: tensor products of cubic B-splines, fitted by least squares, as many numbers as a network has.

Its numbers are as exact as a network's, float32.
"""

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from inr.holdouts import Mask

Array = NDArray[np.float64]
Places = NDArray[np.int64]

DEGREE = 3
ACCURATE = 1e-6
"""The relative residual at which the iteration for scattered pixels ends."""
MOST_STEPS = 2000
ROUGHNESS = 1e-2
"""The weight of squared second differences of coefficients beside squared errors, where pixels are scattered: nothing
else holds the coefficients in a gap (Eilers & Marx 1996)."""


@dataclass(frozen=True, eq=False)
class BicubicGrid:
    """A function of row and column, counted in pixels, with C channels."""

    knots: tuple[Array, Array]
    coefficients: NDArray[np.float32]
    """(R, S, C), about the mean."""
    mean: Array
    """(C,)"""

    @classmethod
    def fitted(cls, values: Array, known: Mask, numbers: int) -> Self | None:
        """Fit at most ``numbers`` coefficients to the ``known`` pixels (H, W) of values (H, W, C).

        The knots are evenly spaced, the sides in the proportion of the picture's; along an axis there are no more
        coefficients than known pixels. The fit to known pixels that form a grid is the least-squares one; that to
        scattered ones has a small penalty on roughness. None where there are too few numbers for four coefficients a
        side.
        """
        down, right = axes = [np.unique(places) for places in np.nonzero(known)]
        counts = sides((down.size, right.size), numbers // values.shape[-1])
        if min(counts) <= DEGREE:
            return None
        mean = values[known].mean(axis=0)
        rows, columns = (_knots(axis, count) for axis, count in zip(axes, counts, strict=True))
        fit = _of_a_grid if known.sum() == down.size * right.size else _of_scattered
        found = fit(values - mean, known, (rows, columns))
        return cls((rows, columns), found.astype(np.float32), mean)

    def at(self, rows: Array, columns: Array) -> Array:
        """Compute the values (R, S, C) at rows and columns; outside the knots the nearest point of theirs counts."""
        places = (np.clip(at, knots[0], knots[-1]) for at, knots in zip((rows, columns), self.knots, strict=True))
        down, right = (_basis(at, knots) for at, knots in zip(places, self.knots, strict=True))
        channels = [down @ (right @ channel.T).T for channel in np.moveaxis(self.coefficients, -1, 0)]
        return np.asarray(np.stack(channels, axis=-1) + self.mean, dtype=np.float64)


def sides(shape: tuple[int, int], numbers: int) -> tuple[int, int]:
    """Count the coefficients along each axis of a picture of so many known pixels a side."""
    rows = min(shape[0], math.floor(math.sqrt(numbers * shape[0] / shape[1])))
    return rows, min(shape[1], numbers // max(rows, 1))


def _knots(axis: Places, count: int) -> Array:
    """Give the knots for so many coefficients: evenly spaced, without the second and the last but one.

    With as many coefficients as places that is the interpolating spline's ("not a knot"). Evenly spaced ones would
    lie halfway between places somewhere, where cubic splines do not see what alternates.
    """
    even = np.linspace(axis[0], axis[-1], count)
    inner = np.concatenate([even[:1], even[2:-2], even[-1:]])
    return np.concatenate([[inner[0]] * DEGREE, inner, [inner[-1]] * DEGREE])


def _basis(places: NDArray[Any], knots: Array) -> Any:
    """The sparse matrix of the B-splines at places, (places, coefficients)."""
    from scipy.interpolate import BSpline

    return BSpline.design_matrix(places.astype(np.float64), knots, DEGREE)


def _of_a_grid(values: Array, known: Mask, knots: tuple[Array, Array]) -> Array:
    """Fit one axis after the other, which is the least-squares fit of their product."""
    from scipy.interpolate import make_lsq_spline

    axes = [np.unique(places) for places in np.nonzero(known)]
    found = values[np.ix_(*axes)]
    for axis, at in zip(axes, knots, strict=True):
        found = np.moveaxis(make_lsq_spline(axis.astype(np.float64), found, at, DEGREE).c, 0, 1)
    return np.asarray(found)


def _of_scattered(values: Array, known: Mask, knots: tuple[Array, Array]) -> Array:
    from scipy.sparse.linalg import cg

    places = np.nonzero(known)
    rows, columns = (_basis(at, along).tocsr() for at, along in zip(places, knots, strict=True))
    matrix, counts = _products(rows, columns), (rows.shape[1], columns.shape[1])
    normal = matrix.T @ matrix + ROUGHNESS * _roughness(counts)
    solved = [cg(normal, matrix.T @ each, rtol=ACCURATE, maxiter=MOST_STEPS) for each in values[known].T]
    # what has not converged is no answer, and no score
    return np.stack([np.full(counts, np.nan) if open_ else x.reshape(counts) for x, open_ in solved], axis=-1)


def _roughness(counts: tuple[int, int]) -> Any:
    """The sparse matrix of the sum of squared second differences of coefficients, along both axes."""
    from scipy import sparse

    eyes = [sparse.identity(count) for count in counts]
    bends = [sparse.diags([1.0, -2.0, 1.0], [0, 1, 2], shape=(count - 2, count)) for count in counts]
    down, right = (bend.T @ bend for bend in bends)
    return sparse.kron(down, eyes[1]) + sparse.kron(eyes[0], right)


def _products(rows: Any, columns: Any) -> Any:
    """The sparse matrix of all products of two rows' entries, row by row: (P, R · S)."""
    from scipy.sparse import csr_matrix

    each = DEGREE + 1
    data = rows.data.reshape(-1, each, 1) * columns.data.reshape(-1, 1, each)
    places = rows.indices.reshape(-1, each, 1) * columns.shape[1] + columns.indices.reshape(-1, 1, each)
    ends = np.arange(0, data.size + 1, each * each)
    return csr_matrix((data.ravel(), places.ravel(), ends), shape=(rows.shape[0], rows.shape[1] * columns.shape[1]))
