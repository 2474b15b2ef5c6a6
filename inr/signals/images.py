"""Sampled images: the images in scikit-image's wheel (no download), and the user's files.

Values are converted in one order: the type's full range → [0, 1] (`skimage.util.img_as_float64`); alpha composited over
white (`skimage.color.rgba2rgb`); "gray" is the Rec. 709 luma 0.2125 R + 0.7154 G + 0.0721 B
(`skimage.color.rgb2gray`) of the gamma-encoded values, as is usual; "rgb" repeats grey; then the longer side
is resized to `size`; then 2v - 1.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from inr.errors import InputError
from inr.signals._decode import Pixels, read_pixels
from inr.signals._finer import moving_mean
from inr.signals._signal import Array, Channels, Signal

SMALLEST_SIDE = 8
CONSTANT = 1e-6  # of a range of 2: below the steps of 16 bits, above rounding

# The functions of skimage.data that load offline. The others need pooch and a network.
SHIPPED = (
    "astronaut",
    "binary_blobs",
    "brick",
    "camera",
    "cat",
    "cell",
    "checkerboard",
    "chelsea",
    "clock",
    "coffee",
    "coins",
    "colorwheel",
    "grass",
    "gravel",
    "horse",
    "hubble_deep_field",
    "immunohistochemistry",
    "lfw_subset",
    "logo",
    "microaneurysms",
    "moon",
    "page",
    "retina",
    "rocket",
    "shepp_logan_phantom",
    "stereo_motorcycle",
    "text",
)

SAME = {"cat": "chelsea"}
"""Second name of a picture → its first."""


def _shipped_pixels(name: str) -> Pixels:
    import skimage.data

    arguments: dict[str, Any] = {"rng": 0} if name == "binary_blobs" else {}
    loaded: Any = getattr(skimage.data, name)(**arguments)
    # lfw_subset is a stack of faces, stereo_motorcycle is (left, right, disparity): take the first
    first: Pixels = loaded[0] if name in ("lfw_subset", "stereo_motorcycle") else loaded
    return first


def to_unit(pixels: Pixels, channels: Channels) -> Array:
    """Convert pixels (H, W[, 3 or 4]) of any type to values (H, W, C) in [0, 1]."""
    from skimage.color import rgb2gray, rgba2rgb
    from skimage.util import img_as_float64

    image: Array = img_as_float64(pixels)
    if image.ndim == 3 and image.shape[2] == 4:
        image = rgba2rgb(image)
    if channels == "gray":
        luma: Array = rgb2gray(image) if image.ndim == 3 else image
        return luma[..., None]
    return image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)


def _target_shape(name: str, height: int, width: int, size: int) -> tuple[int, int]:
    """Compute the shape with a longer side of `size` and the same aspect, rounded; raises InputError if too narrow."""
    longest, shortest = max(height, width), min(height, width)
    if shortest < 2:
        raise InputError(
            f"cannot fit {name!r}: it has {height}x{width} pixels, expected at least 2x2; give a larger image"
        )
    rows, columns = ((2 * side * size + longest) // (2 * longest) for side in (height, width))
    if min(rows, columns) < SMALLEST_SIDE:
        enough = -(-(2 * SMALLEST_SIDE - 1) * longest // (2 * shortest))
        raise InputError(
            f"cannot fit {name!r}: its {height}x{width} pixels become {rows}x{columns} at size {size}, "
            f"expected {SMALLEST_SIDE} or more on the shorter side; use size {enough} or more or crop it"
        )
    return rows, columns


def _resize(image: Array, rows: int, columns: int) -> Array:
    """Resize (H, W, C) to (rows, columns, C): area averages to shrink, clipped cubic interpolation to enlarge."""
    import cv2

    if image.shape[:2] == (rows, columns):
        return image
    shrinks = rows <= image.shape[0] and columns <= image.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    resized: NDArray[Any] = cv2.resize(np.ascontiguousarray(image), (columns, rows), interpolation=method)
    clipped: Array = np.clip(resized.reshape(rows, columns, image.shape[2]), 0.0, 1.0)
    return clipped


def gray_pixels(image: str) -> Array:
    """Load the scikit-image image or the image file `image` as grey values (H, W) in [0, 1], at its own size.

    Raises InputError for a file that cannot be read, and for an image whose pixels are equal.
    """
    pixels, _ = (_shipped_pixels(image), ()) if image in SHIPPED else read_pixels(image)
    values: Array = to_unit(pixels, "gray")[..., 0]
    if np.ptp(values) < CONSTANT:
        raise InputError(f"cannot fit {image!r}: all its pixels are equal in gray; give an image with some contrast")
    return values


def image_signal(image: str, size: int, channels: Channels) -> Signal:
    """Load the scikit-image image or the image file `image`, its longer side resized to `size` pixels.

    Values are (H, W, C) in [-1, 1]; there are no exact derivatives. Raises InputError for a file that cannot
    be read (see `read_pixels`), fewer than 8 pixels on the shorter side, or an image whose pixels are equal.
    """
    pixels, notes = (_shipped_pixels(image), ()) if image in SHIPPED else read_pixels(image)
    return pixels_signal(image, pixels, size, channels, notes)


def resized(name: str, pixels: Pixels, size: int, channels: Channels) -> Array:
    """Convert pixels (H, W[, 3 or 4]) to values (rows, columns, C) in [-1, 1], the longer side of `size` samples.

    Raises InputError for fewer than 8 pixels on the shorter side.
    """
    rows, columns = _target_shape(name, pixels.shape[0], pixels.shape[1], size)
    return 2.0 * _resize(to_unit(pixels, channels), rows, columns) - 1.0


def pixels_signal(image: str, pixels: Pixels, size: int, channels: Channels, notes: tuple[str, ...] = ()) -> Signal:
    """The pixels (H, W[, 3 or 4]) as a signal whose longer side has `size` samples; `image` is their name.

    They are uint8, uint16, or float in [0, 1]. Values and errors are those of `image_signal`.
    """
    height, width = pixels.shape[:2]
    values = resized(image, pixels, size, channels)
    rows, columns = values.shape[:2]
    if np.ptp(values, axis=(0, 1)).max() < CONSTANT:
        what = f"all its pixels are equal in {channels} at size {size}, so there is nothing to learn"
        raise InputError(f"cannot fit {image!r}: {what}; give an image with some contrast")
    if max(height, width) < size:
        notes += (
            f"{image!r} has {height}x{width} pixels and was enlarged to {rows}x{columns} "
            "by cubic interpolation: it holds no finer detail than before.",
        )
    between = moving_mean(lambda: 2.0 * to_unit(pixels, channels) - 1.0, (height, width), (rows, columns))
    return Signal(image, values, notes=notes, between=between)
