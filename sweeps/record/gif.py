"""Frames as an animated GIF, written one after the other: Pillow's own writer keeps all of them."""

import io
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import GifImagePlugin, Image

FOREVER = b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
"""The extension that makes a film begin again."""
END = b";"


def gif(frames: Iterable[NDArray[np.uint8]], rate: float) -> bytes:
    """Encode frames (H, W) or (H, W, 3) as a GIF of ``rate`` frames a second, each with a palette of its own.

    Equal frames that follow one another are one that stands longer.
    """
    buffer = io.BytesIO()
    hundredths = max(2, round(100 / rate))  # browsers slow down what is faster
    shown, stands = None, 0
    for frame in frames:
        if shown is not None and np.array_equal(shown, frame):
            stands += hundredths
            continue
        _write(buffer, shown, stands)
        shown, stands = frame, hundredths
    _write(buffer, shown, stands)
    buffer.write(END)
    return buffer.getvalue()


def _write(buffer: io.BytesIO, frame: NDArray[np.uint8] | None, hundredths: int) -> None:
    if frame is None:
        return
    picture = Image.fromarray(frame).quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    if not buffer.tell():
        for block in GifImagePlugin.getheader(picture)[0]:
            buffer.write(block)
        buffer.write(FOREVER)
    for block in GifImagePlugin.getdata(picture, duration=10 * hundredths, include_color_table=True):
        buffer.write(block)
