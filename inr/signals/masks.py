"""Masks of a picture: which of its pixels are known."""

import numpy as np
from numpy.typing import NDArray

from inr.errors import InputError
from inr.signals._decode import read_pixels
from inr.signals.images import to_unit

RANDOM = "random"
"""The name of a mask that is drawn."""


def file_mask(path: str, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Read a mask of the shape (H, W) of a picture: True where the file is light, at half the range or more.

    Raises InputError for a file that cannot be read, another size, and a mask that keeps no pixel or all of them.
    """
    pixels, _ = read_pixels(path)
    if pixels.shape[:2] != shape:
        found, expected = (f"{rows} x {columns} pixels" for rows, columns in (pixels.shape[:2], shape))
        raise InputError(f"the mask {path!r} has {found}, the picture {expected}: give a mask of the picture's size")
    kept: NDArray[np.bool_] = to_unit(pixels, "gray")[..., 0] >= 0.5
    if kept.all() or not kept.any():
        what, why = ("white", "nothing is missing") if kept.all() else ("black", "no pixel is kept")
        raise InputError(f"the mask {path!r} is all {what}, so {why}: white pixels are kept, black ones are missing")
    return kept


def drawn_mask(share: float, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw a mask (H, W) that keeps a share of the pixels, rounded to a whole number.

    Raises InputError for a share that is rounded to none, and for one below 1 that is rounded to all.
    """
    total = int(np.prod(shape))
    count = round(share * total)
    if count == 0:
        raise InputError(f"--kept={share:g} keeps none of {total} pixels: give a larger share")
    if count == total and share < 1:
        raise InputError(f"--kept={share:g} keeps all of {total} pixels: give a smaller share, or 1 to remove noise")
    kept = np.zeros(total, dtype=bool)
    kept[rng.permutation(total)[:count]] = True
    return kept.reshape(shape)
