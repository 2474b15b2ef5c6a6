"""The laws of initialisation that came after SIREN's: bounds in closed form, and what ten layers make of them."""

import math

import pytest
import torch
from scipy import integrate, stats
from torch import Generator, nn

from inr.activations import ACTIVATIONS
from inr.activations.bells import Gaussian
from inr.activations.classic import Relu, Tanh
from inr.activations.periodic import Sine
from inr.config import TrialConfig
from inr.initialisation import INITIALISATIONS, Place
from inr.initialisation.ordinary import Kaiming, Xavier
from inr.initialisation.siren import Paper, Tuner, WeightScaling, Winner
from inr.initialisation.stable import UnitGradient, UnitVariance
from inr.network import CoordinateMLP
from inr.planes import pointwise

OUT, IN = 300, 64
FIRST, SECOND, HIDDEN, LAST = ({"first": place == 0, "second": place == 1, "last": place == 3} for place in range(4))


def drawn(law, phi, place, inputs=IN):
    weight, bias = torch.full((OUT, inputs), torch.nan), torch.full((OUT,), torch.nan)
    law.fill(weight, bias, Place(phi, **place), Generator().manual_seed(0))
    return weight, bias


def assert_uniform(values, bound):
    scaled = values.double().numpy().ravel() / (2 * bound) + 0.5
    assert stats.kstest(scaled, "uniform").pvalue > 1e-3
    assert 0.999 < 2 * scaled.max() - 1 <= 1 + 1e-6


@pytest.mark.parametrize("place", [FIRST, HIDDEN, LAST])
@pytest.mark.parametrize(
    ("law", "library"),
    [(Xavier(), nn.init.xavier_uniform_), (Kaiming(), nn.init.kaiming_uniform_)],
    ids=["xavier", "kaiming"],
)
def test_ordinary_laws_are_pytorchs(law, library, place):
    weight, bias = drawn(law, Sine(), place)
    options = {"nonlinearity": "relu"} if isinstance(law, Kaiming) else {}
    expected = library(torch.empty_like(weight), generator=Generator().manual_seed(0), **options)
    torch.testing.assert_close(weight, expected, rtol=1e-6, atol=0)
    assert not bias.any()


def normal_mean(function, sigma):
    """E[function(σξ)], by an adaptive rule."""
    return integrate.quad(lambda x: stats.norm.pdf(x) * function(sigma * x), -9, 9, limit=200)[0]


@pytest.mark.parametrize("sigma", [0.3, 1.0, 2.5])
@pytest.mark.parametrize(
    ("phi", "square"),
    [
        (Sine(omega_0=20), lambda u: math.sin(u) ** 2),
        (Tanh(), lambda u: math.tanh(u) ** 2),
        (Gaussian(scale=7.0), lambda u: math.exp(-2 * u * u)),
    ],
    ids=["sine", "tanh", "gaussian"],
)
def test_unit_variance_has_the_bound_of_its_deviation(phi, square, sigma):
    weight, bias = drawn(UnitVariance(init_sigma=sigma), phi, HIDDEN)
    assert_uniform(weight, sigma * math.sqrt(3 / (IN * normal_mean(square, sigma))) / phi.factor)
    assert not bias.any()


@pytest.mark.parametrize("sigma", [0.3, 2.5])
def test_relu_keeps_any_variance_so_its_first_layer_sets_it(sigma):
    assert_uniform(drawn(UnitVariance(init_sigma=sigma), Relu(), HIDDEN)[0], math.sqrt(6 / IN))
    assert_uniform(drawn(UnitVariance(init_sigma=sigma), Relu(), FIRST)[0], sigma * math.sqrt(6 / IN))


def test_the_recommended_law_of_combette_is_the_limit_of_the_general_one():
    weight, bias = drawn(UnitGradient(), Sine(omega_0=20), HIDDEN)
    assert_uniform(weight, math.sqrt(3 / IN) / 20 * (1 + 1e-6))
    assert not bias.any()
    assert torch.equal(drawn(UnitGradient(), Sine(omega_0=20), FIRST)[0], drawn(Paper(), Sine(omega_0=20), FIRST)[0])


@pytest.mark.parametrize("sigma", [0.5, 1.0, 1.7])
def test_unit_gradient_of_a_sine_is_the_closed_form_of_combette(sigma):
    weight, bias = drawn(UnitGradient(gradient_sigma=sigma), Sine(omega_0=20), HIDDEN)
    c_w = math.sqrt(6 / (1 + math.exp(-2 * sigma**2)))
    c_b = math.sqrt(1 - c_w**2 / 3 - math.log(6 / c_w**2 - 1) / 2)
    assert_uniform(weight, c_w / math.sqrt(IN) / 20)
    assert stats.kstest(20 * bias.double().numpy() / c_b, "norm").pvalue > 1e-3


@pytest.mark.parametrize(
    ("name", "sigma"),
    [("gaussian", 1.10), ("sinc", 2.22), ("laplacian", 1.0), ("sigmoid", 6.8), ("relu", 0), ("tanh", 0)],
)
def test_unit_gradient_takes_the_deviation_at_which_variance_and_gradient_stay(name, sigma):
    """1.10 of a Gaussian and 2.2 of a sinc are the published crossings, 6.8 of a sigmoid that of VI3NR."""
    assert UnitGradient().deviation(ACTIVATIONS[name]()) == pytest.approx(sigma, abs=0.05)


def test_weight_scaling_scales_all_but_the_last():
    for place, factor in ((FIRST, 2.5), (HIDDEN, 2.5), (LAST, 1.0)):
        scaled, plain = drawn(WeightScaling(), Sine(), place), drawn(Paper(), Sine(), place)
        torch.testing.assert_close(scaled[0], factor * plain[0], rtol=1e-6, atol=0)
        assert torch.equal(scaled[1], plain[1])
    assert_uniform(drawn(WeightScaling(weight_scale=3.0), Sine(), FIRST, inputs=2)[0], 3 / 2)


def test_winner_adds_noise_to_two_layers():
    phi, law = Sine(omega_0=20, first_omega_0=50), Winner(first_noise=30, second_noise=4)
    for place, deviation in ((FIRST, 30 / 50), (SECOND, 4 / 20)):
        noise = drawn(law, phi, place)[0] - drawn(Paper(), phi, place)[0]
        assert stats.kstest(noise.double().numpy().ravel() / deviation, "norm").pvalue > 1e-3
    for place in (HIDDEN, LAST, {**LAST, "second": True}):
        assert torch.equal(drawn(law, phi, place)[0], drawn(Paper(), phi, place)[0])


def test_tuner_has_whole_frequencies_mostly_low():
    phi = Sine(omega_0=9, first_omega_0=90)
    cycles = drawn(Tuner(), phi, FIRST, inputs=2)[0].double() * 90 / math.pi
    assert torch.allclose(cycles, cycles.round(), atol=1e-4)
    low, high = cycles[: round(0.7 * OUT)].round(), cycles[round(0.7 * OUT) :].round()
    assert set(low.flatten().tolist()) == set(range(-12, 13))
    assert high.abs().max() == 30
    assert (high.abs().amax(1) > 12).double().mean() > 0.7
    assert torch.equal(drawn(Tuner(), phi, HIDDEN)[0], drawn(Paper(), phi, HIDDEN)[0])


DEPTH = 10
KEPT = {"relu": 0.83, "leaky_relu": 0.83, "elu": 0.9, "silu": 1.69, "staf": 1.63}
"""Activation → the deviation in the tenth layer under unit variance, where it is not 1: ReLU and its like keep that of
the first layer; a SiLU's neurons differ in their means, of which it makes more variance than of a normal; a
STAF's layers draw their own sines, which keep 1 on average only."""
OWN = {
    "sine": 1.43, "h_siren": 1.43, "finer": 1.42, "finer_gauss": 0.76, "spder": 1.6, "gaussian": 2.6, "quadratic": 0.51,
    "multiquadratic": 0.54, "laplacian": 0.45, "super_gaussian": 0.5, "exp_sin": 0.83, "sinc": 7.2, "silu": 0.04,
    "gelu": 0.04,
}  # fmt: skip
"""Activation → the deviation in the tenth layer under the law of its paper, where that is not unit variance."""


def deviations(phi, law, seed=0):
    """The root mean square of ω₀ z in ten layers, 256 wide, at 500 random points."""
    network = CoordinateMLP(
        phi, in_features=2, hidden_features=256, hidden_layers=DEPTH - 1, out_features=1, init=law, seed=seed
    )
    x, found = 2 * torch.rand(500, 2, generator=Generator().manual_seed(0)) - 1, []
    with torch.no_grad():
        for weight, bias, activation in network.layers()[:-1]:
            z = nn.functional.linear(x, weight, bias)
            found.append(float((activation.factor * z).square().mean().sqrt()))
            x = pointwise.value(activation, z)
    return found


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_unit_variance_is_unit_variance_ten_layers_deep(name):
    assert deviations(ACTIVATIONS[name](), UnitVariance())[-1] == pytest.approx(KEPT.get(name, 1), rel=0.12)


@pytest.mark.parametrize("sigma", [0.5, 2.0])
@pytest.mark.parametrize("name", ["gaussian", "sine", "square", "tanh", "sigmoid", "laplacian"])
def test_another_deviation_is_kept_ten_layers_deep(name, sigma):
    assert deviations(ACTIVATIONS[name](), UnitVariance(init_sigma=sigma))[-1] == pytest.approx(sigma, rel=0.13)


@pytest.mark.parametrize(("name", "expected"), OWN.items())
def test_the_law_of_the_paper_ends_elsewhere(name, expected):
    law = INITIALISATIONS[ACTIVATIONS[name].init]()
    assert not isinstance(law, UnitVariance)
    assert deviations(ACTIVATIONS[name](), law)[-1] == pytest.approx(expected, rel=0.12)


def test_a_deviation_of_one_is_the_trial_of_before():
    """The ids are of the version before there was ``init_sigma``."""
    before = {"square": "8739cf1a99cfc74f", "relu": "35476012117a209d"}
    for activation, identity in before.items():
        assert TrialConfig.from_flat({"activation": activation, "size": 256}).trial_id == identity
        assert TrialConfig.from_flat({"activation": activation, "size": 256, "init_sigma": 1}).trial_id == identity
        other = TrialConfig.from_flat({"activation": activation, "size": 256, "init_sigma": 1.1})
        assert other.trial_id != identity
        assert other.flat()["init_sigma"] == 1.1
