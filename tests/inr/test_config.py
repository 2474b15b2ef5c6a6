"""The config at its border: identity, resolution, and one sentence for every mistake."""

import dataclasses
import json
import shutil

import pytest
from annotated_types import Ge, Gt, Le, Lt
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from inr.activations import ACTIVATIONS
from inr.activations.fourier import Sawtooth, Square, Triangle
from inr.activations.trained import Comb
from inr.config import TrialConfig, aliases, entries, parameters, remarks
from inr.errors import InputError, UsageError
from inr.holdouts import Random
from inr.initialisation.ordinary import Pytorch
from inr.parameters import OneOf
from inr.signals import signal_names
from inr.words import nearest
from tests.cases import CONFIG_ERRORS

LOSSES = ["image", "gradient", "laplacian", "laplacian+image", "image+gradient", "all"]


def config(**flat):
    return TrialConfig.from_flat(flat)


def strategy(parameter):
    """Valid values of a parameter, read off its annotation."""
    choices, mark = parameter.first(OneOf), parameter.first
    if parameter.name == "image":
        return st.sampled_from(signal_names())
    if choices or parameter.type is str:
        return st.sampled_from([*choices.names] if choices else LOSSES)
    if parameter.type is int:
        return st.integers(mark(Ge).ge, mark(Le).le if mark(Le) else None)
    low = mark(Ge).ge if mark(Ge) else mark(Gt).gt
    high = mark(Lt).lt if mark(Lt) else 1e9
    return st.floats(low, high, exclude_min=mark(Gt) is not None, exclude_max=mark(Lt) is not None)


FLATS = st.fixed_dictionaries({}, optional={name: strategy(p) for name, p in parameters().items()})


def resolve(flat):
    """The config, or none where the combination means nothing."""
    try:
        return TrialConfig.from_flat(flat)
    except UsageError:
        return reject()


@settings(max_examples=150, deadline=None)
@given(FLATS)
def test_a_resolved_config_comes_back_as_it_was(flat):
    first = resolve(flat)
    for again in (first.flat(), json.loads(json.dumps(first.flat())), {k: str(v) for k, v in first.flat().items()}):
        second = TrialConfig.from_flat(again)
        assert second == first
        assert second.flat() == first.flat()
        assert second.trial_id == first.trial_id
        assert second.ignored == ()


@settings(max_examples=100, deadline=None)
@given(FLATS, st.randoms(use_true_random=False))
def test_what_was_ignored_and_the_order_do_not_matter(flat, random):
    first = resolve(flat)
    names = [name for name in flat if name not in first.ignored]
    assert set(first.ignored) == flat.keys() - first.flat().keys()
    random.shuffle(names)
    assert TrialConfig.from_flat({name: flat[name] for name in names}) == first


@pytest.mark.parametrize(
    "spelling",
    [
        {"omega_0": 20, "steps": 30},
        {"omega_0": 20.0, "steps": 30.0},
        {"steps": "30", "omega_0": "20"},
        {"omega_0": "2e1", "steps": "30.0"},
        {"n_epochs": 30, "omega_0": " 20 "},
        {"omega_0": 20, "first_omega_0": 20, "steps": 30},
        {"omega_0": 20, "first_omega_0": None, "steps": 30},
        {"omega_0": 20, "first_omega_0": "None", "steps": 30},
        {"omega_0": 20, "steps": 30, "img_path": "camera", "init": "paper", "size": 64},
        {"omega_0": 20, "steps": 30, "loss": "image+image", "gradient_weight": 7, "gaussian_sigma": 3, "n_modes": 9},
    ],
    ids=str,
)
def test_one_trial_has_one_identity(spelling):
    expected = config(omega_0=20.0, steps=30)
    assert config(**spelling) == expected
    assert config(**spelling).trial_id == expected.trial_id


def test_different_trials_have_different_identities():
    other = {
        "size": 32, "channels": "rgb", "activation": "relu", "omega_0": 10, "first_omega_0": 10, "init": "pytorch",
        "hidden_features": 8, "hidden_layers": 1, "loss": "all", "image_weight": 2, "loss_units": "raw",
        "operator": "central", "steps": 3, "learning_rate": 1e-3, "schedule": "cosine", "batch_size": 9,
        "holdout": "grid", "eval_every": 7, "seed": 1, "image": "coins",
    }  # fmt: skip
    identities = {config(**{name: value}).trial_id for name, value in other.items()}
    assert len(identities | {config().trial_id}) == len(other) + 1
    assert all(len(identity) == 16 and int(identity, 16) >= 0 for identity in identities)


def test_the_meaning_is_part_of_the_identity(monkeypatch):
    before = config().trial_id
    monkeypatch.setattr("inr.config.MEANING", -1)
    assert config().trial_id != before


def test_hyperparameters_of_other_activations_collapse():
    relus = [config(activation="relu", omega_0=w, n_modes=n) for w in (10, 30) for n in (1, 4)]
    assert len({relu.trial_id for relu in relus}) == 1
    assert relus[0].ignored == ("omega_0", "n_modes")
    assert "omega_0" not in relus[0].flat()
    assert config(omega_0="bla", activation="relu") == relus[0]
    assert len({config(activation="square", n_modes=n).trial_id for n in (1, 4)}) == 2


@pytest.mark.parametrize(
    ("flat", "ignored"),
    [
        ({"gradient_weight": 2, "loss": "image"}, ("gradient_weight",)),
        ({"gaussian_sigma": 2, "operator": "sobel"}, ("gaussian_sigma",)),
        ({"holdout_fraction": 0.5}, ("holdout_fraction",)),
        ({"learning_rate_decay": 0.5, "schedule": "cosine"}, ("learning_rate_decay",)),
        ({"n_modes": 3, "activation": "sine", "laplacian_weight": 1}, ("n_modes", "laplacian_weight")),
    ],
)
def test_what_does_not_apply_is_ignored_listed_and_absent(flat, ignored):
    result = config(**flat)
    assert result.ignored == ignored
    assert not set(ignored) & result.flat().keys()
    assert all(getattr(result, name, None) is None for name in ignored)


def test_a_batch_of_more_points_than_there_are_is_told():
    whole = {"task": "image", "size": 16, "batch_size": 10**9, "omega_0": 3, "activation": "relu"}
    ignored, amounts = remarks(config(**whole), whole)
    assert ignored.startswith("omega_0=3 is ignored: it counts only with --activation=")
    assert amounts == "batch_size=1000000000 amounts to 0: there are no more training points, and all of them are taken"
    for told in ({"init": "own"}, {"eval_every": 10**6}):  # what they amount to needs no word
        assert remarks(config(**told), told) == []
    for batch in (0, 255):
        assert remarks(config(size=16, batch_size=batch), {"size": 16, "batch_size": batch}) == []


@pytest.mark.parametrize(
    ("loss", "canonical"),
    [
        ("all", "image+gradient+laplacian"),
        ("laplacian+image", "image+laplacian"),
        ("gradient + image", "image+gradient"),
        ("laplacian+gradient+image", "image+gradient+laplacian"),
        ("laplacian", "laplacian"),
    ],
)
def test_losses_have_one_spelling(loss, canonical):
    result = config(loss=loss, **{f"{term}_weight": 2 for term in canonical.split("+")})
    assert result.task.loss == canonical
    assert tuple(result.task.weights) == tuple(canonical.split("+"))
    assert set(result.task.weights.values()) == {2.0}


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_own_is_the_activations_initialisation(activation):
    assert str(config(activation=activation).init) == ACTIVATIONS[activation].init
    assert config(activation=activation, init="pytorch").init == Pytorch()


def test_it_makes_its_activation():
    made = config(activation="square", n_modes="2", omega_0=5).activation
    assert made == Square(n_modes=2, omega_0=5.0, first_omega_0=5.0)


def test_values_have_their_types():
    for name, value in config(loss="all", operator="gaussian", holdout="grid", activation="square").flat().items():
        assert type(value) is parameters()[name].type, name


def test_it_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        config().steps = 3


def test_a_file_is_its_bytes(tmp_path):
    first, copy, other = tmp_path / "a.png", tmp_path / "b.png", tmp_path / "c.png"
    first.write_bytes(b"some picture")
    shutil.copy(first, copy)
    other.write_bytes(b"another picture")
    identities = [config(image=str(path)).trial_id for path in (first, copy, other)]
    assert identities[0] == identities[1] != identities[2]
    assert config(image=str(first)).flat()["image"] == str(first)
    with pytest.raises(InputError, match="there is no such file"):
        _ = config(image=str(tmp_path / "none.png")).trial_id


def test_aliases_and_owners():
    assert aliases() == {"img_path": "image", "n_epochs": "steps"}
    assert entries()["n_modes"].owners == (Square, Triangle, Sawtooth, Comb)
    assert entries()["n_modes"].condition == "with --activation=square, triangle, sawtooth or comb"
    assert entries()["gaussian_sigma"].condition == "with --operator=gaussian"
    assert (entries()["steps"].owners, entries()["steps"].condition) == ((), "")
    assert set(parameters()) >= set(config().flat())


def test_notes_say_what_cannot_be_trained():
    note = (
        "the laplacian loss cannot train relu: its derivatives of order 2 and above are zero, so the term is a constant"
    )
    assert config(activation="relu", loss="all").notes() == (note,)
    alone = note + ", and the loss has no other term: nothing will be learnt"
    assert config(activation="relu", loss="laplacian").notes() == (alone,)
    assert config(activation="relu", loss="image+gradient").notes() == ()
    assert config(activation="sine", loss="all").notes() == ()


def test_minus_zero_is_zero():
    plus, minus = (config(loss="all", image_weight=zero) for zero in (0.0, -0.0))
    assert plus == minus
    assert plus.trial_id == minus.trial_id


def test_an_alias_may_repeat_its_name_in_another_type():
    assert config(steps=30, n_epochs="30") == config(steps=30)


@pytest.mark.parametrize("flat", [{"seed": True}, {"steps": True}, {"omega_0": True}, {"seed": False}], ids=str)
def test_true_is_no_number(flat):
    with pytest.raises(UsageError):
        config(**flat)


@pytest.mark.parametrize(("flat", "sentence"), CONFIG_ERRORS, ids=[str(flat) for flat, _ in CONFIG_ERRORS])
def test_every_mistake_has_its_sentence(flat, sentence):
    with pytest.raises(UsageError) as raised:
        TrialConfig.from_flat(flat)
    assert str(raised.value) == sentence
    assert raised.value.exit_code == 2


def test_an_analytic_field_may_be_held_out_at_random():
    assert config(image="sinusoids", operator="analytic", holdout="random", loss="all").task.holdout == Random()


def test_an_integer_may_be_written_with_an_exponent():
    assert config(steps="1e3") == config(steps=1000)
    with pytest.raises(UsageError):
        config(steps="1.5e0")


@pytest.mark.parametrize(
    ("flat", "plain"),
    [
        ({"batch_size": 10**9}, {}),
        ({"size": 32, "batch_size": 1024}, {"size": 32}),
        ({"size": 33, "batch_size": 289, "holdout": "grid"}, {"size": 33, "holdout": "grid"}),
        ({"size": 32, "batch_size": 1024, "holdout": "random"}, {"size": 32, "holdout": "random"}),
        ({"eval_every": 10**12}, {"eval_every": 500}),
        ({"steps": 20}, {"steps": 20, "eval_every": 20}),
        ({"loss_units": "raw"}, {"loss_units": "physical"}),
        (
            {"loss_units": "raw", "loss": "all", "operator": "analytic", "image": "sinusoids"},
            {"loss_units": "physical", "loss": "all", "operator": "analytic", "image": "sinusoids"},
        ),
        ({"image": "cat"}, {"image": "chelsea"}),
    ],
    ids=str,
)
def test_what_has_no_effect_is_not_identity(flat, plain):
    assert config(**flat) == config(**plain)
    assert config(**flat).trial_id == config(**plain).trial_id


@pytest.mark.parametrize(
    "flat",
    [
        {"size": 32, "batch_size": 1023},
        {"size": 33, "batch_size": 288, "holdout": "grid"},
        {"size": 32, "batch_size": 800, "holdout": "random"},  # a seed may leave more than three quarters
        {"eval_every": 499},
        {"loss_units": "raw", "loss": "image+gradient"},
    ],
    ids=str,
)
def test_what_has_an_effect_stays(flat):
    flat_config = config(**flat).flat()
    assert {name: flat_config[name] for name in flat} == flat


@pytest.mark.parametrize("weights", [{"image_weight": 1, "gradient_weight": 0}, {"gradient_weight": 0.0}], ids=str)
def test_a_derivative_without_a_weight_does_not_see_what_is_held_out(weights):
    assert config(holdout="random", loss="image+gradient", **weights).task.holdout == Random()


def test_a_term_without_a_weight_is_no_reason_for_a_note():
    assert config(activation="relu", loss="all", laplacian_weight=0).notes() == ()
    (note,) = config(activation="relu", loss="image+laplacian", image_weight=0).notes()
    assert note.endswith("and the loss has no other term: nothing will be learnt")


def test_of_equally_near_names_the_one_declared_first_is_meant():
    assert nearest("sin", ["sinc", "sine"]) == "sinc"
    assert nearest("sin", ["sine", "sinc"]) == "sine"
    assert nearest("SINE", ["cosine", "sine"]) == "sine"
    assert nearest("qqq", ["sine"]) is None
