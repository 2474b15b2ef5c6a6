"""The answers without a network to missing and noisy pixels, against definitions and second sources."""

import itertools

import numpy as np
import pytest
from scipy.optimize import minimize
from skimage.restoration import denoise_tv_chambolle

from inr import restoration
from inr.restoration import biharmonic, non_local_means, total_variation

NOISY = np.random.default_rng(0).normal(size=(12, 10, 2))


def variation(u):
    """Σ |∇u|, pixel by pixel."""
    rows, columns, channels = u.shape
    total = 0.0
    for i, j, c in itertools.product(range(rows), range(columns), range(channels)):
        down = u[i + 1, j, c] - u[i, j, c] if i + 1 < rows else 0.0
        right = u[i, j + 1, c] - u[i, j, c] if j + 1 < columns else 0.0
        total += np.hypot(down, right)
    return total


def test_a_cubic_surface_is_filled_in_exactly():
    y, x = np.meshgrid(np.linspace(-1, 1, 12), np.linspace(-1, 1, 14), indexing="ij")
    surface = (x**3 - 2 * x * y**2 + y**2 - 0.3 * x)[..., None]
    kept = np.ones(surface.shape[:2], dtype=bool)
    kept[3:6, 4:9] = kept[8, 10] = False
    np.testing.assert_allclose(biharmonic(np.where(kept[..., None], surface, 7.0), kept), surface, atol=1e-9)


@pytest.mark.parametrize("strength", [0.05, 0.3])
def test_with_every_pixel_it_is_scikit_images_denoising(strength):
    found = total_variation(NOISY, np.ones((12, 10), dtype=bool), strength, NOISY)
    expected = denoise_tv_chambolle(NOISY, weight=strength, eps=1e-9, max_num_iter=20_000, channel_axis=-1)
    np.testing.assert_allclose(found, expected, atol=5e-3)


def test_with_missing_pixels_it_is_the_minimum(monkeypatch):
    monkeypatch.setattr(restoration, "ITERATIONS", 3000)
    observed, strength = NOISY[:5, :6, :1], 0.2
    kept = np.random.default_rng(1).random((5, 6)) < 0.5

    def objective(flat):
        u = flat.reshape(observed.shape)
        return ((u - observed)[kept] ** 2).sum() / 2 + strength * variation(u)

    found = total_variation(np.where(kept[..., None], observed, 0.0), kept, strength, np.zeros_like(observed))
    searched = minimize(objective, found.ravel(), method="Powell", options={"maxiter": 20})
    assert objective(found.ravel()) <= searched.fun + 1e-4
    far = total_variation(observed, kept, strength, observed + 1)
    assert objective(far.ravel()) == pytest.approx(objective(found.ravel()), rel=1e-4)


def test_non_local_means_by_the_definition():
    deviation, strength = 0.3, 0.9
    step = np.where(np.arange(14) < 6, -0.5, 0.5)[:, None, None]
    noisy = step + deviation * np.random.default_rng(0).normal(size=(14, 13, 2))
    window = np.exp(-(np.arange(-2, 3) ** 2) / 2)
    window = np.outer(window, window)[..., None] / window.sum() ** 2 / noisy.shape[2]
    padded = np.pad(noisy, ((2, 2), (2, 2), (0, 0)), mode="reflect")
    expected = np.empty_like(noisy)
    for i, j in np.ndindex(14, 13):
        weights, values = [], []
        for a, b in itertools.product(range(max(0, i - 6), min(14, i + 7)), range(max(0, j - 6), min(13, j + 7))):
            squares = (padded[i : i + 5, j : j + 5] - padded[a : a + 5, b : b + 5]) ** 2 - 2 * deviation**2
            weights.append(np.exp(-max((window * squares).sum(), 0.0) / (strength * deviation) ** 2))
            values.append(noisy[a, b])
        expected[i, j] = np.average(values, axis=0, weights=weights)
    np.testing.assert_allclose(non_local_means(noisy, deviation, strength), expected, atol=0.03)
    assert non_local_means(noisy[..., :1], deviation, strength).shape == (14, 13, 1)
