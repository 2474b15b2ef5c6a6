"""The parameters of a dataclass and of all options of its choices: their flags, columns, and where they exist."""

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

from inr.choices import Choice, options, parameters_of, registered
from inr.errors import UsageError
from inr.names import DECLARED, FLAGS
from inr.parameters import Parameter, When
from inr.tree import walk
from inr.words import unknown


@dataclasses.dataclass(frozen=True)
class Entry:
    """A flat name's parameter, with the default of its declaration, and the options that have it."""

    parameter: Parameter
    owners: tuple[type[Choice], ...]
    """Empty for a parameter of every trial."""

    @property
    def condition(self) -> str:
        """The condition of the parameter in words ("with --activation=square or triangle"); empty if everywhere."""
        when: When | None = self.parameter.first(When)
        return " and ".join(filter(None, [_having(self.owners), when.text if when else ""]))

    @property
    def heading(self) -> str | None:
        """The heading under which ``--help`` lists the parameter; None for that of all parameters."""
        return self.owners[0].heading if self.owners else None

    @property
    def own_defaults(self) -> dict[str, Any]:
        """Option → its default, where it is not that of the declaration."""
        found = {owner.name(): _default(owner, self.parameter.name) for owner in self.owners}
        return {name: default for name, default in found.items() if default != self.parameter.default}


def _having(owners: tuple[type[Choice], ...]) -> str:
    """Options in words; empty where every trial has one of them."""
    said = [_chosen(kind, owners) for kind in dict.fromkeys(owner.kind for owner in owners)]
    return f"with {' or '.join(said)}" if said and all(said) else ""


def _chosen(kind: str, owners: tuple[type[Choice], ...]) -> str:
    """Name the options of a kind; where all of its options are meant, those that have such a choice at all."""
    *most, last = [owner.name() for owner in owners if owner.kind == kind]
    if len(most) + 1 < len(options(kind)):
        return f"--{kind}={', '.join(most)} or {last}" if most else f"--{kind}={last}"
    holders = (option for option in registered() if any(kind == p.name for p in parameters_of(option)))
    return _having(tuple(holders)).removeprefix("with ")


def schema(root: type) -> dict[str, Entry]:
    """Flat name → entry of ``root`` and of everything that can be chosen in it, each choice before its parameters."""
    return _schema(root, registered())


@functools.cache
def _schema(root: type, known_options: tuple[type[Choice], ...]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for parameter, owner in walk(root):
        known = found.get(parameter.name, Entry(_declared(parameter), ()))
        owners = known.owners if owner is root else tuple(dict.fromkeys((*known.owners, owner)))
        kinds = {other.kind for other in known.owners}
        if kinds and issubclass(owner, Choice) and owner.kind not in kinds:
            del found[parameter.name]  # it goes behind the second choice that has it
        found[parameter.name] = Entry(known.parameter, owners)
    return found


def _declared(parameter: Parameter) -> Parameter:
    return dataclasses.replace(parameter, default=_default(DECLARED[parameter.name].owner, parameter.name))


def _default(cls: type, name: str) -> Any:
    (default,) = (f.default for f in dataclasses.fields(cls) if f.name == name)
    return str(default) if isinstance(default, Choice) else default


def aliases(root: type) -> dict[str, str]:
    """Other spelling → flat name."""
    return {alias: name for name, entry in schema(root).items() for alias in entry.parameter.aliases}


def canonical(root: type, flat: Mapping[str, Any]) -> dict[str, Any]:
    """Give the values by flat name; an alias beside its name must not say otherwise.

    Raises :class:`UsageError` for an unknown name, and for two spellings that contradict one another.
    """
    given: dict[str, Any] = {}
    known, other = schema(root), aliases(root)
    for spelling, value in flat.items():
        name = other.get(spelling, spelling)
        if name in FLAGS:
            raise UsageError(f"{spelling!r} is a flag of run.py, and no parameter of a trial: give it there")
        if name not in known:
            raise UsageError(f"unknown parameter {spelling!r}: {unknown(spelling, [*known, *other])}")
        coerce = known[name].parameter.coerce
        if name in given and coerce(given[name]) != coerce(value):
            raise UsageError(
                f"{name} got both {given[name]!r} and {value!r} ({spelling} is its other spelling): give one"
            )
        given[name] = value
    return given
