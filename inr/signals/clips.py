"""Clips to fit: moving fields in closed form, and the user's video files.

The time of a clip spans [-1, 1], first to last frame; rows and columns are those of a picture, the longer side [-1, 1].
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inr.errors import InputError
from inr.signals._decode import Pixels, quiet
from inr.signals._files import cannot_read, status_of
from inr.signals._signal import CHANNEL_COUNT, Array, Channels, content_hash
from inr.signals.images import CONSTANT, resized

FRAME_RATE = 24.0
"""Frames a second of a clip that does not say it."""

Axes = tuple[Array, Array, Array]
"""The coordinates of frames (F,), rows (H,) and columns (W,)."""


@dataclass(frozen=True, eq=False)
class Clip:
    """A clip that a trial fits."""

    name: str
    values: NDArray[np.float32]
    """(F, H, W, C) in [-1, 1]"""
    rate: float = FRAME_RATE
    """Frames a second."""
    notes: tuple[str, ...] = ()
    """Sentences that the user should read."""

    @property
    def axes(self) -> Axes:
        """The coordinates of frames, rows and columns."""
        frames, height, width = self.values.shape[:3]
        longest = max(height, width)
        rows, columns = ((2.0 * np.arange(side) - (side - 1)) / (longest - 1) for side in (height, width))
        return np.linspace(-1, 1, frames), rows, columns

    @property
    def data_hash(self) -> str:
        """The first 16 hex digits of the SHA-256 over the shape and the values."""
        return content_hash(self.values)


Field = Callable[[Array, Array, Array, float], Array]
"""Time, row and column, which broadcast, and the phase of a colour, 0 of grey → values in [-1, 1]."""


def waves(time: Array, row: Array, column: Array, phase: float) -> Array:
    """Compute five plane waves of equal amplitude that travel in directions of their own (a fixed draw)."""
    draws = np.random.default_rng(0).uniform([4, 0, 1, 0], [14, 2 * math.pi, 5, 2 * math.pi], (5, 4))
    angles = (
        k * (math.cos(way) * row + math.sin(way) * column) - omega * time + start + phase
        for k, way, omega, start in draws
    )
    return np.asarray(sum(np.sin(angle) for angle in angles) / len(draws))


ORBITS = ((0.15, 0.25, 0.0, 2.0), (0.45, 0.12, 1.5, -3.0), (0.70, 0.16, 4.0, 2.5), (0.75, 0.08, 2.6, -4.0))
"""(Radius, width, angle at time 0, rad per unit of time) of each bump."""


def orbits(time: Array, row: Array, column: Array, phase: float) -> Array:
    """Compute bright Gaussian bumps on circles over black, 1 − 2 Π (1 − g); where two meet they stay below 1."""
    dark = np.ones(())
    for radius, sigma, start, speed in ORBITS:
        angle = start + phase + speed * time
        distance = (row - radius * np.sin(angle)) ** 2 + (column - radius * np.cos(angle)) ** 2
        dark = dark * (1 - np.exp(-distance / (2 * sigma**2)))
    return np.asarray(1 - 2 * dark)


def disc(time: Array, row: Array, column: Array, phase: float) -> Array:
    """Compute a striped disc that crosses a striped ground, which drifts; the edge is 0.03 wide."""
    centre = 0.5 * np.sin(2.0 * time), 0.6 * np.sin(3.0 * time + 0.5)
    away = np.hypot(row - centre[0], column - centre[1])
    inside = 0.5 - 0.5 * np.tanh((away - 0.35) / 0.03)
    ground = 0.6 * np.sin(9 * (row + column) - 3 * time + phase) - 0.3
    stripes = 0.5 + 0.5 * np.sin(16 * (column - centre[1]) + phase)
    return np.asarray(inside * stripes + (1 - inside) * ground)


CLIPS: dict[str, Field] = {"orbits": orbits, "waves": waves, "disc": disc}
"""Name → closed form."""


def load_clip(clip: str, frames: int, size: int, channels: Channels) -> Clip:
    """Load a closed-form clip by name, or the first ``frames`` of a file; the longer side has ``size`` pixels.

    Raises :class:`InputError` for a file that cannot be read, of one frame, or without any contrast.
    """
    if clip not in CLIPS:
        return _from_file(clip, frames, size, channels)
    count, axis = CHANNEL_COUNT[channels], np.linspace(-1, 1, size)
    place = np.linspace(-1, 1, frames)[:, None, None], axis[:, None], axis
    colours = [CLIPS[clip](*place, 2 * math.pi * colour / count) for colour in range(count)]
    return Clip(clip, np.stack(colours, axis=-1).astype(np.float32))


def _from_file(path: str, frames: int, size: int, channels: Channels) -> Clip:
    pictures, rate = _decoded(path, frames, lambda pixels: resized(path, pixels, size, channels).astype(np.float32))
    if not pictures:
        raise cannot_read(path, "it is no video of which OpenCV can decode a frame; give an MP4, AVI or MKV file")
    if len(pictures) == 1:
        raise InputError(
            f"cannot fit {path!r}: it is a clip of one frame, expected 2 or more; give a longer clip, or fit the frame "
            "as a picture"
        )
    values = np.stack(pictures)
    if np.ptp(values, axis=(0, 1, 2)).max() < CONSTANT:
        raise InputError(f"cannot fit {path!r}: all its pixels are equal, so there is nothing to learn; give another")
    few = f"{path!r} has {len(pictures)} frames, less than the {frames} asked for"
    return Clip(path, values, rate, (few,) if len(pictures) < frames else ())


def _decoded(path: str, most: int, convert: Callable[[Pixels], NDArray[np.float32]]) -> tuple[list[Pixels], float]:
    """The first frames, each converted as soon as it is decoded, and the frames a second."""
    import cv2

    status_of(path)
    found: list[Pixels] = []
    with quiet():
        capture = cv2.VideoCapture(path)
        rate = float(capture.get(cv2.CAP_PROP_FPS))
        while len(found) < most:
            there, pixels = capture.read()
            if not there:
                break
            found.append(convert(pixels[..., ::-1]))
        capture.release()
    return found, rate if math.isfinite(rate) and rate > 0 else FRAME_RATE
