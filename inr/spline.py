"""A bicubic grid: tensor products of cubic B-splines, fitted by least squares. The network without a network.

A picture of so many numbers as a network has, each of them as exact (float32), and found in one step.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inr.holdouts import Mask

Array = NDArray[np.float64]

DEGREE = 3
ACCURATE = 1e-6
"""The relative residual at which the iteration for scattered pixels ends."""
ROUGHNESS = 1e-2
"""The weight of squared second differences of coefficients beside squared errors, where pixels are scattered: nothing
else holds the coefficients in a gap (Eilers & Marx 1996)."""


def spline(values: Array, known: Mask, wanted: Mask, numbers: int) -> Array:
    """Fit a grid of at most ``numbers`` coefficients to the ``known`` pixels of (H, W, C), give the ``wanted`` (P, C).

    Its knots are evenly spaced, its sides in the proportion of the picture's; along an axis it has no more
    coefficients than there are known pixels. The fit to known pixels that form a grid is the least-squares one; that to
    scattered ones has a small penalty on roughness. Outside the known pixels the nearest point of their rectangle
    counts. nan where the numbers are too few for four coefficients a side.
    """
    axes = [np.unique(places) for places in np.nonzero(known)]
    counts = sides((len(axes[0]), len(axes[1])), numbers // values.shape[-1])
    if min(counts) <= DEGREE:
        return np.full((int(wanted.sum()), values.shape[-1]), np.nan)
    mean = values[known].mean(axis=0)
    regular = known.sum() == len(axes[0]) * len(axes[1])
    fit = _of_a_grid if regular else _of_scattered
    knots = [_knots(axis, count) for axis, count in zip(axes, counts, strict=True)]
    found = fit(values - mean, known, axes, knots).astype(np.float32)
    rows, columns = (
        _basis(np.clip(np.arange(side), axis[0], axis[-1]), at)
        for side, axis, at in zip(known.shape, axes, knots, strict=True)
    )
    whole = np.stack([rows @ (columns @ channel.T).T for channel in np.moveaxis(found, -1, 0)], axis=-1)
    return np.asarray(whole[wanted] + mean, dtype=np.float64)


def sides(shape: tuple[int, int], numbers: int) -> tuple[int, int]:
    """Count the coefficients along each axis of a picture of so many known pixels a side."""
    rows = min(shape[0], math.floor(math.sqrt(numbers * shape[0] / shape[1])))
    return rows, min(shape[1], numbers // max(rows, 1))


def _knots(axis: NDArray[np.int64], count: int) -> Array:
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


def _of_a_grid(values: Array, known: Mask, axes: list[NDArray[np.int64]], knots: list[Array]) -> Array:
    """Fit one axis after the other, which is the least-squares fit of their product."""
    from scipy.interpolate import make_lsq_spline

    found = values[np.ix_(*axes)]
    for axis, at in zip(axes, knots, strict=True):
        found = np.moveaxis(make_lsq_spline(axis.astype(np.float64), found, at, DEGREE).c, 0, 1)
    return np.asarray(found)


def _of_scattered(values: Array, known: Mask, axes: list[NDArray[np.int64]], knots: list[Array]) -> Array:
    from scipy.sparse.linalg import cg

    places = np.nonzero(known)
    rows, columns = (_basis(at, along).tocsr() for at, along in zip(places, knots, strict=True))
    matrix, counts = _products(rows, columns), (rows.shape[1], columns.shape[1])
    normal = matrix.T @ matrix + ROUGHNESS * _roughness(counts)
    solved = [cg(normal, matrix.T @ each, rtol=ACCURATE, maxiter=2000)[0] for each in values[known].T]
    return np.stack([each.reshape(counts) for each in solved], axis=-1)


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
