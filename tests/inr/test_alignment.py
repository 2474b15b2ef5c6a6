"""Alignment undoes what it should, and leaves the rest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inr.alignment import align_harmonic, align_shift
from inr.errors import InputError
from tests import oracles
from tests.cases import DISCRETE, choice

NAMES = list(DISCRETE)
PHYSICAL = [name for name in NAMES if name != "raw"]
coefficients = st.floats(-100, 100)


def image(shape=(9, 12, 2), seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def coordinates(height, width, h=0.1):
    y, x = np.meshgrid(h * np.arange(height), h * np.arange(width), indexing="ij")
    return y[..., None], x[..., None]


class TestShift:
    @given(constant=coefficients)
    def test_undoes_a_constant_per_channel(self, constant):
        reference = image()
        shifted = reference + np.array([constant, -2 * constant])
        np.testing.assert_allclose(align_shift(shifted, reference), reference, atol=1e-12)

    def test_leaves_the_rest_of_the_error(self):
        reference, error = image(), image(seed=1)
        expected = reference + error - error.mean(axis=(0, 1))
        np.testing.assert_allclose(align_shift(reference + error, reference), expected, atol=1e-14)

    def test_does_not_scale(self):
        reference = image() - image().mean(axis=(0, 1))
        np.testing.assert_allclose(align_shift(3 * reference, reference), 3 * reference, atol=1e-14)


class TestHarmonic:
    @given(a=coefficients, b=coefficients, c=coefficients, d=coefficients, e=coefficients)
    def test_undoes_a_harmonic_polynomial(self, a, b, c, d, e):
        reference, (y, x) = image((9, 12, 1)), coordinates(9, 12)
        harmonic = a + b * y + c * x + d * x * y + e * (x**2 - y**2) + (x**3 - 3 * x * y**2)
        np.testing.assert_allclose(align_harmonic(reference + harmonic, reference), reference, atol=1e-10)

    @pytest.mark.parametrize("shape", [(3, 3), (3, 8), (8, 5), (7, 7)])
    def test_is_the_dense_solution_in_every_channel(self, shape):
        prediction, reference = image((*shape, 2)), image((*shape, 2), seed=1)
        expected = [oracles.harmonic_extension((prediction - reference)[..., c]) for c in range(2)]
        aligned = align_harmonic(prediction, reference)
        np.testing.assert_allclose(aligned, prediction - np.stack(expected, axis=-1), atol=1e-12)

    def test_keeps_the_laplacian_and_meets_the_border(self):
        prediction, reference, operator = image(), image(seed=1), choice("operator", "central")
        aligned = align_harmonic(prediction, reference)
        inside = (slice(1, -1), slice(1, -1))
        laplacians = [operator.laplacian(a, 1.0)[inside] for a in (aligned, prediction)]
        np.testing.assert_allclose(*laplacians, atol=1e-12)
        aligned[inside] = reference[inside]
        np.testing.assert_allclose(aligned, reference, atol=1e-13)

    def test_leaves_an_error_inside_alone(self):
        reference = image()
        prediction = reference.copy()
        prediction[4, 5] += 1
        np.testing.assert_allclose(align_harmonic(prediction, reference), prediction, atol=1e-13)

    def test_large_images_are_solved_to_rounding(self):
        y, x = coordinates(513, 700, h=2 / 512)
        harmonic = x**2 - y**2 + 5 * x * y
        np.testing.assert_allclose(align_harmonic(harmonic, 0 * harmonic), 0, atol=1e-11)

    def test_refuses_an_image_that_is_all_border(self):
        with pytest.raises(InputError, match=r"2 x 9 pixels.*at least 3 x 3"):
            align_harmonic(image((2, 9, 1)), image((2, 9, 1)))


@pytest.mark.parametrize("align", [align_shift, align_harmonic])
class TestBoth:
    def test_arguments_are_left_alone(self, align):
        prediction, reference = image(), image(seed=1)
        align(prediction, reference)
        np.testing.assert_array_equal(prediction, image())
        np.testing.assert_array_equal(reference, image(seed=1))

    def test_twice_is_once(self, align):
        reference = image(seed=1)
        once = align(image(), reference)
        np.testing.assert_allclose(align(once, reference), once, atol=1e-12)

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_a_diverged_prediction_is_silent(self, align, value):
        prediction = np.full((5, 5, 1), value)
        assert not np.isfinite(align(prediction, image((5, 5, 1)))).any()

    def test_refuses_other_shapes(self, align):
        with pytest.raises(ValueError, match=r"got \(9, 12, 1\) and \(9, 12, 2\)"):
            align(image((9, 12, 1)), image())
