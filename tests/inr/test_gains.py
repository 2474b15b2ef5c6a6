"""The numbers of the layers against autograd, against the published gains, and in the record."""

import itertools
import math

import pytest
import torch
from torch import Generator, nn

from inr.activations import ACTIVATIONS
from inr.activations.bells import Gaussian
from inr.activations.classic import Relu
from inr.activations.periodic import Sine
from inr.config import TrialConfig
from inr.gains import layer_numbers
from inr.initialisation import INITIALISATIONS
from inr.initialisation.stable import UnitVariance
from inr.moments import gradient_gain, value_moment
from inr.network import CoordinateMLP
from inr.planes import pointwise
from inr.trial import run_trial
from inr.vocabulary import metric, rankable
from tests.cases import ACTIVATION_CASES, label


def network_of(phi, law=None, width=256, hidden_layers=3, dimensions=2):
    sizes = {"in_features": dimensions, "hidden_features": width, "hidden_layers": hidden_layers, "out_features": 1}
    return CoordinateMLP(phi, **sizes, init=law or INITIALISATIONS[phi.init](), seed=0)


def points(count, dimensions=2):
    return 2 * torch.rand(count, dimensions, generator=Generator().manual_seed(1)) - 1


def by_autograd(network, x):
    """√E[u²] of every layer, and √E[|∂u/∂x|²]."""
    x = x.clone().requires_grad_()
    a, sizes, slopes = x, [], []
    for weight, bias, phi in network.layers()[:-1]:
        u = phi.factor * nn.functional.linear(a, weight, bias)
        gradients = [torch.autograd.grad(u[:, i].sum(), x, retain_graph=True)[0] for i in range(u.shape[1])]
        sizes.append(u.square().mean().sqrt().item())
        slopes.append(torch.stack(gradients).square().sum(-1).mean().sqrt().item())
        (a,) = phi.jet(u / phi.factor, 0)
    return sizes, slopes


@pytest.mark.parametrize("phi", [Sine(omega_0=8, first_omega_0=20), Relu(), Gaussian(scale=2.0)], ids=label)
def test_what_is_measured_is_what_autograd_says(phi):
    network, x = network_of(phi, width=7).double(), points(40).double()
    sizes, slopes = by_autograd(network, x)
    found = layer_numbers(x, network.layers(), ())
    assert [found[f"deviation/layer_{i}"] for i in range(1, 5)] == pytest.approx(sizes)
    gains = [after / before for before, after in itertools.pairwise(slopes)]
    assert [found[f"gain/layer_{i}"] for i in range(2, 5)] == pytest.approx(gains)
    assert "gain/layer_1" not in found


@pytest.mark.parametrize("phi", [case for case in ACTIVATION_CASES if case.frequency in (None, 30.0, 10.0)], ids=label)
def test_the_prediction_holds_before_training(phi):
    """From the second layer on, in which u is nearly normal; SPDER and sinc enter far outside of their bend."""
    found = layer_numbers(points(600), network_of(phi, UnitVariance()).layers(), ())
    for layer in (3, 4):
        for family in ("deviation", "gain"):
            name = f"{family}/layer_{layer}"
            assert found[name] == pytest.approx(found[f"{name}_predicted"], rel=0.16), name


@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("name", ["sigmoid", "gaussian", "square", "hosc", "laplacian"])
def test_a_layer_that_keeps_a_deviation_has_the_gain_of_its_formula(name, sigma):
    phi = ACTIVATIONS[name]()
    found = layer_numbers(points(600), network_of(phi, UnitVariance(init_sigma=sigma), hidden_layers=6).layers(), ())
    assert found["gain/layer_7_predicted"] == pytest.approx(gradient_gain(phi, sigma), rel=0.05)
    assert found["gain/layer_7"] == pytest.approx(gradient_gain(phi, sigma), rel=0.12)


def test_training_departs_from_the_prediction_and_the_record_has_both():
    config = TrialConfig.from_flat(
        {"size": 24, "hidden_features": 64, "steps": 60, "eval_every": 60, "learning_rate": 1e-3}
    )
    first, *_, last = (step.evaluation for step in run_trial(config) if step.evaluation)
    departure = [e.row["deviation/layer_4"] / e.row["deviation/layer_4_predicted"] for e in (first, last)]
    assert departure[0] == pytest.approx(1, abs=0.12)
    assert departure[1] > departure[0] + 0.1
    assert {*first.layers} <= {*first.row}
    assert not {*first.layers} & {*first.metrics}


def test_the_reach_of_the_first_layer_is_in_cycles_a_unit_and_a_sample():
    network = network_of(Sine(omega_0=7, first_omega_0=30), width=4)
    with torch.no_grad():
        network.maps()[0].weight.copy_(torch.tensor([[0.1, -0.5], [0.2, 0.3], [-0.4, 0.0], [0.0, 0.1]]))
    found = layer_numbers(points(5), network.layers(), (0.25, 0.125))
    assert found["reach/cycles_per_unit"] == pytest.approx(0.5 * 30 / (2 * math.pi))
    assert found["reach/cycles_per_sample"] == pytest.approx(0.4 * 30 / (2 * math.pi) * 0.25)
    assert "reach/cycles_per_sample" not in layer_numbers(points(5), network.layers(), ())
    assert not any("reach" in name for name in layer_numbers(points(5), network_of(Relu()).layers(), (0.25, 0.25)))


@pytest.mark.parametrize(
    ("task", "cycles"),
    [
        ({"size": 33}, 30 / (2 * math.pi) / 2 * 2 / 32),
        ({"task": "audio", "seconds": 0.02, "rate": 4000}, 30 / (2 * math.pi) * 2 / 79),
    ],
    ids=str,
)
def test_a_trial_says_how_far_its_frequency_reaches(task, cycles):
    """SIREN's first weights are U(±1/n): the largest of 500 comes near 1/n."""
    (first, *_) = run_trial(TrialConfig.from_flat({**task, "hidden_features": 500, "hidden_layers": 0, "steps": 1}))
    found = first.evaluation.layers["reach/cycles_per_sample"]
    assert 0.98 * cycles < found <= cycles * (1 + 1e-6)


def test_the_words_of_the_numbers_of_a_layer():
    assert metric("gain/layer_2_predicted").header == "gradient gain, layer 2 predicted"
    assert metric("deviation/layer_12").label == "deviation of the pre-activations, layer 12"
    assert not any(name.startswith(("gain/", "deviation/", "reach/")) for name in rankable())


def test_activations_that_differ_in_the_first_layer_only_have_moments_of_their_own():
    """They are equal, so that a cache that is keyed by equality would mix them."""
    for phi in (ACTIVATIONS["h_siren"](), ACTIVATIONS["wire"]()):
        first = phi.in_first_layer()
        assert first == phi
        for one in (phi, first, phi):
            assert value_moment(one) == pytest.approx(mean_square(one), rel=1e-6)
        assert value_moment(first) != pytest.approx(value_moment(phi), rel=1e-3)


def mean_square(phi):
    """E[φ²] of normal inputs, of two outputs their mean, by a sum over a grid of all inputs."""
    u = torch.linspace(-8, 8, 1601, dtype=torch.float64)
    grid = torch.cartesian_prod(*[u] * phi.inputs).reshape(-1, phi.inputs)
    density = torch.exp(-grid.square().sum(-1) / 2) / (2 * math.pi) ** (phi.inputs / 2)
    squares = pointwise.value(phi, grid / phi.factor).square().mean(-1)
    return float((squares * density).sum()) * float(u[1] - u[0]) ** phi.inputs
