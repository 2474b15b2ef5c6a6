"""The execution of a trial on this machine: device, threads, the routine of the products.

Nothing here is part of a trial's identity; its record holds all of it.
"""

import ctypes
import functools
import os
import platform
from dataclasses import dataclass
from typing import Any

import torch

from inr.errors import InputError, UsageError
from sweeps.options import DEVICES

EXACT = 2e-6
"""Relative error of a float32 product of 256 terms above which a faster routine has lost accuracy."""

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Of glibc's malloc.h."""


@dataclass(frozen=True)
class Execution:
    """The choices, made."""

    device: str
    threads: int
    """Each has chunks of points of its own; one where a GPU does the work."""
    products: str
    """The routine of float32 products: "ieee" (the library's default) or "onednn"."""

    def describe(self, compiled: bool) -> dict[str, Any]:
        """List the choices and the device's name for the record's environment."""
        name = torch.cuda.get_device_name(self.device) if self.device.startswith("cuda") else "cpu"
        return {
            "device": self.device,
            "device_name": name,
            "threads": self.threads,
            "products": self.products,
            "compiled": compiled,
        }


def execution(device: str = "auto", threads: int | None = None) -> Execution:
    """Choose and set up. Raises :class:`InputError` for a device that is not there."""
    device = choose_device(device)
    keep_freed_memory()
    if device != "cpu":
        if threads is not None:
            torch.set_num_threads(threads)
        return Execution(device, 1, "ieee")
    threads = threads or cores()
    # Those of OpenMP would go on spinning for a while after each operation, on the cores that take the chunks.
    torch.set_num_threads(1)
    return Execution(device, threads, fastest_exact_products())


@functools.cache
def cores() -> int:
    """Count the cores that PyTorch uses by default: the physical ones, or the value of ``OMP_NUM_THREADS``."""
    return torch.get_num_threads()


def choose_device(name: str) -> str:
    """A name that torch takes, of a device that is there; auto: the first GPU, else the CPU."""
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise UsageError(f"--device got {name!r}: expected {DEVICES}") from error
    if device.type not in ("cpu", "cuda"):
        raise UsageError(f"--device got {name!r}: expected {DEVICES}")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise InputError(
            f"--device={name} is not there: there are {torch.cuda.device_count()} CUDA devices; use --device=auto"
        )
    return name


def visible_gpus(device: str) -> list[str]:
    """The GPUs that a sweep may deal out, as ``CUDA_VISIBLE_DEVICES`` calls them; none where one device was named."""
    if device not in ("auto", "cuda"):
        return []
    named = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    count = torch.cuda.device_count()
    return named.split(",")[:count] if named else [str(i) for i in range(count)]


def keep_freed_memory() -> None:
    """Ask glibc to keep what is freed: a chunk's buffers are wanted again at once, and would be page-faulted anew.

    Tensors above 32 MB, glibc's limit, are mapped each time all the same. Another C library is left as it is.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, 32 * 2**20)
        libc.mallopt(M_TRIM_THRESHOLD, 2**30)


def fastest_exact_products() -> str:
    """Route float32 products to oneDNN where that loses no accuracy on this processor.

    PyTorch reaches oneDNN only through its reduced-precision switch. Without bf16 matrix units the products stay
    exact, and are faster than MKL's on AMD; with them they would really be bf16, which the measured error shows.
    """
    setting = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    before = setting.fp32_precision
    setting.fp32_precision = "bf16"
    if product_error() < EXACT:
        return "onednn"
    setting.fp32_precision = before
    return "ieee"


def product_error() -> float:
    """The largest error of a 256 × 256 float32 product, relative to its largest entry."""
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(256, 256, generator=generator) for _ in range(2))
    exact = a.double() @ b.double()
    return float(((a @ b).double() - exact).abs().max() / exact.abs().max())
