"""Interpolation of samples on a grid: the answers without a network."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inr.holdouts import Mask

Array = NDArray[np.float64]


def interpolate(values: Array, known: Mask, wanted: Mask) -> Array:
    """Interpolate the ``wanted`` samples (P, C) of a grid (*grid, C) from the ``known`` ones, masks (*grid).

    Multilinear where the known samples form a grid, as on a line they always do; else linear on triangles. Outside
    their hull the nearest point of the grid, or the nearest sample, counts.
    """
    from scipy.interpolate import LinearNDInterpolator, RegularGridInterpolator

    axes = [np.unique(places) for places in np.nonzero(known)]
    places = np.argwhere(wanted)
    if known.sum() != np.prod([axis.size for axis in axes]):
        return scattered(np.argwhere(known), values[known], places, LinearNDInterpolator)
    low, high = ([axis[end] for axis in axes] for end in (0, -1))
    return np.asarray(RegularGridInterpolator(axes, values[np.ix_(*axes)])(np.clip(places, low, high)))


def scattered(known: NDArray[np.int64], values: Array, wanted: NDArray[np.int64], on_triangles: Any) -> Array:
    """Interpolate samples (N, C) at places (N, D) by a class of SciPy's, and by the nearest one outside their hull."""
    from scipy.interpolate import NearestNDInterpolator
    from scipy.spatial import QhullError

    nearest = NearestNDInterpolator(known, values)(wanted)
    try:
        inside = on_triangles(known, values)(wanted)
    except QhullError:  # too few samples, or all on one line: there are no triangles
        return np.asarray(nearest, dtype=np.float64)
    return np.asarray(np.where(np.isnan(inside), nearest, inside), dtype=np.float64)


def cubic(values: Array, known: Mask, wanted: Mask) -> Array:
    """Interpolate the ``wanted`` samples (P, C) of a line (T, C) by the cubic spline through the ``known`` ones.

    Its third derivative is continuous at the second sample from each end. Outside the known samples the nearest counts.
    """
    from scipy.interpolate import CubicSpline

    places = np.flatnonzero(known)
    if len(places) < 2:
        return interpolate(values, known, wanted)
    inside = np.clip(np.flatnonzero(wanted), places[0], places[-1])
    return np.asarray(CubicSpline(places, values[places])(inside), dtype=np.float64)


def fourier(values: Array, known: Mask, wanted: Mask) -> Array:
    """Interpolate the ``wanted`` samples (P, C) of a line (T, C) by the trigonometric sum through the ``known`` ones.

    It pads their Fourier transform with zeros: the line repeats after its end. nan where the known samples are not
    evenly spaced.
    """
    from scipy.signal import resample

    places = np.flatnonzero(known)
    steps = np.unique(np.diff(places))
    if len(steps) != 1:
        return np.full((int(wanted.sum()), values.shape[-1]), np.nan)
    period = len(places) * int(steps[0])
    dense = resample(values[places], period, axis=0)
    return np.asarray(dense[(np.flatnonzero(wanted) - places[0]) % period], dtype=np.float64)


INTERPOLATIONS: dict[str, Callable[[Array, Mask, Mask], Array]] = {
    "bilinear": interpolate,
    "cubic": cubic,
    "fourier": fourier,
}
"""Variant of a score → the interpolation that it is of."""
