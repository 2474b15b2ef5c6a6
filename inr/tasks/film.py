"""A clip as panels: frames, their errors, and a row over time."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inr.panels import Panel
from inr.tasks.frames import FRAMES


def frame_panels(fields: Mapping[str, NDArray[Any]]) -> tuple[Panel, ...]:
    """Draw two kept frames and two held-out ones, their errors beside the interpolation's, and the middle row.

    ``fields`` are those of :class:`inr.tasks.frames.FrameJudge`.
    """
    truth, clip, classical = (fields[prefix + "clip"] for prefix in ("reference_", "", "classical_"))
    held_out = fields["held_out"]
    places = _four(held_out)
    shown = [_mosaic(drawn_frames(values[places]), 1.0) for values in (truth, clip)]
    errors = [_mosaic((values - truth)[places].mean(axis=-1), 0.0) for values in (classical, clip)]
    slices = [drawn_frames(values[:, truth.shape[1] // 2]) for values in (truth, clip)]
    extent = max(float(np.abs(error).max()) for error in errors) or 1.0
    above, below = (", ".join(map(str, two)) for two in (places[:2], places[2:]))
    word, left = (", held out", "left: interpolation") if held_out.any() else ("", "left: none")
    return (
        Panel("frames", FRAMES, f"frames {above}", f"below{word}: {below}", shown[0], shown[1], (-1.0, 1.0)),
        Panel("error", "", "error", left, errors[0], errors[1], (-extent, extent)),
        Panel("slice", "", "time slice", "middle row, time ↓", slices[0], slices[1], (-1.0, 1.0)),
    )


def drawn_frames(values: NDArray[Any]) -> NDArray[Any]:
    """Give values (…, C) as a panel has them: without the axis of one channel."""
    return values[..., 0] if values.shape[-1] == 1 else values


def _four(held_out: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Two frames that train and two that are held out; of all frames two early and two late ones."""
    halves = np.arange(len(held_out)) >= len(held_out) // 2
    rows = [np.flatnonzero(mask) for mask in ((~held_out, held_out) if held_out.any() else (~halves, halves))]
    return np.concatenate([row[[len(row) // 4, 3 * len(row) // 4]] for row in rows])


def _mosaic(frames: NDArray[Any], line: float) -> NDArray[Any]:
    """Four frames (4, H, W[, 3]) two beside two, with lines of a value between them."""
    width = max(1, frames.shape[2] // 48)
    framed = np.full((4, frames.shape[1] + width, frames.shape[2] + width, *frames.shape[3:]), line, np.float32)
    framed[:, :-width, :-width] = frames
    rows = np.concatenate([np.concatenate([*framed[k : k + 2]], axis=1) for k in (0, 2)])
    return rows[:-width, :-width]
