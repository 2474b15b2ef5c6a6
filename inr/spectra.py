"""Short-time power spectra of lines of samples, and the distance between two of them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

WINDOW = 256
"""Samples of a Hann window, at most; two windows are a quarter of it apart."""
QUIETEST = -80.0
"""dB below the reference's loudest point: what is quieter counts as this."""


def levels(values: ArrayLike, reference: ArrayLike) -> Array:
    """Compute the power of samples (T, …) in dB relative to the loudest point of a reference, QUIETEST at the least.

    Returns (frequencies, times), the lowest frequency first; whatever follows the first axis is a channel with times
    of its own. nan where the reference is all zero.
    """
    loudest = _power(reference).max()
    relative = _power(values) / loudest if loudest > 0 else np.full_like(_power(values), np.nan)
    return np.asarray(10 * np.log10(np.maximum(relative, 10 ** (QUIETEST / 10))), dtype=np.float64)


@np.errstate(all="ignore")
def log_spectral_distance(prediction: ArrayLike, reference: ArrayLike) -> float:
    """Compute the mean over times of the root mean square over frequencies of the difference of two levels, in dB.

    Gray & Markel 1976, doi:10.1109/TASSP.1976.1162849. Both levels are relative to the reference's loudest point and
    80 dB below it at the least, so that what nobody hears does not count. nan where the reference is all zero.
    """
    difference = levels(prediction, reference) - levels(reference, reference)
    return float(np.sqrt((difference**2).mean(axis=0)).mean())


def _power(values: ArrayLike) -> Array:
    """The power at each frequency and time, the channels one after the other along the times."""
    samples = np.asarray(values, dtype=np.float64)
    channels = samples.reshape(len(samples), -1).T
    length = min(WINDOW, len(samples))
    window = np.sin(np.pi * np.arange(length) / length) ** 2
    pieces = np.lib.stride_tricks.sliding_window_view(channels, length, axis=1)[:, :: max(1, length // 4)]
    spectra = np.fft.rfft(pieces * window).reshape(-1, length // 2 + 1)
    return np.asarray((spectra.real**2 + spectra.imag**2).T)
