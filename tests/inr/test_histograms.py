"""Histograms of the layers: what is counted, of what, with which moments."""

import warnings

import numpy as np
import pytest
import torch

from inr.activations.classic import Relu
from inr.activations.fourier import Square
from inr.activations.periodic import Sine
from inr.histograms import BINS, KINDS, histogram, layer_histograms
from inr.planes.choose import cheapest
from inr.program import Program
from inr.units import UNITS
from tests import oracles
from tests.cases import small_network
from tests.fits import TrainingPoints, batch_of, make_loss

N = 100_000
GENERATOR = np.random.default_rng(0)
LAWS = {
    # values, standard deviation, kurtosis, share below a tenth of the root mean square
    "normal": (GENERATOR.normal(0, 2, N), 2, 0, 0.0797),
    "uniform": (GENERATOR.uniform(-1, 1, N), 3**-0.5, -1.2, 0.1 * 3**-0.5),
    "arcsine": (np.sin(GENERATOR.uniform(0, 2 * np.pi, N)), 2**-0.5, -1.5, 2 / np.pi * np.arcsin(0.1 * 2**-0.5)),
    "shifted": (GENERATOR.normal(10, 1, N), 1, 0, 0),
}


def problem(terms, seed=0):
    """A loss of the terms over 20 random points of one channel, and the points."""
    draw = np.random.default_rng(seed).normal
    inside = np.arange(20) < 15
    points = TrainingPoints(draw(size=(20, 2)), draw(size=(20, 1)), draw(size=(20, 1, 2)), draw(size=(20, 1)), inside)
    loss = make_loss(points, dict.fromkeys(terms, 1.0), UNITS["physical"](), None, 0.1)
    return loss, batch_of(points, terms)


def histograms_of(network, loss, probe):
    """Those of a network at the points, the gradients being those of the loss there."""
    plan = cheapest(loss.ask, 2, network.out_features)
    gradients = Program(plan, loss.terms)(network.layers(), loss.scales(), probe)[1]
    return layer_histograms(probe.coordinates, network.layers(), [*network.parameters()], gradients)


@pytest.mark.parametrize("law", LAWS)
def test_moments_of_known_laws(law):
    values, deviation, kurtosis, near_zero = LAWS[law]
    result = histogram(2, "activation", values)
    assert (result.layer, result.kind) == (2, "activation")
    assert result.mean == pytest.approx(values.mean())
    assert result.standard_deviation == pytest.approx(deviation, rel=0.01)
    assert result.kurtosis == pytest.approx(kurtosis, abs=0.05)
    assert result.kurtosis == pytest.approx(oracles.kurtosis(values), abs=1e-9)
    assert result.near_zero == pytest.approx(near_zero, abs=0.005)


def test_every_value_is_counted_between_the_smallest_and_the_largest():
    values = GENERATOR.normal(size=1000)
    result = histogram(1, "weight", values)
    assert (len(result.counts), len(result.edges)) == (BINS, BINS + 1)
    assert (result.edges[0], result.edges[-1]) == (values.min(), values.max())
    assert np.allclose(np.diff(result.edges), np.ptp(values) / BINS)
    expected = [((a <= values) & (values < b)).sum() for a, b in zip(result.edges, result.edges[1:], strict=False)]
    expected[-1] += 1
    assert result.counts.tolist() == expected


@pytest.mark.parametrize("value", [0.0, 3.0, -1e-30, 0.1])
def test_equal_values_have_no_kurtosis_and_no_warning(value):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = histogram(1, "gradient", np.full(300, value))
    assert result.counts.sum() == 300
    assert np.isnan(result.kurtosis)
    assert result.near_zero == (1.0 if value == 0 else 0.0)
    assert result.standard_deviation == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_has_no_histogram(value):
    with pytest.raises(FloatingPointError, match="the weight values of layer 3 are not all finite"):
        histogram(3, "weight", np.array([0.0, value, 1.0]))


@pytest.mark.parametrize("hidden_layers", [0, 2])
def test_every_layer_has_its_four_kinds_and_the_last_map_its_two(hidden_layers):
    loss, probe = problem(("image",))
    histograms = histograms_of(small_network(Sine(), hidden_layers=hidden_layers), loss, probe)
    layers = range(1, hidden_layers + 2)
    expected = {(layer, kind) for layer in layers for kind in KINDS} | {
        (hidden_layers + 2, kind) for kind in ("weight", "gradient")
    }
    assert len(histograms) == len(expected)
    assert {(h.layer, h.kind) for h in histograms} == expected


@pytest.mark.parametrize("terms", [("image",), ("image", "gradient"), ("gradient", "laplacian")])
@pytest.mark.parametrize("phi", [Sine(omega_0=2.0, first_omega_0=3.0), Square(omega_0=2.0)])
def test_they_are_of_the_networks_values(phi, terms):
    loss, probe = problem(terms)
    network = small_network(phi, hidden_layers=1)
    actual = {(h.layer, h.kind): h for h in histograms_of(network, loss, probe)}
    for key, values in expected_values(network, loss, probe).items():
        assert actual[key].edges[[0, -1]] == pytest.approx([values.min(), values.max()], rel=1e-9)
        assert actual[key].mean == pytest.approx(values.mean(), rel=1e-9, abs=1e-12)
        assert actual[key].counts.sum() == values.size


def expected_values(network, loss, probe):
    """(layer, kind) → array, the gradients through nested autograd."""
    first, second, last = network.maps()
    phis = network.activations
    z1 = first(probe.coordinates)
    a1 = phis[0].jet(z1, 0)[0]
    z2 = second(a1)
    maps = oracles.network_derivatives(network, probe.coordinates, loss.order)
    total = oracles.loss(maps, probe, loss.per_residual)
    weights = [linear.weight for linear in (first, second, last)]
    gradients = torch.autograd.grad(total, weights)
    values = {(1, "pre_activation"): z1, (1, "activation"): a1, (2, "pre_activation"): z2}
    values |= {(2, "activation"): phis[1].jet(z2, 0)[0]}
    values |= {(i, "weight"): weight for i, weight in enumerate(weights, start=1)}
    values |= {(i, "gradient"): gradient for i, gradient in enumerate(gradients, start=1)}
    return {key: tensor.detach().numpy() for key, tensor in values.items()}


def test_a_laplacian_loss_gives_relu_no_gradient():
    loss, probe = problem(("laplacian",))
    gradients = [h for h in histograms_of(small_network(Relu()), loss, probe) if h.kind == "gradient"]
    assert len(gradients) == 3
    for gradient in gradients:
        assert (gradient.mean, gradient.standard_deviation, gradient.near_zero) == (0, 0, 1)


def test_they_leave_the_network_as_it_was():
    loss, probe = problem(("image", "gradient"))
    network = small_network(Sine())
    before = {name: value.clone() for name, value in network.state_dict().items()}
    histograms_of(network, loss, probe)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(p.grad is None for p in network.parameters())
