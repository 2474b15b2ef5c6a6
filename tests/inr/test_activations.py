"""Every registered activation keeps the contract of its base; the known ones are their series."""

import dataclasses
import math

import annotated_types
import numpy as np
import pytest
import torch

from inr.activations import ACTIVATIONS, Activation
from inr.activations.classic import Relu
from inr.activations.fourier import AMPLITUDES, FourierSum, Sawtooth, Square, Triangle
from inr.activations.periodic import Periodic, Sine
from inr.choices import OPTIONS, parameters_of
from inr.config import TrialConfig
from inr.doc import Doc
from inr.errors import UsageError
from inr.initialisation import INITIALISATIONS
from inr.parameters import OneOf
from inr.planes import pointwise
from inr.tree import flat
from tests import oracles
from tests.cases import ACTIVATION_CASES, bound, jets, label

every_case = pytest.mark.parametrize("phi", ACTIVATION_CASES, ids=label)
every_class = pytest.mark.parametrize("cls", ACTIVATIONS.values(), ids=ACTIVATIONS.keys())
every_parameter = pytest.mark.parametrize(
    ("cls", "name"),
    [(cls, name) for cls in ACTIVATIONS.values() for name in flat(cls())],
    ids=lambda part: part if isinstance(part, str) else part.name(),
)

SERIES = {
    Sine: lambda n: {1: 1.0},
    Square: lambda n: {k: 4 / (math.pi * k) for k in range(1, 2 * n, 2)},
    Triangle: lambda n: {k: 8 / (math.pi * k) ** 2 * (-1) ** i for i, k in enumerate(range(1, 2 * n, 2))},
    Sawtooth: lambda n: {k: 2 / (math.pi * k) * (-1) ** (k - 1) for k in range(1, n + 1)},
}
"""Class → the amplitude of each of its n harmonics k, as the literature has them."""
SUMS = [cls for cls in SERIES if issubclass(cls, FourierSum)]


def pre_activations(shape=(400,), scale=1.5):
    """Random points, none of them at 0, where an activation may have a kink."""
    z = scale * torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert z.abs().min() > 1e-4
    return z


def assert_near(actual, expected, relative):
    """Equal to a share of the largest expected value."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape
    assert np.abs(actual - expected).max() <= relative * np.abs(expected).max()


@every_case
def test_a_jet_is_the_derivatives_of_its_value(phi):
    z = pre_activations()
    for jet in jets(bound(phi, z)):
        for actual, expected in zip(jet(z, 3), oracles.jet(lambda z, jet=jet: jet(z, 0)[0], z, 3), strict=True):
            assert_near(actual, expected, 1e-11)


@every_case
def test_its_factors_are_outputs_times_inputs(phi):
    assert [len(row) for row in phi.factors()] == [phi.inputs] * phi.outputs
    if phi.inputs == phi.outputs == 1:
        assert phi.factors() == ((phi.jet,),)


@every_case
@pytest.mark.parametrize("order", range(4))
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 4)])
def test_a_jet_has_the_asked_length_the_shape_and_the_type(phi, order, dtype, shape):
    z = torch.full(shape, 0.3, dtype=dtype)
    for jet in jets(bound(phi, z)):
        found = jet(z, order)
        assert [(values.shape, values.dtype) for values in found] == [(shape, dtype)] * (order + 1)
        assert all(torch.equal(a, b) for a, b in zip(found, jet(z, 3), strict=False))


@every_case
def test_second_moment_is_that_of_a_normal_pre_activation(phi):
    u = np.random.default_rng(0).normal(size=400_000 * phi.inputs)
    z = torch.from_numpy(u) / phi.factor
    squares = pointwise.value(bound(phi, z), z).numpy().reshape(phi.outputs, -1) ** 2
    squares = squares.sum(0) if phi.complex else squares.mean(0)
    if phi.name() == "staf":  # of many draws of its numbers
        parts = enumerate(z.reshape(-1, 100))
        squares = np.array([float(bound(phi, part, seed).jet(part, 0)[0].square().mean()) for seed, part in parts])
    assert phi.second_moment == pytest.approx(squares.mean(), abs=4 * squares.std() / math.sqrt(squares.size) + 1e-9)


@every_case
def test_vanishes_from_is_true(phi):
    first = 4 if phi.vanishes_from is None else phi.vanishes_from
    for jet in jets(bound(phi, pre_activations())):
        for order, derivative in enumerate(jet(pre_activations(), 3)):
            assert bool(derivative.any()) == (order < first)


@every_case
def test_the_first_layer_has_the_first_frequency(phi):
    first = phi.in_first_layer()
    expected = flat(phi).get("first_omega_0", phi.frequency)
    assert first.frequency == expected
    if "omega_0" in flat(phi):
        first = dataclasses.replace(first, omega_0=phi.frequency)
    assert first == phi


@every_case
def test_an_activation_is_a_value(phi):
    twin = type(phi)(**flat(phi))
    assert twin == phi
    assert hash(twin) == hash(phi)
    for name, value in flat(phi).items():
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(phi, name, value)


@every_class
def test_an_activation_says_what_it_is(cls):
    assert ACTIVATIONS[cls.name()] is cls
    assert cls.name().isidentifier()
    assert cls.name().islower()
    assert cls.reference.strip()
    assert "φ(z) = " in cls.__doc__
    assert cls.init in INITIALISATIONS


def parameter_of(cls, name):
    return next(parameter for parameter in parameters_of(cls) if parameter.name == name)


@every_parameter
def test_a_hyperparameter_is_documented_constrained_and_valid_by_default(cls, name):
    parameter = parameter_of(cls, name)
    assert parameter.doc.strip()
    assert parameter.first(Doc) is not None
    constraint = parameter.first(annotated_types.BaseMetadata) or parameter.first(OneOf)
    assert constraint is not None or parameter.type is bool
    default = flat(cls())[name]
    assert parameter.coerce(default) == default
    assert type(parameter.coerce(default)) is parameter.type


@pytest.mark.parametrize(("cls", "name"), [(Sine, "omega_0"), (Square, "first_omega_0"), (Triangle, "n_modes")])
def test_frequencies_and_modes_are_positive(cls, name):
    with pytest.raises(UsageError):
        parameter_of(cls, name).coerce(0)


def test_a_class_registers_itself_under_its_name_in_snake_case(monkeypatch):
    before = dict(ACTIVATIONS)
    monkeypatch.setitem(OPTIONS, "activation", registry := dict(ACTIVATIONS))

    class HardTanh(Activation):
        pass

    class Family(Activation, abstract=True):
        pass

    assert registry == before | {"hard_tanh": HardTanh}
    assert Family not in registry.values()
    assert not {Activation, Periodic, FourierSum} & set(ACTIVATIONS.values())


@pytest.mark.parametrize("cls", SERIES)
@pytest.mark.parametrize("n", range(1, 17))
@pytest.mark.parametrize("order", range(4))
def test_periodic_activations_are_their_series(cls, n, order):
    phi = cls(omega_0=2.5) if cls is Sine else cls(omega_0=2.5, n_modes=n)
    u = np.linspace(-500, 500, 2_001)
    expected = 2.5**order * oracles.fourier_sum(u, SERIES[cls](n), order)
    assert_near(phi.jet(torch.from_numpy(u / 2.5), 3)[order], expected, 1e-11)


def test_many_modes_are_a_square_and_a_triangle():
    u = np.linspace(0.3, math.pi - 0.3, 101)
    z = torch.from_numpy(u)
    np.testing.assert_allclose(Square(omega_0=1, n_modes=2_000).jet(z, 0)[0], 1, atol=2e-3)
    expected = 1 - 2 * np.abs(u / math.pi - 0.5)
    triangle = Triangle(omega_0=1, n_modes=2_000).jet(z, 0)[0]
    np.testing.assert_allclose(triangle, 2 / math.pi * np.arcsin(np.sin(u)), atol=2e-4)
    np.testing.assert_allclose(triangle, expected, atol=2e-4)


def test_relu_is_relu():
    z = torch.tensor([-2.0, -0.0, 0.0, 0.5, 3.0])
    expected = [[0, 0, 0, 0.5, 3], [0, 0, 0, 1, 1], [0] * 5, [0] * 5]
    assert [values.tolist() for values in Relu().jet(z, 3)] == expected


@pytest.mark.parametrize("cls", SERIES)
@pytest.mark.parametrize("n", [1, 2, 4, 8, 16])
def test_second_moments_of_series_in_closed_form(cls, n):
    phi = cls() if cls is Sine else cls(n_modes=n)
    assert phi.second_moment == pytest.approx(oracles.fourier_second_moment(SERIES[cls](n)), rel=1e-9)


@pytest.mark.parametrize(
    ("phi", "measured"),
    [
        (Sine(), 0.432),
        *[(Square(n_modes=n), m) for n, m in ((1, 0.701), (2, 0.864), (4, 0.934), (8, 0.967), (16, 0.984))],
        *[(Triangle(n_modes=n), m) for n, m in ((1, 0.284), (2, 0.278), (4, 0.278), (8, 0.278))],
        (Relu(), 0.5),
    ],
    ids=lambda part: label(part) if isinstance(part, Activation) else None,
)
def test_second_moments_of_the_literature(phi, measured):
    assert phi.second_moment == pytest.approx(measured, abs=6e-4)


@pytest.mark.parametrize("cls", SERIES)
def test_the_first_frequency_follows_omega_0(cls):
    assert cls(omega_0=12.0).first_omega_0 == 12.0
    assert cls(omega_0=12.0, first_omega_0=3.0).in_first_layer().omega_0 == 3.0
    assert cls().frequency == 30.0


def test_many_modes_are_a_sawtooth():
    u = np.linspace(0.3 - math.pi, math.pi - 0.3, 101)
    found = Sawtooth(omega_0=1, n_modes=1_000).jet(torch.from_numpy(np.concatenate([u, u + 2 * math.pi])), 0)[0]
    np.testing.assert_allclose(found, np.tile(u / math.pi, 2), atol=3e-3)


@pytest.mark.parametrize("cls", SUMS)
@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 16])
def test_amplitudes_are_what_they_say(cls, n):
    u = torch.linspace(-math.pi, math.pi, 200_001, dtype=torch.float64)[1:]
    published, peak, variance = (cls(omega_0=1.0, n_modes=n, amplitude=name).jet(u, 3) for name in AMPLITUDES)
    assert torch.equal(published[0], cls(omega_0=1.0, n_modes=n).jet(u, 0)[0])
    assert float(peak[0].abs().max()) == pytest.approx(1, abs=1e-7)
    assert float(variance[0].square().mean()) == pytest.approx(1, abs=1e-9)
    for other in (peak, variance):
        factor = other[0].abs().max() / published[0].abs().max()
        for a, b in zip(other, published, strict=True):
            torch.testing.assert_close(a, factor * b, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("cls", SUMS)
def test_one_mode_is_a_sine_of_the_amplitude_that_was_asked_for(cls):
    z = pre_activations()
    sine = Sine(omega_0=2.5).jet(z, 3)
    for amplitude, factor in (("unit_peak", 1.0), ("unit_variance", math.sqrt(2))):
        found = cls(omega_0=2.5, n_modes=1, amplitude=amplitude).jet(z, 3)
        for a, b in zip(found, sine, strict=True):
            assert_near(a, factor * b, 1e-14)


def test_the_published_amplitude_leaves_identities_as_they_were():
    first, named, other = (
        TrialConfig.from_flat({"activation": "square", **given})
        for given in ({}, {"amplitude": "published"}, {"amplitude": "unit_peak"})
    )
    assert first == named
    assert first.trial_id == named.trial_id
    assert named.ignored == ()
    assert first.flat()["amplitude"] == "published"
    assert other.flat()["amplitude"] == "unit_peak"
    assert other.trial_id != first.trial_id
    assert TrialConfig.from_flat({"amplitude": "unit_peak"}).ignored == ("amplitude",)
    with pytest.raises(UsageError, match="--amplitude got 'unit_peek': did you mean 'unit_peak'"):
        TrialConfig.from_flat({"activation": "square", "amplitude": "unit_peek"})
