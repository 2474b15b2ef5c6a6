"""Short-time power spectra of lines of samples and the distance between two of them; radial ones of pictures."""

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


def radial_power(values: ArrayLike) -> tuple[Array, Array]:
    """Compute the power spectrum of a picture (H, W) or (H, W, C), averaged over directions.

    A Hann window keeps the edges from leaking over all frequencies; the mean of each channel under the window is
    removed, so that it does not leak into the lowest; the channels add up. Returns the middles of N rings, in cycles a
    pixel from 0 to 0.5, and the mean power |F|² in each; N is half the shorter side. The corners beyond 0.5 are left
    out.
    """
    picture = np.asarray(values, dtype=np.float64)
    picture = picture.reshape(*picture.shape[:2], -1)
    rows, columns = picture.shape[:2]
    window = np.outer(_hann(rows), _hann(columns))[..., None]
    mean = (picture * window).sum(axis=(0, 1)) / window.sum()
    spectrum = np.fft.fft2((picture - mean) * window, axes=(0, 1))
    power = (spectrum.real**2 + spectrum.imag**2).sum(axis=-1)
    distance = np.hypot(np.fft.fftfreq(rows)[:, None], np.fft.fftfreq(columns))
    edges = np.linspace(0, 0.5, min(rows, columns) // 2 + 1)
    counts, _ = np.histogram(distance, edges)
    sums, _ = np.histogram(distance, edges, weights=power)
    return (edges[1:] + edges[:-1]) / 2, sums / np.maximum(counts, 1)


def _hann(length: int) -> Array:
    return np.asarray(np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2)
