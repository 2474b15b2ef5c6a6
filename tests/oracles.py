"""Slow and obviously right references, from the definitions: loops, dense matrices, nested autograd."""

import itertools
import math

import numpy as np
import torch

from inr.jet import Jet


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


def log_spectral_distance(prediction, reference):
    """Root mean square over frequencies of the levels' difference, frame after frame, by the transform's definition.

    Frames of 256 samples under a Hann window, 64 apart; levels in dB above 80 dB below the reference's loudest.
    """
    n = np.arange(256)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * n / 256)
    waves = np.exp(-2j * np.pi * np.outer(np.arange(129), n) / 256)
    starts = range(0, len(reference) - 255, 64)
    p, r = ([abs(waves @ (window * values[k : k + 256])) ** 2 for k in starts] for values in (prediction, reference))
    least = max(frame.max() for frame in r) * 1e-8
    levels = [[10 * np.log10(np.maximum(frame, least)) for frame in frames] for frames in (p, r)]
    return float(np.mean([math.sqrt(np.mean((a - b) ** 2)) for a, b in zip(*levels, strict=True)]))


def trigonometric_interpolation(values, at):
    """The real trigonometric polynomial of lowest degree through K samples at 0 … K − 1, of period K, at ``at``."""
    k = len(values)
    degrees = np.arange(k // 2 + 1)

    def basis(x):
        angles = 2 * np.pi * np.multiply.outer(x, degrees) / k
        return np.concatenate([np.cos(angles), np.sin(angles[:, 1 : (k + 1) // 2])], axis=1)

    return basis(np.asarray(at)) @ np.linalg.solve(basis(np.arange(k)), values)


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


def fourier_sum(u, amplitudes, order):
    """dᵒ/duᵒ Σ aₖ sin(ku) of k → aₖ: every harmonic stands on a last axis of its own; o ≤ 3."""
    k = np.array([*amplitudes])
    angle = np.multiply.outer(u, k)
    wave = (np.sin(angle), np.cos(angle), -np.sin(angle), -np.cos(angle))[order]
    return (np.array([*amplitudes.values()]) * k**order * wave).sum(axis=-1)


def fourier_second_moment(amplitudes):
    """E[(Σ aₖ sin(ku))²] for u ~ N(0, 1), by E[sin(ju) sin(ku)] = (exp(−(j−k)²/2) − exp(−(j+k)²/2)) / 2."""
    pairs = itertools.product(amplitudes.items(), repeat=2)
    return math.fsum(
        a * b * (math.exp(-((j - k) ** 2) / 2) - math.exp(-((j + k) ** 2) / 2)) / 2 for (j, a), (k, b) in pairs
    )


def jet(function, z, order):
    """(φ, φ′, …) of an elementwise function at ``z`` by nested autograd."""
    z = z.detach().requires_grad_()
    jets = [function(z)]
    for _ in range(order):
        jets.append(_autograd(jets[-1].sum(), z))
    return [value.detach() for value in jets]


def network_derivatives(network, x, order):
    """[value (P, C), gradient (P, C, D), Laplacian (P, C)][:order + 1] by nested autograd, component by component."""
    x = x.detach().requires_grad_()
    value = network(x)
    channels = range(value.shape[1])
    result = [value]
    if order >= 1:
        gradient = torch.stack([_autograd(value[:, c].sum(), x) for c in channels], dim=1)
        result.append(gradient)
    if order == 2:
        axes = range(x.shape[1])
        laplacian = [sum(_autograd(gradient[:, c, j].sum(), x)[:, j] for j in axes) for c in channels]
        result.append(torch.stack(laplacian, dim=1))
    return result


def field_jet(function, x, ask):
    """The jet of a function of (P, D) → (P, C) at ``x`` by nested autograd: channel by channel, axis by axis."""
    x = x.detach().requires_grad_()
    value = function(x)
    channels, axes = range(value.shape[1]), range(x.shape[1])
    gradient = torch.stack([_autograd(value[:, c].sum(), x) for c in channels], dim=1)
    bends = [[_autograd(gradient[:, c, j].sum(), x)[:, j] for j in axes] for c in channels]
    operators = [[sum(s * bend for s, bend in zip(row, of, strict=True)) for row in ask.second] for of in bends]
    second = torch.stack([torch.stack(of, -1) for of in operators], 1) if ask.second else None
    return Jet(value, gradient if ask.gradient else None, second)


def loss(maps, batch, scales):
    """Σ scale × squared residuals of the terms of ``scales``; derivatives count where ``inside``."""
    predicted = dict(zip(("image", "gradient", "laplacian"), maps, strict=False))
    inside = {term: torch.ones(len(batch)) if term == "image" else batch.data["inside"] for term in scales}
    squares = {term: (predicted[term] - batch.data[term]).square().flatten(1).sum(1) for term in scales}
    return sum(scale * (inside[term] * squares[term]).sum() for term, scale in scales.items())


def _autograd(total, x):
    if not total.requires_grad:
        return torch.zeros_like(x)
    return torch.autograd.grad(total, x, create_graph=True, materialize_grads=True)[0]


def kurtosis(values):
    """E[(x − μ)⁴] / σ⁴ − 3."""
    centred = np.ravel(values) - np.mean(values)
    return np.mean(centred**4) / np.mean(centred**2) ** 2 - 3


def mean_of_neighbours(values):
    """Bilinear guesses of the pixels of odd row and odd column, from the even ones: the mean of the four corners.

    A corner beyond the last even row or column is the last one.
    """
    height, width = values.shape[:2]
    last = (height - 1) // 2 * 2, (width - 1) // 2 * 2
    odd = itertools.product(range(1, height, 2), range(1, width, 2))
    corners = ([(min(i + a, last[0]), min(j + b, last[1])) for a in (-1, 1) for b in (-1, 1)] for i, j in odd)
    return np.array([np.mean([values[corner] for corner in four], axis=0) for four in corners])


def spectrum(values):
    """Energy of each mode of values (H, W), and the larger of its two frequencies over Nyquist's, by the definition.

    Four samples a pixel, both ends in, under a Hann window: the last sample of each axis is zero there.
    """
    height, width = values.shape
    down, right = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / (n - 1)) for n in (height, width))
    seen = (values * np.outer(down, right))[:-1, :-1]
    waves = [np.exp(-2j * np.pi * np.outer(np.arange(n), np.arange(n)) / n) for n in seen.shape]
    energy = np.abs(waves[0] @ seen @ waves[1].T) ** 2 / (seen.size * (down**2).sum() * (right**2).sum())
    cycles = [[min(k, n - k) / n * 4 for k in range(n)] for n in seen.shape]
    nyquist = [[max(a, b) / 0.5 for b in cycles[1]] for a in cycles[0]]
    return energy, np.array(nyquist)


def moving_mean(values, places, width):
    """Average values (n,) from place · width to (place + 1) · width, by overlaps with every cell."""
    return np.array(
        [
            sum(v * max(0.0, min(i + 1, (p + 1) * width) - max(i, p * width)) for i, v in enumerate(values)) / width
            for p in places
        ]
    )
