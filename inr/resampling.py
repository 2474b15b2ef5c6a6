"""Interpolation of a picture's known pixels: the answers without a network, where they form a grid and elsewhere.

All take values (H, W, C), masks (H, W) of the known and of the wanted pixels, and give the wanted ones (P, C). The
grid of the masks may be finer than the pixels: what lies between pixels is wanted then.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inr.holdouts import Mask
from inr.interpolation import interpolate, scattered

Array = NDArray[np.float64]


def bicubic(values: Array, known: Mask, wanted: Mask) -> Array:
    """Interpolate by the cubic kernel with a = −0.5, in float32.

    Where the known pixels form no grid, by the cubic functions on triangles of Clough and Tocher. Outside the known
    pixels the nearest point of the grid, or the nearest pixel, counts.
    """
    from PIL.Image import Resampling
    from scipy.interpolate import CloughTocher2DInterpolator

    grid = _grid_of(known)
    if grid is None:
        return scattered(np.argwhere(known), values[known], np.argwhere(wanted), CloughTocher2DInterpolator)
    return _picked(resampled(values[grid.known], grid.steps, Resampling.BICUBIC), grid, wanted)


def lanczos(values: Array, known: Mask, wanted: Mask) -> Array:
    """Interpolate by Lanczos' kernel of three lobes, in float32.

    nan where the known pixels form no grid. Outside them the nearest point of the grid counts.
    """
    from PIL.Image import Resampling

    grid = _grid_of(known)
    if grid is None:
        return _undefined(values, wanted)
    return _picked(resampled(values[grid.known], grid.steps, Resampling.LANCZOS), grid, wanted)


def mirrored(values: Array, known: Mask, wanted: Mask) -> Array:
    """Interpolate by padding the spectrum with zeros: by the sum of cosines through the known pixels.

    The picture is mirrored at its first and last known rows and columns, for it does not repeat after its end. nan
    where the known pixels form no grid. Outside them the nearest point of the grid counts.
    """
    from scipy import fft

    grid = _grid_of(known)
    if grid is None or min(places.size for places in grid.known) < 2:
        return _undefined(values, wanted)
    coarse = values[grid.known]
    modes = fft.dctn(coarse, type=1, axes=(0, 1))
    padded = np.zeros((*grid.shape, values.shape[-1]))
    # the last cosine stands for two of the padded sum's, itself and its mirror image, unless nothing is padded
    modes[-1] /= 1 if grid.steps[0] == 1 else 2
    modes[:, -1] /= 1 if grid.steps[1] == 1 else 2
    padded[: coarse.shape[0], : coarse.shape[1]] = grid.steps[0] * grid.steps[1] * modes
    return _picked(fft.idctn(padded, type=1, axes=(0, 1)), grid, wanted)


class Grid(NamedTuple):
    """Known pixels that form a grid."""

    known: tuple[NDArray[np.int64], NDArray[np.int64]]
    """Their rows and columns, as an index."""
    first: tuple[int, int]
    steps: tuple[int, int]

    @property
    def shape(self) -> tuple[int, int]:
        """The pixels from the first known one to the last, along each axis."""
        rows, columns = (step * (places.size - 1) + 1 for step, places in zip(self.steps, self.known, strict=True))
        return rows, columns


def _grid_of(known: Mask) -> Grid | None:
    """The grid of known pixels, evenly spaced along each axis; None where they form none."""
    axes = [np.unique(places) for places in np.nonzero(known)]
    steps = [np.unique(np.diff(axis)) if axis.size > 1 else np.array([1]) for axis in axes]
    if known.sum() != axes[0].size * axes[1].size or max(step.size for step in steps) > 1:
        return None
    rows, columns = np.ix_(*axes)
    return Grid((rows, columns), (int(axes[0][0]), int(axes[1][0])), (int(steps[0][0]), int(steps[1][0])))


def _picked(dense: Array, grid: Grid, wanted: Mask) -> Array:
    """Take the wanted pixels of values between the known ones, (*shape, C)."""
    places = np.clip(np.argwhere(wanted) - grid.first, 0, np.array(grid.shape) - 1)
    return np.asarray(dense[tuple(places.T)], dtype=np.float64)


def _undefined(values: Array, wanted: Mask) -> Array:
    return np.full((int(wanted.sum()), values.shape[-1]), np.nan)


def resampled(values: Array, steps: tuple[int, int], kernel: int) -> Array:
    """Interpolate pixels (H, W, C) by a kernel of Pillow's, ``steps`` points from each to the next, both ends in."""
    from PIL import Image

    height, width = values.shape[:2]
    size = [step * (side - 1) + 1 for step, side in zip(steps, (height, width), strict=True)]
    # Pillow's point j of n lies at left + (j + ½) (right − left) / n, where pixel i is at i + ½
    down, right = (((1 - 1 / s) / 2, side - (1 - 1 / s) / 2) for s, side in zip(steps, (height, width), strict=True))
    box = right[0], down[0], right[1], down[1]
    channels = (Image.fromarray(np.ascontiguousarray(values[..., c], np.float32)) for c in range(values.shape[2]))
    dense = [np.asarray(channel.resize((size[1], size[0]), kernel, box=box)) for channel in channels]
    return np.stack(dense, axis=-1).astype(np.float64)


PICTURES: dict[str, Callable[[Array, Mask, Mask], Array]] = {
    "bilinear": interpolate,
    "bicubic": bicubic,
    "lanczos": lanczos,
    "fourier": mirrored,
}
"""Variant of a score → the interpolation of pictures that it is of."""
