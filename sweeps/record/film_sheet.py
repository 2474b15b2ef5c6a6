"""A frame of a film: for each trial its prediction, its error and its spectrum; scales that are one for all frames."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from inr.spectra import radial_power
from sweeps.record.drawing import DPI, Array, Box, Part, map_part, pixels, turned, words
from sweeps.record.figure import caption_of

Levels = NDArray[np.uint8]

PANEL, LARGEST = 300, 512
"""Pixels of the longer side of a panel, about: a pixel of a map is a square of whole pixels; and at most."""
SPECTRUM, CAPTION = 2.6, 2.1
"""Inches of the width of a spectrum, and of a column of maps at the least; then of what stands around the panels."""
LEFT, BETWEEN, NUMBERS, RIGHT, TOP, ABOVE, BELOW = 0.36, 0.16, 0.5, 0.2, 0.36, 0.3, 0.52
LINE, BAR, LOW = 0.2, 0.09, 1.4
"""From line to line of a label; the height of a scale; the least height of a row."""
DECADES = (-3, 0)
"""Powers of ten at the ends of the errors' scale."""
DECIBELS = (-70.0, 10.0)
"""The ends of the spectra's axis, relative to the loudest ring of the truth."""
FINE = 3
"""Lines are drawn so many times as large, and made smaller."""
TRUTH, PREDICTED, ERROR = "#8c8c8c", "#1f5fa8", "#d1410c"


class Row(NamedTuple):
    """A trial after a step."""

    picture: NDArray[np.floating]
    """(H, W, C)"""
    step: int
    """That of the picture: a trial that has ended, or evaluates less often, shows its last."""
    scores: Mapping[str, Any]
    family: str
    """Of the scores that are written above the picture."""


class Sheet:
    """The frames of a film; what stays from frame to frame is drawn once."""

    def __init__(self, truth: NDArray[np.floating], labels: Sequence[str], title: str) -> None:
        self.truth, self.labels = truth, labels
        self.wide, self.high = (side / DPI for side in _sides(*truth.shape[:2]))
        self.high_row = max(self.high, LOW)
        left = LEFT + LINE * max(label.count("\n") for label in labels)
        self.column = max(self.wide, CAPTION)
        second = left + self.column + BETWEEN
        self.columns = (left, second, second + self.column + NUMBERS)
        self.bottom = TOP + len(labels) * (self.high_row + ABOVE)
        size = (self.columns[2] + SPECTRUM + RIGHT, self.bottom + BELOW)
        _, power = radial_power(truth)
        self.loudest, self.known = float(power.max()) or 1.0, power
        self.still = Image.new("RGB", (pixels(size[0]), pixels(size[1])), "white")
        _paste(self.still, self._still(title))

    def frame(self, rows: Sequence[Row], step: int) -> Levels:
        """Draw the trials after ``step`` as a picture (H, W, 3)."""
        sheet = self.still.copy()
        _paste(sheet, [words(f"step {step}", 11, (self.columns[2] + SPECTRUM, 0.24), "rs")])
        for place, row in enumerate(rows):
            _paste(sheet, self._moving(place, row, step))
        return np.asarray(sheet)

    def _box(self, place: int, column: int) -> Box:
        top = TOP + ABOVE + place * (self.high_row + ABOVE)
        if column == 2:
            return self.columns[2], top, SPECTRUM, self.high_row
        left = self.columns[column] + (self.column - self.wide) / 2
        return left, top + (self.high_row - self.high) / 2, self.wide, self.high

    def _still(self, title: str) -> Iterator[Part]:
        yield words(title, 11, (self.columns[0], 0.24), "ls")
        for place, label in enumerate(self.labels):
            _, top, _, high = self._box(place, 0)
            yield turned(label, 10, (self.columns[0] - 0.08, top + high / 2))
            yield from self._decibels(self._box(place, 2))
        yield from self._heads()
        below = self.bottom + 0.08
        if self.truth.shape[-1] == 1:
            ends = {-1: "−1", 0: "prediction", 1: "1"}
            yield from _scale(self.columns[0], self.column, below, _ramp(), ends, (-1, 1))
        else:
            yield words("prediction", 7.5, (self.columns[0] + self.column / 2, below + BAR + 0.05), "ma")
        numbers = {k: f"{10.0**k:g}" for k in range(DECADES[0], DECADES[1] + 1)}
        yield from _scale(self.columns[1], self.column, below, _colours(_ramp() / 2 + 0.5), numbers, DECADES)
        for frequency in (0, 0.125, 0.25, 0.375, 0.5):
            x = self.columns[2] + SPECTRUM * frequency / 0.5
            yield words(f"{frequency:g}", 7.5, (x, below + 0.02), "ma")
        yield words("cycles a pixel", 7.5, (self.columns[2] + SPECTRUM / 2, below + 0.2), "ma")

    def _heads(self) -> Iterator[Part]:
        """Tell what the columns show, above the first row."""
        left, top, wide, _ = self._box(0, 1)
        yield words("|error|", 8.5, (left + wide / 2, top - 0.07), "ms")
        left, top, wide, _ = self._box(0, 2)
        middles = {"power of the truth": (TRUTH, 0.0, "ls"), "prediction": (PREDICTED, 0.66, "ms")}
        for said, (colour, share, anchor) in {**middles, "error": (ERROR, 1.0, "rs")}.items():
            yield words(said, 8.5, (left + share * wide, top - 0.07), anchor, colour)

    def _decibels(self, box: Box) -> Iterator[Part]:
        left, top, _, high = box
        low, loud = DECIBELS
        for level in range(int(low) + 10, int(loud), 20):
            y = top + high * (loud - level) / (loud - low)
            said = f"{level} dB" if level == 0 else f"−{-level}"
            yield words(said, 7.5, (left - 0.06, y), "rm")

    def _moving(self, place: int, row: Row, step: int) -> Iterator[Part]:
        error = np.abs(row.picture - self.truth).mean(axis=-1)
        picture = row.picture[..., 0] if row.picture.shape[-1] == 1 else row.picture
        yield map_part(_fitting(picture), self._box(place, 0), (-1.0, 1.0))
        share = (np.log10(np.maximum(error, 1e-30)) - DECADES[0]) / (DECADES[1] - DECADES[0])
        yield map_part(_colours(_fitting(share)), self._box(place, 1), (-1.0, 1.0))
        yield self._spectra(self._box(place, 2), row.picture)
        left, top, wide, _ = self._box(place, 0)
        caption = caption_of(row.scores, row.family) + (f" (step {row.step})" if row.step != step else "")
        yield words(caption, 8, (left + wide / 2, top - 0.07), "ms")

    def _spectra(self, box: Box, picture: NDArray[np.floating]) -> Part:
        """Draw the power of the truth, of the prediction and of what is left, on one axis."""
        left, top, right, bottom = (pixels(side) for side in (*box[:2], box[0] + box[2], box[1] + box[3]))
        wide, high = FINE * (right - left), FINE * (bottom - top)
        drawn = Image.new("RGB", (wide, high), "white")
        pen = ImageDraw.Draw(drawn)
        low, loud = DECIBELS
        for level in range(int(low) + 10, int(loud), 20):
            y = high * (loud - level) / (loud - low)
            pen.line([(0, y), (wide, y)], fill="#e6e6e6", width=FINE)
        lines = {TRUTH: (self.known, 5), ERROR: (radial_power(picture - self.truth)[1], 2)}
        for colour, (power, width) in {**lines, PREDICTED: (radial_power(picture)[1], 2)}.items():
            levels = 10 * np.log10(np.maximum(power / self.loudest, 1e-30))
            rings = (np.arange(len(levels)) + 0.5) / len(levels) * wide
            heights = np.clip((loud - levels) / (loud - low), -0.1, 1.1) * high
            pen.line([*zip(rings.tolist(), heights.tolist(), strict=True)], fill=colour, width=width * FINE)
        pen.rectangle((0, 0, wide - 1, high - 1), outline="black", width=FINE)
        return Part(left, top, drawn.resize((right - left, bottom - top), Image.Resampling.BOX))


def _paste(sheet: Image.Image, parts: Iterator[Part] | list[Part]) -> None:
    for part in parts:
        sheet.paste(part.picture, (part.left, part.top))


def _sides(height: int, width: int) -> tuple[int, int]:
    """Return the width and the height in pixels of a panel that shows a map of this shape."""
    longest = max(height, width)
    if longest > LARGEST:
        return round(LARGEST * width / longest), round(LARGEST * height / longest)
    times = max(1, round(PANEL / longest))
    return times * width, times * height


def _fitting(values: NDArray[np.floating]) -> Array:
    """Average a map that is larger than its panel over the panel's pixels; one that is not keeps its own."""
    small = np.asarray(values, dtype=np.float32)
    sides = _sides(*small.shape[:2])
    return (
        small if max(small.shape[:2]) <= LARGEST else np.asarray(cv2.resize(small, sides, interpolation=cv2.INTER_AREA))
    )


def _ramp() -> Array:
    return np.linspace(-1, 1, 256, dtype=np.float32)[None]


def _colours(share: NDArray[np.floating]) -> Array:
    """Turn shares in [0, 1] of a scale (H, W) into the colours of magma (H, W, 3) in [-1, 1], dark at 0."""
    levels = np.rint(255 * np.clip(share, 0, 1)).astype(np.uint8)
    colours = cv2.applyColorMap(levels, cv2.COLORMAP_MAGMA)[..., ::-1]
    return np.asarray(colours / np.float32(127.5) - 1, dtype=np.float32)


def _scale(
    left: float, wide: float, top: float, ramp: Array, numbers: Mapping[int, str], ends: tuple[float, float]
) -> Iterator[Part]:
    """Draw the scale of a column under it, with its numbers."""
    yield map_part(ramp, (left, top, wide, BAR), (-1.0, 1.0))
    for number, said in numbers.items():
        share = (number - ends[0]) / (ends[1] - ends[0])
        anchor = "la" if share == 0 else "ra" if share == 1 else "ma"
        yield words(said, 7.5, (left + share * wide, top + BAR + 0.05), anchor)
