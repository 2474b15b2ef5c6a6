"""NumPy arrays as pixels: what an image file of the same numbers would be."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from inr.errors import UsageError
from inr.signals._signal import Channels, Signal
from inr.signals.images import pixels_signal

NAME = "the array"
"""An array in errors and notes."""


def array_signal(array: NDArray[Any], size: int, channels: Channels) -> Signal:
    """The array (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) as a signal whose longer side has `size` samples.

    Its numbers mean what they mean in a file: uint8 and uint16 span their full range, floats span [0, 1]. Raises
    UsageError for other shapes, types and ranges, and InputError for what no signal can be made of.
    """
    return pixels_signal(NAME, _pixels(array), size, channels)


def check_array(array: NDArray[Any]) -> None:
    """Raise UsageError for an array whose shape, type or range does not say how it is an image."""
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)) or array.size == 0:
        raise UsageError(f"the array has the shape {array.shape}: expected (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)")
    if array.dtype not in (np.uint8, np.uint16) and array.dtype.kind != "f":
        raise UsageError(f"the array has the type {array.dtype}: expected uint8, uint16, or floats from 0 to 1")
    if array.dtype.kind == "u" and array.max() <= 1:
        most = np.iinfo(array.dtype).max
        raise UsageError(f"the array has no value above 1 of {most}: multiply it by {most}, or give floats from 0 to 1")
    if array.dtype.kind == "f" and not (array.min() >= 0.0 and array.max() <= 1.0):  # also where a value is NaN
        raise UsageError(
            f"the array spans {array.min():g} to {array.max():g}: expected floats from 0 to 1, rescale it "
            "(from -1 to 1 by (array + 1) / 2)"
        )


def _pixels(array: NDArray[Any]) -> NDArray[Any]:
    check_array(array)
    pixels = array.astype(np.float64) if array.dtype.kind == "f" else array
    return pixels[:, :, 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels
