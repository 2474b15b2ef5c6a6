"""The fast plans against nested autograd: values, derivatives, and the way back to the parameters."""

import numpy as np
import pytest
import torch

from inr.activations.fourier import Square
from inr.activations.periodic import Sine
from inr.derivatives import Derivatives, derivatives, plan_for
from tests import oracles
from tests.cases import ACTIVATION_CASES, NETWORK_SHAPES, label, small_network

POINTS = 6


def points(dimensions=2):
    return 2 * torch.rand(POINTS, dimensions, dtype=torch.float64, generator=torch.Generator().manual_seed(2)) - 1


def random_quadratic(maps):
    """Σ w m² + v m over every entry of the maps, each in units of its own size, as a loss is."""
    generator = torch.Generator().manual_seed(3)
    total = 0.0
    for values in maps:
        w, v = torch.rand(2, *values.shape, dtype=torch.float64, generator=generator)
        scaled = values / (values.detach().abs().max() + 1e-300)
        total = total + (w * scaled**2 + v * scaled).sum()
    return total


def parameter_gradients(network, maps):
    return torch.autograd.grad(random_quadratic(maps), [*network.parameters()], materialize_grads=True)


def assert_near(actual, expected, relative=1e-10):
    """Equal to a share of the largest expected entry."""
    assert actual.shape == expected.shape
    assert (actual - expected).abs().max() <= relative * expected.abs().max()


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize(("channels", "hidden_layers"), NETWORK_SHAPES)
@pytest.mark.parametrize("activation", ACTIVATION_CASES, ids=label)
def test_derivatives_are_those_of_nested_autograd(activation, channels, hidden_layers, order):
    network = small_network(activation, channels, hidden_layers)
    plan, parameters = plan_for(network, order), [p.detach() for p in network.parameters()]
    result, kept = plan.forward(parameters, points())
    assert all(values is None for values in result[order + 1 :])
    expected = oracles.network_derivatives(network, points(), order)
    leaves = [values.clone().requires_grad_() for values in result[: order + 1]]
    for a, e in zip(leaves, expected, strict=True):
        assert_near(a, e)
    gradient = torch.autograd.grad(random_quadratic(leaves), leaves)
    found = plan.backward(parameters, kept, Derivatives(*[*gradient, None, None][:3]))
    for a, e in zip(found, parameter_gradients(network, expected), strict=True):
        assert_near(a, e)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_nested_autograd_agrees_with_differences_of_the_values(order):
    network, x, step = small_network(Sine(omega_0=3.0), channels=2, hidden_layers=2), points(), 1e-4
    with torch.no_grad():
        shifts = step * torch.eye(2, dtype=torch.float64)
        value, up, down = network(x), [network(x + e) for e in shifts], [network(x - e) for e in shifts]
    gradient = torch.stack([(u - d) / (2 * step) for u, d in zip(up, down, strict=True)], dim=-1)
    laplacian = sum((u + d - 2 * value) / step**2 for u, d in zip(up, down, strict=True))
    expected = (value, gradient, laplacian)[order]
    assert_near(derivatives(network, x, order)[order], expected, 1e-5)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_lower_orders_do_not_depend_on_the_plan(order):
    network = small_network(Square(), hidden_layers=2)
    for a, b in zip(derivatives(network, points(), order), derivatives(network, points(), 2), strict=True):
        assert a is None or np.allclose(a.detach(), b.detach(), rtol=1e-12)
