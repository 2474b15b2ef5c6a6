"""Linear maps between activations: the complex ones against complex numbers, and WIRE against a network of them."""

import math

import pytest
import torch
from torch import Generator

from inr.activations.gabor import RealGabor, Wire
from inr.activations.periodic import Sine
from inr.histograms import layer_histograms
from inr.initialisation import INITIALISATIONS, Place
from inr.jet import Ask, Jet, laplacian
from inr.maps import Complex, Dense, RealPart
from inr.planes.choose import cheapest
from tests import oracles
from tests.cases import small_network

WIRE = Wire(omega_0=2.0, first_omega_0=3.0, scale=1.5)


def normal(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=Generator().manual_seed(seed))


def drawn(kind, n, m):
    made = kind(n, m).double()
    with torch.no_grad():
        for seed, parameter in enumerate(made.parameters()):
            parameter.copy_(normal(*parameter.shape, seed=seed))
    return made


def complex_(parts, axis=-1):
    return torch.complex(*parts.chunk(2, axis))


def test_a_complex_map_is_that_of_complex_numbers():
    made, a = drawn(Complex, 8, 6), normal(5, 8, seed=7)
    weight, bias = made.expand(made.weight, made.bias)
    expected = complex_(a) @ torch.complex(*made.weight).T + torch.complex(*made.bias)
    torch.testing.assert_close(complex_(a @ weight.T + bias), expected)


def test_a_real_part_is_that_of_a_complex_map():
    made, a = drawn(RealPart, 8, 3), normal(5, 8, seed=7)
    weight, bias = made.expand(made.weight, made.bias)
    expected = (complex_(a) @ torch.complex(*made.weight).T).real + made.bias
    torch.testing.assert_close(a @ weight.T + bias, expected)


@pytest.mark.parametrize("made", [Dense(8, 6), Complex(8, 6), RealPart(8, 3)], ids=lambda made: type(made).__name__)
def test_folding_is_the_transpose_of_expanding(made):
    directions = [normal(*p.shape, seed=3) for p in (made.weight, made.bias)]
    pushed = made.expand(*directions)  # linear, so its own derivative
    cotangents = [normal(*p.shape, seed=4) for p in pushed]
    pulled = made.fold(*cotangents)
    assert [p.shape for p in pulled] == [made.weight.shape, made.bias.shape]
    left = sum((a * b).sum() for a, b in zip(cotangents, pushed, strict=True))
    right = sum((a * b).sum() for a, b in zip(pulled, directions, strict=True))
    assert float(left) == pytest.approx(float(right), rel=1e-12)


def in_complex_numbers(network):
    """The values of a WIRE network as a function of its parameters and of coordinates, in complex arithmetic."""

    def values(parameters, x):
        a = x
        for i, phi in enumerate(network.activations):
            weight, bias = parameters[2 * i : 2 * i + 2]
            z = a @ weight.T + bias if i == 0 else a @ torch.complex(*weight).T + torch.complex(*bias)
            a = torch.exp(1j * phi.omega_0 * z - phi.scale**2 * (z * z.conj()).real)
        return (a @ torch.complex(*parameters[-2]).T).real + parameters[-1]

    return values


@pytest.mark.parametrize("hidden_layers", [0, 1, 2])
@pytest.mark.parametrize(
    "ask", [Ask(), Ask(gradient=True), Ask(True, (laplacian(2),)), Ask(second=((1.0, 0.0), (0.5, 2.0)))], ids=str
)
@pytest.mark.parametrize("channels", [1, 3])
def test_wire_is_the_network_of_complex_numbers_with_its_derivatives_and_gradients(channels, ask, hidden_layers):
    network, x = small_network(WIRE, channels, hidden_layers), normal(6, 2, seed=5) / 2
    parameters = [*network.parameters()]
    expected = oracles.field_jet(lambda x: in_complex_numbers(network)(parameters, x), x, ask)
    g = Jet(*(None if part is None else normal(*part.shape, seed=6) for part in expected))
    total = sum((a * b).sum() for a, b in zip(g, expected, strict=True) if b is not None)
    by_autograd = torch.autograd.grad(total, parameters)
    plan = cheapest(ask, 2, channels)
    with torch.no_grad():
        layers = network.layers()
        found, kept = plan.forward(layers, x)
        gradients = network.folded(plan.backward(layers, kept, g))
    for a, b in zip(found, expected, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            torch.testing.assert_close(a, b.detach(), rtol=1e-10, atol=1e-10)
    for a, b in zip(gradients, by_autograd, strict=True):
        assert (a - b).abs().max() <= 1e-10 * b.abs().max()


def test_a_complex_weight_counts_twice():
    count = sum(p.numel() for p in small_network(WIRE, channels=3, hidden_layers=2).parameters())
    assert count == (2 * 5 + 5) + 2 * 2 * (5 * 5 + 5) + (2 * 3 * 5 + 3)
    two_maps = sum(p.numel() for p in small_network(RealGabor(), hidden_layers=1).parameters())
    assert two_maps == 2 * (2 * 5 + 5) + 2 * (5 * 5 + 5) + (5 + 1)


@pytest.mark.parametrize("kind", [Complex, RealPart])
def test_a_law_draws_both_parts_by_the_number_of_complex_features(kind):
    made = kind(400, 300)
    with torch.no_grad():
        made.fill(INITIALISATIONS["pytorch"](), Place(WIRE, first=False, last=False), Generator().manual_seed(0))
    bound = 1 / math.sqrt(200)
    for part in made.weight.detach():
        assert 0.999 * bound < part.abs().max() <= bound
        assert float(part.std()) == pytest.approx(bound / math.sqrt(3), rel=0.02)
    assert 0.9 * bound < made.bias.abs().max() <= bound
    # as PyTorch draws the parameters of a complex map
    theirs = torch.nn.Linear(200, 300, dtype=torch.complex64).weight.detach()
    for mine, part in zip(made.weight.detach(), (theirs.real, theirs.imag), strict=True):
        assert float(mine.std()) == pytest.approx(float(part.std()), rel=0.02)


def test_histograms_show_the_parameters_and_not_the_matrix():
    network, x = small_network(WIRE, hidden_layers=1), normal(6, 2)
    parameters = [*network.parameters()]
    found = layer_histograms(x, network.layers(), parameters, [3 * p for p in parameters])
    sizes = {(h.layer, h.kind): h.counts.sum() for h in found}
    assert sizes[2, "weight"] == sizes[2, "gradient"] == 2 * 5 * 5
    assert sizes[2, "pre_activation"] == sizes[2, "activation"] == 6 * 2 * 5
    assert sizes[1, "pre_activation"] == 6 * 5


def test_real_networks_have_dense_maps_and_pass_their_parameters_as_they_are():
    network = small_network(Sine(), hidden_layers=1)
    assert [type(linear) for linear in network.maps()] == [Dense] * 3
    (layers,), _, _ = network.made(normal(4, 2), {}, 1)
    assert all(
        layer.weight is m.weight and layer.bias is m.bias for layer, m in zip(layers, network.maps(), strict=True)
    )
