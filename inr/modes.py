"""The cosine modes of images that are mirrored at their borders: the DCT-II along both axes, and its derivatives.

A mode is cos(θ(n + ½)) down times cos(θ′(m + ½)) to the right, with the angles of :func:`inr.operators.mirror_angles`.
Modes of images (H, W, C) have their shape and are orthonormal.
"""

import numpy as np
from numpy.typing import NDArray

from inr.operators import mirror_angles

Array = NDArray[np.float64]


def angles(shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Compute the angles of the modes of images (H, W, C), rad per pixel: (H, 1, 1) down, (1, W, 1) to the right."""
    return mirror_angles(shape[0])[:, None, None], mirror_angles(shape[1])[None, :, None]


def cosines(image: Array) -> Array:
    """Compute the modes of an image."""
    from scipy import fft

    return np.asarray(fft.dctn(image, axes=(0, 1), norm="ortho"))


def image_of(modes: Array) -> Array:
    """Compute the image that has these modes."""
    from scipy import fft

    return np.asarray(fft.idctn(modes, axes=(0, 1), norm="ortho"))


def sines(field: Array, axis: int) -> Array:
    """Compute the modes that are sines along an axis and cosines across it, each at the place of its cosine."""
    from scipy import fft

    across = fft.dct(field, axis=1 - axis, norm="ortho")
    sines = np.moveaxis(fft.dst(across, axis=axis, norm="ortho"), axis, 0)
    placed = np.concatenate([np.zeros_like(sines[:1]), sines[:-1]])
    return np.asarray(np.moveaxis(placed, 0, axis))


def quotient(projection: Array, energy: Array, free: Array) -> Array:
    """Divide modes (H, W, C) by their energy (H, W, 1); a mode without energy is that of ``free``."""
    return np.divide(projection, energy, out=free.copy(), where=energy > 0)
