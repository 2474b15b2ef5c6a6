"""Enlarge a picture that was made of means over areas: the answers without a network.

Each takes means (h, w, C) over areas of ``factor`` × ``factor`` points, and gives the points, (h · factor, w · factor,
C). Nothing is clipped.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def area_means(values: Array, factor: int) -> Array:
    """Average (H, W, C) over areas of ``factor`` × ``factor`` points: (H / factor, W / factor, C)."""
    height, width, channels = values.shape
    areas = values.reshape(height // factor, factor, width // factor, factor, channels)
    return np.asarray(areas.mean(axis=(1, 3)), dtype=np.float64)


def bicubic(means: Array, factor: int) -> Array:
    """Interpolate by Pillow's cubic kernel, a = −0.5, in float32."""
    from PIL.Image import Resampling

    return _resized(means, factor, Resampling.BICUBIC)


def lanczos(means: Array, factor: int) -> Array:
    """Interpolate by Pillow's Lanczos kernel of three lobes, in float32."""
    from PIL.Image import Resampling

    return _resized(means, factor, Resampling.LANCZOS)


def _resized(means: Array, factor: int, kernel: int) -> Array:
    from PIL import Image

    height, width = means.shape[:2]
    channels = (Image.fromarray(np.ascontiguousarray(means[..., c], np.float32)) for c in range(means.shape[2]))
    enlarged = [np.asarray(channel.resize((width * factor, height * factor), kernel)) for channel in channels]
    return np.stack(enlarged, axis=-1).astype(np.float64)


def fourier(means: Array, factor: int) -> Array:
    """Pad the spectrum with zeros, so that the result has the given means over the areas exactly.

    The picture is mirrored at its borders, so its Fourier series is one of cosines (DCT-II), whose samples lie at the
    centres of the areas. The mean of cos(θ(n + ½)) over ``factor`` = b points is its value at their centre times
    sin(bθ/2) / (b sin(θ/2)), by which each mode is divided: that is 2/π or more for the modes that the means determine.
    """
    from scipy import fft

    height, width = means.shape[:2]
    modes = fft.dctn(means, axes=(0, 1), norm="ortho")
    modes /= _mean_of_mode(height, factor)[:, None, None] * _mean_of_mode(width, factor)[:, None]
    padded = np.zeros((height * factor, width * factor, means.shape[2]))
    padded[:height, :width] = factor * modes  # the norms of the two transforms differ by the root of their sizes
    return np.asarray(fft.idctn(padded, axes=(0, 1), norm="ortho"), dtype=np.float64)


def _mean_of_mode(count: int, factor: int) -> Array:
    """The mean over an area of each of ``count`` modes, along one axis, over its value at the centre."""
    half = np.pi * np.arange(1, count) / (2 * count * factor)  # θ/2
    return np.concatenate([[1.0], np.sin(factor * half) / (factor * np.sin(half))])


METHODS: dict[str, Callable[[Array, int], Array]] = {"bicubic": bicubic, "lanczos": lanczos, "fourier": fourier}
"""Name → method."""
