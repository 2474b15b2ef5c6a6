"""The flat names of the whole program: one declaration each, and none that a flag or a table has already."""

import dataclasses
import inspect
import typing
from collections import defaultdict

import pytest

from analysis.figures.names import DERIVED
from analysis.sources.rows import HEAD
from inr.activations.periodic import Periodic
from inr.choices import Choice, registered
from inr.config import TrialConfig, aliases, entries, parameters
from inr.names import COLUMNS, DECLARED, FLAGS, RESERVED
from sweeps.flags import make_parser


def test_every_flat_name_has_one_declaration() -> None:
    first = defaultdict(set)
    for cls in (TrialConfig, *registered()):
        for field in dataclasses.fields(cls):
            if not (field.compare or cls is TrialConfig):  # a choice's own memory, not a parameter
                continue
            declaring = [base for base in cls.__mro__ if field.name in inspect.get_annotations(base)]
            first[field.name].add(declaring[-1])
    for alias, name in aliases().items():
        first[alias] |= first[name]
    assert {name: {declaration.owner} for name, declaration in DECLARED.items()} == first
    assert set(parameters()) | set(aliases()) | {"ignored"} == set(first)


def test_a_shared_hyperparameter_has_the_default_of_its_declaration() -> None:
    for name, parameter in parameters().items():
        (declared,) = (f for f in dataclasses.fields(DECLARED[name].owner) if f.name == name)
        default = declared.default
        assert parameter.default == (str(default) if isinstance(default, Choice) else default)


def test_no_parameter_has_the_name_of_a_flag_or_a_column() -> None:
    options = {action.dest for action in make_parser()._actions}
    assert options - set(parameters()) - set(aliases()) == set(FLAGS)
    assert {*HEAD, *DERIVED} == set(COLUMNS)
    assert not set(RESERVED) & set(DECLARED)


@pytest.mark.usefixtures("restored_registries")
def test_an_activation_may_have_a_default_of_its_own() -> None:
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Zzz(Periodic):
        omega_0: typing.get_type_hints(Periodic, include_extras=True)["omega_0"] = 10.0  # type: ignore[valid-type]
        init: typing.ClassVar[str] = "paper"

    assert parameters()["omega_0"].default == 30.0
    others = {"real_gabor": 10.0, "wire": 20.0, "finer_gauss": 10.0, "finer_wavelet": 5.0}
    assert entries()["omega_0"].own_defaults == {**others, "zzz": 10.0}
    shown = " ".join(make_parser().format_help().split())
    told = "; ".join(f"{default} with {name}" for name, default in {**others, "zzz": 10.0}.items())
    assert f"default: 30.0; {told})" in shown
