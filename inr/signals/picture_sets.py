"""Sets of small grey pictures: faces and digits that ship with packages, and the crops of one picture."""

from typing import NamedTuple

import numpy as np

from inr.errors import InputError
from inr.signals._signal import Array
from inr.signals.images import gray_pixels

FACES, DIGITS = "faces", "digits"
SIDES = {FACES: 25, DIGITS: 8}
"""Name of a set that ships → the side of its pictures, in pixels. Every other name is that of a picture."""

FEWEST = 10
"""Pictures of a set: two of them are held out."""
APART = 5
"""Every so many-th picture is held out."""
MOST_HELD_OUT = 40
"""Held-out pictures that are used: an evaluation computes each of them several times."""


class PictureSet(NamedTuple):
    """Pictures with values in [-1, 1]: those that train, and held-out ones."""

    trained: Array
    """(N, side, side, 1)"""
    held_out: Array
    """(M, side, side, 1)"""


def picture_set(name: str, side: int) -> PictureSet:
    """Load the set ``name``: faces, digits, or the crops of ``side`` pixels of a picture, by its name or path.

    faces are the 100 faces of scikit-image's ``lfw_subset``, 25 × 25 pixels; digits are scikit-learn's, 8 × 8. Crops
    are the squares of a grid, none of which overlap. Every fifth picture is held out, of which 40 at most are used.
    Raises :class:`InputError` for a set that cannot be had, and for fewer than 10 pictures.
    """
    pictures = {FACES: _faces, DIGITS: _digits}[name]() if name in SIDES else _crops(name, side)
    held_out = np.arange(len(pictures)) % APART == APART - 1
    values = 2.0 * pictures[..., None] - 1.0
    return PictureSet(values[~held_out], values[held_out][:MOST_HELD_OUT])


def _faces() -> Array:
    """The faces (100, 25, 25), in [0, 1]; the other half of the array shows no faces."""
    import skimage.data

    pictures: Array = skimage.data.lfw_subset()[:100]
    return pictures


def _digits() -> Array:
    """The digits (1797, 8, 8), in [0, 1]."""
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError as error:
        raise InputError("cannot load digits: they come with scikit-learn; install the digits extra") from error
    pictures: Array = load_digits().images / 16.0
    return pictures


def _crops(name: str, side: int) -> Array:
    """The squares of a grid over a picture, (N, side, side), row by row, in [0, 1]."""
    pixels = gray_pixels(name)
    rows, columns = (length // side for length in pixels.shape)
    if rows * columns < FEWEST:
        raise InputError(
            f"cannot cut {name!r} into crops: its {pixels.shape[0]}x{pixels.shape[1]} pixels hold {rows * columns} "
            f"squares of {side} pixels, expected {FEWEST} or more; give a smaller --crop or a larger picture"
        )
    squares = pixels[: rows * side, : columns * side].reshape(rows, side, columns, side)
    return squares.swapaxes(1, 2).reshape(-1, side, side)
