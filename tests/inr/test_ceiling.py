"""The ceiling is the least-squares image; camera has known ceilings."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from inr.alignment import align_shift
from inr.ceiling import ceiling
from inr.errors import UsageError
from inr.metrics import psnr
from tests import oracles
from tests.cases import DISCRETE, choice
from tests.fits import TERMS

NAMES = list(DISCRETE)
PHYSICAL = [name for name in NAMES if name != "raw"]


def image(shape=(9, 12, 2), seed=0):
    return np.random.default_rng(seed).normal(size=shape)


WEIGHTS = [
    {"gradient": 1.0},
    {"laplacian": 1.0},
    {"image": 1.0},
    {"image": 1.0, "gradient": 0.1},
    {"gradient": 1.0, "laplacian": 0.02},
    {"image": 3.0, "gradient": 0.2, "laplacian": 0.01},
]


def ceiling_of(values, operator, weights, h):
    """The ceiling under weights by term."""
    maps = values, operator.gradient(values, h), operator.laplacian(values, h)
    return ceiling(maps, [weights.get(term, 0.0) for term in TERMS], h)


class TestCeiling:
    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("weights", WEIGHTS, ids=str)
    def test_is_the_least_squares_image(self, name, weights):
        """Against dense least squares over the pixels, the derivatives of the cosine series solved for."""
        f, h, operator = image((5, 6, 1)), 0.4, choice("operator", name)
        exact_and_target = {
            "image": (lambda u: u, lambda u: u),
            "gradient": (
                lambda u: oracles.cosine_series_gradient(u[..., 0], h),
                lambda u: operator.gradient(u, h),
            ),
            "laplacian": (
                lambda u: oracles.cosine_series_laplacian(u[..., 0], h),
                lambda u: operator.laplacian(u, h),
            ),
        }
        terms = [(weight, *exact_and_target[term]) for term, weight in weights.items()]
        expected = oracles.ceiling(f[..., 0], terms)
        np.testing.assert_allclose(ceiling_of(f, operator, weights, h)[..., 0], expected, atol=1e-10)

    @pytest.mark.parametrize("weights", WEIGHTS, ids=str)
    def test_of_the_spectral_operator_is_the_image(self, weights):
        f = image((16, 11, 3))
        np.testing.assert_allclose(ceiling_of(f, choice("operator", "spectral"), weights, 0.1), f, atol=1e-12)

    @pytest.mark.parametrize("name", NAMES)
    def test_of_the_image_alone_is_the_image(self, name):
        f = image()
        np.testing.assert_allclose(ceiling_of(f, choice("operator", name), {"image": 2.0}, 0.1), f, atol=1e-12)

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("weights", WEIGHTS, ids=str)
    def test_keeps_the_mean_of_every_channel(self, name, weights):
        f = image() + np.array([5.0, -7.0])
        means = ceiling_of(f, choice("operator", name), weights, 0.1).mean(axis=(0, 1))
        np.testing.assert_allclose(means, f.mean(axis=(0, 1)), atol=1e-12)

    @settings(max_examples=25)
    @given(h=st.floats(1e-3, 10), weight=st.floats(1e-6, 1e6), term=st.sampled_from(["gradient", "laplacian"]))
    def test_spacing_and_weight_cancel_for_one_term(self, h, weight, term):
        f = image()
        for name in PHYSICAL:
            operator = choice("operator", name)
            expected = ceiling_of(f, operator, {term: 1.0}, 1.0)
            np.testing.assert_allclose(ceiling_of(f, operator, {term: weight}, h), expected, atol=1e-10)

    def test_weights_are_in_physical_units(self):
        """Half the spacing makes a gradient twice and a Laplacian four times as large."""
        f, sobel = image(), choice("operator", "sobel")
        coarse = ceiling_of(f, sobel, {"image": 1.0, "gradient": 4.0, "laplacian": 16.0}, 0.2)
        fine = ceiling_of(f, sobel, {"image": 1.0, "gradient": 1.0, "laplacian": 1.0}, 0.1)
        np.testing.assert_allclose(coarse, fine, atol=1e-12)

    def test_raw_targets_are_the_sobel_ceiling_shrunk(self):
        """The undivided Sobel asks for an image of 8h times the contrast, the laplace for h² times."""
        f, h = image() - image().mean(axis=(0, 1)), 2 / 63
        raw, sobel = choice("operator", "raw"), choice("operator", "sobel")
        for weights, factor in (({"gradient": 1.0}, 8 * h), ({"laplacian": 1.0}, h**2)):
            expected = factor * ceiling_of(f, sobel, weights, h)
            np.testing.assert_allclose(ceiling_of(f, raw, weights, h), expected, atol=1e-12)

    def test_anchoring_the_image_can_only_help(self):
        f, sobel = image((16, 16, 1)), choice("operator", "sobel")
        weights = [{"gradient": 1.0, "image": w} for w in (0.0, 1.0, 100.0)]
        scores = [psnr(ceiling_of(f, sobel, w, 0.1), f, 2.0) for w in weights]
        assert scores == sorted(scores)
        assert scores[0] < scores[2]

    @pytest.mark.parametrize(
        ("weights", "message"),
        [
            ({"gradient": -1.0}, r"not negative, got \(0.0, -1.0, 0.0\)"),
            ({"gradient": float("nan")}, "finite"),
            ({"gradient": float("inf")}, "finite"),
            ({"gradient": 0.0}, "no loss term has a weight"),
            ({}, "no loss term has a weight"),
        ],
    )
    def test_refuses_weights_that_say_nothing(self, weights, message):
        with pytest.raises(UsageError, match=message):
            ceiling_of(image(), choice("operator", "sobel"), weights, 0.1)


@pytest.mark.parametrize("weights", [(0.7, 0.3, 0.0), (2.0, 0.0, 0.01), (5.0, 0.2, 0.02)])
def test_of_any_field_with_some_values_is_the_least_squares_image(weights):
    """A field that is no gradient, against dense least squares over the pixels."""
    h, (height, width) = 0.4, (6, 7)
    value, gradient, laplacian = image((6, 7, 1)), image((6, 7, 1, 2), 1), 9 * image((6, 7, 1), 2)
    known = np.random.default_rng(3).random((height, width)) < 0.3
    exact = {
        0: lambda u: u[known],
        1: lambda u: oracles.cosine_series_gradient(u[..., 0], h),
        2: lambda u: oracles.cosine_series_laplacian(u[..., 0], h),
    }
    rows = [math.sqrt(w) * oracles.matrix_of(exact[order], (height, width)) for order, w in enumerate(weights)]
    right = [math.sqrt(w) * np.ravel(t) for w, t in zip(weights, (value[known], gradient, laplacian), strict=True)]
    expected = np.linalg.lstsq(np.concatenate(rows), np.concatenate(right))[0].reshape(height, width)
    found = ceiling((value, gradient, laplacian), weights, h, known)
    np.testing.assert_allclose(found[..., 0], expected, atol=1e-4)
    channels = [np.concatenate([each, -2 * each], axis=2) for each in (value, gradient, laplacian)]
    np.testing.assert_allclose(ceiling(tuple(channels), weights, h, known)[..., 1], -2 * expected, atol=2e-4)


class TestCamera:
    """Figures found earlier by a separate script (mean-aligned, mirror borders, images in [-1, 1])."""

    @pytest.mark.parametrize(
        ("size", "sobel", "central", "five_point"),
        [(64, 29.0, 31.0, 36.2), (128, 29.5, 31.0, 36.1), (256, 31.9, 33.6, 38.9), (512, 32.6, 34.2, 39.3)],
    )
    def test_ceilings(self, size, sobel, central, five_point):
        f, h = camera(size), 2 / (size - 1)
        for name, term, expected in (
            ("sobel", "gradient", sobel),
            ("central", "gradient", central),
            ("central", "laplacian", five_point),
        ):
            best = ceiling_of(f, choice("operator", name), {term: 1.0}, h)
            assert psnr(align_shift(best, f), f, 2.0) == pytest.approx(expected, abs=0.06)


def camera(size):
    """scikit-image's camera in [-1, 1], reduced by block means."""
    block = 512 // size
    pixels = data.camera().reshape(size, block, size, block).mean(axis=(1, 3))
    return (pixels / 127.5 - 1)[..., None]
