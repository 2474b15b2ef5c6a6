"""The pictures of a trial at its evaluations: ``maps.npy``, which grows by one at each. No torch here.

The file is an array of (step, map) that ``np.load`` opens, also with ``mmap_mode``. A map has half precision: a value
of it is wrong by 2⁻¹¹ of itself at most, which in [-1, 1] is a PSNR of 80 dB and more against the exact picture, where
8 bits would be one of 59 and cut what lies outside. NumPy's header leaves room for its length to grow in place; it is
written after the map is on the disk, so that a kill leaves the maps before.
"""

import os
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from inr.record_content import damage_of
from sweeps.record.files import replacing

STEP, MAP = "step", "map"
LARGEST = float(np.finfo(np.float16).max)


def append(path: Path, step: int, picture: NDArray[np.floating]) -> None:
    """Add the picture (H, W, C) after ``step`` to the file ``path``, which is made where there is none."""
    entry = np.zeros(1, np.dtype([(STEP, "<i8"), (MAP, "<f2", picture.shape)]))
    entry[STEP], entry[MAP] = step, np.clip(picture, -LARGEST, LARGEST)
    if not path.exists():
        with replacing(path) as file:
            _write_head(file, entry.dtype, 1)
            file.write(entry.tobytes())
        return
    with damage_of(path), path.open("rb") as file:
        (count,), start = _read_head(file)[0], file.tell()
    with path.open("r+b") as file:
        file.seek(start + count * entry.itemsize)
        file.write(entry.tobytes())
        _sync(file)
        _write_head(file, entry.dtype, count + 1)
        _sync(file)


def keep_until(path: Path, step: int) -> None:
    """Drop the maps after ``step``; the file too where none is left."""
    if not path.exists():
        return
    with damage_of(path), path.open("rb") as file:
        (_, dtype), start = _read_head(file), file.tell()
        kept = int(np.count_nonzero(opened(path)[STEP] <= step))
    if not kept:
        path.unlink()
        return
    with path.open("r+b") as file:
        _write_head(file, dtype, kept)
        file.truncate(start + kept * dtype.itemsize)
        _sync(file)


def opened(path: Path) -> NDArray[Any]:
    """Open the array (E,) of (step, map), which stays on the disk.

    Raises :class:`inr.errors.InputError` for another file.
    """
    with damage_of(path):
        array: NDArray[Any] = np.load(path, mmap_mode="r")
        if array.ndim != 1 or array.dtype.names != (STEP, MAP):
            raise ValueError("it is another array")
        return array


def _read_head(file: BinaryIO) -> tuple[tuple[int, ...], "np.dtype[Any]"]:
    npy.read_magic(file)
    shape, _, dtype = npy.read_array_header_1_0(file)
    return shape, dtype


def _write_head(file: BinaryIO, dtype: "np.dtype[Any]", count: int) -> None:
    file.seek(0)
    described = {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": (count,)}
    npy.write_array_header_1_0(file, described)


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
