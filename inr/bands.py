"""Frequencies of pictures that are sampled more finely than their pixels: energy beyond Nyquist, errors by band.

A picture here is values (H, W, C) at FINER samples a pixel, both ends of each axis included. Its spectrum is that of
the values under a Hann window, because a picture does not repeat after its end: the jump from one border to the other
would count as frequencies that the picture does not have. Of 64 pixels, a field that the pixels carry has less than
1e-8 of its energy above Nyquist then (3e-4 where the picture is mirrored instead). A window blurs frequencies by two
cycles a picture, and what is at the border counts little.

A mode's frequency is the larger one of its two along the axes, in units of Nyquist's frequency of the pixels (half a
cycle a pixel): up to 1 are the modes that the pixels carry.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

FINER = 4
"""Samples from one pixel to the next, along each axis."""
BANDS = {"low": (0.0, 0.25), "middle": (0.25, 0.5), "high": (0.5, 1.0)}
"""Frequencies above the first number, up to the second; 0 belongs to the low ones."""
ABOVE = 1.0, np.inf


def power(values: ArrayLike) -> Array:
    """Compute the energy of each mode and of its conjugate, (H − 1, (W + 1) / 2), the mean over channels.

    It adds up to the mean square of the values under the square of the window (Parseval).
    """
    from scipy import fft

    array = np.asarray(values, dtype=np.float64)
    window = _window(array.shape)
    height, width = array.shape[0] - 1, array.shape[1] - 1
    found = np.zeros((height, width // 2 + 1))
    for channel in range(array.shape[2]):
        modes = fft.rfft2((array[..., channel] * window)[:-1, :-1])
        found += modes.real**2 + modes.imag**2
    found[:, 1:-1] *= 2  # those of the first and the last column have their conjugates there
    return np.asarray(found / (array.shape[2] * height * width * np.sum(window**2)))


def frequencies(shape: tuple[int, ...]) -> Array:
    """Compute the frequency of each mode of values (H, W, C), in units of the pixels' Nyquist frequency."""
    down, right = np.abs(np.fft.fftfreq(shape[0] - 1)), np.fft.rfftfreq(shape[1] - 1)
    return np.asarray(2 * FINER * np.maximum(down[:, None], right), dtype=np.float64)


@np.errstate(all="ignore")
def rings(values: ArrayLike) -> Array:
    """Compute the energy by frequency, without the mean: ring k of the n has the frequencies FINER · k / (n − 1)."""
    array = centred(values)
    count = (max(array.shape[:2]) - 1) // 2 + 1
    places = np.rint(frequencies(array.shape) * (count - 1) / FINER).astype(int)
    found = np.bincount(places.ravel(), power(array).ravel(), minlength=count)
    return np.asarray(found, dtype=np.float64)


@np.errstate(all="ignore")
def share_above(values: ArrayLike) -> float:
    """Compute the share of the energy, without the mean, that lies above Nyquist's frequency; nan of a constant."""
    array = centred(values)
    if not np.ptp(array, axis=(0, 1)).max() > 0:
        return np.nan
    energy = power(array)
    return float(energy[_inside(array.shape, ABOVE)].sum() / energy.sum())


def band_psnr(band: tuple[float, float]) -> Callable[[ArrayLike, ArrayLike, float], float]:
    """Make the PSNR of the error that lies in a band: the mean square of an error is the sum over the bands."""

    @np.errstate(all="ignore")
    def psnr(prediction: ArrayLike, reference: ArrayLike, data_range: float) -> float:
        error = np.asarray(prediction, dtype=np.float64) - np.asarray(reference, dtype=np.float64)
        square = power(error)[_inside(error.shape, band)].sum()
        return float(10 * np.log10(np.float64(data_range) ** 2 / square))

    return psnr


@np.errstate(all="ignore")
def centred(values: ArrayLike) -> Array:
    """Subtract the mean under the window from each channel: nothing is left of frequency 0."""
    array = np.asarray(values, dtype=np.float64)
    window = _window(array.shape)[..., None]
    return np.asarray(array - (window * array).sum(axis=(0, 1)) / window.sum())


def _window(shape: tuple[int, ...]) -> Array:
    down, right = (np.hanning(side) for side in shape[:2])
    return np.asarray(down[:, None] * right)


def _inside(shape: tuple[int, ...], band: tuple[float, float]) -> NDArray[np.bool_]:
    found = frequencies(shape)
    return np.asarray(((found > band[0]) | ((band[0] == 0) & (found == 0))) & (found <= band[1]))
