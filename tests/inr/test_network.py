"""The coordinate MLP: its shape, its formula, its seed."""

import numpy as np
import pytest
import torch

from inr.activations.classic import Relu
from inr.activations.fourier import Triangle
from inr.activations.periodic import Msa, Sine
from inr.initialisation.ordinary import Pytorch
from inr.network import CoordinateMLP
from tests.cases import NETWORK_SHAPES, small_network


def points(n=7, dimensions=2):
    return torch.rand(n, dimensions, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) - 0.5


@pytest.mark.parametrize(("channels", "hidden_layers"), NETWORK_SHAPES)
def test_widths_follow_sirens_convention(channels, hidden_layers):
    network = small_network(Sine(), channels, hidden_layers)
    shapes = [tuple(linear.weight.shape) for linear in network.maps()]
    assert shapes == [(5, 2), *[(5, 5)] * hidden_layers, (channels, 5)]
    assert [layer.activation is None for layer in network.layers()] == [False] * (hidden_layers + 1) + [True]
    assert network.last is network.maps()[-1]
    assert network.out_features == channels
    assert sum(p.numel() for p in network.parameters()) == 15 + 30 * hidden_layers + 6 * channels


@pytest.mark.parametrize(("channels", "hidden_layers"), NETWORK_SHAPES)
def test_forward_is_its_formula(channels, hidden_layers):
    network = small_network(Sine(omega_0=3.0, first_omega_0=5.0), channels, hidden_layers)
    parameters = [p.detach().numpy() for p in network.parameters()]
    a = points().numpy()
    for i in range(hidden_layers + 1):
        weight, bias = parameters[2 * i : 2 * i + 2]
        a = np.sin((5.0 if i == 0 else 3.0) * (a @ weight.T + bias))
    expected = a @ parameters[-2].T + parameters[-1]
    np.testing.assert_allclose(network(points()).detach(), expected, rtol=1e-12)


def test_the_first_layer_alone_has_the_first_frequency():
    network = small_network(Triangle(omega_0=4.0, first_omega_0=9.0), hidden_layers=2)
    assert [layer.activation.omega_0 for layer in network.layers()[:-1]] == [9.0, 4.0, 4.0]


def test_any_number_of_coordinates():
    network = CoordinateMLP(
        Relu(), in_features=3, hidden_features=4, hidden_layers=1, out_features=2, init=Pytorch(), seed=0
    ).double()
    assert network(points(dimensions=3)).shape == (7, 2)


def test_the_seed_alone_decides_the_weights():
    torch.manual_seed(0)
    first = small_network(Sine(), seed=3).state_dict()
    torch.manual_seed(1)
    again, other = small_network(Sine(), seed=3).state_dict(), small_network(Sine(), seed=4).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in first if name.endswith("weight"))


def test_constants_of_neurons_are_kept_with_the_weights_and_not_trained():
    network = small_network(Msa(highest_frequency=1e4), hidden_layers=1)
    expected = torch.tensor(np.logspace(1, 4, 5), dtype=torch.float32).double()  # made in float32
    for layer in network.layers()[:-1]:
        assert torch.equal(layer.activation.frequencies, expected)
    kept = [name for name in network.state_dict() if "frequencies" in name]
    assert len(kept) == 2
    assert not set(kept) & {name for name, _ in network.named_parameters()}
    other = small_network(Msa(highest_frequency=1e3), hidden_layers=1)
    assert not torch.equal(other(points()), network(points()))
    other.load_state_dict(network.state_dict())
    assert torch.equal(other(points()), network(points()))


def test_layers_are_drawn_one_after_the_other():
    maps = small_network(Sine(), hidden_layers=2).maps()
    assert not torch.equal(maps[1].weight, maps[2].weight)
