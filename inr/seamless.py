"""OpenCV's seamless cloning: a second opinion on the sparse solution of Poisson's equation."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

NARROWEST = 3
"""Pixels along each side of a region's bounding box, at least."""


def seamless_clone(own: Array, other: Array, region: Mask) -> Array | None:
    """Clone the other picture into the own one where the region (H, W) is, by ``cv2.seamlessClone``.

    Values (H, W, C) in [-1, 1] pass through 8 bits; what lies beyond is cut. OpenCV takes the other's gradient in the
    region without its outer 3 pixels, and keeps the values outside the region's bounding box, not those outside the
    region: its answer is near that of Pérez et al., not the same. None where that box is narrower than 3 pixels, which
    OpenCV refuses.
    """
    import cv2

    levels = [np.rint(127.5 * (np.clip(each, -1, 1) + 1)).astype(np.uint8) for each in (other, own)]
    source, target = (np.repeat(each, 3 // each.shape[2], axis=2) for each in levels)
    mask = region.astype(np.uint8) * 255
    left, top, width, height = cv2.boundingRect(mask)
    if min(width, height) < NARROWEST:
        return None
    middle = left + width // 2, top + height // 2
    cloned = cv2.seamlessClone(source, target, mask, middle, cv2.NORMAL_CLONE)
    return np.asarray(cloned[..., : own.shape[2]] / 127.5 - 1)
