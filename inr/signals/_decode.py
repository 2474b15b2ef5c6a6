"""Decode image files to arrays of pixels.

Pillow decodes and validates: it raises on truncated files, where OpenCV returns grey. OpenCV decodes only
the files that Pillow would reduce to 8 bits: PNG and TIFF with several channels of 16 bits. Colour profiles are
ignored.
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inr.signals._files import cannot_read, read_bytes, status_of

if TYPE_CHECKING:
    from PIL.Image import Image

Pixels = NDArray[Any]

_ORIENTATION = 0x0112
_BITS_PER_SAMPLE, _PHOTOMETRIC, _WHITE_IS_ZERO = 258, 262, 0
# The errors of Pillow 13 on damaged files: found by cutting and corrupting files of each format it writes.
_DAMAGED = (OSError, SyntaxError, ValueError, TypeError, IndexError, RuntimeError, OverflowError)


@contextmanager
def quiet() -> Iterator[None]:
    """Drop the output of libtiff and libpng on stderr, and Pillow's warnings except that of a decompression bomb."""
    from PIL.Image import DecompressionBombWarning

    with open(os.devnull, "wb") as nowhere, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", DecompressionBombWarning)
        kept = os.dup(2)
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def read_pixels(path: str) -> tuple[Pixels, tuple[str, ...]]:
    """Read the pixels of the first frame, upright by its EXIF orientation, and sentences to show to the user.

    Pixels are (H, W), (H, W, 3) RGB or (H, W, 4) RGBA: uint8, uint16, or float in [0, 1]. 16 bits are kept in
    PNG and TIFF files, and in grey PGM; elsewhere Pillow's 8 bits are used. Raises InputError, one sentence
    per failure.
    """
    data = read_bytes(path)
    with quiet():
        image, upright, frames = _open(path, data)
        if _is_deep_colour(image, data):
            pixels = _deep_colour(path, image, upright, data)
        else:
            pixels = _plain(path, image, upright)
    return pixels, ((f"{path!r} holds {frames} frames: the first was taken.",) if frames > 1 else ())


def _open(path: str, data: bytes) -> tuple["Image", "Image", int]:
    """Open an image: (as stored, with format and tags; upright; number of frames). Raises InputError if damaged."""
    from PIL import Image, ImageOps

    with _told(path):
        image = Image.open(BytesIO(data))
        image.load()
        return image, ImageOps.exif_transpose(image), int(getattr(image, "n_frames", 1))


def check_picture(path: str) -> None:
    """Raise InputError for a file that does not begin as an image does; its pixels are not decoded."""
    from PIL import Image

    status_of(path)
    with quiet(), _told(path), Image.open(path):
        pass


@contextmanager
def _told(path: str) -> Iterator[None]:
    """Say in one sentence what Pillow finds wrong with an image."""
    from PIL import Image, UnidentifiedImageError

    try:
        yield
    except UnidentifiedImageError as error:
        reason = "it is no image, of a rare format or damaged; give an 8 or 16 bit PNG, TIFF or JPEG"
        raise cannot_read(path, reason) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        limit = Image.MAX_IMAGE_PIXELS
        raise cannot_read(path, f"it has more than {limit} pixels; shrink it first") from error
    except _DAMAGED as error:
        raise cannot_read(path, "the file is truncated or damaged; save or download it again") from error


def _plain(path: str, image: "Image", upright: "Image") -> Pixels:
    """Convert an image whose pixels Pillow decodes at full depth."""
    if image.mode.startswith("I"):
        return _gray16(path, image, np.asarray(upright))
    if image.mode == "F":
        return _floats(path, np.asarray(upright))
    mode = "RGBA" if image.has_transparency_data else "L" if image.mode in ("1", "L") else "RGB"
    return np.asarray(upright.convert(mode))


def _gray16(path: str, image: "Image", values: Pixels) -> Pixels:
    # Pillow's mode "I" is a PGM's values stretched to 0…65535, or a TIFF's 32-bit or signed ones.
    if image.mode == "I" and image.format != "PPM":
        raise cannot_read(path, "its pixels are signed or 32-bit integers; save it with 8 or 16 bits")
    gray = values.astype(np.uint16)
    if _tiff_tag(image, _PHOTOMETRIC) == _WHITE_IS_ZERO:  # Pillow inverts these at 8 bits only
        gray = 65535 - gray
    if (clear := image.info.get("transparency")) is None:
        return gray
    return np.stack([gray, gray, gray, np.where(gray == clear, 0, 65535)], axis=-1).astype(np.uint16)


def _floats(path: str, values: Pixels) -> Pixels:
    low, high = float(values.min()), float(values.max())
    if not (low >= 0.0 and high <= 1.0):  # also where a value is NaN
        reason = f"its floating-point pixels span {low:g} to {high:g}, expected 0 to 1; rescale them"
        raise cannot_read(path, reason)
    return values.astype(np.float64)


def _tiff_tag(image: "Image", tag: int) -> Any:
    from PIL.TiffImagePlugin import TiffImageFile

    return image.tag_v2.get(tag) if isinstance(image, TiffImageFile) else None


def _is_deep_colour(image: "Image", data: bytes) -> bool:
    """Return True if the header declares several channels of 16 bits, of which Pillow keeps the high bytes."""
    if image.format == "PNG":  # IHDR: bit depth, then colour type, of which 0 is grey
        return data[24] == 16 and data[25] != 0
    bits = _tiff_tag(image, _BITS_PER_SAMPLE)
    return isinstance(bits, tuple) and len(bits) > 1 and max(bits) == 16


def _deep_colour(path: str, image: "Image", upright: "Image", data: bytes) -> Pixels:
    """Decode uint16 pixels with OpenCV, in RGB(A) order and upright, and check them against Pillow's high bytes."""
    import cv2

    try:
        decoded: Pixels | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        decoded = None
    shallow = np.asarray(upright.convert("RGB")).astype(int)
    if decoded is not None and decoded.dtype == np.uint16 and decoded.ndim == 3:
        deep = decoded[..., [2, 1, 0, 3][: decoded.shape[2]]]
        # Both libraries rotate TIFF files on loading, and Pillow then drops the tag; neither rotates PNG files.
        deep = _orient(deep, image.getexif().get(_ORIENTATION, 1))
        # The decoders disagree on planar TIFF files, which OpenCV scrambles, and on premultiplied alpha.
        if deep.shape[:2] == shallow.shape[:2] and np.abs((deep[..., :3] >> 8) - shallow).max() <= 1:
            return deep
    raise cannot_read(path, "its layout of 16-bit colours is not supported; save it as a 16-bit RGB PNG")


def _orient(pixels: Pixels, orientation: int) -> Pixels:
    """Undo the EXIF orientation (1 to 8; anything else counts as 1): first mirror or rotate, then transpose."""
    if orientation in (2, 3, 7, 8):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 6, 7):
        pixels = pixels[::-1]
    return pixels.swapaxes(0, 1) if orientation in (5, 6, 7, 8) else pixels
