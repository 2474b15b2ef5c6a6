"""The ceiling of derivative losses: what an ideal network makes of discrete targets.

A discrete operator's targets differ from the image's exact derivatives, and a composed field may be no gradient at all:
a network that fits them as well as possible gives another image. That image is the ceiling.

Arrays: values (H, W, C), gradients (H, W, C, 2), Laplacians (H, W, C), per unit of coordinate; h is the spacing.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inr.errors import UsageError
from inr.modes import angles, cosines, image_of, quotient, sines

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

ACCURATE = 1e-6
"""The residual at which the iteration ends, relative to the right side: the PSNR is then right to 0.01 dB."""


def ceiling(maps: tuple[Array, Array, Array], weights: Sequence[float], h: float, known: Mask | None = None) -> Array:
    """Compute the image (H, W, C) whose exact derivatives best fit maps of values, gradients and Laplacians.

    It minimises Σ_t w_t Σ_pixels |D_t u − target_t|² over the terms value, gradient (all components summed) and
    Laplacian; D differentiates the cosine series of u exactly, on all pixels. Cosine modes diagonalise D. Values count
    at the pixels ``known`` (H, W) alone, at all of them by default; the minimum is then found by conjugate gradients.
    Where no term determines the mean, it is that of the values.

    ``weights`` are those of the three terms, of squares of physical derivatives. Raises UsageError for a negative or
    infinite weight, or no positive one.
    """
    _check_weights(weights)
    value, gradient, laplacian = maps
    y, x = angles(value.shape)
    square = (y**2 + x**2) / h**2
    modes = cosines(value)
    energy = weights[1] * square + weights[2] * square**2
    projection = -weights[2] * square * cosines(laplacian)
    for axis, angle in enumerate((y, x)):
        projection = projection - weights[1] * angle / h * sines(gradient[..., axis], axis)
    if known is None:
        return image_of(quotient(projection + weights[0] * modes, energy + weights[0], modes))
    return image_of(_anchored(projection, energy, np.float64(weights[0]) * known[..., None], value, modes))


def _anchored(projection: Array, energy: Array, pull: Array, values: Array, start: Array) -> Array:
    """Solve (pull + energy) u = pull · values + projection for the modes of u; ``pull`` is diagonal in pixels."""
    from scipy.sparse.linalg import LinearOperator, cg

    shape, size = projection.shape, projection.size

    def applied(modes: Array) -> Array:
        each = modes.reshape(shape)
        return (energy * each + cosines(pull * image_of(each))).ravel()

    def nearly(modes: Array) -> Array:
        return np.ravel(modes.reshape(shape) / (energy + pull.mean()))

    right = (projection + cosines(pull * values)).ravel()
    operators = [LinearOperator((size, size), matvec=each, dtype=np.float64) for each in (applied, nearly)]
    found, _ = cg(operators[0], right, x0=start.ravel(), rtol=ACCURATE, maxiter=2000, M=operators[1])
    return np.asarray(found.reshape(shape))


def _check_weights(weights: Sequence[float]) -> None:
    if not all(0 <= weight < np.inf for weight in weights):
        raise UsageError(f"loss weights must be finite and not negative, got {tuple(weights)}")
    if not any(weights):
        raise UsageError(f"no loss term has a weight in {tuple(weights)}; give one of them a positive one")
