"""The plans against nested autograd: values, derivatives, and back to the parameters."""

import itertools

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from inr.activations.fourier import Square
from inr.activations.periodic import Sine
from inr.jet import Ask, Jet, laplacian, union
from inr.planes import products, scalar
from inr.planes.choose import cheapest
from inr.planes.forward import Propagation
from inr.planes.layer import parameters_of
from inr.planes.reverse import Reverse
from tests import oracles
from tests.cases import ACTIVATION_CASES, NETWORK_SHAPES, SCALAR_CASES, bound, label, small_network
from tests.products import ComplexGabor, RealGabor, value_of

POINTS = 6
IMAGE_ASKS = [Ask(), Ask(gradient=True), Ask(True, (laplacian(2),)), Ask(second=(laplacian(2),))]
ASKS = {
    1: [Ask(), Ask(gradient=True), Ask(True, ((1.0,),)), Ask(second=((-2.5,),))],
    2: [*IMAGE_ASKS, Ask(True, ((1.0, 0.0), (0.0, 1.0))), Ask(second=((0.0, 3.0),))],
    3: [Ask(), Ask(gradient=True), Ask(True, (laplacian(3),)), Ask(second=((1.0, 0.0, 0.0), (0.0, 1.0, 1.0)))],
}
"""D → asks."""
MIXED = [Sine(omega_0=2.0, first_omega_0=3.0), RealGabor(omega_0=1.3), ComplexGabor(omega_0=0.9, first_omega_0=1.4)]


def points(dimensions=2):
    generator = torch.Generator().manual_seed(2)
    return 2 * torch.rand(POINTS, dimensions, dtype=torch.float64, generator=generator) - 1


def random_like(values, seed):
    return torch.randn(values.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def formula(network):
    """The network as a function of coordinates, its activations by their own formulas."""

    def function(x):
        for weight, bias, phi in network.layers():
            z = x @ weight.t() + bias
            x = z if phi is None else value_of(phi, z)
        return x

    return function


def assert_near(actual, expected, relative=1e-10):
    """Equal to a share of the largest expected entry."""
    assert actual.shape == expected.shape
    assert (actual - expected).abs().max() <= relative * expected.abs().max()


def assert_that_of_nested_autograd(plan, network, ask):
    """The jet is, and the gradient by the parameters of a number Σ wᵢ · partᵢ, in units of each part's size."""
    x, layers = points(network.in_features), network.layers()
    with torch.no_grad():
        found, kept = plan.forward(layers, x)
    expected = oracles.field_jet(formula(network), x, ask)
    assert [part is None for part in found] == [part is None for part in expected]
    asked = [i for i, part in enumerate(expected) if part is not None]
    for i in asked:
        assert_near(found[i], expected[i].detach())
    weights = [random_like(expected[i], i) / (expected[i].detach().abs().max() + 1e-300) for i in asked]
    total = sum((w * expected[i]).sum() for i, w in zip(asked, weights, strict=True))
    g = [None, None, None]
    for i, w in zip(asked, weights, strict=True):
        g[i] = w
    with torch.no_grad():
        gradients = network.folded(plan.backward(layers, kept, Jet(*g)))
    by_autograd = torch.autograd.grad(total, [*network.parameters()], materialize_grads=True)
    for a, e in zip(gradients, by_autograd, strict=True):
        assert_near(a, e)


@pytest.mark.parametrize("ask", IMAGE_ASKS, ids=str)
@pytest.mark.parametrize(("channels", "hidden_layers"), NETWORK_SHAPES)
@pytest.mark.parametrize("activation", ACTIVATION_CASES, ids=label)
def test_the_jet_is_that_of_nested_autograd(activation, channels, hidden_layers, ask):
    network = small_network(activation, channels, hidden_layers)
    assert_that_of_nested_autograd(cheapest(ask, 2, channels), network, ask)


@pytest.mark.parametrize(("dimensions", "ask"), [(d, ask) for d, asks in ASKS.items() for ask in asks], ids=str)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("activation", MIXED, ids=lambda phi: type(phi).__name__)
def test_it_is_for_any_dimension_operators_and_number_of_inputs_and_outputs(activation, channels, dimensions, ask):
    network = small_network(activation, channels, hidden_layers=2, dimensions=dimensions)
    assert_that_of_nested_autograd(cheapest(ask, dimensions, channels), network, ask)


@pytest.mark.parametrize("activation", MIXED, ids=lambda phi: type(phi).__name__)
def test_two_plans_for_one_ask_agree(activation):
    network, ask = small_network(activation, dimensions=3), Ask(gradient=True)
    for plan in (Reverse(), Propagation(ask, 3)):
        assert_that_of_nested_autograd(plan, network, ask)


def test_nested_autograd_agrees_with_differences_of_the_values():
    network, x, step = small_network(Sine(omega_0=3.0), channels=2, hidden_layers=2), points(), 1e-4
    with torch.no_grad():
        shifts = step * torch.eye(2, dtype=torch.float64)
        value, up, down = network(x), [network(x + e) for e in shifts], [network(x - e) for e in shifts]
    expected = oracles.field_jet(network, x, Ask(True, ((1.0, 1.0), (0.0, 2.0))))
    second = [(u + d - 2 * value) / step**2 for u, d in zip(up, down, strict=True)]
    assert_near(expected.value.detach(), value)
    gradient = torch.stack([(u - d) / (2 * step) for u, d in zip(up, down, strict=True)], dim=-1)
    assert_near(expected.gradient.detach(), gradient, 1e-5)
    assert_near(expected.second.detach(), torch.stack([second[0] + second[1], 2 * second[1]], -1), 1e-5)


@pytest.mark.parametrize(
    ("tangents", "rows"), [(0, ()), (2, ()), (2, ((1.0, 1.0),)), (2, ((1.0, 0.0), (0.5, 2.0)))], ids=str
)
@pytest.mark.parametrize("phi", SCALAR_CASES, ids=label)
def test_products_of_one_factor_are_the_scalar_case(phi, tangents, rows):
    planes, g = ([*these] for these in random_like(torch.empty(2, 1 + tangents + len(rows), POINTS, 4), 5))
    phi = bound(phi, planes[0])
    for a, e in (
        (products.forward(phi, planes, rows), scalar.forward(phi, planes, rows)),
        (products.backward(phi, planes, g, rows), scalar.backward(phi, planes, g, rows)),
    ):
        assert_near(a, e, 1e-13)


@pytest.mark.parametrize(
    ("ask", "dimensions", "channels", "expected"),
    [
        (Ask(), 2, 3, 3),
        (Ask(gradient=True), 2, 1, 6),
        (Ask(gradient=True), 3, 1, 6),
        (Ask(gradient=True), 1, 3, 6),
        (Ask(gradient=True), 2, 3, 9),
        (Ask(True, (laplacian(2),)), 2, 1, 12),
        (Ask(second=(laplacian(2),)), 2, 3, 12),
        (Ask(True, ((1.0, 0.0, 0.0), (0.0, 1.0, 1.0))), 3, 1, 18),
    ],
    ids=str,
)
def test_the_cost_is_that_of_the_products_that_are_made(ask, dimensions, channels, expected):
    plan = cheapest(ask, dimensions, channels)
    assert plan.products == 3 * plan.planes == expected
    flops = [flops_of(plan, small_network(Sine(), channels, n, dimensions=dimensions)) for n in (2, 3)]
    assert flops[1] - flops[0] == expected * 2 * POINTS * 5 * 5


def flops_of(plan, network):
    """Of the matrix products of a pass forward and a pass back."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        jet, kept = plan.forward(network.layers(), points(network.in_features))
        plan.backward(network.layers(), kept, jet)
    return counter.get_total_flops()


def test_gradients_come_in_the_order_of_the_parameters():
    network = small_network(Square(), hidden_layers=2)
    assert all(a is b for a, b in zip(parameters_of(network.layers()), network.parameters(), strict=True))


def test_asks_unite():
    wave, sum_ = Ask(second=((1.0, 0.0), (0.0, 1.0))), Ask(True, (laplacian(2), (0.0, 1.0)))
    assert union() == Ask()
    assert union(wave, Ask(gradient=True)) == Ask(True, wave.second)
    assert union(wave, sum_) == Ask(True, ((1.0, 0.0), (0.0, 1.0), (1.0, 1.0)))
    for one, other in itertools.permutations((wave, sum_)):
        assert union(one, other).second[: len(one.second)] == one.second
