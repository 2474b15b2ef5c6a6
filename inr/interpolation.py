"""Linear interpolation of samples on a grid: the answer without a network."""

import numpy as np
from numpy.typing import NDArray

from inr.holdouts import Mask

Array = NDArray[np.float64]


def interpolate(values: Array, known: Mask, wanted: Mask) -> Array:
    """Interpolate the ``wanted`` samples (P, C) of a grid (*grid, C) from the ``known`` ones, masks (*grid).

    Multilinear where the known samples form a grid, as on a line they always do; else linear on triangles. Outside
    their hull the nearest point of the grid, or the nearest sample, counts.
    """
    from scipy.interpolate import RegularGridInterpolator

    axes = [np.unique(places) for places in np.nonzero(known)]
    places = np.argwhere(wanted)
    if known.sum() != np.prod([axis.size for axis in axes]):
        return _scattered(np.argwhere(known), values[known], places)
    low, high = ([axis[end] for axis in axes] for end in (0, -1))
    return np.asarray(RegularGridInterpolator(axes, values[np.ix_(*axes)])(np.clip(places, low, high)))


def _scattered(known: NDArray[np.int64], values: Array, wanted: NDArray[np.int64]) -> Array:
    from scipy.interpolate import LinearNDInterpolator, NearestNDInterpolator
    from scipy.spatial import QhullError

    nearest = NearestNDInterpolator(known, values)(wanted)
    try:
        linear = LinearNDInterpolator(known, values)(wanted)
    except QhullError:  # too few samples, or all on one line: there are no triangles
        return np.asarray(nearest, dtype=np.float64)
    return np.asarray(np.where(np.isnan(linear), nearest, linear), dtype=np.float64)
