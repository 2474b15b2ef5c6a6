"""One activation a layer: how they are named, what is identity, the network against slow references, the laws."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import inr
from inr.activations import ACTIVATIONS
from inr.activations.layers import of_layers, vanishes_from
from inr.choices import parameters_of
from inr.config import TrialConfig, remarks
from inr.errors import UsageError
from inr.fitted import Network, initial_network
from inr.initialisation import INITIALISATIONS, Own, places
from inr.initialisation.stable import UnitGradient, UnitVariance
from inr.jet import Ask, Jet, laplacian
from inr.planes import pointwise
from inr.planes.choose import cheapest
from inr.planes.forward import Propagation
from inr.planes.layer import widest
from inr.size import parameter_count
from inr.tree import flat
from inr.trial import run_trial
from sweeps.trial.programs import program_of
from tests import oracles

SMALL = {"size": 12, "hidden_features": 6, "steps": 4, "eval_every": 2, "learning_rate": 1e-2}
DEEP = ("sine", "wire", "wire", "real_gabor", "wire", "gaussian", "staf")
"""Each kind of map between two layers: real and complex numbers, two inputs, drawn numbers."""


def config(*names, **flat):
    return TrialConfig.from_flat({**SMALL, "hidden_layers": len(names) - 1, "activation": ",".join(names), **flat})


def network(made, channels=1):
    return initial_network(made, out_features=channels).double()


def normal(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


# Names and values


def test_each_layer_has_its_activation_with_its_values():
    made = config("sine", "gaussian:scale=5", "gaussian", omega_0=20, first_omega_0=40)
    first, *hidden = of_layers(made.activation, 2)
    assert (first.omega_0, first.first_omega_0) == (20, 40)
    assert [phi.scale for phi in hidden] == [5, 10]
    assert initial_network(made, 1).activations[0].omega_0 == 40
    told = {"activation": "sine,gaussian:scale=5,gaussian", "omega_0": 20, "first_omega_0": 40, "scale": 10}
    assert told.items() <= made.flat().items()


def test_a_shared_name_serves_all_that_say_nothing_of_their_own():
    made = config("sine", "real_gabor:omega_0=7", "hosc", omega_0=20)
    assert [phi.omega_0 for phi in of_layers(made.activation, 2)] == [20, 7, 20]
    assert made.flat()["activation"] == "sine,real_gabor:omega_0=7,hosc"


def test_where_nothing_is_said_each_has_the_default_of_its_paper():
    made = config("sine", "real_gabor", "finer_gauss:scale=4")
    assert [phi.omega_0 for phi in of_layers(made.activation, 2)] == [30, 10, 10]
    assert made.flat()["activation"] == "sine,real_gabor:omega_0=10,finer_gauss:scale=4:omega_0=10"
    assert (made.flat()["omega_0"], made.flat()["scale"]) == (30, 10)


def test_a_parameter_that_all_say_for_themselves_has_no_flat_name_and_one_that_is_given_is_told_as_ignored():
    made = config("sine", "gaussian:scale=5", scale=7)
    assert "scale" not in made.flat()
    assert made.ignored == ("scale",)
    assert remarks(made, {"scale": 7, **made.flat()}) == ["scale=7 is ignored: each activation has its own"]
    assert "first_omega_0" not in config("gaussian", "sine").flat()


@pytest.mark.parametrize("name", ["sine", "wire", "real_gabor"])
def test_alike_layers_are_the_one_activation(name):
    listed, alone = config(name, f" {name} ", name, omega_0=8), config(name, omega_0=8, hidden_layers=2)
    assert listed == alone
    assert (
        config(f"{name}:omega_0=8", f"{name}:omega_0=8").trial_id == config(name, omega_0=8, hidden_layers=1).trial_id
    )


def test_the_identity_is_that_of_the_values_however_they_are_written():
    one = config("sine", "gaussian", "gaussian", scale=5)
    assert config("sine", "gaussian:scale=5.0", "gaussian:scale=5e0").trial_id == one.trial_id
    assert config("sine", "gaussian:scale=5", "gaussian", scale="5").trial_id == one.trial_id
    assert (
        config("sine:omega_0=5", "real_gabor", omega_0=8).trial_id
        == config("sine", "real_gabor:omega_0=8", omega_0=5).trial_id
    )
    others = [config("sine", "gaussian:scale=6", "gaussian", scale=5), config("gaussian", "sine", "gaussian", scale=5)]
    others.append(config("sine", "gaussian", "gaussian", scale=5, first_omega_0=29))
    assert len({one.trial_id, *(other.trial_id for other in others)}) == 4


def own_values(cls):
    """A parameter of a class's own, as text, or none."""
    names = [p.name for p in parameters_of(cls) if p.type is float and p.name not in cls.first_only]
    values = st.floats(0.01, 0.9).map(lambda value: round(value, 3))
    given_one = st.tuples(st.sampled_from(names or [""]), values).map(lambda pair: f":{pair[0]}={pair[1]}")
    return st.just("") | given_one if names else st.just("")


members = st.sampled_from([*ACTIVATIONS]).flatmap(
    lambda name: own_values(ACTIVATIONS[name]).map(lambda own: name + own)
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(members, min_size=2, max_size=5), st.dictionaries(st.sampled_from(["omega_0", "scale", "a"]), st.just(0.5))
)
def test_a_config_is_what_its_flat_form_says(names, shared):
    made = config(*names, **shared)
    again = TrialConfig.from_flat(made.flat())
    assert again.flat() == made.flat()
    assert again.trial_id == made.trial_id
    for mine, theirs in zip(again.activations, made.activations, strict=True):
        assert type(mine) is type(theirs)
        assert flat(mine).items() - flat(theirs).items() <= {(name, getattr(mine, name)) for name in mine.first_only}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "sine,sine,gaussian",
            "--activation got 'sine,sine,gaussian', 3 layers, with --hidden_layers=3, which makes 4: name one for "
            "each, the first and the hidden ones, or give --hidden_layers=2",
        ),
        ("sine,gausian", "--activation got 'gausian': did you mean 'gaussian'?"),
        ("sine,gaussian:scal=3", "--activation got 'gaussian:scal=3': did you mean 'scale'?"),
        ("sine,relu:scale=3", "--activation got 'relu:scale=3': relu has no parameter"),
        ("sine,gaussian:scale=-3", "--scale got '-3': expected a number above 0 and up to 1e+06"),
        ("sine,gaussian:scale", "--activation got 'gaussian:scale': write :scale=VALUE, once"),
        (
            "sine,gaussian:scale=1:scale=2",
            "--activation got 'gaussian:scale=1:scale=2': write :scale=VALUE, once",
        ),
        (
            "sine,sine:first_omega_0=3",
            "--activation got 'sine:first_omega_0=3': first_omega_0 counts in the first layer alone; give "
            "--first_omega_0",
        ),
        (
            "gaussian:scale=3",
            "--activation got 'gaussian:scale=3': one alone takes its parameters as flags; give "
            "--activation=gaussian --scale=3",
        ),
    ],
)
def test_what_cannot_be_a_list_of_activations_is_one_sentence(text, sentence):
    with pytest.raises(UsageError) as caught:
        TrialConfig.from_flat({"activation": text})
    assert str(caught.value) == sentence


def test_no_other_choice_is_several():
    with pytest.raises(UsageError, match="--optimizer got 'adam,muon'"):
        TrialConfig.from_flat({"optimizer": "adam,muon"})


# The network


def by_hand(made, x):
    """The values of sine, wire, gaussian, with complex numbers where they are meant; weights as they are kept."""
    state = {name: values.numpy() for name, values in made.state_dict().items()}
    w, b = ([state[f"linears.{i}.{part}"] for i in range(4)] for part in ("weight", "bias"))
    sine = np.sin(3.0 * (x @ w[0].T + b[0]))
    n = len(w[1]) // 2
    z = sine @ (w[1][:n] + 1j * w[1][n:]).T + b[1][:n] + 1j * b[1][n:]
    wire = np.exp(2j * z - np.abs(1.5 * z) ** 2)
    u = (wire @ (w[2][0] + 1j * w[2][1]).T).real + b[2]
    return np.exp(-((0.7 * u) ** 2)) @ w[3].T + b[3]


def test_values_are_those_of_the_formulas_with_complex_numbers():
    made = network(config("sine:omega_0=3", "wire:omega_0=2:scale=1.5", "gaussian:scale=0.7"), channels=2)
    x = normal(7, 2)
    np.testing.assert_allclose(made(x).detach().numpy(), by_hand(made, x.numpy()), rtol=1e-12, atol=1e-14)


ASKS = [Ask(gradient=True), Ask(True, (laplacian(2),))]


@pytest.mark.parametrize("ask", ASKS, ids=str)
@pytest.mark.parametrize("learn", ["none", "omega_0,scale"])
def test_jets_and_gradients_are_those_of_nested_autograd(ask, learn):
    scales = {"omega_0": 1.3, "scale": 0.8, "first_omega_0": 2.0}
    made, x = network(config(*DEEP, learn=learn, **scales)), normal(5, 2, seed=5) / 2
    expected = oracles.field_jet(made, x, ask)
    g = Jet(*(None if part is None else normal(*part.shape, seed=6) for part in expected))
    total = sum((a * b).sum() for a, b in zip(g, expected, strict=True) if b is not None)
    by_autograd = torch.autograd.grad(total, [*made.parameters()])
    for plan in {cheapest(ask, 2, 1), Propagation(ask, 2)}:
        with torch.no_grad():
            jet, kept = plan.forward(made.layers(), x)
            gradients = made.folded(plan.backward(made.layers(), kept, g))
        for mine, theirs in zip(jet, expected, strict=True):
            assert mine is theirs is None or (mine - theirs).abs().max() <= 1e-10 * theirs.abs().max()
        for mine, theirs in zip(gradients, by_autograd, strict=True):
            assert mine.shape == theirs.shape
            assert (mine - theirs).abs().max() <= 1e-9 * theirs.abs().max() + 1e-14


@pytest.mark.parametrize("encoding", ["identity", "positional"])
def test_the_parameters_are_counted_as_the_network_has_them(encoding):
    made = config(*DEEP, encoding=encoding)
    sizes = {"in_features": made.encoding.features(2), "hidden_features": 6, "hidden_layers": 6, "out_features": 3}
    assert parameter_count(made.activation, **sizes) == sum(p.numel() for p in initial_network(made, 3).parameters())
    by_count = {name: value for name, value in made.flat().items() if name != "hidden_features"}
    width = TrialConfig.from_flat({**by_count, "parameters": 3000}).hidden_features
    assert parameter_count(made.activation, **{**sizes, "hidden_features": width, "out_features": 1}) <= 3000
    assert parameter_count(made.activation, **{**sizes, "hidden_features": width + 1, "out_features": 1}) > 3000
    assert len(widest(initial_network(made, 3).layers())) == max(12, made.encoding.features(2))


# What PyTorch itself makes PyTorch warn about.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_network_is_loaded_rendered_and_an_ordinary_module():
    result = inr.fit("camera", activation="sine,wire,gaussian", hidden_layers=2, scale=4, learn="scale", **SMALL)
    fitted, x = result.network, normal(4, 2).numpy() / 2
    module = fitted.module()
    np.testing.assert_allclose(module(torch.tensor(x).float()).detach().numpy(), fitted.value(x), atol=1e-6)
    exported = torch.export.export(module, (torch.zeros(4, 2),))
    np.testing.assert_allclose(exported.module()(torch.tensor(x).float()).detach().numpy(), fitted.value(x), atol=1e-6)
    arrays = {name: value.numpy() for name, value in fitted._source.state_dict().items()}
    again = Network.of_weights(config("sine", "wire", "gaussian", scale=4, learn="scale"), arrays)
    np.testing.assert_array_equal(again.laplacian(x), fitted.laplacian(x))


def test_a_network_of_pictures_takes_them():
    made = TrialConfig.from_flat({"task": "hypernetwork", "activation": "sine,tanh", "hidden_layers": 1})
    with pytest.raises(UsageError, match="--activation=sine,comb"):
        TrialConfig.from_flat({**made.flat(), "activation": "sine,comb"})


# The laws


def filled(law, names, place, **flat):
    phis = of_layers(config(*names, **flat).activation, len(names) - 1)
    weight, bias = torch.empty(300, 64), torch.empty(300)
    law.fill(weight, bias, places(phis)[place], torch.Generator().manual_seed(0))
    return float(weight.abs().max()), float(bias.abs().max())


def test_each_layer_has_the_law_of_its_own_activation():
    made = config("sine", "gaussian", "sine", omega_0=20)
    assert str(made.init) == "own"
    assert str(config("sine", "h_siren").init) == "paper"
    bounds = [filled(Own(), ("sine", "gaussian", "sine"), place, omega_0=20)[0] for place in range(4)]
    siren = math.sqrt(6 / 64) / 20
    assert bounds == pytest.approx([1 / 64, 1 / 8, siren, siren], rel=1e-3)


def test_unit_variance_takes_the_moment_of_the_layer_before_and_the_frequency_of_the_layer():
    of_sine, of_gaussian = (1 - math.exp(-2)) / 2, 1 / math.sqrt(5)  # E[sin²ξ], E[exp(−2ξ²)]
    for place, (moment, factor) in enumerate([(of_sine, 10), (of_gaussian, 20)], start=1):
        bound, bias = filled(UnitVariance(), ("sine", "gaussian", "sine"), place, omega_0=20)
        assert bound == pytest.approx(math.sqrt(3 / (64 * moment)) / factor, rel=1e-3)
        assert not bias


MIXED = (
    "sine",
    "gaussian",
    "tanh",
    "real_gabor",
    "hosc",
    "wire",
    "sine",
    "laplacian",
    "wire",
    "wire",
    "square",
    "selu",
)


def arguments(network, x):
    """Give factor · z of each layer."""
    for weight, bias, phi in network.layers()[:-1]:
        z = nn.functional.linear(x, weight, bias)
        yield (phi.factor * z).numpy()
        x = pointwise.value(phi, z)


@torch.no_grad()
def passing(names, law):
    """Of each layer the root mean square of factor · z, and the ratio of that of its slope to the layer before."""
    wide = {"hidden_features": 400, "omega_0": 9, "first_omega_0": 60}
    made = initial_network(config(*names, init=law, **wide), 1).double()
    x = 2 * torch.rand(300, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64) - 1
    step = torch.tensor([1e-6, 0.0], dtype=torch.float64)
    sides = zip(arguments(made, x + step), arguments(made, x - step), strict=True)
    slopes = np.array([np.sqrt(np.mean((high - low) ** 2)) for high, low in sides])
    return np.array([np.sqrt(np.mean(u**2)) for u in arguments(made, x)]), slopes[1:] / slopes[:-1]


def test_unit_variance_is_kept_from_one_activation_to_another():
    deviations, _ = passing(MIXED, "unit_variance")
    assert deviations[1:] == pytest.approx(np.ones(len(MIXED) - 1), rel=0.2)


def test_unit_gradient_is_kept_from_one_activation_to_another():
    _, ratios = passing(("sine", "gaussian", "tanh", "hosc", "sine", "gaussian", "selu"), "unit_gradient")
    assert ratios[1:] == pytest.approx(np.ones(5), rel=0.25)


def test_unit_gradient_has_one_deviation_that_serves_all_layers():
    """A sine could keep a small one; a Gaussian shrinks a gradient below σ = 1.1; biases fill what is missing."""
    law, phis = UnitGradient(), (ACTIVATIONS["sine"](), ACTIVATIONS["gaussian"]())
    weight, bias = torch.empty(3000, 64), torch.empty(3000)
    law.fill(weight, bias, places(phis)[1], torch.Generator().manual_seed(0))
    sigma = law.deviation(phis[1])
    sin2, cos2 = ((1 + sign * math.exp(-2 * sigma**2)) / 2 for sign in (-1, 1))
    assert float(weight.abs().max()) == pytest.approx(math.sqrt(3 / (64 * cos2)) / phis[1].factor, rel=1e-3)
    assert float(bias.std()) == pytest.approx(math.sqrt(sigma**2 - sin2 / cos2) / phis[1].factor, rel=0.05)


def test_alike_places_are_those_of_one_activation():
    phi = ACTIVATIONS["sine"]()
    assert [place.source is place.activation is phi for place in places((phi,) * 3)] == [True] * 4
    assert [(p.first, p.second, p.last) for p in places((phi,) * 2)] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    assert set(INITIALISATIONS) > {"own"}


# Trials


def test_layers_learn_what_they_have_and_the_record_tells_where():
    made = config("sine", "gaussian", "relu", learn="scale, omega_0")
    assert made.learn == "omega_0,scale"
    last = [*run_trial(made)][-1].evaluation
    assert {name: [value is None for value in layers] for name, layers in last.learned.items()} == {
        "omega_0": [False, True, True],
        "scale": [True, False, True],
    }
    assert last.learned["scale"][1] != 10
    kinds = {(h.layer, h.kind) for h in last.histograms}
    assert {(1, "omega_0"), (2, "scale")} <= kinds
    assert not {(2, "omega_0"), (3, "scale")} & kinds
    assert {"gain/layer_2", "gain/layer_3_predicted", "deviation/layer_1"} <= last.row.keys()
    with pytest.raises(UsageError, match="--learn got 'beta' with --activation=sine,gaussian,relu: expected one of"):
        config("sine", "gaussian", "relu", learn="beta")


def test_derivatives_vanish_only_where_those_of_every_layer_do():
    assert vanishes_from(config("relu", "leaky_relu").activations) == 2
    assert vanishes_from(config("relu", "sine").activations) is None
    assert config("relu", "leaky_relu", loss="all").notes()
    assert not config("relu", "sine", loss="all").notes()


def test_a_program_is_named_after_the_activations_in_their_order_and_not_after_their_floats():
    names = [
        program_of(config("sine", "square", n_modes=2)),
        program_of(config("square", "sine", n_modes=2)),
        program_of(config("sine", "square:n_modes=3")),
        program_of(config("sine", "square", "square", n_modes=2)),
    ]
    assert len(set(names)) == 4
    assert program_of(config("sine", "square:omega_0=3", n_modes=2, omega_0=17)) == names[0]
