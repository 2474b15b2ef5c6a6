"""Slow and obviously right references, from the definitions: loops and dense matrices."""

import itertools
import math

import numpy as np


def psnr(prediction, reference, data_range):
    """10 log10(range² / mean squared error), one entry after the other."""
    squares = [(p - r) ** 2 for p, r in zip(np.ravel(prediction), np.ravel(reference), strict=True)]
    return 10 * math.log10(data_range**2 / (math.fsum(squares) / len(squares)))


def nrmse(prediction, reference):
    """‖p − r‖ / ‖r‖."""
    pairs = list(zip(np.ravel(prediction), np.ravel(reference), strict=True))
    return math.sqrt(math.fsum((p - r) ** 2 for p, r in pairs) / math.fsum(r * r for _, r in pairs))


def correlation(prediction, reference):
    """Covariance over the product of the standard deviations."""
    p, r = np.ravel(prediction), np.ravel(reference)
    p, r = p - math.fsum(p) / p.size, r - math.fsum(r) / r.size
    return math.fsum(p * r) / math.sqrt(math.fsum(p * p) * math.fsum(r * r))


def ssim(prediction, reference, data_range):
    """Wang et al. 2004, eq. 13, 11 × 11 Gaussian windows, σ = 1.5, K = (0.01, 0.03); mean over channels."""
    offsets = np.arange(-5, 6)
    window = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * 1.5**2))
    window /= window.sum()
    p, r = (np.reshape(a, (*np.shape(a)[:2], -1)) for a in (prediction, reference))
    rows, columns, channels = p.shape
    corners = itertools.product(range(rows - 10), range(columns - 10), range(channels))
    patches = ((p[i : i + 11, j : j + 11, c], r[i : i + 11, j : j + 11, c]) for i, j, c in corners)
    return float(np.mean([_ssim_of_patch(a, b, window, data_range) for a, b in patches]))


def _ssim_of_patch(a, b, window, data_range):
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    mean_a, mean_b = (window * a).sum(), (window * b).sum()
    var_a, var_b = (window * (a - mean_a) ** 2).sum(), (window * (b - mean_b) ** 2).sum()
    cov = (window * (a - mean_a) * (b - mean_b)).sum()
    luminance = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
    return luminance * (2 * cov + c2) / (var_a + var_b + c2)


def harmonic_extension(border):
    """The (H, W) array equal to ``border`` on its ring, each inner pixel the mean of its four neighbours."""
    height, width = border.shape
    matrix, right = np.eye(height * width), border.ravel().copy()
    for i, j in itertools.product(range(1, height - 1), range(1, width - 1)):
        row = i * width + j
        right[row] = 0.0
        matrix[row, [row - 1, row + 1, row - width, row + width]] = -0.25
    return np.linalg.solve(matrix, right).reshape(height, width)


def matrix_of(linear, shape):
    """The matrix of a linear map of (H, W, 1) images, one column per pixel."""
    pixels = np.eye(math.prod(shape)).reshape(-1, *shape, 1)
    return np.stack([np.ravel(linear(pixel)) for pixel in pixels], axis=1)


def ceiling(values, terms):
    """The (H, W) image u minimising Σ w |D u − T f|² over (w, D, T) in ``terms``, with the mean of f.

    Dense least squares. One more equation gives the mean: the terms must leave it free, or agree with it.
    """
    shape = values.shape
    left = [math.sqrt(w) * matrix_of(exact, shape) for w, exact, _ in terms]
    right = [math.sqrt(w) * matrix_of(target, shape) @ values.ravel() for w, _, target in terms]
    left, right = [*left, np.ones((1, values.size))], [*right, [values.sum()]]
    return np.linalg.lstsq(np.concatenate(left), np.concatenate(right))[0].reshape(shape)


def cosine_series_gradient(values, h):
    """∇ of the cosine series through an (H, W) array, at its samples: (H, W, 2)."""
    along = [_differentiation_matrix(n) / h for n in values.shape]
    return np.stack([along[0] @ values, values @ along[1].T], axis=-1)


def cosine_series_laplacian(values, h):
    """Δ of the cosine series through an (H, W) array, at its samples: (H, W)."""
    along = [_differentiation_matrix(n, order=2) / h**2 for n in values.shape]
    return along[0] @ values + values @ along[1].T


def _differentiation_matrix(n, order=1):
    theta, position = np.pi * np.arange(n) / n, np.arange(n)[:, None] + 0.5
    derivative = -theta * np.sin(theta * position) if order == 1 else -(theta**2) * np.cos(theta * position)
    return derivative @ np.linalg.inv(np.cos(theta * position))
