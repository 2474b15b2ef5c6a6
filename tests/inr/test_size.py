"""A width from a number of parameters: counted as PyTorch counts, the widest that fits, a sentence where none does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inr.activations import ACTIVATIONS
from inr.config import TrialConfig
from inr.errors import UsageError
from inr.initialisation import INITIALISATIONS
from inr.network import CoordinateMLP
from inr.size import parameter_count, width_for
from inr.trial import run_trial
from tests.cases import SMALL_TASKS


def made(activation, sizes):
    network = CoordinateMLP(activation, **sizes, init=INITIALISATIONS["pytorch"](), seed=0)
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("layers", [0, 1, 3])
def test_the_count_is_that_of_the_network(name, layers):
    sizes = {"in_features": 3, "hidden_features": 7, "hidden_layers": layers, "out_features": 2}
    assert parameter_count(ACTIVATIONS[name](), **sizes) == made(ACTIVATIONS[name](), sizes)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([*ACTIVATIONS]), st.integers(0, 9), st.integers(1, 3), st.integers(1, 3), st.integers(1, 10**6))
def test_the_width_is_the_largest_that_fits(name, layers, dimensions, channels, parameters):
    sizes = {"in_features": dimensions, "hidden_layers": layers, "out_features": channels}
    phi = ACTIVATIONS[name]()
    one, most, beyond = (parameter_count(phi, **sizes, hidden_features=w) for w in (1, 16384, 16385))
    if not one <= parameters < beyond:
        with pytest.raises(UsageError, match=str(one if parameters < one else most)):
            width_for(parameters, phi, **sizes)
        return
    width = width_for(parameters, phi, **sizes)
    assert parameter_count(phi, **sizes, hidden_features=width) <= parameters
    assert parameter_count(phi, **sizes, hidden_features=width + 1) > parameters


def test_the_network_of_the_comparisons_of_the_literature_is_256_wide():
    assert width_for(198_914, ACTIVATIONS["sine"](), in_features=2, hidden_layers=3, out_features=3) == 255
    assert width_for(198_915, ACTIVATIONS["sine"](), in_features=2, hidden_layers=3, out_features=3) == 256


@pytest.mark.parametrize("task", [name for name in SMALL_TASKS if name != "hypernetwork"])
def test_a_trial_has_no_more_and_its_record_says_how_many(task):
    flat = {**SMALL_TASKS[task], "task": task, "hidden_layers": 1, "parameters": 300, "steps": 1}
    (*_, last) = run_trial(TrialConfig.from_flat(flat))
    count = last.evaluation.metrics["network/parameters"]
    assert 240 < count <= 300


def test_the_width_is_in_the_config_and_comes_back():
    config = TrialConfig.from_flat({"parameters": "2e5", "channels": "rgb"})
    assert config.flat()["hidden_features"] == config.hidden_features == 256
    assert TrialConfig.from_flat(config.flat()) == config
    assert TrialConfig.from_flat({"size": 256, "parameters": 0}).trial_id == BEFORE
    assert TrialConfig.from_flat({"size": 256}).trial_id == BEFORE
    assert config.trial_id != BEFORE


BEFORE = "e4e85cbbd3bf0f01"
"""The identity of the default trial in the version before there were ``parameters``."""


@pytest.mark.parametrize(
    ("flat", "sentence"),
    [
        (
            {"parameters": 10},
            "--parameters got 10: 4 layers of sine have 11 with one neuron each; give as many",
        ),
        (
            {"parameters": 10**6, "hidden_layers": 0, "activation": "relu"},
            "--parameters got 1000000: 1 layer of relu have 65537 at the largest width, 16384; give fewer, "
            "or more --hidden_layers",
        ),
        (
            {"parameters": 1000, "hidden_features": 256},
            "--parameters got 1000 beside --hidden_features=256, but makes it 17: give one",
        ),
        (
            {"parameters": 1000, "task": "hypernetwork"},
            "--parameters got --task=hypernetwork, whose networks have the parameters that a hypernetwork makes: "
            "give --hidden_features",
        ),
        ({"parameters": -1}, "--parameters got -1: expected an integer from 0 to 100000000"),
    ],
    ids=str,
)
def test_what_cannot_be_has_its_sentence(flat, sentence):
    with pytest.raises(UsageError) as raised:
        TrialConfig.from_flat(flat)
    assert str(raised.value) == sentence
