"""Every operator against closed-form fields, scipy's filters, its own transfer function, and one contract."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from inr.config import TrialConfig
from inr.errors import UsageError
from inr.metrics import interior
from inr.operators import Gaussian
from tests import oracles
from tests.cases import DISCRETE, choice

NAMES = list(DISCRETE)
PHYSICAL = [name for name in NAMES if name != "raw"]
STENCILS = ["sobel", "central", "gaussian"]


def operator_of(name):
    return choice("operator", name)


def grid(n, m=None):
    """Rows and columns of a grid on [-1, 1] along the rows, end points in, square pixels; and its spacing."""
    h = 2 / (n - 1)
    y, x = np.meshgrid(-1 + h * np.arange(n), -1 + h * np.arange(m or n), indexing="ij")
    return y[..., None], x[..., None], h


def smooth_field(n):
    """A field with slopes at every border, its gradient and its Laplacian, in closed form."""
    y, x, h = grid(n)
    f = np.exp(y) * np.cos(2 * x) + x
    gradient = np.stack([np.exp(y) * np.cos(2 * x), -2 * np.exp(y) * np.sin(2 * x) + 1], axis=-1)
    return f, gradient, -3 * np.exp(y) * np.cos(2 * x), h


def bump(n):
    """A Gaussian bump that is nothing at the border."""
    y, x, h = grid(n)
    f = np.exp(-(y**2 + x**2) / 0.03)
    gradient = -2 / 0.03 * np.stack([y * f, x * f], axis=-1)
    return f, gradient, (4 / 0.03**2 * (y**2 + x**2) - 4 / 0.03) * f, h


def errors(operator, field, n, border):
    """Largest errors of gradient and Laplacian inside a ring, relative to the range of the truth."""
    f, gradient, laplacian, h = field(n)
    pairs = [(operator.gradient(f, h), gradient), (operator.laplacian(f, h), laplacian)]
    return [np.abs(interior(a - b, border)).max() / np.ptp(b) for a, b in pairs]


class TestAccuracy:
    @pytest.mark.parametrize("name", STENCILS)
    def test_second_order(self, name):
        operator = operator_of(name)
        table = np.array([errors(operator, smooth_field, n, operator.border) for n in (33, 65, 129, 257)])
        orders = np.log2(table[:-1] / table[1:])
        # the ring narrows in coordinates as the grid refines, so the coarse orders are a little off
        np.testing.assert_allclose(orders[-1], 2, atol=0.06)
        np.testing.assert_allclose(orders, 2, atol=0.3)

    def test_spectral_beats_every_order(self):
        """Each refinement by 3/2 gains more than the one before: at order 2 it would gain 2.25."""
        table = np.array([errors(operator_of("spectral"), bump, n, border=0) for n in (16, 24, 36)])
        gains = table[:-1] / table[1:]
        assert (gains[0] > 100).all()
        assert (gains[1] > 1e4).all()
        assert (table[-1] < 1e-8).all()

    @pytest.mark.parametrize("name", PHYSICAL)
    def test_same_derivative_at_two_spacings(self, name):
        operator, results = operator_of(name), []
        for n in (65, 129):
            f, _, _, h = bump(n)
            results.append((operator.gradient(f, h), operator.laplacian(f, h)))
        for coarse, fine in zip(*results, strict=True):
            assert np.abs(coarse - fine[::2, ::2]).max() < 0.2 * np.ptp(fine)
            assert np.ptp(coarse) == pytest.approx(np.ptp(fine), rel=0.2)

    @pytest.mark.parametrize("name", ["sobel", "central", "gaussian", "raw"])
    def test_quadratics_are_exact(self, name):
        operator = operator_of(name)
        y, x, h = grid(24, 30)
        f = 1 + 2 * y - 3 * x + 4 * y**2 + 5 * x * y - 6 * x**2
        gradient = np.stack([2 + 8 * y + 5 * x, -3 + 5 * y - 12 * x], axis=-1)
        unit = (8 * h, h**2) if name == "raw" else (1, 1)
        inside = [interior(a, operator.border) for a in (operator.gradient(f, h), operator.laplacian(f, h))]
        np.testing.assert_allclose(inside[0], unit[0] * interior(gradient, operator.border), atol=1e-11)
        np.testing.assert_allclose(inside[1], unit[1] * -4, rtol=1e-9)

    @pytest.mark.parametrize("name", NAMES)
    def test_rows_come_first(self, name):
        """A ramp along the rows has the gradient (c, 0)."""
        operator = operator_of(name)
        y, _, h = grid(40, 36)
        inside = interior(operator.gradient(3 * y, h), operator.border)
        slope = 3 * (8 * h if name == "raw" else 1)
        np.testing.assert_allclose(inside[..., 0], slope, rtol=0.02 if name == "spectral" else 1e-10)
        np.testing.assert_allclose(inside[..., 1], 0, atol=1e-12)


class TestBorder:
    @pytest.mark.parametrize("name", PHYSICAL)
    def test_the_ring_is_wrong_and_needed(self, name):
        operator = operator_of(name)
        f, gradient, laplacian, h = smooth_field(64)
        for measured, true in ((operator.gradient(f, h), gradient), (operator.laplacian(f, h), laplacian)):
            error = np.abs(measured - true) / np.ptp(true)
            assert error.max() > 0.08
            assert interior(error, operator.border).max() < 0.03

    @pytest.mark.parametrize(("name", "width"), [("sobel", 1), ("central", 1), ("gaussian", 4), ("raw", 1)])
    def test_the_ring_of_a_stencil_is_exactly_what_the_mirror_reaches(self, name, width):
        """On a ramp, the ring is wrong up to its innermost pixel and right beyond it."""
        operator = operator_of(name)
        y, _, _ = grid(24)
        slope = operator.gradient(y, 1.0)[:, 12, 0, 0]
        wrong = np.flatnonzero(np.abs(slope / slope[12] - 1) > 1e-9)
        assert wrong.tolist() == [*range(width), *range(24 - width, 24)]
        assert operator.border == width

    def test_spectral_error_decays_as_documented(self):
        operator = operator_of("spectral")
        assert operator.border == 8
        for n in (64, 256):
            f, gradient, laplacian, h = smooth_field(n)
            slope = np.abs(operator.gradient(f, h) - gradient) / np.ptp(gradient)
            curvature = np.abs(operator.laplacian(f, h) - laplacian) / np.ptp(laplacian)
            measured = [interior(slope, d).max() for d in (0, 1, 4, 8)]
            np.testing.assert_allclose(measured, [0.167, 0.0425, 0.006, 0.0017], rtol=0.1)
            measured = [interior(curvature, d).max() for d in (4, 8)]
            np.testing.assert_allclose(measured, [0.2 * n / 4**3, 0.2 * n / 8**3], rtol=0.25)


class TestGain:
    @pytest.mark.parametrize("h", [1.0, 2 / 63, 0.3])
    def test_raw_is_scipys(self, h):
        f = np.random.default_rng(0).normal(size=(9, 12, 2))
        raw = operator_of("raw")
        for c, axis in np.ndindex(2, 2):
            expected = ndimage.sobel(f[..., c], axis=axis)
            np.testing.assert_allclose(raw.gradient(f, h)[..., c, axis], expected, atol=1e-13)
        np.testing.assert_allclose(raw.laplacian(f, h), ndimage.laplace(f, axes=(0, 1)), atol=1e-13)

    @pytest.mark.parametrize("h", [1.0, 2 / 63, 0.3])
    def test_raw_is_physical_times_gain(self, h):
        f = np.random.default_rng(0).normal(size=(9, 12, 2))
        raw, sobel, central = (operator_of(name) for name in ("raw", "sobel", "central"))
        np.testing.assert_allclose(raw.gradient(f, h), sobel.gradient(f, h) * 8 * h, atol=1e-13)
        for operator in (sobel, central):
            np.testing.assert_allclose(raw.laplacian(f, h), operator.laplacian(f, h) * h**2, atol=1e-13)

    def test_central_is_numpys(self):
        f = np.random.default_rng(0).normal(size=(9, 12, 1))
        expected = np.stack(np.gradient(f[..., 0], 0.1), axis=-1)[1:-1, 1:-1]
        np.testing.assert_allclose(operator_of("central").gradient(f, 0.1)[1:-1, 1:-1, 0], expected, atol=1e-12)

    @pytest.mark.parametrize(
        ("name", "gradient", "laplacian"),
        [
            ("sobel", 0.8, 0.01),
            ("central", 0.2, 0.01),
            ("gaussian", 0.1, 0.01),
            ("spectral", 0.1, 0.01),
            ("raw", 1, 1),
        ],
    )
    def test_gains(self, name, gradient, laplacian):
        operator = operator_of(name)
        assert operator.gradient_gain(0.1) == pytest.approx(gradient)
        assert operator.laplacian_gain(0.1) == pytest.approx(laplacian)

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("h", [0.1, 2.0])
    def test_the_gain_turns_every_spacing_into_pixels(self, name, h):
        operator, f = operator_of(name), np.random.default_rng(0).normal(size=(9, 12, 1))
        for map_of, gain in (
            (operator.gradient, operator.gradient_gain),
            (operator.laplacian, operator.laplacian_gain),
        ):
            np.testing.assert_allclose(map_of(f, h) * gain(h), map_of(f, 1.0) * gain(1.0), atol=1e-12)


class TestGaussian:
    @pytest.mark.parametrize("sigma", [1.0, 2.0])
    def test_is_scipys_up_to_the_cut_of_the_kernel(self, sigma):
        f = np.random.default_rng(0).normal(size=(30, 20))
        operator = Gaussian(gaussian_sigma=sigma)
        gradient = operator.gradient(f[..., None], 0.5)[:, :, 0]
        for axis, order in enumerate([(1, 0), (0, 1)]):
            expected = ndimage.gaussian_filter(f, sigma, order=order) / 0.5
            np.testing.assert_allclose(gradient[..., axis], expected, rtol=1e-3, atol=1e-3)
        expected = ndimage.gaussian_laplace(f, sigma) / 0.25
        np.testing.assert_allclose(operator.laplacian(f[..., None], 0.5)[..., 0], expected, rtol=2e-3, atol=2e-3)

    def test_narrow_it_becomes_the_central_difference(self):
        f = np.random.default_rng(0).normal(size=(9, 12, 1))
        narrow, central = Gaussian(gaussian_sigma=0.3), operator_of("central")
        np.testing.assert_allclose(narrow.gradient(f, 1.0), central.gradient(f, 1.0), atol=0.03)
        np.testing.assert_allclose(narrow.laplacian(f, 1.0), central.laplacian(f, 1.0), atol=0.1)

    @pytest.mark.parametrize(("sigma", "border"), [(0.3, 1), (1.0, 4), (2.5, 10)])
    def test_border_is_the_radius(self, sigma, border):
        assert Gaussian(gaussian_sigma=sigma).border == border

    @pytest.mark.parametrize("sigma", [0.0, -1.0, 0.29, float("nan"), float("inf")])
    def test_refuses_a_sigma_that_is_no_filter(self, sigma):
        with pytest.raises(UsageError, match=rf"--gaussian_sigma got {sigma}: expected a number of at least 0\.3"):
            TrialConfig.from_flat({"operator": "gaussian", "gaussian_sigma": sigma})


class TestTransfer:
    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize(("ky", "kx"), [(0, 0), (1, 0), (0, 3), (2, 5), (11, 8), (6, 14), (11, 14)])
    def test_is_the_response_to_a_cosine(self, name, ky, kx):
        """Mirror borders make the modes of the DCT-II the operator's own, on every pixel."""
        operator = operator_of(name)
        theta_y, theta_x = np.pi * ky / 12, np.pi * kx / 15
        n, m = np.arange(12)[:, None] + 0.5, np.arange(15)[None, :] + 0.5
        mode = (np.cos(theta_y * n) * np.cos(theta_x * m))[..., None]
        gradient = operator.gradient(mode, 1.0)[:, :, 0]
        down = -operator.gradient_transfer(theta_y, theta_x) * np.sin(theta_y * n) * np.cos(theta_x * m)
        right = -operator.gradient_transfer(theta_x, theta_y) * np.cos(theta_y * n) * np.sin(theta_x * m)
        np.testing.assert_allclose(gradient, np.stack([down, right], axis=-1), atol=1e-12)
        expected = operator.laplacian_transfer(theta_y, theta_x) * mode
        np.testing.assert_allclose(operator.laplacian(mode, 1.0), expected, atol=1e-11)

    @pytest.mark.parametrize("name", ["sobel", "central", "gaussian", "raw"])
    def test_is_the_response_to_a_plane_wave(self, name):
        operator, (theta_y, theta_x) = operator_of(name), (0.7, -1.9)
        phase = (0.3 + theta_y * np.arange(15)[:, None] + theta_x * np.arange(18))[..., None]
        gradient, laplacian = operator.gradient(np.cos(phase), 1.0), operator.laplacian(np.cos(phase), 1.0)
        transfers = [
            operator.gradient_transfer(theta_y, theta_x),
            operator.gradient_transfer(theta_x, theta_y),
        ]
        expected = -np.sin(phase)[..., None] * transfers
        np.testing.assert_allclose(interior(gradient - expected, operator.border), 0, atol=1e-12)
        expected = operator.laplacian_transfer(theta_y, theta_x) * np.cos(phase)
        np.testing.assert_allclose(interior(laplacian - expected, operator.border), 0, atol=1e-12)

    def test_closed_forms(self):
        y, x = np.linspace(-3, 3, 13)[:, None], np.linspace(-3, 3, 11)[None, :]
        sobel = np.sin(y) * (1 + np.cos(x)) / 2
        cases = {"sobel": sobel, "raw": 8 * sobel, "central": np.sin(y) + 0 * x, "spectral": y + 0 * x}
        for name, expected in cases.items():
            np.testing.assert_allclose(operator_of(name).gradient_transfer(y, x), expected, atol=1e-14)
        five_point = 2 * np.cos(y) + 2 * np.cos(x) - 4
        for name in ("sobel", "raw", "central"):
            np.testing.assert_allclose(operator_of(name).laplacian_transfer(y, x), five_point, atol=1e-14)
        np.testing.assert_allclose(operator_of("spectral").laplacian_transfer(y, x), -(y**2) - x**2)

    def test_gaussian_is_the_gaussian(self):
        y, x = np.linspace(-2, 2, 9)[:, None], np.linspace(-2, 2, 9)[None, :]
        damping = np.exp(-(1.2**2) * (y**2 + x**2) / 2)
        np.testing.assert_allclose(Gaussian(gaussian_sigma=1.2).gradient_transfer(y, x), y * damping, atol=2e-3)
        np.testing.assert_allclose(
            Gaussian(gaussian_sigma=1.2).laplacian_transfer(y, x), -(y**2 + x**2) * damping, atol=4e-3
        )

    @pytest.mark.parametrize("name", PHYSICAL)
    def test_is_perfect_at_long_waves(self, name):
        operator, theta = operator_of(name), 1e-3
        assert operator.gradient_transfer(theta, theta) == pytest.approx(theta, rel=1e-5)
        assert operator.laplacian_transfer(theta, theta) == pytest.approx(-2 * theta**2, rel=1e-5)

    def test_spectral_is_the_derivative_of_the_cosine_series(self):
        f = np.random.default_rng(0).normal(size=(9, 6))
        spectral = operator_of("spectral")
        gradient = oracles.cosine_series_gradient(f, 0.5)
        np.testing.assert_allclose(spectral.gradient(f[..., None], 0.5)[:, :, 0], gradient, atol=1e-11)
        laplacian = oracles.cosine_series_laplacian(f, 0.5)
        np.testing.assert_allclose(spectral.laplacian(f[..., None], 0.5)[..., 0], laplacian, atol=1e-10)


@pytest.mark.parametrize("name", NAMES)
class TestContract:
    @pytest.mark.parametrize("shape", [(5, 7, 1), (7, 5, 3), (1, 4, 2), (16, 16, 1)])
    def test_shapes(self, name, shape):
        operator, f = operator_of(name), np.random.default_rng(0).normal(size=shape)
        assert operator.gradient(f, 0.1).shape == (*shape, 2)
        assert operator.laplacian(f, 0.1).shape == shape

    def test_channels_are_separate(self, name):
        operator, f = operator_of(name), np.random.default_rng(0).normal(size=(8, 11, 3))
        gradient, laplacian = operator.gradient(f, 0.1), operator.laplacian(f, 0.1)
        for c in range(3):
            np.testing.assert_allclose(gradient[:, :, [c]], operator.gradient(f[..., [c]], 0.1), atol=1e-10)
            np.testing.assert_allclose(laplacian[:, :, [c]], operator.laplacian(f[..., [c]], 0.1), atol=1e-10)

    def test_transposing_swaps_the_components(self, name):
        operator, f = operator_of(name), np.random.default_rng(0).normal(size=(8, 11, 1))
        flipped = operator.gradient(f.swapaxes(0, 1), 0.1).swapaxes(0, 1)[..., ::-1]
        np.testing.assert_allclose(operator.gradient(f, 0.1), flipped, atol=1e-11)

    @given(constant=st.floats(-1e3, 1e3))
    def test_constants_vanish_and_shifts_do_not_matter(self, name, constant):
        operator, f = operator_of(name), np.random.default_rng(0).normal(size=(8, 11, 1))
        for map_of in (operator.gradient, operator.laplacian):
            np.testing.assert_allclose(map_of(np.full((8, 11, 1), constant), 0.5), 0, atol=1e-10)
            np.testing.assert_allclose(map_of(f + constant, 0.5), map_of(f, 0.5), atol=1e-10)

    @settings(max_examples=25)
    @given(
        f=arrays(float, (6, 9, 1), elements=st.floats(-10, 10)),
        g=arrays(float, (6, 9, 1), elements=st.floats(-10, 10)),
        a=st.floats(-5, 5),
    )
    def test_linear(self, name, f, g, a):
        operator = operator_of(name)
        for map_of in (operator.gradient, operator.laplacian):
            np.testing.assert_allclose(map_of(f + a * g, 0.5), map_of(f, 0.5) + a * map_of(g, 0.5), atol=1e-9)

    def test_integers_and_single_precision_lose_nothing(self, name):
        operator, image = operator_of(name), np.random.default_rng(0).integers(0, 255, size=(8, 8, 1))
        for dtype in (np.uint8, np.float32):
            for map_of in (operator.gradient, operator.laplacian):
                result = map_of(image.astype(dtype), 0.1)
                assert result.dtype == np.float64
                np.testing.assert_array_equal(result, map_of(image.astype(float), 0.1))

    def test_refuses_what_is_no_image(self, name):
        with pytest.raises(ValueError, match=r"\(H, W, C\), got \(8, 8\)"):
            operator_of(name).gradient(np.zeros((8, 8)), 0.1)
