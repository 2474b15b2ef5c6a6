"""The bicubic grid: a least-squares fit by definition, its size, and pixels with gaps."""

import itertools
import math

import numpy as np
import pytest
from scipy.interpolate import RectBivariateSpline

from inr.interpolation import interpolate
from inr.signals import load_signal
from inr.spline import DEGREE, ROUGHNESS, sides, spline


def picture(rows=18, columns=25, channels=2):
    return np.random.default_rng(0).normal(size=(rows, columns, channels))


def basis(places, knots):
    """Values of cubic B-splines by the recursion of Cox and de Boor, (places, coefficients)."""
    found = np.array([[float(a <= x < b) for a, b in itertools.pairwise(knots)] for x in places])
    found[places == knots[-1], len(knots) - DEGREE - 2] = 1
    for degree in range(1, DEGREE + 1):
        rows = []
        for x, row in zip(places, found, strict=True):
            values = []
            for i in range(len(row) - 1):
                left, right = knots[i + degree] - knots[i], knots[i + degree + 1] - knots[i + 1]
                value = (x - knots[i]) / left * row[i] if left else 0.0
                values.append(value + ((knots[i + degree + 1] - x) / right * row[i + 1] if right else 0.0))
            rows.append(values)
        found = np.array(rows)
    return found


def knots_of(last, count):
    even = np.linspace(0, last, count)
    return np.concatenate([[0] * 4, even[2:-2], [last] * 4])


def dense(known, counts):
    """All products of B-splines at the known pixels, (P, R · S)."""
    rows, columns = (basis(np.arange(n), knots_of(n - 1, c)) for n, c in zip(known.shape, counts, strict=True))
    return np.array([np.outer(rows[i], columns[j]).ravel() for i, j in np.argwhere(known)])


def test_it_is_the_least_squares_fit_of_so_many_coefficients():
    values, known = picture(), np.ones((18, 25), dtype=bool)
    counts = sides((18, 25), 60)
    assert counts == (6, 10)
    found = spline(values, known, known, 2 * 60 + 1)
    mean = values.mean(axis=(0, 1))
    fitted, *_ = np.linalg.lstsq(dense(known, counts), (values - mean).reshape(-1, 2), rcond=None)
    np.testing.assert_allclose(found, dense(known, counts) @ fitted + mean, atol=1e-6)


def test_with_a_coefficient_a_pixel_it_is_the_interpolating_spline():
    values, whole = picture(channels=1), np.ones((18, 25), dtype=bool)
    np.testing.assert_allclose(spline(values, whole, whole, 10_000).reshape(values.shape), values, atol=1e-6)
    known = np.zeros((35, 49), dtype=bool)
    known[::2, ::2] = True
    fine = np.full((35, 49, 1), np.nan)
    fine[::2, ::2] = values
    through = RectBivariateSpline(2 * np.arange(18), 2 * np.arange(25), values[..., 0])
    found = spline(fine, known, np.ones_like(known), 10_000).reshape(35, 49)
    np.testing.assert_allclose(found, through(np.arange(35), np.arange(49)), atol=1e-5)


def test_scattered_pixels_are_fitted_with_a_small_penalty():
    values = picture()
    known = np.random.default_rng(1).random((18, 25)) < 0.6
    known[0, 0] = known[-1, -1] = True
    counts = sides((18, 25), 100)
    matrix, mean = dense(known, counts), values[known].mean(axis=0)
    bends = [np.diff(np.eye(count), 2, axis=0) for count in counts]
    rough = [np.kron(bends[0], np.eye(counts[1])), np.kron(np.eye(counts[0]), bends[1])]
    rows = np.vstack([matrix, *(math.sqrt(ROUGHNESS) * each for each in rough)])
    right = np.vstack([values[known] - mean, np.zeros((len(rows) - len(matrix), 2))])
    fitted, *_ = np.linalg.lstsq(rows, right, rcond=None)
    expected = dense(~known, counts) @ fitted + mean
    np.testing.assert_allclose(spline(values, known, ~known, 200), expected, atol=1e-4)


@pytest.mark.parametrize("holdout", ["grid", "random"])
def test_of_a_smooth_picture_it_is_better_than_lines(holdout):
    values = load_signal("sinusoids", 33, "gray").values
    known = np.zeros((33, 33), dtype=bool)
    known[::2, ::2] = True
    if holdout == "random":
        known = np.random.default_rng(0).random((33, 33)) < 0.7
    errors = [
        np.abs(guess - values[~known]).mean()
        for guess in (spline(values, known, ~known, 4000), interpolate(values, known, ~known))
    ]
    assert errors[0] < 0.5 * errors[1]


@pytest.mark.parametrize(("numbers", "found"), [(16, (4, 4)), (10**6, (30, 30)), (15, (3, 5)), (0, (0, 0))])
def test_the_sides(numbers, found):
    assert sides((30, 30), numbers) == found


def test_too_few_numbers_are_no_grid():
    whole = np.ones((18, 25), dtype=bool)
    assert np.isnan(spline(picture(), whole, whole, 2 * 15)).all()
