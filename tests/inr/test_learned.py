"""Hyperparameters that are trained: gradients against nested autograd, records, checkpoints, refusals."""

import dataclasses
import io
import shutil

import numpy as np
import pytest
import torch
from scipy import stats

from inr.activations import ACTIVATIONS
from inr.activations.bells import Gaussian, SuperGaussian
from inr.activations.gabor import RealGabor, Wire
from inr.activations.modulated import FinerGauss, Hosc
from inr.activations.periodic import Sine
from inr.activations.trained import Comb, Staf
from inr.config import TrialConfig
from inr.errors import UsageError
from inr.initialisation import INITIALISATIONS
from inr.jet import Ask, Jet, laplacian
from inr.network import CoordinateMLP
from inr.planes.choose import cheapest
from inr.planes.forward import Propagation
from inr.planes.layer import parameters_of
from inr.trial import run_trial
from tests import oracles
from tests.cases import bound

PHIS = [
    Sine(omega_0=2.0, first_omega_0=3.0),
    Hosc(omega_0=1.5, beta=1.3),
    FinerGauss(omega_0=0.9, scale=0.8),
    RealGabor(omega_0=1.5, scale=0.7),
    Wire(omega_0=1.2, first_omega_0=2.0, scale=0.9),
    Staf(omega_0=2.0, n_sines=3),
    Comb(omega_0=1.3, n_modes=3),
]
ASKS = [Ask(), Ask(gradient=True), Ask(True, (laplacian(2),)), Ask(second=((1.0, 0.0), (0.5, 2.0)))]


def network_of(phi, learned=None, per_neuron=False, channels=1, hidden_layers=2):
    return CoordinateMLP(
        phi,
        in_features=2,
        hidden_features=5,
        hidden_layers=hidden_layers,
        out_features=channels,
        init=INITIALISATIONS[phi.init](),
        seed=0,
        learned=phi.learnable() if learned is None else learned,
        per_neuron=per_neuron,
    ).double()


def normal(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def spread(network):
    """No two neurons alike, so that a sum over the wrong axis shows."""
    with torch.no_grad():
        for seed, parameter in enumerate(network.hyperparameters.parameters()):
            parameter.add_(0.1 * normal(*parameter.shape, seed=seed).tanh())


@pytest.mark.parametrize("ask", ASKS, ids=str)
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("per_neuron", [False, True], ids=["layer", "neuron"])
@pytest.mark.parametrize("phi", PHIS, ids=lambda phi: phi.name())
def test_gradients_are_those_of_nested_autograd(phi, per_neuron, channels, ask):
    network, x = network_of(phi, None, per_neuron, channels), normal(6, 2, seed=5) / 2
    spread(network)
    expected = oracles.field_jet(network, x, ask)
    g = Jet(*(None if part is None else normal(*part.shape, seed=6) for part in expected))
    total = sum((a * b).sum() for a, b in zip(g, expected, strict=True) if b is not None)
    by_autograd = torch.autograd.grad(total, [*network.parameters()])
    for plan in {cheapest(ask, 2, channels), Propagation(ask, 2)}:
        with torch.no_grad():
            _, kept = plan.forward(network.layers(), x)
            gradients = network.folded(plan.backward(network.layers(), kept, g))
        assert len(gradients) == 2 * 4 + 3 * (len(phi.learnable()) + len(phi.trains))
        for mine, theirs in zip(gradients, by_autograd, strict=True):
            assert mine.shape == theirs.shape
            assert (mine - theirs).abs().max() <= 1e-10 * theirs.abs().max()


def test_the_parameters_are_in_the_order_of_the_gradients():
    network = network_of(Hosc(), per_neuron=True)
    assert all(a is b for a, b in zip(parameters_of(network.layers()), network.parameters(), strict=True))
    assert [name for name, _ in network.hyperparameters.named_parameters()][:3] == ["0.omega_0", "0.beta", "1.omega_0"]
    assert network.hyperparameters[0].omega_0.shape == (5,)


@pytest.mark.parametrize("cls", ACTIVATIONS.values(), ids=ACTIVATIONS.keys())
def test_every_activation_can_be_trained_by_all_that_it_can_learn(cls):
    network = network_of(cls(), hidden_layers=1)
    x, ask = normal(4, 2) / 2, Ask(True, (laplacian(2),))
    plan = cheapest(ask, 2, 1)
    with torch.no_grad():
        jet, kept = plan.forward(network.layers(), x)
        gradients = network.folded(plan.backward(network.layers(), kept, jet))
    assert len(gradients) == 6 + 2 * (len(cls.learnable()) + len(cls.trains))
    assert all(torch.isfinite(g).all() for g in gradients)
    assert all(g.any() for g in gradients[6:]) or cls.vanishes_from


def test_it_begins_as_the_activation_has_it_and_the_weights_are_the_same():
    phi = Gaussian(scale=3.0)
    plain, trained = network_of(phi, ()), network_of(phi, per_neuron=True)
    for a, b in zip(plain.linears.parameters(), trained.linears.parameters(), strict=True):
        assert torch.equal(a, b)
    torch.testing.assert_close(trained(normal(4, 2)), plain(normal(4, 2)))
    assert not [name for name in plain.state_dict() if "hyper" in name]


SMALL = {"size": 16, "hidden_features": 8, "steps": 6, "eval_every": 2, "learning_rate": 1e-2}


def trial(**flat):
    return list(run_trial(TrialConfig.from_flat({**SMALL, **flat})))


@pytest.mark.parametrize("per", ["layer", "neuron"])
@pytest.mark.parametrize("loss", ["image", "gradient", "all"])
def test_a_resumed_trial_ends_with_the_same_bits_and_has_learned(loss, per):
    flat = {"activation": "hosc", "learn": "beta, omega_0", "learn_per": per, "loss": loss}
    whole = trial(**flat)
    for step in run_trial(TrialConfig.from_flat({**SMALL, **flat})):
        if step.step == 3:
            torch.save(step.trial.state(), file := io.BytesIO())
            break
    state = torch.load(io.BytesIO(file.getvalue()))
    resumed = list(run_trial(TrialConfig.from_flat({**SMALL, **flat}), resume=state))
    ends = [steps[-1].trial.network.state_dict() for steps in (whole, resumed)]
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])
    moved = [ends[0][f"hyperparameters.{layer}.omega_0"] for layer in range(4)]
    assert all((value != 30).all() for value in moved)
    kinds = {(h.layer, h.kind) for h in whole[-1].evaluation.histograms}
    assert {(layer, name) for layer in (1, 2, 3, 4) for name in ("omega_0", "beta")} <= kinds
    assert whole[-1].evaluation.metrics["network/parameters"] == 8 * 3 + 3 * 72 + 9 + 8 * (8 if per == "neuron" else 1)


@pytest.mark.parametrize(("per", "count"), [("layer", None), ("neuron", 5)])
def test_an_evaluation_tells_what_was_learned(per, count):
    last = trial(activation="gaussian", learn="scale", learn_per=per)[-1]
    (layers,) = last.evaluation.learned.values()
    values = last.trial.network.state_dict()
    for i, layer in enumerate(layers):
        own = values[f"hyperparameters.{i}.scale"].double().numpy()
        assert layer == pytest.approx(float(own) if count is None else np.quantile(own, [0, 0.25, 0.5, 0.75, 1]))
    assert layers[0] != 10.0
    assert trial(activation="gaussian")[-1].evaluation.learned == {}


# What PyTorch's compiler itself makes PyTorch warn about.
@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler: torch.compile has nothing to call")
def test_a_compiled_step_learns_what_an_eager_one_does():
    config = TrialConfig.from_flat(
        {**SMALL, "learn": "omega_0", "learn_per": "neuron", "loss": "gradient", "hidden_layers": 0, "steps": 2}
    )
    eager, compiled = ([*run_trial(config, compiled=how)][-1].trial.network for how in (False, True))
    for mine, theirs in zip(compiled.parameters(), eager.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-6)


def test_staf_is_its_sum_of_sines_drawn_as_published():
    draws = [Staf(n_sines=4, omega_0=30.0).drawn(7, np.random.default_rng(seed)) for seed in range(2000)]
    b, w, p = (np.stack([draw[name] for draw in draws]) for name in ("amplitudes", "rates", "phases"))
    assert stats.kstest(w.ravel() / 30, "uniform").pvalue > 1e-3
    assert stats.kstest(p.ravel() / (2 * np.pi) + 0.5, "uniform").pvalue > 1e-3
    assert stats.kstest((b * np.abs(b)).ravel(), stats.laplace(0, 1 / 8).cdf).pvalue > 1e-3
    z = normal(50)
    phi = bound(Staf(n_sines=4), z, seed=3)
    sines = zip(phi.amplitudes.tolist(), phi.rates.tolist(), phi.phases.tolist(), strict=True)
    expected = sum(b * np.sin(w * z.numpy() + p) for b, w, p in sines)
    np.testing.assert_allclose(phi.jet(z, 0)[0].numpy(), expected, atol=1e-12)


def test_a_comb_is_of_unit_norm_for_each_neuron_and_begins_as_a_sine():
    z, c = normal(9, 5), normal(3, 5, seed=2)
    found = dataclasses.replace(Comb(omega_0=2.0, n_modes=3), coefficients=c).jet(z, 0)[0]
    unit = c.numpy() / np.linalg.norm(c.numpy(), axis=0)
    expected = sum(unit[i] * np.sin((2 * i + 1) * 2.0 * z.numpy()) for i in range(3))
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-12)
    for mine, sine in zip(bound(Comb(), z).jet(z, 3), Sine().jet(z, 3), strict=True):
        torch.testing.assert_close(mine, sine)


@pytest.mark.parametrize("flat", [{"activation": "staf"}, {"activation": "comb", "learn": "omega_0"}], ids=str)
def test_a_trained_sum_of_sines_moves_and_repeats_by_its_seed(flat):
    first, again, other = (trial(**flat, seed=seed)[-1].trial.network.state_dict() for seed in (1, 1, 2))
    start = next(run_trial(TrialConfig.from_flat({**SMALL, **flat, "seed": 1}))).trial.network.state_dict()
    names = [name for name in first if "hyper" in name]
    assert len(names) == 4 * (3 if flat["activation"] == "staf" else 2)
    assert all(torch.equal(first[name], again[name]) for name in names)
    assert not any(torch.equal(first[name], other[name]) or torch.equal(first[name], start[name]) for name in names)


def test_nothing_learned_is_nothing_said():
    plain, named = TrialConfig.from_flat({}), TrialConfig.from_flat({"learn": "none"})
    assert plain == named
    assert plain.trial_id == named.trial_id
    assert plain.flat()["learn"] == "none"
    assert "learn_per" not in plain.flat()
    assert TrialConfig.from_flat({"size": 256}).trial_id == "e4e85cbbd3bf0f01"  # of before
    learned = TrialConfig.from_flat({"activation": "hosc", "learn": " beta,omega_0, beta"})
    assert learned.flat()["learn"] == "omega_0,beta"
    assert learned.flat()["learn_per"] == "layer"
    assert learned.trial_id != TrialConfig.from_flat({"activation": "hosc"}).trial_id
    assert TrialConfig.from_flat({"learn_per": "neuron"}).ignored == ("learn_per",)


@pytest.mark.parametrize(
    ("flat", "sentence"),
    [
        ({"learn": "omega"}, "--learn got 'omega' with --activation=sine: did you mean 'omega_0'?"),
        ({"learn": "omega_0,scale"}, "--learn got 'scale' with --activation=sine: expected one of omega_0"),
        (
            {"activation": "relu", "learn": "omega_0"},
            "--learn got 'omega_0': relu has no number that can be learned; leave --learn out",
        ),
        (
            {"activation": "square", "learn": "n_modes"},
            "--learn got 'n_modes' with --activation=square: expected one of omega_0",
        ),
        (
            {"learn": "omega_0", "learn_per": "neurons"},
            "--learn_per got 'neurons': did you mean 'neuron'?",
        ),
        (
            {"task": "hypernetwork", "activation": "comb"},
            "--task=hypernetwork got --activation=comb: its networks' parameters are made from pictures, and "
            "hyperparameters are none of them; learn none",
        ),
        (
            {"task": "hypernetwork", "learn": "omega_0"},
            "--task=hypernetwork got --learn=omega_0: its networks' parameters are made from pictures, and "
            "hyperparameters are none of them; learn none",
        ),
    ],
)
def test_what_cannot_be_learned_is_told_in_one_sentence(flat, sentence):
    with pytest.raises(UsageError) as caught:
        TrialConfig.from_flat(flat)
    assert str(caught.value) == sentence


def test_what_can_be_learned_are_the_numbers_of_the_formula():
    assert SuperGaussian.learnable() == ("a", "b")
    assert Wire.learnable() == ("scale", "omega_0")
    assert ACTIVATIONS["msa"].learnable() == ACTIVATIONS["relu"].learnable() == ()
