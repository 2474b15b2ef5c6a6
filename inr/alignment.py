"""Align images over the null spaces of derivative losses.

A gradient loss cannot determine a constant, a Laplacian loss any harmonic function. An image recovered from such a
loss is therefore aligned to its reference before it is scored, without clipping.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inr.errors import InputError
from inr.operators import mirror_angles

Array = NDArray[np.float64]


def align(prediction: ArrayLike, reference: ArrayLike, order: int) -> Array:
    """Align a prediction (H, W, C) or (T, C) to its reference over what a loss leaves free.

    ``order`` is the lowest derivative that the loss compares: with 0 nothing is free, with 1 a constant, with 2 a
    function without a Laplacian.
    """
    p = np.asarray(prediction, dtype=np.float64)
    if order == 0:
        return p
    if order == 1:
        return align_shift(p, reference)
    return align_harmonic(p, reference) if p.ndim == 3 else align_line(p, reference)


@np.errstate(invalid="ignore")
def align_shift(prediction: ArrayLike, reference: ArrayLike) -> Array:
    """Subtract its mean error per channel from (H, W, C) or (T, C); constants are the gradient's null space.

    ``reference`` has the shape of the prediction. Raises ValueError for other shapes.
    """
    predicted, error = _prediction_and_error(prediction, reference)
    return np.asarray(predicted - error.mean(axis=tuple(range(error.ndim - 1))), dtype=np.float64)


@np.errstate(invalid="ignore")
def align_line(prediction: ArrayLike, reference: ArrayLike) -> Array:
    """Subtract from the prediction (T, C), per channel, the straight line that equals its error at both ends.

    Straight lines are the second derivative's null space.
    """
    predicted, error = _prediction_and_error(prediction, reference)
    share = np.linspace(0, 1, len(error))[:, None]
    return np.asarray(predicted - (1 - share) * error[0] - share * error[-1], dtype=np.float64)


@np.errstate(invalid="ignore")
def align_harmonic(prediction: ArrayLike, reference: ArrayLike) -> Array:
    """Subtract from the prediction (H, W, C), per channel, the harmonic function that equals its error on the border.

    Harmonic functions (the 5-point Laplacian is 0 inside) are the Laplacian's null space. The result agrees
    with the reference on the border pixels. Raises InputError below 3 × 3 pixels, where there is only border.
    """
    predicted, error = _prediction_and_error(prediction, reference)
    if min(error.shape[:2]) < 3:
        raise InputError(f"harmonic alignment got {error.shape[0]} x {error.shape[1]} pixels; it needs at least 3 x 3")
    return np.asarray(predicted - _harmonic_extension(error), dtype=np.float64)


def _prediction_and_error(prediction: ArrayLike, reference: ArrayLike) -> tuple[Array, Array]:
    p, r = np.asarray(prediction, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    if p.ndim not in (2, 3) or p.shape != r.shape:
        raise ValueError(f"two signals of one shape (H, W, C) or (T, C) are aligned, got {p.shape} and {r.shape}")
    return p, p - r


def _harmonic_extension(values: Array) -> Array:
    """Solve the Dirichlet problem with the border of ``values`` (H, W, C); the inside of ``values`` is not used.

    The DST-I diagonalises the 5-point Laplacian with zero borders (Buzbee, Golub & Nielson 1970).
    """
    from scipy import fft

    solution = values.copy()
    inside = solution[1:-1, 1:-1]
    inside[:] = 0
    pulled = solution[:-2, 1:-1] + solution[2:, 1:-1] + solution[1:-1, :-2] + solution[1:-1, 2:]
    y, x = mirror_angles(values.shape[0] - 1)[1:, None], mirror_angles(values.shape[1] - 1)[None, 1:]
    eigenvalues = 4 * np.sin(y / 2) ** 2 + 4 * np.sin(x / 2) ** 2
    modes = fft.dstn(pulled, type=1, axes=(0, 1)) / eigenvalues[:, :, None]
    inside[:] = fft.idstn(modes, type=1, axes=(0, 1))
    return solution
