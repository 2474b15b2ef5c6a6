"""Maps as small pictures: levels of grey, colours, and errors from blue over white to red."""

import base64
import functools
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sweeps.record.drawing import raster

Array = NDArray[np.floating]
LARGEST = (240, 160)
"""The most pixels of the width and the height: no map is shown larger."""
LINE = (72, 240)
"""Pixels of the height and the width of a line."""
BLUE, WHITE, RED = np.array([[33, 102, 172], [247, 247, 247], [178, 24, 43]], dtype=float)
SMALLER = ({"quality": 80}, {"quality": 55}, {"quality": 30})
"""How a picture is written whose pixels, exactly, take more bytes than there are."""


@dataclass(frozen=True, eq=False)
class Picture:
    """The levels (H, W) or colours (H, W, 3) of a map, as bytes."""

    levels: NDArray[np.uint8]

    def address(self, most: int) -> str:
        """Write it as a data address of about ``most`` bytes or less where that can be."""
        kind, data = _encoded(self.levels.tobytes(), self.levels.shape, most)
        return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"

    @property
    def ratio(self) -> float:
        """Width over height."""
        return float(self.levels.shape[1] / self.levels.shape[0])


def colours(values: Array, scale: tuple[float, float]) -> Picture:
    """Show values (H, W) on a grey scale, colours (H, W, 3) in [-1, 1], or a line (T,) black on white."""
    if values.ndim == 1:
        return greys(raster(np.asarray(values, np.float32), scale, LINE[1], LINE[0]), (0.0, 1.0))
    return greys(values, (-1.0, 1.0) if values.ndim == 3 else scale)


def greys(values: Array, scale: tuple[float, float]) -> Picture:
    """Turn values into levels from 0 at the low end of the scale to 255 at the high one."""
    return Picture(np.rint(255 * _share(values, scale)).astype(np.uint8))


def errors(values: Array, widest: float) -> Picture:
    """Show differences: of a map blue below zero and red above, of colours each channel's around grey."""
    if values.ndim == 3:
        return greys(values, (-widest, widest))
    share = _share(values, (-widest, widest))[..., None]
    below, above = np.clip(2 * share, 0, 1), np.clip(2 * share - 1, 0, 1)
    mixed = np.where(share < 0.5, BLUE + (WHITE - BLUE) * below, WHITE + (RED - WHITE) * above)
    return Picture(np.rint(mixed).astype(np.uint8))


def _share(values: Array, scale: tuple[float, float]) -> Array:
    low, high = scale
    return np.asarray(np.clip((np.nan_to_num(values, nan=low) - low) / (high - low), 0, 1))


@functools.lru_cache(maxsize=4096)
def _encoded(levels: bytes, shape: Sequence[int], most: int) -> tuple[str, bytes]:
    """Write the pixels as they are, or, where they take too much, such as the eye will hardly tell from them."""
    picture = Image.fromarray(np.frombuffer(levels, np.uint8).reshape(shape))
    picture.thumbnail(LARGEST)
    exact = _written(picture, "png")
    if len(exact) <= most:
        return "png", exact
    for how in SMALLER:
        data = _written(picture, "webp", **how)
        if len(data) <= most:
            return "webp", data
    picture.thumbnail((LARGEST[0] // 3, LARGEST[1] // 3))
    return "webp", _written(picture, "webp", **SMALLER[-1])


def _written(picture: Image.Image, kind: str, **how: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **how)
    return buffer.getvalue()
