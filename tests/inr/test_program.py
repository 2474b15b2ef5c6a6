"""The gradient of a loss over a batch: nested autograd's, whatever the chunks, the threads and the compiler."""

import dataclasses
import shutil

import numpy as np
import pytest
import torch

from inr.activations.classic import Relu
from inr.activations.fourier import Square, Triangle
from inr.activations.gabor import Wire
from inr.activations.modulated import HSiren
from inr.activations.periodic import Msa, Sine
from inr.chunks import CHUNK_VALUES
from inr.planes.choose import cheapest
from inr.planes.layer import Layer
from inr.program import Program, _compile, _compiled, _with_tensors
from inr.units import UNITS
from tests import oracles
from tests.cases import small_network
from tests.fits import ORDERS, TrainingPoints, ask_of, batch_of, differences, make_loss

P = 23
WIRE = Wire(omega_0=2.0, scale=1.5)
MSA = Msa(lowest_frequency=0.5, highest_frequency=3.0)
TERMS = [("image",), ("image", "gradient"), ("gradient",), ("image", "gradient", "laplacian"), ("laplacian",)]


def problem(terms, channels):
    """A loss of unequal weights over P random points, and the points."""
    draw = np.random.default_rng(0).normal
    maps = draw(size=(P, channels)), draw(size=(P, channels, 2)), draw(size=(P, channels))
    points = TrainingPoints(draw(size=(P, 2)), *maps, np.arange(P) < 17)
    loss = make_loss(points, {term: 1.5 + ORDERS[term] for term in terms}, UNITS["normalised"](), None, 0.1)
    return loss, batch_of(points, terms)


def terms_of(loss):
    return [term.name for term in loss.terms]


def gradients_of(network, loss, batch, **how):
    plan = cheapest(loss.ask, network.in_features, network.out_features)
    (layers,), _, _ = network.made(batch.coordinates, {}, 1)
    return Program(plan, loss.terms, **how)(layers, loss.scales(), batch)


def assert_those_of_nested_autograd(network, loss, batch, **how):
    squares, gradients = gradients_of(network, loss, batch, **how)
    actual = network.folded(gradients)
    maps = oracles.network_derivatives(network, batch.coordinates, loss.order)
    total = oracles.loss(maps, batch, dict(zip(terms_of(loss), loss.scales().tolist(), strict=True)))
    assert loss.named(squares)["loss"] == pytest.approx(total.item(), rel=1e-12)
    expected = torch.autograd.grad(total, [*network.parameters()], materialize_grads=True)
    for a, e in zip(actual, expected, strict=True):
        assert a.shape == e.shape
        assert (a - e).abs().max() <= 1e-10 * e.abs().max()


@pytest.fixture
def chunks_of_five(monkeypatch):
    """Points a chunk of a network of width 5 with four planes; more with fewer."""
    monkeypatch.setitem(CHUNK_VALUES, "cpu", 5 * 4 * 5)
    monkeypatch.setattr("inr.chunks.THREAD_VALUES", 5)


@pytest.mark.usefixtures("chunks_of_five")
@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("terms", TERMS, ids="+".join)
def test_they_are_those_of_nested_autograd(terms, channels, threads):
    network = small_network(Square(omega_0=2.0), channels, hidden_layers=2)
    assert_those_of_nested_autograd(network, *problem(terms, channels), threads=threads)


@pytest.mark.usefixtures("chunks_of_five")
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_they_repeat_bit_for_bit(threads):
    network = small_network(Sine(), channels=3, hidden_layers=2)
    first, second = (gradients_of(network, *problem(TERMS[3], 3), threads=threads) for _ in range(2))
    assert torch.equal(first[0], second[0])
    assert all(torch.equal(a, b) for a, b in zip(first[1], second[1], strict=True))


def test_compiled_functions_are_kept_and_do_not_pile_up(monkeypatch):
    def compiled(phi, channels=1, terms=("image",)):
        network = small_network(phi, channels)
        return _compiled(cheapest(ask_of(terms), 2, channels), differences(terms), network.layers())

    first = compiled(Square(omega_0=2.0))
    assert compiled(Square(omega_0=3.0, first_omega_0=5.0)) is first
    others = [compiled(Square(n_modes=3)), compiled(Triangle()), compiled(Square(), terms=("laplacian",))]
    # One for each shape: Dynamo takes no more than eight of one function.
    others += [compiled(Square(), channels) for channels in range(2, 12)]
    assert len({first, *others}) == 1 + 3 + 10
    monkeypatch.setattr("inr.program.COMPILED_KEPT", 2)
    for n_modes in range(1, 6):
        compiled(Square(n_modes=n_modes))
        assert _compile.cache_info().currsize <= 2


def test_constants_of_neurons_are_data_of_a_compiled_step():
    def compiled(**frequencies):
        network = small_network(Msa(**frequencies))
        return _compiled(cheapest(ask_of(("image",)), 2, 1), differences(("image",)), network.layers())

    assert compiled() is compiled(highest_frequency=1e3)


# What PyTorch's compiler itself makes PyTorch warn about.
@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
@pytest.mark.usefixtures("chunks_of_five")
@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler: torch.compile has nothing to call")
@pytest.mark.parametrize(
    ("activation", "terms", "channels"),
    [
        (Relu(), TERMS[0], 1),
        (Sine(omega_0=3.0), TERMS[1], 1),
        (Square(n_modes=2), TERMS[3], 3),
        (MSA, TERMS[3], 1),
        (WIRE, TERMS[1], 1),
    ],
    ids=["image", "reverse", "laplacian", "constants", "complex"],
)
def test_compiled_ones_are_those_of_nested_autograd(activation, terms, channels):
    from torch._inductor import config

    network = small_network(activation, channels, hidden_layers=1)
    with config.patch(compile_threads=1):
        assert_those_of_nested_autograd(network, *problem(terms, channels), threads=2, compiled=True)


@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler: torch.compile has nothing to call")
@pytest.mark.parametrize("terms", [TERMS[1], TERMS[3]], ids="+".join)
def test_trials_that_differ_in_floats_are_compiled_once_and_have_their_own_bits(terms):
    """Learning rate and weights are no part of the step: the scales are a tensor, the rate the optimiser's."""
    from torch._dynamo.utils import counters

    loss, batch = problem(terms, 1)
    loss32, batch32 = (
        loss.scales().float(),
        dataclasses.replace(
            batch,
            coordinates=batch.coordinates.float(),
            data={name: values.float() for name, values in batch.data.items()},
        ),
    )
    phis = [Square(n_modes=2, omega_0=w, first_omega_0=f) for w, f in ((2.0, 3.0), (1.0, 1.0), (0.7, 0.3))]

    def run(phi, scales):
        network = small_network(phi, hidden_layers=1).float()
        return Program(cheapest(loss.ask, 2, 1), loss.terms, compiled=True)(network.layers(), scales, batch32)

    def fresh(phi, scales):
        _compile.cache_clear()
        torch._dynamo.reset()
        return run(phi, scales)

    alone = [fresh(phi, i * loss32) for i, phi in enumerate(phis, start=1)]
    _compile.cache_clear()
    torch._dynamo.reset()
    counters.clear()
    together = [run(phi, i * loss32) for i, phi in enumerate(phis, start=1)]
    assert counters["stats"]["unique_graphs"] == 1
    for (squares, gradients), (squares_alone, gradients_alone) in zip(together, alone, strict=True):
        assert torch.equal(squares, squares_alone)
        assert all(torch.equal(a, b) for a, b in zip(gradients, gradients_alone, strict=True))
    assert not torch.equal(together[0][0], together[1][0])


def test_what_is_compiled_keeps_the_first_layer_apart_wherever_it_stands():
    """Behind an encoding it is the second; the two are equal, and must not be taken for one another."""
    weight, bias, phi = torch.zeros(3, 2), torch.zeros(3), HSiren()
    found = [_with_tensors(1, Layer(weight, bias, one)).activation for one in (phi.in_first_layer(), phi)]
    assert [one.first for one in found] == [True, False]
    assert _with_tensors(1, Layer(weight, bias, phi)).activation is found[1]
