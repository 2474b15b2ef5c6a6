"""The hypernetwork: its codes, the networks that it makes, and the gradient through both, against its definition."""

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import relu

from inr.activations import ACTIVATIONS
from inr.batch import Batch
from inr.errors import UsageError
from inr.fitted import Network
from inr.hypernetwork import Hypernetwork
from inr.planes.choose import cheapest
from inr.planes.layer import parameters_of
from inr.program import Program
from inr.terms import Difference
from tests.cases import small_network

PICTURES, BLOCK = 3, 7
FACTORS = {"latent": 0.3, "theta": 5.0}


def hypernetwork(activation="sine", seed=1, **sizes):
    initial = small_network(ACTIVATIONS[activation](), hidden_layers=1)
    given = {"latent": 4, "width": 6, "block": BLOCK, **sizes}
    return Hypernetwork(initial, values="pixels", context="context", seed=seed, **given).double(), initial


def batch(seed=0):
    draw = np.random.default_rng(seed)
    known = (np.arange(BLOCK) < np.array([[2], [5], [7]])).astype(float)
    data = {
        "pixels": draw.normal(size=(PICTURES * BLOCK, 1)),
        "context": (known / known.sum(1, keepdims=True)).ravel(),
    }
    points = torch.from_numpy(draw.uniform(-1, 1, (PICTURES * BLOCK, 2)))
    return Batch(points, {name: torch.from_numpy(values) for name, values in data.items()})


def perceptron(module, x):
    """The ReLU network by hand."""
    *before, last = [layer for layer in module if hasattr(layer, "weight")]
    for layer in before:
        x = relu(x @ layer.weight.T + layer.bias)
    return x @ last.weight.T + last.bias


def code_of(source, points, values):
    """The mean of the encodings of known pixels, one after the other."""
    encoded = [perceptron(source.encoder, torch.cat([x, v])) for x, v in zip(points, values, strict=True)]
    return sum(encoded) / len(encoded)


def sine(x, first, b1, second, b2, last, b3):
    """The values of a sine network of parameters that are vectors."""
    a = torch.sin(30 * (x @ first.reshape(5, 2).T + b1))
    a = torch.sin(30 * (a @ second.reshape(5, 5).T + b2))
    return a @ last.reshape(1, 5).T + b3


def wire(x, first, b1, second, b2, last, b3):
    """The same of a WIRE network, in complex numbers; a vector has all real parts before the imaginary ones."""
    second, last = (torch.complex(*each.reshape(2, -1, 5)) for each in (second, last))
    a = gabor(x @ first.reshape(5, 2).T + b1)
    a = gabor(a @ second.T + torch.complex(*b2.reshape(2, 5)))
    return (a @ last.T).real + b3


def gabor(z):
    return torch.exp(20j * z - 30**2 * (z * z.conj()).real)


VALUES = {"sine": sine, "wire": wire}


def loss_of(source, activation, given):
    """The loss from its definition: picture by picture, each with a network of its own."""
    errors, codes, squares = [], [], []
    for k in range(PICTURES):
        part = slice(k * BLOCK, (k + 1) * BLOCK)
        x, values, known = given.coordinates[part], given.data["pixels"][part], given.data["context"][part] > 0
        codes.append(code_of(source, x[known], values[known]))
        flat = [perceptron(head, codes[-1]) for head in source.heads]
        squares.append(torch.cat(flat).square())
        errors.append((VALUES[activation](x, *flat) - values).square())
    penalties = FACTORS["latent"] * torch.stack(codes).square().mean() + FACTORS["theta"] * torch.cat(squares).mean()
    return torch.cat(errors).sum(), penalties


@pytest.mark.parametrize("activation", VALUES)
@pytest.mark.parametrize("threads", [1, 2])
def test_the_gradient_is_that_of_the_loss_by_its_definition(threads, activation):
    source, _ = hypernetwork(activation)
    given, scale = batch(), 0.2
    term = Difference("pixels", 2, 0)
    program = Program(cheapest(term.ask, 2, 1), (term,), threads=threads)
    made = source.made(given.coordinates, given.data, BLOCK)
    sums, gradients = program.of_each(made.networks, torch.tensor([scale], dtype=torch.float64), given)
    found = source.pulled(made, gradients, FACTORS)
    squares, penalties = loss_of(source, activation, given)
    assert sums.item() == pytest.approx(squares.item(), rel=1e-12)
    assert sum(FACTORS[name] * made.parts[name].item() for name in FACTORS) == pytest.approx(penalties.item())
    expected = torch.autograd.grad(scale * squares + penalties, [*source.parameters()])
    for mine, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-12)


def test_a_code_is_the_mean_over_what_is_known_and_sees_nothing_else():
    source, _ = hypernetwork()
    given = batch()
    codes = source.codes(*(each.reshape(PICTURES, BLOCK, -1) for each in (given.coordinates, given.data["pixels"])),
                         given.data["context"].reshape(PICTURES, BLOCK))  # fmt: skip
    for k, count in enumerate((2, 5, 7)):
        part = slice(k * BLOCK, k * BLOCK + count)
        torch.testing.assert_close(codes[k], code_of(source, given.coordinates[part], given.data["pixels"][part]))
    hidden = given.data["context"] == 0
    given.data["pixels"][hidden] = 1e6
    given.coordinates[hidden] = -3.0
    again = source.made(given.coordinates, given.data, BLOCK).parts["latent"]
    assert again.item() == pytest.approx(codes.square().mean().item(), rel=1e-12)


@pytest.mark.parametrize("activation", [name for name, cls in ACTIVATIONS.items() if not cls.trains])
def test_every_network_begins_near_the_initial_one_whatever_the_activation(activation):
    source, initial = hypernetwork(activation, latent=64, width=64)
    made = source.made(*vars(batch()).values(), BLOCK)
    for mine, theirs in zip(made.tensors, initial.parameters(), strict=True):
        assert len(mine) == PICTURES
        assert 0 < (mine - theirs).abs().max() < 0.3
        assert (mine[0] - mine[1]).abs().max() > 0


def test_its_laws_are_hes_and_its_draws_are_the_seeds():
    source, _ = hypernetwork(latent=400, width=400)
    hidden = source.heads[2][2].weight
    assert hidden.std().item() == pytest.approx(math.sqrt(2 / 400), rel=0.02)
    assert source.heads[2][4].weight.std().item() == pytest.approx(0.01 * math.sqrt(2 / 400), rel=0.05)
    assert torch.equal(hidden, hypernetwork(latent=400, width=400)[0].heads[2][2].weight)
    assert not torch.equal(hidden, hypernetwork(latent=400, width=400, seed=2)[0].heads[2][2].weight)


def test_the_networks_of_judged_points_are_those_of_their_pictures(monkeypatch):
    monkeypatch.setattr("inr.hypernetwork.TOGETHER", 2)
    source, _ = hypernetwork()
    given = batch()
    points, data = given.coordinates.numpy(), {name: values.numpy() for name, values in given.data.items()}
    made = source.made(given.coordinates, given.data, BLOCK).networks
    found = [*source.networks(points, data)]
    assert [part for part, _ in found] == [slice(k * BLOCK, (k + 1) * BLOCK) for k in range(PICTURES)]
    for (_, layers), expected in zip(found, made, strict=True):
        for mine, theirs in zip(parameters_of(layers), parameters_of(expected), strict=True):
            torch.testing.assert_close(mine, theirs)


def test_the_first_picture_stands_for_all_and_others_can_be_given():
    source, _ = hypernetwork()
    given = batch()
    points, data = given.coordinates.numpy(), {name: values.numpy() for name, values in given.data.items()}
    source.remember(points, data)
    again, _ = hypernetwork(seed=2)
    again.load_state_dict(source.state_dict())
    network, x = Network(again), np.array([[0.1, -0.2], [0.5, 0.9]])
    (_, first), *_, (_, last) = source.networks(points, data)
    for one, layers in ((network, first), (network.given(points[-BLOCK:], data["pixels"][-BLOCK:]), last)):
        expected = [parameter.detach() for parameter in parameters_of(layers)]
        found = [*one.module().parameters()]
        assert all(torch.allclose(mine, theirs) for mine, theirs in zip(found, expected, strict=True))
    assert network.value(x).shape == (2, 1)
    assert network.gradient(x).shape == (2, 1, 2)


def test_what_cannot_be_given_is_refused():
    network, own = Network(hypernetwork()[0]), Network(small_network(ACTIVATIONS["sine"]()))
    with pytest.raises(UsageError, match=r"^the values have the shape \(2, 1\), expected \(P, 1\) with one row for"):
        network.given(np.zeros((3, 2)), np.zeros((2, 1)))
    with pytest.raises(UsageError, match=r"of the 0 points, at least one$"):
        network.given(np.zeros((0, 2)), np.zeros((0, 1)))
    with pytest.raises(UsageError, match=r"^this network has parameters of its own, which no given values change"):
        own.given(np.zeros((3, 2)), np.zeros((3, 1)))
