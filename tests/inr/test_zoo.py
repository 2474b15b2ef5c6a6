"""The activations of the literature against their formulas in NumPy, the libraries' own, and published moments."""

import math

import numpy as np
import pytest
import torch
from scipy import special
from torch.nn import functional

from inr.activations import ACTIVATIONS
from inr.activations.classic import SELU_ALPHA, SELU_SCALE
from inr.moments import gradient_gain
from tests.cases import bound, jets

Z = np.linspace(-6, 6, 1201)

FORMULAS = {
    "gaussian": lambda z: np.exp(-((10 * z) ** 2)),
    "quadratic": lambda z: 1 / (1 + z**2),
    "multiquadratic": lambda z: 1 / np.sqrt(1 + z**2),
    "laplacian": lambda z: np.exp(-np.abs(z)),
    "super_gaussian": lambda z: np.exp(-(z**2) / 2) ** 2,
    "exp_sin": lambda z: np.exp(-np.sin(z)),
    "msa": lambda z: np.sin(np.logspace(1, 5, z.size) * z) / np.logspace(1, 5, z.size),
    "sinc": lambda z: np.sinc(30 * z / np.pi),
    "finer": lambda z: np.sin(30 * (np.abs(z) + 1) * z),
    "finer_gauss": lambda z: np.exp(-((3 * np.sin(10 * (np.abs(z) + 1) * z)) ** 2)),
    "finer_wavelet": lambda z: (
        np.cos(4 * np.sin(5 * (np.abs(z) + 1) * z)) * np.exp(-((2 * np.sin(5 * (np.abs(z) + 1) * z)) ** 2))
    ),
    "raised_cosine": lambda z: (
        np.sinc(z) * np.cos(np.pi * 0.05 * z) / (1 - (2 * 0.05 * z) ** 2) * np.cos(2 * np.pi * z)
    ),
    "bw_relu": lambda z: sum(
        weight / 6 * np.maximum(3 * z - knot, 0)
        for weight, knot in zip((1, -8, 23, -32, 23, -8, 1), np.arange(7) / 2, strict=True)
    ),
    "hosc": lambda z: np.tanh(8 * np.sin(30 * z)),
    "h_siren": lambda z: np.sin(30 * z),
    "softplus": lambda z: np.logaddexp(0, z),
    "silu": lambda z: z * special.expit(z),
    "gelu": lambda z: z * special.ndtr(z),
}
"""Name → its formula at the literature's defaults."""

LIBRARY = {
    "relu": functional.relu,
    "leaky_relu": functional.leaky_relu,
    "elu": functional.elu,
    "selu": functional.selu,
    "softplus": functional.softplus,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "silu": functional.silu,
    "gelu": functional.gelu,
}
"""Name → PyTorch's own."""

GAINS = {
    ("relu", ()): (1.00, 1.00, 1.00, 1.00, 1.00),
    ("tanh", ()): (1.02, 1.09, 1.18, 1.27, 1.45),
    ("sine", ()): (1.01, 1.15, 1.52, 2.00, 3.00),
    ("triangle", (("n_modes", 4),)): (1.00, 1.19, 1.62, 2.15, 3.22),
    ("square", (("n_modes", 2),)): (1.12, 1.50, 2.03, 2.68, 4.0),
    ("square", (("n_modes", 8),)): (2.04, 2.90, 3.91, 5.16, 7.7),
    ("hosc", (("beta", 2.0),)): (1.09, 1.30, 1.71, 2.25, 3.4),
    ("hosc", (("beta", 8.0),)): (1.62, 2.19, 2.91, 3.84, 5.8),
    ("finer", (("omega_0", 1.0),)): (1.21, 3.02, 5.97, 9.93, 20.8),
    ("gaussian", (("scale", 1.0),)): (0.35, 0.89, 1.42, 1.94, 2.96),
}
"""Activation and parameters → σ √(E[φ′(σξ)²] / E[φ(σξ)²]) of u = factor · z, for σ = 0.5, 1, 1.5, 2, 3; computed
independently, to the digits given."""


def values(name, z, order=0, **parameters):
    z = torch.as_tensor(z)
    return bound(ACTIVATIONS[name](**parameters), z).jet(z, order)[order].numpy()


@pytest.mark.parametrize("name", FORMULAS)
def test_an_activation_is_its_formula(name):
    np.testing.assert_allclose(values(name, Z), FORMULAS[name](Z), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", LIBRARY)
def test_an_ordinary_activation_is_that_of_pytorch(name):
    z = torch.from_numpy(Z)
    torch.testing.assert_close(ACTIVATIONS[name]().jet(z, 0)[0], LIBRARY[name](z), rtol=1e-9, atol=1e-9)


def test_spder_is_the_published_one_but_near_zero():
    u = 30 * Z
    published = np.sin(u) * np.sqrt(np.abs(u))
    np.testing.assert_allclose(values("spder", Z), published, atol=1e-3)
    bend = values("spder", np.array([0.0, 1e-6, 1e-4]), 2, omega_0=1.0)
    assert np.isfinite(bend).all()


def test_h_siren_bends_the_first_layer_alone():
    phi = ACTIVATIONS["h_siren"](omega_0=5.0, first_omega_0=7.0)
    z = torch.linspace(-1, 1, 41, dtype=torch.float64)
    first, *derivatives = phi.in_first_layer().jet(z, 3)
    torch.testing.assert_close(first, torch.sin(7 * torch.sinh(2 * z)))
    x = z.clone().requires_grad_()
    expected = torch.sin(7 * torch.sinh(2 * x))
    for derivative in derivatives:
        (expected,) = torch.autograd.grad(expected.sum(), x, create_graph=True)
        torch.testing.assert_close(derivative, expected.detach(), rtol=1e-10, atol=1e-8)
    torch.testing.assert_close(phi.jet(z, 0)[0], torch.sin(5 * z))


def test_sinc_is_smooth_where_its_closed_form_divides_by_zero():
    z = np.array([0.0, 1e-12, 1e-3, 0.999, 1.001, -0.5])
    for order in range(4):
        found = values("sinc", z, order, omega_0=1.0)
        # ∫₀¹ tⁿ cos⁽ⁿ⁾(t u) dt is the nth derivative of sin(u) / u
        t, weights = np.polynomial.legendre.leggauss(40)
        t = (t + 1) / 2
        expected = [(weights / 2 * t**order * np.cos(t * u + order * math.pi / 2)).sum() for u in z]
        np.testing.assert_allclose(found, expected, atol=1e-13)
        single = ACTIVATIONS["sinc"](omega_0=1.0).jet(torch.tensor(z, dtype=torch.float32), 3)[order]
        np.testing.assert_allclose(single.numpy(), expected, atol=3e-6)


def test_the_raised_cosine_is_smooth_at_its_removable_poles():
    pole = 1 / (2 * 0.4)
    z = np.array([-pole, pole, pole + 1e-9, pole - 1e-5, 0.0])
    for order in range(4):
        found = values("raised_cosine", z, order, roll_off=0.4, modulation=0.3)
        # The pulse is the Fourier transform of a spectrum that is 1 up to (1 − β)/2 and falls as a cosine to (1 + β)/2.
        f, weights = np.polynomial.legendre.leggauss(200)
        flat, fall = 0.3 * f, 0.4 * (f + 1) / 2 + 0.3
        spectra = [(flat, 0.3 * weights), (fall, 0.2 * weights * (1 + np.cos(np.pi / 0.4 * (fall - 0.3))))]
        turn = 2 * np.pi * 0.3
        for at, value in zip(z, found, strict=True):
            # Every frequency f is modulated by cos(2π 0.3 z): half at f + 0.3, half at f − 0.3.
            expected = sum(
                (w / 2 * _wave(2 * np.pi * g + sign * turn, at, order)).sum() for g, w in spectra for sign in (1, -1)
            )
            assert value == pytest.approx(expected, abs=1e-9 * 5**order)


def _wave(rate, z, order):
    return rate**order * np.cos(rate * z + order * np.pi / 2)


def test_the_spline_wavelet_is_zero_outside_of_its_support_and_has_no_mean():
    z = np.linspace(-1, 2, 300_001)
    found = values("bw_relu", z)
    assert not found[(z < 0) | (z > 1)].any()
    assert found.mean() == pytest.approx(0, abs=1e-9)
    single = ACTIVATIONS["bw_relu"]().jet(torch.tensor([1e4, 1e5], dtype=torch.float32), 1)
    assert not any(part.any() for part in single)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_nothing_overflows_far_from_zero(name, dtype):
    z = torch.tensor([-1e4, -300.0, -88.0, -20.0, 0.0, 20.0, 88.0, 300.0, 1e4], dtype=dtype)
    for jet in jets(bound(ACTIVATIONS[name](), z)):
        assert all(torch.isfinite(derivative).all() for derivative in jet(z, 3))


def test_selu_keeps_mean_zero_and_variance_one():
    u = np.random.default_rng(0).normal(size=10**6)
    found = values("selu", u)
    assert found.mean() == pytest.approx(0, abs=5e-3)
    assert found.std() == pytest.approx(1, abs=5e-3)
    assert pytest.approx((1.0507, 1.6733), abs=1e-4) == (SELU_SCALE, SELU_ALPHA)


@pytest.mark.parametrize(("name", "parameters"), GAINS)
def test_the_gain_of_gradients_per_layer_is_the_published_one(name, parameters):
    phi = ACTIVATIONS[name](**dict(parameters))
    for sigma, expected in zip((0.5, 1, 1.5, 2, 3), GAINS[name, parameters], strict=True):
        assert gradient_gain(phi, sigma) == pytest.approx(expected, abs=0.06 if expected > 3.3 else 0.011)
