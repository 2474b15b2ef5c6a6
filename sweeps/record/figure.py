"""The picture of one trial: a row a panel, reference beside prediction, on one scale.

Laid out by hand and drawn by Pillow: matplotlib took three to seven times as long, up to two per cent of a trial of ten
seconds, and its import as long as a small trial.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inr.panels import Panel
from inr.tasks import task_of
from inr.vocabulary import MISSING, Metric, expected, metric
from sweeps.record.drawing import DPI, Array, Box, Part, map_part, pixels, raster, round_numbers, turned, words

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


def title_of(config: Mapping[str, Any], step: int) -> str:
    """Write the title of the figure of a trial with a flat config, after ``step``."""
    return f"{config['activation']}: {task_of(config).title(config)}, step {step}"


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
    parts = [words(title, 9, (LEFT, 0.18), "ls")]
    for row, shown in enumerate(panels):
        top = TOP + row * (row_height + ABOVE) + 0.75 * ABOVE + (row_height - panel[1]) / 2
        prediction = ("prediction: " if row == 0 else "") + caption_of(scores, shown.family)
        captions = ("reference" if row == 0 else "", prediction)
        for column, (values, caption) in enumerate(zip((shown.reference, shown.prediction), captions, strict=True)):
            left = LEFT + column * (column_width + BETWEEN) + (column_width - panel[0]) / 2
            parts.append(_picture(values, (left, top, *panel), shown.scale))
            if caption:
                parts.append(words(caption, 8, (left + panel[0] / 2, top - 0.06), "ms"))
            if column == 0:
                parts.append(turned(shown.name, 9, (left - 0.06, top + panel[1] / 2)))
        bar = (sheet[0] - RIGHT - BAR, top, BAR, panel[1])
        if shown.reference.ndim > 1:
            parts.append(map_part(np.linspace(*shown.scale[::-1], 256, dtype=np.float32)[:, None], bar, shown.scale))
        parts += _numbers(bar, shown.scale)
    if panels[-1].across:
        parts.append(words(panels[-1].across, 8, (LEFT + panel[0] / 2, sheet[1] - 0.05), "ms"))
    return (pixels(sheet[0]), pixels(sheet[1])), parts


def _size(panels: Sequence[Panel]) -> tuple[float, float]:
    """Width and height of the panels in inches: those of a picture, or of what runs along a line."""
    if any(panel.across for panel in panels):
        return ACROSS
    height, width = panels[0].reference.shape[:2]
    return PANEL * min(1.0, width / height), PANEL * min(1.0, height / width)


def _picture(values: Array, box: Box, scale: tuple[float, float]) -> Part:
    """A map, or a line: the range of its values in each column of pixels, black on white."""
    if values.ndim > 1:
        return map_part(values, box, scale)
    width, height = (pixels(box[0] + box[2]) - pixels(box[0]), pixels(box[1] + box[3]) - pixels(box[1]))
    return map_part(raster(values, scale, width, height), box, (0.0, 1.0))


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
    for number in round_numbers(low, high, max(2, int(height / SPACED))):
        y = top + height * (high - number) / (high - low)
        # The line of a number at an end is the frame's.
        inside = min(max(pixels(y), pixels(top)), pixels(top + height) - 1)
        yield Part(pixels(left + width), inside, tick)
        yield words(f"{number:g}".replace("-", "−"), 7, (left + width + 0.07, y), "lm")


def caption_of(scores: Mapping[str, float | None], family: str) -> str:
    """``PSNR 28.31 dB, SSIM 0.912``: the scores of a family that every table shows; a dash where there is no first."""
    names = [name for name in expected() if name.startswith(f"{family}/")]
    said = [_said(metric(name), scores.get(name)) for name in names]
    return ", ".join([*said[:1], *(more for more in said[1:] if not more.endswith(MISSING))])


def _said(known: Metric, value: float | None) -> str:
    label = known.score.label if known.score else known.label
    number = known.format(value).replace("-", "−")
    return f"{label} {number if number == MISSING else known.with_unit(value).replace('-', '−')}"
