"""Random inputs through networks: the numbers against autograd and closed forms, the laws against drawn values."""

import math

import numpy as np
import pytest
import scipy
import torch

from inr.config import TrialConfig
from inr.distributions import PHI, U, at_initialisation, before_and_after, distributions
from inr.fitted import Network, initial_network
from inr.initialisation import INITIALISATIONS, Own

LAWS = [name for name in INITIALISATIONS if name != Own.name()]


def config(**given):
    return TrialConfig.from_flat({"hidden_features": 48, "hidden_layers": 2, **given})


def one(**given):
    (found,) = at_initialisation([config(**given)])
    return found


@pytest.mark.parametrize("activation", ["relu", "wire", "comb", "msa"])
@pytest.mark.parametrize("law", LAWS)
def test_every_law_of_every_kind_of_activation_has_layers_and_densities(law, activation):
    found = one(activation=activation, init=law, hidden_features=8)
    assert found.name == law
    assert found.overflow is None
    assert [layer.layer for layer in found.layers] == [1, 2, 3]
    for layer in found.layers:
        assert (layer.laws == {}) == (layer.layer == 1)
        for kind, law_of in layer.laws.items():
            assert 0 <= float(law_of @ np.diff(layer.histograms[kind].edges)) <= 1 + 1e-9


def test_the_numbers_are_those_of_the_values_and_of_autograd():
    network = initial_network(config(activation="square", n_modes=2), 1).double()
    found = distributions("x", network, inputs=60)
    generator = torch.Generator().manual_seed(0)
    x = (2 * torch.rand(60, 2, generator=generator, dtype=torch.float64) - 1).requires_grad_()
    a = x
    for layer, (weight, bias, phi) in zip(found.layers, network.layers(), strict=False):
        u = phi.factor * torch.nn.functional.linear(a, weight, bias)
        slopes = [torch.autograd.grad(u[:, i].sum(), x, retain_graph=True)[0] for i in range(u.shape[1])]
        (a,) = phi.jet(u / phi.factor, 0)
        expected = [v.square().mean().sqrt().item() for v in (u, a)]
        assert [layer.measured.deviation, layer.measured.output] == pytest.approx(expected)
        assert layer.measured.slope == pytest.approx(torch.stack(slopes).square().sum(-1).mean().sqrt().item())
        for kind, values in ((U, u), (PHI, a)):
            counts, edges = np.histogram(values.detach().numpy(), 64)
            assert layer.histograms[kind].counts.tolist() == counts.tolist()
            np.testing.assert_allclose(layer.histograms[kind].edges, edges)


def test_a_first_layer_has_the_size_of_its_closed_form():
    """u = ω₀ (w·x + b): w of U(±1/2), b of U(±1/√2), x of U(±1)."""
    (first, *_) = one(activation="sine", omega_0=7, hidden_features=2000, hidden_layers=0).layers
    variance = 2 * (1 / 12) * (1 / 3) + 1 / 6
    for size in (first.measured, first.predicted):
        assert size.deviation == pytest.approx(7 * math.sqrt(variance), rel=0.03)
        assert size.slope == pytest.approx(7 * math.sqrt(2 / 12), rel=0.03)
        assert math.isnan(size.gain)


@pytest.mark.parametrize("activation", ["sine", "square", "gaussian", "relu"])
def test_unit_variance_is_predicted_and_measured(activation):
    found = one(activation=activation, init="unit_variance", hidden_features=256, hidden_layers=3)
    for layer in found.layers[1:]:
        assert layer.measured.deviation == pytest.approx(layer.predicted.deviation, rel=0.12)
        assert layer.measured.output == pytest.approx(layer.predicted.output, rel=0.12)
        assert layer.measured.slope == pytest.approx(layer.predicted.slope, rel=0.2)


def test_the_laws_are_those_of_a_normal_u():
    layer = one(activation="sine", init="unit_variance", hidden_features=128).layers[2]
    sigma, edges = layer.predicted.deviation, layer.histograms[U].edges
    np.testing.assert_allclose(layer.laws[U], np.diff(scipy.stats.norm.cdf(edges, scale=sigma)) / np.diff(edges))
    edges = layer.histograms[PHI].edges
    turns = np.arange(-3, 4)[:, None] * 2 * np.pi
    low, high = np.arcsin(np.clip(edges, -1, 1)) + turns, np.pi - np.arcsin(np.clip(edges, -1, 1)) + turns
    below = (scipy.stats.norm.cdf(low, scale=sigma) - scipy.stats.norm.cdf(high - 2 * np.pi, scale=sigma)).sum(0)
    np.testing.assert_allclose(layer.laws[PHI], np.diff(below) / np.diff(edges), atol=0.03, rtol=0.05)


def test_an_encoding_is_no_layer():
    found = one(activation="relu", encoding="fourier", fourier_rows=16)
    assert [layer.layer for layer in found.layers] == [1, 2, 3]


def test_values_that_are_not_finite_end_the_network():
    found = one(activation="relu", init="ones", hidden_features=64, hidden_layers=90)
    assert found.overflow is not None  # 64⁸³ = 1e150
    assert 80 < found.overflow < 87
    assert len(found.layers) == found.overflow - 1
    network = initial_network(config(activation="relu"), 1)
    with torch.no_grad():
        network.maps()[1].weight.fill_(math.inf)
    found = distributions("x", network)
    assert (len(found.layers), found.overflow) == (1, 2)


def test_a_trained_network_stands_beside_the_one_that_it_was():
    own = config(activation="sine", steps=7)
    network = initial_network(own, 1)
    with torch.no_grad():
        network.maps()[1].weight.mul_(3)
    first, last = before_and_after(own, Network(network), own.steps)
    assert (first.name, last.name) == ("at initialisation", "after 7 steps")
    assert first.layers[0].measured.slope == last.layers[0].measured.slope
    assert last.layers[1].measured.gain == pytest.approx(3 * first.layers[1].measured.gain, rel=1e-6)
