"""Regions of a picture: closed forms, and masks in files."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from inr.errors import InputError
from inr.signals._decode import read_pixels
from inr.signals._signal import Array, grid
from inr.signals.images import pixels_signal

Mask = NDArray[np.bool_]

SHARE = 0.6
"""The radius of a region, of half the shorter side."""

REGIONS: dict[str, Callable[[Array], Array]] = {
    "disc": lambda x: np.hypot(x[..., 0], x[..., 1]),
    "square": lambda x: np.abs(x).max(axis=-1),
}
"""Name → the distance of coordinates (H, W, 2) from the middle, in the norm of which the region is a ball."""


def region_mask(region: str, rows: int, columns: int) -> Mask:
    """Mark the pixels (rows, columns) of a region: a closed form in the middle, or a file, whose bright pixels count.

    A file is resampled as a picture is. Raises InputError for one that cannot be read, has other proportions than the
    picture, or leaves no pixel inside or outside.
    """
    if region in REGIONS:
        coordinates = grid(rows, columns)
        shorter = np.abs(coordinates[-1, -1]).min()
        return np.asarray(REGIONS[region](coordinates) <= SHARE * shorter)
    pixels, _ = read_pixels(region)
    mask = np.asarray(pixels_signal(region, pixels, max(rows, columns), "gray").values[..., 0] > 0)
    if mask.shape != (rows, columns):
        (height, width), (own_rows, own_columns) = pixels.shape[:2], mask.shape
        raise InputError(
            f"cannot use the mask {region!r}: its {height}x{width} pixels become {own_rows}x{own_columns} at the size "
            f"of the picture, expected {rows}x{columns}; give a mask of the picture's height and width"
        )
    if mask.all() or not mask.any():
        raise InputError(
            f"cannot use the mask {region!r}: {'all' if mask.all() else 'none'} of its pixels are bright; "
            "give one that is white where the other picture goes and black elsewhere"
        )
    return mask
