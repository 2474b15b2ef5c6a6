"""The picture of one trial: a row a panel, reference beside prediction, on one scale.

Laid out by hand and drawn by Pillow: matplotlib took three to seven times as long, up to two per cent of a trial of ten
seconds, and its import as long as a small trial.
"""

import functools
import io
import itertools
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inr.panels import Panel
from inr.vocabulary import MISSING, Metric, expected, metric

Array = NDArray[np.float32]

DPI = 150
PANEL = 2.4
"""Inches of the longer side of a map; then of what stands around the maps, and of what is written beside them."""
LEFT, BETWEEN, BAR, RIGHT, TOP, ABOVE, BELOW = 0.5, 0.12, 0.12, 0.6, 0.3, 0.3, 0.15
CAPTION, LABEL = 2.1, 1.5
ACROSS = 2.8, 1.3
"""Inches of a panel whose horizontal axis is no axis of a picture."""
SPACED = 0.3
"""Inches between the numbers of a scale, at the least where there are more than three."""


def draw(panels: Sequence[Panel], scores: Mapping[str, float | None], title: str) -> bytes:
    """The PNG. ``scores`` are the trial's metrics: each prediction carries its PSNR and SSIM."""
    size, parts = layout(panels, scores, title)
    # A grey sheet is half as large a file as a coloured one that looks the same.
    sheet = Image.new("RGB" if any(part.picture.mode == "RGB" for part in parts) else "L", size, "white")
    for part in parts:
        sheet.paste(part.picture, (part.left, part.top))
    buffer = io.BytesIO()
    sheet.save(buffer, "png", dpi=(DPI, DPI))
    return buffer.getvalue()


class Part(NamedTuple):
    """A map, a scale or words, and the pixel of the sheet where its top left corner lies."""

    left: int
    top: int
    picture: Image.Image


def layout(
    panels: Sequence[Panel], scores: Mapping[str, float | None], title: str
) -> tuple[tuple[int, int], list[Part]]:
    """Width and height of the sheet in pixels, and what is on it."""
    panel = _size(panels)
    column_width, row_height = max(panel[0], CAPTION), max(panel[1], LABEL)
    sheet = (
        LEFT + 2 * column_width + 2 * BETWEEN + BAR + RIGHT,
        TOP + len(panels) * (row_height + ABOVE) + (BELOW if panels[-1].across else 0),
    )
    parts = [_words(title, 9, (LEFT, 0.18), "ls")]
    for row, shown in enumerate(panels):
        top = TOP + row * (row_height + ABOVE) + 0.75 * ABOVE + (row_height - panel[1]) / 2
        prediction = ("prediction: " if row == 0 else "") + caption_of(scores, shown.family)
        captions = ("reference" if row == 0 else "", prediction)
        for column, (values, caption) in enumerate(zip((shown.reference, shown.prediction), captions, strict=True)):
            left = LEFT + column * (column_width + BETWEEN) + (column_width - panel[0]) / 2
            parts.append(_picture(values, (left, top, *panel), shown.scale))
            if caption:
                parts.append(_words(caption, 8, (left + panel[0] / 2, top - 0.06), "ms"))
            if column == 0:
                parts.append(_turned(shown.name, 9, (left - 0.06, top + panel[1] / 2)))
        bar = (sheet[0] - RIGHT - BAR, top, BAR, panel[1])
        if shown.reference.ndim > 1:
            parts.append(_map(np.linspace(*shown.scale[::-1], 256, dtype=np.float32)[:, None], bar, shown.scale))
        parts += _numbers(bar, shown.scale)
    if panels[-1].across:
        parts.append(_words(panels[-1].across, 8, (LEFT + panel[0] / 2, sheet[1] - 0.05), "ms"))
    return (_pixels(sheet[0]), _pixels(sheet[1])), parts


def _size(panels: Sequence[Panel]) -> tuple[float, float]:
    """Width and height of the panels in inches: those of a picture, or of what runs along a line."""
    if any(panel.across for panel in panels):
        return ACROSS
    height, width = panels[0].reference.shape[:2]
    return PANEL * min(1.0, width / height), PANEL * min(1.0, height / width)


Box = tuple[float, float, float, float]
"""Left, top, width, height in inches, from the top left corner of the sheet."""


def _map(values: Array, box: Box, scale: tuple[float, float]) -> Part:
    """Values (H, W) on their grey scale, or colours (H, W, 3) in [-1, 1], each pixel a rectangle, with a frame."""
    low, high = (-1.0, 1.0) if values.ndim == 3 else scale
    levels = np.rint(255 * np.clip((values - low) / (high - low), 0, 1)).astype(np.uint8)
    left, top, right, bottom = (_pixels(side) for side in (*box[:2], box[0] + box[2], box[1] + box[3]))
    picture = Image.fromarray(levels).resize((right - left, bottom - top), Image.Resampling.NEAREST)
    ImageDraw.Draw(picture).rectangle((0, 0, picture.width - 1, picture.height - 1), outline="black")
    return Part(left, top, picture)


def _picture(values: Array, box: Box, scale: tuple[float, float]) -> Part:
    """A map, or a line: the range of its values in each column of pixels, black on white."""
    if values.ndim > 1:
        return _map(values, box, scale)
    width, height = (_pixels(box[0] + box[2]) - _pixels(box[0]), _pixels(box[1] + box[3]) - _pixels(box[1]))
    return _map(raster(values, scale, width, height), box, (0.0, 1.0))


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


def grey(values: Array, scale: tuple[float, float]) -> NDArray[np.uint8]:
    """Turn a panel's values into the levels of a picture (H, W[, 3]), a line drawn 600 by 200 pixels large."""
    shown = raster(values, scale, 600, 200) if values.ndim == 1 else values
    low, high = (0.0, 1.0) if values.ndim == 1 else scale
    levels: NDArray[np.uint8] = (255 * np.clip((shown - low) / (high - low), 0, 1)).astype(np.uint8)
    return levels


def _numbers(box: Box, scale: tuple[float, float]) -> Iterator[Part]:
    """The numbers of a row's scale, on the right of its bar."""
    left, top, width, height = box
    low, high = scale
    tick = Image.new("L", (6, 1))
    for number in _round_numbers(low, high, max(2, int(height / SPACED))):
        y = top + height * (high - number) / (high - low)
        # The line of a number at an end is the frame's.
        inside = min(max(_pixels(y), _pixels(top)), _pixels(top + height) - 1)
        yield Part(_pixels(left + width), inside, tick)
        yield _words(f"{number:g}".replace("-", "−"), 7, (left + width + 0.07, y), "lm")


def _round_numbers(low: float, high: float, steps: int) -> list[float]:
    """The multiples of 1, 2, 2.5 or 5 times a power of ten from ``low`` to ``high``, at most ``steps`` + 1 of them."""
    decade = 10.0 ** np.floor(np.log10((high - low) / steps))
    step = next(
        decade * factor for factor in (1, 2, 2.5, 5, 10) if decade * factor * steps >= (high - low) * (1 - 1e-9)
    )
    return [float(step * k) for k in range(int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9)) + 1)]


def _words(text: str, size: float, place: tuple[float, float], anchor: str) -> Part:
    """One line of so many points, with Pillow's anchor at a place in inches."""
    font, x, y = _font(size), *map(_pixels, place)
    left, top, right, bottom = map(round, font.getbbox(text, anchor=anchor))
    picture = Image.new("L", (right - left, bottom - top), "white")
    ImageDraw.Draw(picture).text((-left, -top), text, fill="black", font=font, anchor=anchor)
    return Part(x + left, y + top, picture)


def _turned(text: str, size: float, place: tuple[float, float]) -> Part:
    """Lines read from below, the middle of their right side at a place in inches."""
    font, x, y = _font(size), *map(_pixels, place)
    picture = Image.new("L", (1, 1))
    left, top, right, bottom = ImageDraw.Draw(picture).multiline_textbbox((0, 0), text, font=font, align="center")
    picture = Image.new("L", (round(right - left), round(bottom - top)), "white")
    ImageDraw.Draw(picture).multiline_text((-left, -top), text, fill="black", font=font, align="center")
    turned = picture.transpose(Image.Transpose.ROTATE_90)
    return Part(x - turned.width, y - turned.height // 2, turned)


@functools.cache
def _font(points: float) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which matplotlib carries: Pillow's own has no minus and no square."""
    package = find_spec("matplotlib")
    assert package is not None
    assert package.origin is not None
    file = Path(package.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
    return ImageFont.truetype(str(file), points * DPI / 72)


def _pixels(inches: float) -> int:
    return round(inches * DPI)


def caption_of(scores: Mapping[str, float | None], family: str) -> str:
    """``PSNR 28.31 dB, SSIM 0.912``: the scores of a family that every table shows; a dash where there is no first."""
    names = [name for name in expected() if name.startswith(f"{family}/")]
    said = [_said(metric(name), scores.get(name)) for name in names]
    return ", ".join([*said[:1], *(more for more in said[1:] if not more.endswith(MISSING))])


def _said(known: Metric, value: float | None) -> str:
    label = known.score.label if known.score else known.label
    number = known.format(value).replace("-", "−")
    return f"{label} {number if number == MISSING else known.with_unit(value).replace('-', '−')}"
