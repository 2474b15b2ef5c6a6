"""Interpolation of a picture's known pixels: kernels and cosines written out, gaps, and what lies outside."""

import math

import numpy as np
import pytest

from inr.resampling import PICTURES
from inr.signals import load_signal
from tests.inr.test_upsampling import cubic, sinc_window

VALUES = np.random.default_rng(0).normal(size=(7, 9, 2))
STEPS = pytest.mark.parametrize("step", [2, 4])


def spread(values, step, first=0, after=0):
    """The pixels on a grid ``step`` times as fine, from ``first`` on, and the mask of them."""
    shape = [first + step * (side - 1) + 1 + after for side in values.shape[:2]]
    fine, known = np.full((*shape, values.shape[2]), np.nan), np.zeros(shape, dtype=bool)
    places = tuple(slice(first, first + step * (side - 1) + 1, step) for side in values.shape[:2])
    fine[places], known[places] = values, True
    return fine, known


def along(kernel, count, step):
    """The matrix of a kernel at points ``step`` to a sample, from the first to the last, its rows normalised to 1."""
    rows = np.array([[kernel(j / step - i) for i in range(count)] for j in range(step * (count - 1) + 1)])
    return rows / rows.sum(axis=1, keepdims=True)


def hat(x):
    return max(0.0, 1 - abs(x))


def cosines(count, step):
    """The matrix of the sum of cosines through samples that are mirrored at the first and the last."""
    places = np.arange(step * (count - 1) + 1) / step
    modes = [np.cos(np.pi * np.outer(at, np.arange(count)) / (count - 1)) for at in (np.arange(count), places)]
    return modes[1] @ np.linalg.inv(modes[0])


@STEPS
@pytest.mark.parametrize(("name", "kernel"), [("bilinear", hat), ("bicubic", cubic), ("lanczos", sinc_window)])
def test_a_kernel_is_the_one_that_it_is_called(name, kernel, step):
    fine, known = spread(VALUES, step)
    rows, columns = (along(kernel, count, step) for count in VALUES.shape[:2])
    expected = np.einsum("ai,bj,ijc->abc", rows, columns, VALUES)
    np.testing.assert_allclose(PICTURES[name](fine, known, ~known), expected[~known], atol=1e-5)


@STEPS
def test_fourier_is_the_sum_of_cosines_through_the_pixels(step):
    fine, known = spread(VALUES, step)
    rows, columns = (cosines(count, step) for count in VALUES.shape[:2])
    expected = np.einsum("ai,bj,ijc->abc", rows, columns, VALUES)
    np.testing.assert_allclose(PICTURES["fourier"](fine, known, ~known), expected[~known], atol=1e-9)


@pytest.mark.parametrize("name", PICTURES)
def test_known_pixels_are_found_again_and_the_nearest_counts_outside(name):
    fine, known = spread(VALUES, 2, first=1, after=2)
    found = PICTURES[name](fine, known, np.ones_like(known)).reshape(fine.shape)
    np.testing.assert_allclose(found[known], fine[known], atol=1e-6)
    np.testing.assert_allclose(found[0, 1:-2], found[1, 1:-2], atol=1e-12)
    np.testing.assert_allclose(found[1:-2, -1], found[1:-2, -3], atol=1e-12)


@pytest.mark.parametrize(("name", "better"), [("bicubic", True), ("lanczos", None), ("fourier", None)])
def test_among_scattered_pixels_there_are_triangles_or_nothing(name, better):
    values = load_signal("sinusoids", 33, "gray").values
    known = np.random.default_rng(0).random((33, 33)) < 0.7
    found, lines = (PICTURES[each](values, known, ~known) for each in (name, "bilinear"))
    if better is None:
        assert np.isnan(found).all()
    else:
        assert np.abs(found - values[~known]).mean() < 0.7 * np.abs(lines - values[~known]).mean()


@pytest.mark.parametrize("name", PICTURES)
def test_nothing_of_a_held_out_pixel_is_used(name):
    known = np.zeros((12, 13), dtype=bool)
    known[::2, ::2] = True
    values = np.random.default_rng(0).normal(size=(12, 13, 1))
    other = np.where(known[..., None], values, math.inf)
    np.testing.assert_array_equal(PICTURES[name](values, known, ~known), PICTURES[name](other, known, ~known))
