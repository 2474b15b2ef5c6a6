"""A network drawn as a file of its task's kind, at any resolution, also beyond what it was trained on."""

import io
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Values = Callable[[Array], Array]
"""Coordinates (P, D) → values (P, C)."""

BAND = 2**16
"""Points that are computed at once: beside the result memory stays flat."""


class Rendering(NamedTuple):
    """The bytes of a file, what it holds in words, and a sentence on what its values lost (empty if nothing)."""

    content: bytes
    description: str
    note: str = ""


class Levels(NamedTuple):
    """A picture of 8 bits, and the share of its values outside [-1, 1], which are drawn as black or white."""

    levels: NDArray[np.uint8]
    """(H, W) or (H, W, 3)"""
    clipped: float


def png(value: Values, trained: tuple[int, int], size: int | None, extent: float) -> Rendering:
    """Draw a PNG of 8 bits, see :func:`picture`."""
    from PIL import Image as Pillow

    drawn = picture(value, trained, size, extent)
    buffer = io.BytesIO()
    Pillow.fromarray(drawn.levels).save(buffer, "png")
    height, width = drawn.levels.shape[:2]
    note = f"{drawn.clipped:.2%} of the values lie outside [-1, 1] and are drawn as black or white"
    return Rendering(buffer.getvalue(), f"{width} x {height} pixels", note if drawn.clipped else "")


def picture(value: Values, trained: tuple[int, int], size: int | None, extent: float) -> Levels:
    """Compute the picture of a network that was trained on ``trained`` = (rows, columns) pixels.

    ``size`` is the longer side in pixels, by default that of the training; it spans [-extent, extent] of the
    coordinates, of which the training saw [-1, 1]. The spacing is one on both axes.
    """
    sides = _sides(trained, size or max(trained))
    rows, columns = (axis(side, max(sides), extent) for side in sides)
    channels = value(np.zeros((1, 2))).shape[1]
    levels = np.empty((*sides, channels), np.uint8)
    outside, band = 0, max(1, BAND // len(columns))
    for start in range(0, len(rows), band):
        mesh = np.meshgrid(rows[start : start + band], columns, indexing="ij")
        values = value(np.stack(mesh, axis=-1).reshape(-1, 2))
        outside += int(np.count_nonzero(np.abs(values) > 1))
        levels[start : start + band] = eight_bits(values).reshape(-1, *levels.shape[1:])
    return Levels(levels[:, :, 0] if channels == 1 else levels, outside / levels.size)


def eight_bits(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Turn values, clipped to [-1, 1], into levels from 0 to 255."""
    return np.asarray(np.rint(127.5 * (np.clip(values, -1, 1) + 1)), dtype=np.uint8)


def axis(side: int, longest: int, extent: float) -> Array:
    """Compute the coordinates of samples, as :func:`inr.signals.grid` has them, times the extent."""
    return extent * (2.0 * np.arange(side) - (side - 1)) / (longest - 1)


def line(value: Values, points: Array) -> Array:
    """Compute the values (T, C) at coordinates (T,), band by band."""
    bands = [points[start : start + BAND, None] for start in range(0, len(points), BAND)]
    return np.concatenate([value(band) for band in bands])


def _sides(trained: tuple[int, int], size: int) -> tuple[int, int]:
    """The grid of ``size`` samples on the longer side that covers what the trained one covers."""
    spaces = max(trained) - 1
    rows, columns = (1 + round((size - 1) * (side - 1) / spaces) for side in trained)
    return rows, columns
