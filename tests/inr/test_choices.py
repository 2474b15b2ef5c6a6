"""Choices: contracts of every kind and option, and the sentences that refuse a clash."""

import dataclasses
from dataclasses import dataclass
from typing import Annotated

import pytest
from annotated_types import Gt

from inr.choices import OPTIONS, Choice, parameters_of, registered
from inr.config import TrialConfig, entries
from inr.doc import Doc
from inr.errors import UsageError
from inr.parameters import When
from inr.schedules import Constant, Exponential, Schedule
from inr.tree import build, flat, walk

every_option = pytest.mark.parametrize("cls", registered(), ids=lambda cls: f"{cls.kind}-{cls.name()}")


@pytest.fixture(autouse=True)
def registries(restored_registries):
    """Whatever a test defines is gone after it."""


def chosen(kind, name):
    """The option as a trial has it: what its choice cannot stand alone with is added."""
    beside = {"analytic": {"image": "sinusoids"}}.get(name, {})
    return TrialConfig.from_flat({kind: name, **holders(kind), **beside})


def holders(kind):
    """The choices that must be made for a choice to exist, by kind: an option that has it, and its own holders."""
    holder = next(owner for parameter, owner in walk(TrialConfig) if parameter.name == kind)
    return {} if holder is TrialConfig else {holder.kind: holder.name(), **holders(holder.kind)}


@every_option
def test_an_option_is_frozen_keyword_only_and_complete_without_arguments(cls):
    option = cls()
    assert dataclasses.is_dataclass(cls)
    assert all(field.kw_only for field in dataclasses.fields(cls))
    assert option == cls()
    assert hash(option) == hash(cls())
    assert str(option) == cls.name() == cls.name().lower()
    assert cls.__doc__
    for name in flat(option):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(option, name, 1)


@every_option
def test_the_parameters_of_an_option_exist_exactly_where_it_is_chosen(cls):
    own = {parameter.name for parameter in parameters_of(cls) if parameter.first(When) is None}
    assert own <= chosen(cls.kind, cls.name()).flat().keys()
    for other in OPTIONS[cls.kind]:
        theirs = {parameter.name for parameter in parameters_of(OPTIONS[cls.kind][other])}
        assert not (own - theirs) & chosen(cls.kind, other).flat().keys()


@every_option
def test_an_option_is_named_where_its_parameters_are_documented(cls):
    for parameter in parameters_of(cls):
        condition = entries()[parameter.name].condition
        shared = all(parameter.name in flat(option()) for option in OPTIONS[cls.kind].values())
        assert (cls.name() in condition) != shared


def test_a_tree_is_built_from_flat_names_and_read_back():
    built = build(TrialConfig, {"schedule": "exponential", "learning_rate_decay": "0.5"}, {})
    assert built.schedule == Exponential(learning_rate_decay=0.5)
    assert flat(built)["learning_rate_decay"] == 0.5
    assert build(TrialConfig, {"learning_rate_decay": "0.5"}, {}).schedule == Constant()


def test_every_parameter_comes_after_the_choice_that_it_belongs_to():
    names = [*entries()]
    for name, entry in entries().items():
        for owner in entry.owners:
            assert names.index(owner.kind) < names.index(name)


def test_a_parameter_of_options_of_two_kinds_or_of_all_of_one_kind_says_where_it_exists():
    assert entries()["row_periods"].condition == "with --case=manufactured or --initial=standing"
    assert entries()["wave_number"].condition == entries()["case"].condition == "with --task=helmholtz"
    assert entries()["boundary_weight"].condition == "with --boundary=penalised and with boundary in --loss"
    assert entries()["loss"].condition == entries()["seed"].condition == ""


def test_options_of_two_kinds_cannot_declare_one_name():
    with pytest.raises(UsageError) as caught:

        @dataclass(frozen=True, kw_only=True)
        class Warm(Schedule):
            gaussian_sigma: Annotated[float, Gt(0), Doc("steps")] = 1.0

    assert str(caught.value).startswith("'gaussian_sigma' is declared by both inr.operators.Gaussian and ")
    assert "Warm" in str(caught.value)


def test_a_new_option_is_a_choice_at_once():
    @dataclass(frozen=True, kw_only=True)
    class Warm(Schedule):
        warm_steps: Annotated[float, Gt(0), Doc("share of the steps")] = 0.25

        def factor(self, share):
            return min(1.0, share / self.warm_steps)

    config = TrialConfig.from_flat({"schedule": "warm", "warm_steps": "0.5"})
    assert config.schedule == Warm(warm_steps=0.5)
    assert config.flat()["warm_steps"] == 0.5
    assert entries()["warm_steps"].condition == "with --schedule=warm"


def test_an_abstract_option_is_no_choice():
    class Abstract(Schedule, abstract=True):
        pass

    assert Abstract not in registered()
    assert issubclass(Abstract, Choice)
