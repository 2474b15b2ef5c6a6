"""Encodings: their formulas in NumPy, derivatives through them by nested autograd, and what a trial makes of them."""

import io
import math

import numpy as np
import pytest
import torch

import inr
from inr.activations.classic import Relu, Tanh
from inr.activations.periodic import Sine
from inr.choices import OPTIONS
from inr.config import TrialConfig
from inr.encodings import Fourier, Identity, Positional
from inr.errors import UsageError
from inr.gains import layer_numbers
from inr.initialisation import INITIALISATIONS
from inr.jet import Ask, Jet, laplacian
from inr.network import CoordinateMLP
from inr.planes.choose import cheapest
from inr.size import parameter_count
from inr.trial import Trial, problem_of, run_trial
from tests import oracles

TINY = {"size": 16, "hidden_features": 12, "hidden_layers": 1, "steps": 4, "eval_every": 2}
ENCODINGS = [Positional(octaves=3), Fourier(fourier_sigma=0.7, fourier_rows=5)]


def network_of(encoding, phi=Tanh(), dimensions=2, channels=1, width=5):  # noqa: B008  frozen
    sizes = {"in_features": dimensions, "hidden_features": width, "hidden_layers": 1, "out_features": channels}
    law = INITIALISATIONS[phi.init]()
    return CoordinateMLP(phi, **sizes, init=law, seed=0, encoding=encoding).double()


def points(dimensions, count=6):
    return 2 * torch.rand(count, dimensions, dtype=torch.float64, generator=torch.Generator().manual_seed(2)) - 1


def encoded(encoding, x):
    """What the network sees, as the module computes it."""
    (layer, *_) = network_of(encoding, dimensions=x.shape[1]).layers()
    return torch.sin(x @ layer.weight.t() + layer.bias).numpy()


def test_positional_is_equation_4_of_nerf():
    x = points(3)
    angles = [2**i * math.pi * x.numpy() for i in range(3)]
    expected = np.concatenate([*map(np.sin, angles), *map(np.cos, angles)], axis=1)
    np.testing.assert_allclose(encoded(Positional(octaves=3), x), expected, atol=1e-5)


def test_fourier_features_are_sines_and_cosines_of_normal_frequencies():
    encoding, x = Fourier(fourier_sigma=3.0, fourier_rows=400), points(2)
    b = encoding.frequencies(2, seed=0)
    assert b.shape == (400, 2)
    assert b.std() == pytest.approx(3, rel=0.1)
    assert abs(b.mean()) < 0.3
    angles = 2 * math.pi * x.numpy() @ b.T
    np.testing.assert_allclose(encoded(encoding, x), np.concatenate([np.sin(angles), np.cos(angles)], 1), atol=2e-5)
    assert not np.array_equal(b, encoding.frequencies(2, seed=1))


@pytest.mark.parametrize(
    ("flat", "octaves"),
    [
        ({"size": 256}, 6),
        ({"size": 100}, 4),
        ({"size": 8}, 1),
        ({"size": 256, "octaves": 3}, 3),
        ({"task": "audio", "rate": 8000, "seconds": 1}, 10),
        ({"task": "video", "frames": 128, "size": 16}, 5),
        ({"task": "wave"}, 10),
    ],
    ids=str,
)
def test_the_octaves_follow_nyquist(flat, octaves):
    """⌊log₂(N / 4)⌋ for N samples along a side; NeRF's 10 where there is no grid."""
    config = TrialConfig.from_flat({**flat, "encoding": "positional"})
    assert config.encoding == Positional(octaves=octaves)
    assert TrialConfig.from_flat(config.flat()) == config


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("phi", [Relu(), Tanh(), Sine(omega_0=2.0, first_omega_0=3.0)], ids=lambda phi: phi.name())
@pytest.mark.parametrize("encoding", ENCODINGS, ids=str)
@pytest.mark.parametrize(
    ("dimensions", "ask"),
    [
        (2, Ask()),
        (2, Ask(gradient=True)),
        (2, Ask(True, (laplacian(2),))),
        (1, Ask(second=((1.0,),))),
        (3, Ask(second=((1.0, 0.0, 0.0), (0.0, 1.0, 1.0)))),
    ],
    ids=str,
)
def test_derivatives_pass_through_as_by_nested_autograd(encoding, phi, channels, dimensions, ask):
    network, x = network_of(encoding, phi, dimensions, channels), points(dimensions)
    plan = cheapest(ask, dimensions, channels)
    with torch.no_grad():
        found, kept = plan.forward(network.layers(), x)
    expected = oracles.field_jet(network, x, ask)
    for a, e in zip(found, expected, strict=True):
        assert (a is None) == (e is None)
        if e is not None:
            torch.testing.assert_close(a, e.detach(), rtol=1e-9, atol=1e-9)
    total = sum((part**2).sum() for part in expected if part is not None)
    with torch.no_grad():
        pull = Jet(*(None if part is None else 2 * part for part in found))
        gradients = network.pulled(network.made(x, {}, 1), [plan.backward(network.layers(), kept, pull)], {})
    by_autograd = torch.autograd.grad(total, [*network.parameters()], materialize_grads=True)
    for a, e in zip(gradients, by_autograd, strict=True):
        torch.testing.assert_close(a, e, rtol=1e-8, atol=1e-8 * float(e.abs().max() + 1))


@pytest.mark.parametrize("encoding", [name for name in OPTIONS["encoding"] if name != "identity"])
def test_an_encoding_is_not_trained_and_a_trial_resumes_with_it(encoding):
    small = {"hidden_features": 8, "fourier_rows": 5}  # a bicubic grid of as many numbers as pixels would be nan
    config = TrialConfig.from_flat({**TINY, **small, "encoding": encoding, "activation": "relu", "learning_rate": 1e-2})
    begun = {name: b.clone() for name, b in Trial(config, problem_of(config), "cpu", 1, False).network.named_buffers()}
    steps = [*run_trial(config)]
    network = steps[-1].trial.network
    assert {*begun} == {"encoding_weight", "encoding_bias"}
    assert all(torch.equal(begun[name], now) for name, now in network.named_buffers())
    assert not {name for name, _ in network.named_parameters() if "encoding" in name}
    assert steps[-1].loss < steps[1].loss
    file = io.BytesIO()
    for step in run_trial(config):
        if step.step == 3:
            torch.save(step.trial.state(), file)
            break
    file.seek(0)
    *_, last = run_trial(config, resume=torch.load(file, weights_only=True))
    assert last.evaluation.metrics == steps[-1].evaluation.metrics


def test_layers_are_counted_from_the_first_that_is_trained():
    config = TrialConfig.from_flat({**TINY, "encoding": "fourier", "fourier_rows": 9, "steps": 1})
    (first, *_) = (step.evaluation for step in run_trial(config))
    assert {h.layer for h in first.histograms} == {1, 2, 3}
    assert {name for name in first.layers if "predicted" not in name} == {
        *("deviation/layer_1", "deviation/layer_2", "gain/layer_2", "reach/cycles_per_unit"),
        "reach/cycles_per_sample",
    }
    features = {"in_features": 18, "hidden_features": 12, "hidden_layers": 1, "out_features": 1}
    assert first.metrics["network/parameters"] == parameter_count(Sine(), **features)


def test_the_reach_is_that_of_the_encoding():
    found = layer_numbers(points(2), network_of(Positional(octaves=5), Relu()).layers(), (0.1, 0.1))
    assert found["reach/cycles_per_unit"] == pytest.approx(2**4 / 2)
    assert found["reach/cycles_per_sample"] == pytest.approx(0.8)


def test_relu_learns_detail_with_an_encoding_at_equal_size():
    common = {"size": 32, "activation": "relu", "parameters": 9000, "learning_rate": 2e-3, "steps": 150}
    fourier = {"encoding": "fourier", "fourier_rows": 64, "fourier_sigma": 3}
    encodings = ({}, {"encoding": "positional"}, fourier)
    found = [inr.fit("camera", **common, eval_every=150, **flat).metrics for flat in encodings]
    assert all(8500 < metrics["network/parameters"] <= 9000 for metrics in found)
    plain, *others = (metrics["image/psnr"] for metrics in found)
    assert min(others) > plain + 2.5


def test_no_encoding_is_the_trial_of_before():
    assert TrialConfig.from_flat({"size": 256, "encoding": "identity"}).trial_id == "e4e85cbbd3bf0f01"
    assert TrialConfig.from_flat({}).encoding == Identity()
    with pytest.raises(UsageError, match=r"^--encoding=fourier got --task=hypernetwork, .*: use --encoding=identity$"):
        TrialConfig.from_flat({"encoding": "fourier", "task": "hypernetwork"})
