"""Pictures between their pixels: the function whose samples the pixels are.

A pixel that was made by averaging an area is a sample of a moving mean, the file's pixels averaged over a window as
large as one fitted pixel. So the moving mean is the picture between the pixels: at a pixel it is the pixel. It has the
detail that averaging leaves, which is more than the pixels carry.
"""

from collections.abc import Callable

import numpy as np

from inr.signals._signal import Array

LEAST = 2.0
"""Pixels of the file for one that is fitted, along each axis, from which the file knows more than the pixels."""


def moving_mean(
    load: Callable[[], Array], sides: tuple[int, int], shape: tuple[int, int]
) -> Callable[[Array, Array], Array] | None:
    """Make the function of rows and columns whose samples are ``shape`` means over areas of a file's picture.

    ``load`` gives the file's values (H, W, C), where ``sides`` is (H, W). The function takes R rows and S columns,
    counted in fitted pixels, from 0 to the last one, and gives (R, S, C). None where the file has too few pixels.
    """
    scales = [side / fitted for side, fitted in zip(sides, shape, strict=True)]
    if min(scales) < LEAST:
        return None

    def between(rows: Array, columns: Array) -> Array:
        return np.moveaxis(_mean(np.moveaxis(_mean(load(), rows, scales[0]), 1, 0), columns, scales[1]), 0, 1)

    return between


def _mean(values: Array, places: Array, width: float) -> Array:
    """Average along the first axis from ``place · width`` to ``(place + 1) · width``, for P places: (P, …)."""
    sums = np.concatenate([np.zeros_like(values[:1]), np.cumsum(values, axis=0)])
    last = len(values)

    def integral(ends: Array) -> Array:
        ends = np.clip(ends, 0, last)
        whole = np.minimum(ends.astype(int), last - 1)
        part = (ends - whole).reshape(-1, *[1] * (values.ndim - 1))
        return np.asarray(sums[whole] + part * values[whole])

    return np.asarray((integral((places + 1) * width) - integral(places * width)) / width)
