"""Metrics against their definitions, at the pitfalls of the field, and silent at the degenerate maps."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import normalized_root_mse, peak_signal_noise_ratio

from inr.errors import InputError
from inr.metrics import (
    correlation,
    interior,
    magnitude,
    nrmse,
    psnr,
    reference_range,
    ssim,
)
from inr.scores import MAP, scores_of
from tests import oracles


def map_scores(prediction, reference, data_range):
    return {score.name: score.measure(prediction, reference, data_range) for score in scores_of(MAP)}


SHAPES = [(12, 15, 1), (14, 13, 3), (13, 12, 2, 2)]


def maps(shape, seed=0, noise=0.3):
    """A noisy prediction of a smooth-ish reference with a mean, and the reference."""
    generator = np.random.default_rng(seed)
    reference = 0.5 + np.cumsum(generator.normal(size=shape), axis=0)
    return reference + noise * generator.normal(size=shape), reference


@pytest.mark.parametrize("shape", SHAPES)
@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1), noise=st.floats(1e-6, 1e3), data_range=st.floats(1e-3, 1e3))
def test_psnr_and_nrmse_have_the_bits_of_scikit_image(shape, seed, noise, data_range):
    prediction, reference = maps(shape, seed, noise)
    assert psnr(prediction, reference, data_range) == peak_signal_noise_ratio(
        reference, prediction, data_range=data_range
    )
    assert nrmse(prediction, reference) == normalized_root_mse(reference, prediction)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("data_range", [1.0, 2.0, 7.3])
def test_scores_are_their_definitions(shape, data_range):
    prediction, reference = maps(shape)
    scores = map_scores(prediction, reference, data_range)
    assert list(scores) == ["psnr", "ssim", "nrmse", "correlation"]
    assert scores["psnr"] == pytest.approx(oracles.psnr(prediction, reference, data_range), rel=1e-12)
    assert scores["ssim"] == pytest.approx(oracles.ssim(prediction, reference, data_range), abs=1e-12)
    assert scores["nrmse"] == pytest.approx(oracles.nrmse(prediction, reference), rel=1e-12)
    assert scores["correlation"] == pytest.approx(oracles.correlation(prediction, reference), rel=1e-12)
    assert all(type(score) is float for score in scores.values())


class TestPitfalls:
    def test_range_one_for_an_image_of_range_two_loses_six_decibels(self):
        prediction, reference = maps((12, 12, 1))
        assert psnr(prediction, reference, 2.0) - psnr(prediction, reference, 1.0) == pytest.approx(6.0206, abs=1e-4)

    @given(error=st.floats(1e-6, 1e3))
    def test_psnr_of_a_uniform_error(self, error):
        reference = np.zeros((4, 4, 1))
        assert psnr(reference + error, reference, 2.0) == pytest.approx(20 * math.log10(2 / error), abs=1e-9)

    def test_psnr_does_not_clip(self):
        reference = np.ones((4, 4, 1))
        assert psnr(reference + 2, reference, 2.0) == pytest.approx(0, abs=1e-12)

    def test_range_comes_from_the_reference_over_all_components(self):
        gradient = np.zeros((4, 4, 1, 2))
        gradient[0, 0, 0] = [5.0, -3.0]
        assert reference_range(gradient) == 8.0
        assert reference_range(np.array([[[0]], [[255]]], dtype=np.uint8)) == 255.0

    def test_a_gradient_is_one_map_and_not_the_mean_of_two(self):
        """One mean squared error over both components: averaging two PSNR would hide the bad one."""
        reference = maps((12, 12, 1, 2))[1]
        prediction = reference + np.array([1.0, 0.001])
        assert psnr(prediction, reference, 2.0) == pytest.approx(10 * math.log10(4 / 0.5), abs=1e-4)

    def test_ssim_averages_components_as_channels(self):
        prediction, reference = maps((12, 12, 1, 2))
        each = [ssim(prediction[..., i], reference[..., i], 9.0) for i in (0, 1)]
        assert ssim(prediction, reference, 9.0) == pytest.approx(np.mean(each), abs=1e-12)

    def test_integers_do_not_wrap(self):
        prediction, reference = np.full((2, 2, 1), 250, np.uint8), np.full((2, 2, 1), 5, np.uint8)
        assert psnr(prediction, reference, 255.0) == pytest.approx(20 * math.log10(255 / 245))
        assert nrmse(prediction, reference) == pytest.approx(49)

    def test_single_precision_is_scored_in_double(self):
        prediction, reference = (a.astype(np.float32) for a in maps((12, 12, 1)))
        expected = map_scores(prediction.astype(float), reference.astype(float), 2.0)
        assert map_scores(prediction, reference, 2.0) == expected


class TestZeroMap:
    def test_scores_what_it_scores(self):
        _, reference = maps((12, 12, 2, 2))
        data_range = reference_range(reference)
        zero = np.zeros_like(reference)
        expected = map_scores(zero, reference, data_range)
        assert expected["nrmse"] == pytest.approx(1, rel=1e-12)
        assert math.isnan(expected["correlation"])
        assert expected["psnr"] == pytest.approx(20 * math.log10(data_range / math.sqrt(np.mean(reference**2))))


class TestDegenerate:
    """Constant, zero, perfect and diverged maps; any warning would be an error here."""

    def test_perfect(self):
        _, reference = maps((12, 12, 1))
        scores = map_scores(reference, reference, reference_range(reference))
        assert scores == pytest.approx({"psnr": math.inf, "ssim": 1, "nrmse": 0, "correlation": 1})

    @pytest.mark.parametrize("value", [0.0, 0.1, -3.0])
    def test_constant_reference_has_no_scale(self, value):
        reference = np.full((12, 12, 1), value)
        prediction = maps((12, 12, 1))[0]
        scores = map_scores(prediction, reference, reference_range(reference))
        assert math.isnan(scores["psnr"])
        assert math.isnan(scores["ssim"])
        assert math.isnan(scores["correlation"])
        assert math.isnan(scores["nrmse"]) == (value == 0)

    def test_zero_against_zero(self):
        zero = np.zeros((12, 12, 1))
        scores = map_scores(zero, zero, 0.0)
        assert scores["psnr"] == math.inf
        assert all(math.isnan(scores[key]) for key in ("ssim", "nrmse", "correlation"))
        assert (psnr(zero, zero, 2.0), ssim(zero, zero, 2.0)) == (math.inf, 1.0)

    def test_constant_prediction_does_not_correlate(self):
        """0.1 has no exact mean: its rounding errors must not be correlated."""
        _, reference = maps((12, 12, 1))
        assert math.isnan(correlation(np.full((12, 12, 1), 0.1), reference))

    def test_too_small_for_the_window(self):
        prediction, reference = maps((10, 30, 1))
        assert math.isnan(ssim(prediction, reference, 1.0))
        prediction, reference = maps((11, 11, 1))
        assert ssim(prediction, reference, 1.0) == pytest.approx(oracles.ssim(prediction, reference, 1.0))

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    def test_a_diverged_prediction_is_not_finite_and_silent(self, value):
        prediction, reference = maps((12, 12, 1))
        prediction[3, 4] = value
        scores = map_scores(prediction, reference, 2.0)
        assert not any(math.isfinite(score) for score in scores.values())

    def test_overflow_is_silent(self):
        prediction, reference = maps((12, 12, 1))
        scores = map_scores(prediction * 1e200, reference, 2.0)
        assert scores["psnr"] == -math.inf
        assert scores["nrmse"] == math.inf

    @pytest.mark.parametrize("metric", [nrmse, correlation, lambda p, r: psnr(p, r, 2.0), lambda p, r: ssim(p, r, 2.0)])
    def test_shapes_are_not_broadcast(self, metric):
        with pytest.raises(ValueError, match=r"\(12, 12, 1\), the reference \(12, 12, 3\)"):
            metric(np.zeros((12, 12, 1)), np.zeros((12, 12, 3)))


class TestInvariance:
    @given(scale=st.floats(0.01, 100), seed=st.integers(0, 99))
    def test_units_cancel(self, scale, seed):
        prediction, reference = maps((12, 12, 1), seed)
        expected = map_scores(prediction, reference, 3.0)
        assert map_scores(scale * prediction, scale * reference, scale * 3.0) == pytest.approx(expected, rel=1e-9)

    @given(scale=st.floats(0.01, 100), shift=st.floats(-10, 10), seed=st.integers(0, 99))
    def test_correlation_ignores_scale_and_shift_and_feels_the_sign(self, scale, shift, seed):
        prediction, reference = maps((6, 6, 1), seed)
        expected = correlation(prediction, reference)
        assert correlation(scale * prediction + shift, reference) == pytest.approx(expected, abs=1e-9)
        assert correlation(-scale * prediction + shift, reference) == pytest.approx(-expected, abs=1e-9)

    def test_more_noise_is_worse(self):
        scores = [map_scores(*maps((16, 16, 1), noise=noise), 5.0) for noise in (0.1, 0.5, 2.0)]
        for better, worse in itertools.pairwise(scores):
            assert all(better[key] > worse[key] for key in ("psnr", "ssim", "correlation"))
            assert better["nrmse"] < worse["nrmse"]


class TestShapes:
    def test_interior(self):
        array = np.arange(5 * 7 * 2).reshape(5, 7, 2)
        np.testing.assert_array_equal(interior(array, 2), array[2:3, 2:5])
        np.testing.assert_array_equal(interior(array, 1), array[1:4, 1:6])
        np.testing.assert_array_equal(interior(array, 0), array)

    @pytest.mark.parametrize("border", [3, 8])
    def test_interior_refuses_to_be_empty(self, border):
        with pytest.raises(InputError, match=f"6 x 9 samples.*border of {border}.*at least {2 * border + 1}"):
            interior(np.zeros((6, 9, 1)), border)

    def test_magnitude_is_per_channel(self):
        gradient = np.zeros((2, 3, 2, 2))
        gradient[..., 0, :] = [3, -4]
        gradient[..., 1, :] = [0, 2]
        np.testing.assert_array_equal(magnitude(gradient), np.broadcast_to([5.0, 2.0], (2, 3, 2)))
