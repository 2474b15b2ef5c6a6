"""``--render``: draw the network of a record on a grid of any resolution."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import inr
from inr.errors import InputError, UsageError
from sweeps.files import replacing
from sweeps.records import Record, RecordFolder

ENDING = ".png"
BAND = 2**16
"""Points that are computed at once: beside the picture, one byte a pixel and channel, memory stays flat."""


FARTHEST = 1000
"""The largest extent."""


class Picture(NamedTuple):
    """A picture of 8 bits, and the share of its values outside [-1, 1], which are drawn as black or white."""

    levels: NDArray[np.uint8]
    """(H, W) or (H, W, 3)"""
    clipped: float


def render(folder: RecordFolder, record: Record, size: int | None, extent: float, into: Path) -> Picture:
    """Draw the network of the last evaluation into the file ``into``, a PNG, and return what was drawn.

    ``size`` is the longer side in pixels, by default that of the training; it spans [-extent, extent] of the
    coordinates, of which the training saw [-1, 1]. Raises :class:`InputError` for a record without weights.
    """
    network = inr.load(folder.path)
    drawn = picture(network, _trained_sides(record), size, extent)
    about = PngInfo()
    about.add_text("trial_id", record.trial_id)
    about.add_text("extent", f"{extent:g}")
    with replacing(into) as file:
        Image.fromarray(drawn.levels).save(file, "png", pnginfo=about)
    return drawn


def read_extent(text: str | None) -> float:
    """Read the value of ``--extent``; 1 where it was not given. Raises :class:`UsageError` for anything else."""
    try:
        extent = 1.0 if text is None else float(text)
    except ValueError:
        extent = math.nan
    if not 0 < extent <= FARTHEST:
        raise UsageError(f"--extent got {text!r}: expected a number above 0 and up to {FARTHEST}")
    return extent


def check_target(into: str | None, force: bool) -> Path:
    """Return the file that is to be drawn. Raises :class:`InputError` before anything is computed."""
    if into is None:
        raise UsageError(f"--render got no --into FILE: give the name of a picture, such as --into=big{ENDING}")
    path = Path(into)
    if path.suffix.lower() != ENDING:
        raise UsageError(f"--into got {into!r}: expected a name that ends in {ENDING}")
    if not path.parent.is_dir():
        raise InputError(f"cannot write {path}: there is no folder {path.parent}; make it, or give another name")
    if path.is_dir() or (path.exists() and not force):
        raise InputError(f"cannot write {path}: it is there already; give another name, or --force to replace it")
    return path


def picture(network: inr.Network, trained: tuple[int, int], size: int | None, extent: float) -> Picture:
    """Compute the picture of a network that was trained on ``trained`` = (rows, columns) pixels.

    ``size`` and ``extent`` are those of :func:`render`. The spacing is one on both axes.
    """
    sides = _sides(trained, size or max(trained))
    rows, columns = (_axis(side, max(sides), extent) for side in sides)
    levels = np.empty((*sides, network.channels), np.uint8)
    outside, band = 0, max(1, BAND // len(columns))
    for start in range(0, len(rows), band):
        mesh = np.meshgrid(rows[start : start + band], columns, indexing="ij")
        values = network.value(np.stack(mesh, axis=-1).reshape(-1, 2))
        outside += int(np.count_nonzero(np.abs(values) > 1))
        part = np.rint(127.5 * (np.clip(values, -1, 1) + 1)).astype(np.uint8)
        levels[start : start + band] = part.reshape(-1, *levels.shape[1:])
    return Picture(levels[:, :, 0] if network.channels == 1 else levels, outside / levels.size)


def _sides(trained: tuple[int, int], size: int) -> tuple[int, int]:
    """The grid of ``size`` samples on the longer side that covers what the trained one covers."""
    spaces = max(trained) - 1
    rows, columns = (1 + round((size - 1) * (side - 1) / spaces) for side in trained)
    return rows, columns


def _axis(side: int, longest: int, extent: float) -> NDArray[np.float64]:
    """Coordinates of pixel centres, as :func:`inr.signals.grid` has them, times the extent."""
    return extent * (2.0 * np.arange(side) - (side - 1)) / (longest - 1)


def _trained_sides(record: Record) -> tuple[int, int]:
    environment: Mapping[str, Any] = record.environment
    shape = environment.get("data_shape")
    if not isinstance(shape, list) or len(shape) != 3 or not all(isinstance(n, int) and n > 1 for n in shape[:2]):
        raise InputError(f"cannot draw trial {record.trial_id}: its record has no size of a picture; train it again")
    return shape[0], shape[1]
