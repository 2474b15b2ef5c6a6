"""Formulas of the scores of a map against its reference: PSNR, SSIM, NRMSE and correlation.

They are scikit-image's and NumPy's. scikit-image is imported when a score is computed: labels need none.

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
    from skimage.metrics import peak_signal_noise_ratio

    prediction, reference = _pair(prediction, reference)
    if np.array_equal(prediction, reference):
        return np.inf
    if not data_range > 0:
        return np.nan
    return float(peak_signal_noise_ratio(reference, prediction, data_range=data_range))


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
    from skimage.metrics import normalized_root_mse

    prediction, reference = _pair(prediction, reference)
    if not np.any(reference):
        return np.nan
    return float(normalized_root_mse(reference, prediction, normalization="euclidean"))


@np.errstate(all="ignore")
def correlation(prediction: ArrayLike, reference: ArrayLike) -> float:
    """Compute Pearson's correlation over all entries, in [-1, 1]; nan where either is constant."""
    prediction, reference = _pair(prediction, reference)
    # the mean of a constant is rounded, and the rounding errors would correlate
    if np.ptp(prediction) == 0 or np.ptp(reference) == 0:
        return np.nan
    return float(np.corrcoef(prediction.ravel(), reference.ravel())[0, 1])


def reference_range(reference: ArrayLike) -> float:
    """Compute maximum − minimum over all entries, channels and components together: a map's ``data_range``."""
    return float(np.ptp(np.asarray(reference, dtype=np.float64)))


def interior(array: Array, border: int) -> Array:
    """Cut the outer ring of ``border`` pixels from the first two axes (a view).

    Raises InputError where nothing would be left.
    """
    height, width = array.shape[:2]
    if 2 * border >= min(height, width):
        raise InputError(
            f"nothing of {height} x {width} pixels is left inside a border of {border}; "
            f"use at least {2 * border + 1} pixels a side or an operator with a narrower border"
        )
    return array[border : height - border, border : width - border]


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
