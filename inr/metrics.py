"""Formulas of the scores of a map against its reference: PSNR, SSIM, NRMSE and correlation.

They are scikit-image's and NumPy's. scikit-image is imported when an SSIM is computed: labels need none. PSNR and NRMSE
are written out, to the same bits, as its module of the two imports scipy.stats, half a second before the first step.

A map is an image (H, W, C), a gradient (H, W, C, 2) or a Laplacian (H, W, C); whatever follows the first two
axes counts as channels. Nothing is clipped and nothing is rescaled by its own extremes: ``data_range`` is one
number, the reference's. The scores of a prediction that is not finite are not finite, without a warning.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inr.errors import InputError

Array = NDArray[np.float64]

SSIM_WINDOW = 11  # pixels; scikit-image cuts the Gaussian of σ = 1.5 at 3.5σ


@np.errstate(all="ignore")
def psnr(prediction: ArrayLike, reference: ArrayLike, data_range: float) -> float:
    """Compute 10 log₁₀(data_range² / MSE) in dB; 2 is the range of an image in [-1, 1].

    inf for an exact match, nan where ``data_range`` is not positive (a constant reference has no scale).
    """
    prediction, reference = _pair(prediction, reference)
    if np.array_equal(prediction, reference):
        return np.inf
    if not data_range > 0:
        return np.nan
    return float(10 * np.log10(float(data_range) ** 2 / _mean_square(reference - prediction)))


@np.errstate(all="ignore")
def ssim(prediction: ArrayLike, reference: ArrayLike, data_range: float) -> float:
    """Compute the structural similarity, the mean over channels, with the window of the paper (Wang et al. 2004).

    The window is a Gaussian of 11 pixels, σ = 1.5, with population covariances; scikit-image's default, 7 × 7
    and uniform, gives other numbers. nan where a side is below 11 pixels or ``data_range`` is not positive.
    """
    from skimage.metrics import structural_similarity

    prediction, reference = _pair(prediction, reference)
    if min(reference.shape[:2]) < SSIM_WINDOW or not data_range > 0:
        return np.nan
    score = structural_similarity(
        _channels(reference),
        _channels(prediction),
        data_range=data_range,
        channel_axis=-1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    return float(score)


@np.errstate(all="ignore")
def nrmse(prediction: ArrayLike, reference: ArrayLike) -> float:
    """Compute ‖p − r‖ / ‖r‖ (Euclidean): 1 for the all-zero map; nan where the reference is all zero."""
    prediction, reference = _pair(prediction, reference)
    if not np.any(reference):
        return np.nan
    return float(np.sqrt(_mean_square(reference - prediction)) / np.sqrt(_mean_square(reference)))


def _mean_square(values: Array) -> np.float64:
    return np.mean(values * values, dtype=np.float64)


@np.errstate(all="ignore")
def correlation(prediction: ArrayLike, reference: ArrayLike) -> float:
    """Compute Pearson's correlation over all entries, in [-1, 1]; nan where either is constant."""
    prediction, reference = _pair(prediction, reference)
    # the mean of a constant is rounded, and the rounding errors would correlate
    if np.ptp(prediction) == 0 or np.ptp(reference) == 0:
        return np.nan
    return float(np.corrcoef(prediction.ravel(), reference.ravel())[0, 1])


@np.errstate(all="ignore")
def snr(prediction: ArrayLike, reference: ArrayLike) -> float:
    """Compute 10 log₁₀(Σ r² / Σ (p − r)²) in dB; inf for an exact match, nan where the reference is all zero."""
    p, r = _pair(prediction, reference)
    return _decibels(float(np.sum(r**2)), float(np.sum((p - r) ** 2)))


@np.errstate(all="ignore")
def si_sdr(prediction: ArrayLike, reference: ArrayLike) -> float:
    """Compute the scale-invariant signal-to-distortion ratio in dB (Le Roux et al. 2019, arXiv:1811.02508, eq. 3).

    10 log₁₀(‖αr‖² / ‖αr − p‖²) with α = ⟨p, r⟩ / ‖r‖², the means of both removed: neither a factor nor a constant
    counts. nan where the prediction or the reference is constant.
    """
    p, r = (array - array.mean() for array in _pair(prediction, reference))
    if not (np.any(p) and np.any(r)):
        return np.nan
    projected = np.sum(p * r) / np.sum(r**2) * r
    return _decibels(float(np.sum(projected**2)), float(np.sum((projected - p) ** 2)))


@np.errstate(all="ignore")
def energy(prediction: ArrayLike, reference: ArrayLike) -> float:
    """Compute the mean square of a prediction (P, C) beyond the data over that of the data (…, C), in other points.

    nan where the data are all zero.
    """
    outside, inside = (float(np.mean(np.square(np.asarray(a, dtype=np.float64)))) for a in (prediction, reference))
    return np.nan if inside == 0 else float(np.divide(outside, inside))


@np.errstate(all="ignore")
def rms(prediction: ArrayLike, reference: ArrayLike) -> float:
    """Compute the root mean square of p - r, in their unit."""
    p, r = _pair(prediction, reference)
    return float(np.sqrt(np.mean(np.square(p - r))))


def _decibels(signal: float, noise: float) -> float:
    if signal == 0:
        return np.nan
    return np.inf if noise == 0 else float(10 * np.log10(signal / noise))


def reference_range(reference: ArrayLike) -> float:
    """Compute maximum − minimum over all entries, channels and components together: a map's ``data_range``."""
    return float(np.ptp(np.asarray(reference, dtype=np.float64)))


def interior(array: Array, border: int, axes: int = 2) -> Array:
    """Cut the outer ring of ``border`` samples from the first ``axes`` axes (a view).

    Raises InputError where nothing would be left.
    """
    sides = array.shape[:axes]
    if 2 * border >= min(sides):
        raise InputError(
            f"nothing of {' x '.join(map(str, sides))} samples is left inside a border of {border}; "
            f"use at least {2 * border + 1} samples a side or an operator with a narrower border"
        )
    return array[tuple(slice(border, side - border) for side in sides)]


def magnitude(gradient: Array) -> Array:
    """Compute |∇f| of each channel, the Euclidean norm of the components: (H, W, C, 2) → (H, W, C)."""
    return np.asarray(np.linalg.norm(gradient, axis=-1), dtype=np.float64)


def _pair(prediction: ArrayLike, reference: ArrayLike) -> tuple[Array, Array]:
    p, r = np.asarray(prediction, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    if p.shape != r.shape:
        raise ValueError(f"the prediction has shape {p.shape}, the reference {r.shape}")
    return p, r


def _channels(array: Array) -> Array:
    return array.reshape(*array.shape[:2], -1)
