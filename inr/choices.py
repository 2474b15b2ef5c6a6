"""Choices: a name that a user gives, and the parameters that exist with it.

Each kind of choice (activation, operator, schedule …) is one abstract class, declared with ``kind="…"``. Its options
are frozen, keyword-only dataclasses whose fields are their parameters. A concrete class registers itself under its
class name in snake case, or under the ``name`` that it is declared with. A field may be another choice.
"""

import dataclasses
import functools
import typing
from abc import ABC
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, TypeVar

from inr.errors import UsageError
from inr.names import declare
from inr.origins import Used, origins, place
from inr.parameters import OneOf, Parameter, Since

OPTIONS: dict[str, dict[str, type["Choice"]]] = {}
"""Kind → name → class of every option, in the order of their definition."""

T = TypeVar("T")


class Choice(ABC):
    """An option of a kind, with its parameters as fields.

    Every field has a default and an annotation ``Annotated[type, constraints…, Doc("…")]``, from which its flag, its
    validation, its column and its documentation follow. A flat name has one declaration, see :mod:`inr.names`: options
    share a parameter by inheriting it.
    """

    kind: ClassVar[str]
    """The flat name by which an option is chosen."""
    heading: ClassVar[str | None] = None
    """The heading of the options' parameters in ``--help``; None to list them below the choice."""
    _name: ClassVar[str]

    def __init_subclass__(
        cls, kind: str | None = None, abstract: bool = False, name: str | None = None, **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        cls._name = name or _snake_case(cls.__name__)
        if kind:
            cls.kind = kind
            OPTIONS.setdefault(kind, {})
        concrete = not (abstract or kind)
        known = OPTIONS[cls.kind].get(cls._name, cls) if concrete else cls
        if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise UsageError(
                f"two options of {cls.kind} are called {cls._name!r}, in {place(known)} and {place(cls)}: rename one"
            )
        declare(cls)
        if concrete:
            OPTIONS[cls.kind][cls._name] = cls

    @classmethod
    def name(cls) -> str:
        """The name in configs and tables."""
        return cls._name

    def __str__(self) -> str:
        return self._name


def _snake_case(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in name).removeprefix("_")


def options(kind: str) -> dict[str, type[Choice]]:
    """The options of a kind by name; none for what is no kind."""
    return OPTIONS.get(kind, {})


def registered() -> tuple[type[Choice], ...]:
    """Every option of every kind: a key for what is computed from all of them."""
    return tuple(option for kind in OPTIONS.values() for option in kind.values())


def parameters_of(cls: type) -> tuple[Parameter, ...]:
    """The parameters that the fields of a dataclass declare, in their order; a field without ``compare`` is none."""
    return _parameters_of(cls)


@functools.cache
def _parameters_of(cls: Any) -> tuple[Parameter, ...]:
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = [f for f in dataclasses.fields(cls) if f.compare]
    return tuple(_parameter(f.name, hints[f.name], f.default) for f in fields)


def _parameter(name: str, annotation: Any, default: Any) -> Parameter:
    """A field's parameter; that of a choice takes the names of its options."""
    if not (isinstance(annotation.__origin__, type) and issubclass(annotation.__origin__, Choice)):
        return Parameter.of(name, annotation, default)
    names = OneOf(OPTIONS[annotation.__origin__.kind].keys())
    return Parameter.of(name, Annotated[(str, names, *annotation.__metadata__)], str(default))


def before() -> list[tuple[str, str, str, Any]]:
    """List what records of earlier versions leave unsaid: kind, option, the name of a parameter, and its value then."""
    marked = ((option, p, p.first(Since)) for option in registered() for p in parameters_of(option))
    return [(option.kind, option.name(), p.name, mark.before) for option, p, mark in marked if mark]


def build(cls: type[T], given: Mapping[str, Any], resolved: dict[str, Any]) -> T:
    """Make an instance of ``cls``, and of the choices in it, from flat names and values.

    ``resolved`` grows by each parameter that applies, a choice as its instance: conditions see what stands before them.
    A parameter that does not apply is None. Raises :class:`UsageError` for a value of a wrong type or out of range.
    """
    values: dict[str, Any] = {}
    for parameter in parameters_of(cls):
        if not parameter.applies(resolved):
            values[parameter.name] = None
            continue
        value = parameter.resolve(given.get(parameter.name, parameter.default), resolved)
        if value is None:  # follows another parameter: the class fills it in
            continue
        if option := options(parameter.name).get(value):
            resolved[parameter.name] = option  # its own parameters' conditions may ask the class
            value = build(option, given, resolved)
        values[parameter.name] = resolved[parameter.name] = value
    return cls(**values)


def flat(instance: Any) -> dict[str, Any]:
    """The flat names and values of an instance and of the choices in it, without what does not apply."""
    return dict(_flat(instance))


def _flat(instance: Any) -> Iterator[tuple[str, Any]]:
    for parameter in parameters_of(type(instance)):
        value = getattr(instance, parameter.name)
        if isinstance(value, Choice):
            yield parameter.name, str(value)
            yield from _flat(value)
        elif value is not None:
            yield parameter.name, value


def plugins_of(instance: Any) -> list[Used]:
    """The plugins that define the choices in an instance, each beside the ``kind.name`` of its choice."""
    chosen = (getattr(instance, parameter.name) for parameter in parameters_of(type(instance)))
    found: list[Used] = []
    for choice in chosen:
        if isinstance(choice, Choice):
            found += [(f"{choice.kind}.{choice}", plugin) for plugin in origins(type(choice))] + plugins_of(choice)
    return found


def walk(cls: type) -> Iterator[tuple[Parameter, type]]:
    """Every parameter of ``cls`` and of all options of its choices, depth first, each with the class that has it."""
    for parameter in parameters_of(cls):
        yield parameter, cls
        for option in options(parameter.name).values():
            yield from walk(option)
