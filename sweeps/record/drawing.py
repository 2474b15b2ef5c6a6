"""The parts of a sheet that Pillow draws: maps, lines, words, the numbers of a scale. Places are in inches."""

import functools
import itertools
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Array = NDArray[np.float32]

DPI = 150
"""Pixels of an inch."""

Box = tuple[float, float, float, float]
"""Left, top, width, height in inches, from the top left corner of the sheet."""


class Part(NamedTuple):
    """A map, a scale or words, and the pixel of the sheet where its top left corner lies."""

    left: int
    top: int
    picture: Image.Image


def map_part(values: Array, box: Box, scale: tuple[float, float]) -> Part:
    """Values (H, W) on their grey scale, or colours (H, W, 3) in [-1, 1], each pixel a rectangle, with a frame."""
    low, high = (-1.0, 1.0) if values.ndim == 3 else scale
    levels = np.rint(255 * np.clip((values - low) / (high - low), 0, 1)).astype(np.uint8)
    left, top, right, bottom = (pixels(side) for side in (*box[:2], box[0] + box[2], box[1] + box[3]))
    picture = Image.fromarray(levels).resize((right - left, bottom - top), Image.Resampling.NEAREST)
    ImageDraw.Draw(picture).rectangle((0, 0, picture.width - 1, picture.height - 1), outline="black")
    return Part(left, top, picture)


def raster(values: Array, scale: tuple[float, float], width: int, height: int) -> Array:
    """Draw a line of T values as a map (height, width) of 1 with 0 where the line is.

    A column shows the range of the values that fall into it, with those beside them, so that the line has no gaps.
    """
    places = np.linspace(0, len(values) - 1, width + 1)
    rows = (scale[1] - values) / (scale[1] - scale[0]) * (height - 1)
    drawn = np.ones((height, width), dtype=np.float32)
    for column, (first, last) in enumerate(itertools.pairwise(places)):
        ends = np.interp([first, last], np.arange(len(rows)), rows)
        inside = rows[int(np.ceil(first)) : int(np.floor(last)) + 1]
        top, bottom = (round(float(np.clip(pick([*ends, *inside]), -1, height))) for pick in (min, max))
        drawn[max(top, 0) : bottom + 1, column] = 0
    return drawn


def round_numbers(low: float, high: float, steps: int) -> list[float]:
    """The multiples of 1, 2, 2.5 or 5 times a power of ten from ``low`` to ``high``, at most ``steps`` + 1 of them."""
    decade = 10.0 ** np.floor(np.log10((high - low) / steps))
    step = next(
        decade * factor for factor in (1, 2, 2.5, 5, 10) if decade * factor * steps >= (high - low) * (1 - 1e-9)
    )
    return [float(step * k) for k in range(int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9)) + 1)]


def words(text: str, size: float, place: tuple[float, float], anchor: str, colour: str = "black") -> Part:
    """One line of so many points, with Pillow's anchor at a place in inches."""
    face, x, y = font(size), *map(pixels, place)
    left, top, right, bottom = map(round, face.getbbox(text, anchor=anchor))
    picture = Image.new("L" if colour == "black" else "RGB", (right - left, bottom - top), "white")
    ImageDraw.Draw(picture).text((-left, -top), text, fill=colour, font=face, anchor=anchor)
    return Part(x + left, y + top, picture)


def turned(text: str, size: float, place: tuple[float, float]) -> Part:
    """Lines read from below, the middle of their right side at a place in inches."""
    face, x, y = font(size), *map(pixels, place)
    picture = Image.new("L", (1, 1))
    left, top, right, bottom = ImageDraw.Draw(picture).multiline_textbbox((0, 0), text, font=face, align="center")
    picture = Image.new("L", (round(right - left), round(bottom - top)), "white")
    ImageDraw.Draw(picture).multiline_text((-left, -top), text, fill="black", font=face, align="center")
    upright = picture.transpose(Image.Transpose.ROTATE_90)
    return Part(x - upright.width, y - upright.height // 2, upright)


@functools.cache
def font(points: float) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which matplotlib carries: Pillow's own has no minus and no square."""
    package = find_spec("matplotlib")
    assert package is not None
    assert package.origin is not None
    file = Path(package.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
    return ImageFont.truetype(str(file), points * DPI / 72)


def pixels(inches: float) -> int:
    """Convert a length to whole pixels."""
    return round(inches * DPI)
