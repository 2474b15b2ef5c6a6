"""Frames as a video file."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from inr.errors import InputError
from inr.signals import quiet

Levels = NDArray[np.uint8]

CODECS = "vp09", "mp4v"
"""VP9, which browsers play; MPEG-4 part 2, where an OpenCV does not have VP9. The first that can be had is taken."""
SMALLEST = 96
"""Pixels of the longer side: smaller frames are enlarged, as the codecs halve the resolution of colours."""


def movie(frames: Iterable[Levels], rate: float) -> bytes:
    """Encode frames (H, W) or (H, W, 3) as an MP4 file of ``rate`` frames a second, one after the other.

    Pixels are repeated where the frames are small, and at odd sides. Raises :class:`InputError` without an encoder.
    """
    import cv2

    with TemporaryDirectory() as folder:
        path, writer = Path(folder) / "movie.mp4", None
        with quiet():
            for frame in map(_coloured, frames):
                writer = writer or _writer(path, frame, rate)
                writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
            if writer:
                writer.release()
        return path.read_bytes()


def _writer(path: Path, frame: Levels, rate: float) -> "cv2.VideoWriter":  # type: ignore[name-defined]  # noqa: F821
    import cv2

    for codec in CODECS:
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), rate, frame.shape[1::-1])
        if writer.isOpened():
            return writer
    raise InputError(f"OpenCV has no encoder of {' or '.join(CODECS)}, expected one; install opencv-python from PyPI")


def _coloured(frame: Levels) -> Levels:
    """The frame (H, W, 3), large enough, of even sides."""
    times = max(1, SMALLEST // max(frame.shape[:2]))
    colours = frame if frame.ndim == 3 else np.repeat(frame[..., None], 3, axis=2)
    large = colours.repeat(times, axis=0).repeat(times, axis=1)
    return np.pad(large, ((0, large.shape[0] % 2), (0, large.shape[1] % 2), (0, 0)), mode="edge")
