"""The answers without a network to means over areas, against kernels and dense equations written out."""

import math

import cv2
import numpy as np
import pytest

from inr.upsampling import METHODS, area_means

MEANS = np.random.default_rng(0).normal(size=(7, 5, 2))
FACTORS = pytest.mark.parametrize("factor", [2, 3, 4])


def cubic(x):
    """Keys' kernel, a = −1/2."""
    x = abs(x)
    if x < 1:
        return 1.5 * x**3 - 2.5 * x**2 + 1
    return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x < 2 else 0.0


def sinc_window(x):
    """sinc(x) sinc(x/3)."""
    if x == 0:
        return 1.0
    return 3 * math.sin(math.pi * x) * math.sin(math.pi * x / 3) / (math.pi * x) ** 2 if abs(x) < 3 else 0.0


def along(kernel, count, factor):
    """The matrix (count · factor, count) of a kernel at the centres of samples, its rows normalised to 1."""
    rows = [[kernel((j + 0.5) / factor - (i + 0.5)) for i in range(count)] for j in range(count * factor)]
    return np.array(rows) / np.sum(rows, axis=1, keepdims=True)


@FACTORS
@pytest.mark.parametrize(("name", "kernel"), [("bicubic", cubic), ("lanczos", sinc_window)])
def test_a_kernel_is_the_one_that_it_is_called(name, kernel, factor):
    rows, columns = (along(kernel, count, factor) for count in MEANS.shape[:2])
    expected = np.einsum("ai,bj,ijc->abc", rows, columns, MEANS)
    np.testing.assert_allclose(METHODS[name](MEANS, factor), expected, atol=3e-6)


@FACTORS
def test_fourier_padding_solves_for_the_cosines_whose_means_are_given(factor):
    found = METHODS["fourier"](MEANS, factor)
    np.testing.assert_allclose(area_means(found, factor), MEANS, atol=1e-12)
    bases = []
    for count in MEANS.shape[:2]:
        points = (np.arange(count * factor) + 0.5) / (count * factor)
        bases.append(np.cos(np.pi * np.arange(count) * points[:, None]))
    waves = np.einsum("ak,bl->abkl", *bases).reshape(-1, math.prod(MEANS.shape[:2]))
    areas = area_means(waves.reshape(*found.shape[:2], -1), factor).reshape(-1, waves.shape[1])
    expected = waves @ np.linalg.solve(areas, MEANS.reshape(-1, 2))
    np.testing.assert_allclose(found, expected.reshape(found.shape), atol=1e-9)


@FACTORS
@pytest.mark.parametrize("name", METHODS)
def test_a_constant_stays_one(name, factor):
    np.testing.assert_allclose(METHODS[name](np.full((6, 4, 1), 0.3), factor), 0.3, atol=1e-6)


def test_means_are_opencvs_over_areas():
    values = np.random.default_rng(1).normal(size=(12, 8, 3))
    expected = cv2.resize(values, (4, 6), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(area_means(values, 2), expected, atol=1e-12)
