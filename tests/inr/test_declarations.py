"""Flat names: one declaration each, whichever comes first, and nothing half done where a second one is refused."""

import dataclasses
from dataclasses import dataclass
from typing import Annotated, ClassVar

import pytest
from annotated_types import Gt

from inr.activations import Activation
from inr.activations.periodic import Periodic
from inr.choices import OPTIONS
from inr.config import TrialConfig
from inr.doc import Doc
from inr.errors import UsageError
from inr.names import DECLARED, RESERVED, declare
from inr.parameters import Alias

Number = Annotated[float, Gt(0), Doc("a number")]
Other = Annotated[float, Gt(1), Doc("a number")]


@pytest.fixture(autouse=True)
def registries(restored_registries):
    """The flat names and the activations; whatever a test defines is gone after it."""
    return DECLARED, OPTIONS["activation"]


def activation(name, base=Activation, **annotations):
    """An activation of a class name, defined in a place of its own, with fields."""
    names = {"__module__": __name__, "__qualname__": f"here.{name}", "__annotations__": annotations}
    body = {**names, **dict.fromkeys(annotations, 2.0)}
    return dataclass(frozen=True, kw_only=True)(type(base)(name, (base,), body))


def refused(registries, name, base=Activation, **annotations):
    """The sentence by which an activation is refused, after which the registries are as they were."""
    before = [dict(registry) for registry in registries]
    with pytest.raises(UsageError) as caught:
        activation(name, base, **annotations)
    assert [dict(registry) for registry in registries] == before
    return str(caught.value)


@pytest.mark.parametrize("annotation", [Number, Other])
def test_two_activations_cannot_declare_one_hyperparameter(registries, annotation):
    activation("First", slope=Number)
    said = refused(registries, "Second", slope=annotation)
    owners = f"{__name__}.here.First and {__name__}.here.Second"
    assert said == (
        f"'slope' is declared by both {owners}: rename one of them, or inherit it from a class that both share"
    )


@pytest.mark.parametrize("name", ["size", "loss", "n_epochs", "img_path", "seed", "operator"])
def test_a_parameter_of_every_trial_cannot_be_a_hyperparameter(registries, name):
    said = refused(registries, "Taker", **{name: Number})
    first = DECLARED[name].owner
    owner = f"{first.__module__}.{first.__qualname__}"
    assert owner.startswith("inr.")
    assert said.startswith(f"{name!r} is declared by both {owner} and {__name__}.here.Taker")


def test_an_alias_is_a_name_as_well(registries):
    assert "inr.config.TrialConfig" in refused(registries, "Taker", slope=Annotated[float, Alias("seed"), Doc("")])
    activation("First", slope=Annotated[float, Alias("steepness"), Doc("")])
    assert "here.First" in refused(registries, "Second", steepness=Number)


def test_the_config_is_refused_where_an_activation_came_first(registries):
    registries[0].clear()
    activation("Early", seed=Number)
    with pytest.raises(UsageError, match=r"'seed' is declared by both \S+\.here\.Early and inr\.config\.TrialConfig"):
        declare(TrialConfig)
    assert set(registries[0]) == {"seed"}


@pytest.mark.parametrize("name", [*RESERVED, "_private"])
def test_a_reserved_name_is_refused_with_what_it_is(registries, name):
    said = refused(registries, "Taker", **{name: Number})
    what = RESERVED.get(name, "private, as the underscore says")
    assert said == f"{__name__}.here.Taker declares {name!r}, which is {what}: rename it"


def test_what_is_inherited_is_shared_under_another_default_too(registries):
    inherited = DECLARED["omega_0"].annotation
    one, two = activation("One", Periodic, slope=Number), activation("Two", Periodic, omega_0=inherited)
    assert (one.__dataclass_fields__["omega_0"].default, two.__dataclass_fields__["omega_0"].default) == (30.0, 2.0)
    assert registries[0]["omega_0"].owner is Periodic
    said = refused(registries, "Three", Periodic, omega_0=Number)
    assert said.startswith(f"{__name__}.here.Three declares 'omega_0' otherwise than inr.activations.periodic.Periodic")


def test_a_mixin_that_is_no_activation_declares_as_well(registries):
    @dataclass(frozen=True, kw_only=True)
    class Sloped:
        slope: Number = 1.0

    @dataclass(frozen=True, kw_only=True)
    class First(Sloped, Activation):
        pass

    @dataclass(frozen=True, kw_only=True)
    class Second(Sloped, Activation):
        pass

    assert registries[0]["slope"].owner is Sloped
    assert {"first", "second"} <= set(registries[1])
    assert "Sloped" in refused(registries, "Third", slope=Number)


def test_a_class_that_is_defined_again_takes_its_own_place(registries):
    activation("Again", slope=Number)
    again = activation("Again", steepness=Other)
    assert registries[1]["again"] is again
    assert "slope" not in registries[0]
    assert registries[0]["steepness"].owner is again
    activation("Another", slope=Number)
    assert "here.Another" in refused(registries, "Again", slope=Number)
    assert registries[1]["again"] is again


def test_a_class_variable_is_no_flat_name(registries):
    class Constant(Activation):
        seed: ClassVar[int] = 3

    assert registries[0]["seed"].owner is TrialConfig


def test_two_activations_cannot_have_one_name(registries):
    said = refused(registries, "Sine")
    assert (
        said == f"two options of activation are called 'sine', in inr.activations.periodic and {__name__}: rename one"
    )


def test_an_inherited_field_that_does_not_count_is_no_flat_name(registries):
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Base(Activation, abstract=True):
        memory: int = dataclasses.field(default=0, compare=False)

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Heir(Base):
        pass

    assert "memory" not in DECLARED
