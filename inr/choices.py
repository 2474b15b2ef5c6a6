"""Choices: a name that a user gives, and the parameters that exist with it.

Each kind of choice (activation, operator, schedule …) is one abstract class, declared with ``kind="…"``. Its options
are frozen, keyword-only dataclasses whose fields are their parameters. A concrete class registers itself under its
class name in snake case, or under the ``name`` that it is declared with. A field may be another choice, see
:mod:`inr.tree`.

Of a kind declared with ``several=True`` a user may give several options, one a place: ``sine,gaussian:scale=5``. An
option takes its parameters by their flat names, as one that stands alone does, but for those that it says itself.
"""

import dataclasses
import functools
import typing
from abc import ABC
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, NamedTuple

from inr.errors import UsageError
from inr.names import declare
from inr.origins import place
from inr.parameters import OneOf, Parameter, Since, Spelling
from inr.words import exact, unknown

OPTIONS: dict[str, dict[str, type["Choice"]]] = {}
"""Kind → name → class of every option, in the order of their definition."""
BETWEEN, BEFORE_OWN, EQUALS = ",", ":", "="
"""What stands between options, before a parameter of an option's own, and before its value."""


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
    several: ClassVar[bool] = False
    """True if several options of the kind may be given, one a place."""
    first_only: ClassVar[tuple[str, ...]] = ()
    """The parameters that count only in the first of several places."""
    _name: ClassVar[str]

    def __init_subclass__(
        cls,
        kind: str | None = None,
        abstract: bool = False,
        name: str | None = None,
        several: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        cls._name = name or _snake_case(cls.__name__)
        if kind:
            cls.kind, cls.several = kind, several
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
    kind = annotation.__origin__
    if not (isinstance(kind, type) and issubclass(kind, Choice)):
        return Parameter.of(name, annotation, default)
    marks: list[Any] = [OneOf(OPTIONS[kind.kind].keys(), _names if kind.several else None)]
    if kind.several:
        marks.append(Spelling(functools.partial(_spelling, kind.kind)))
    return Parameter.of(name, Annotated[(str, *marks, *annotation.__metadata__)], str(default))


class Named(NamedTuple):
    """An option as a user named it."""

    option: type[Choice]
    own: Mapping[str, Any]
    """Name → value of the parameters that it has for itself."""


def options_in(kind: str, text: str) -> tuple[Named, ...]:
    """Read the options that a text names, one a place; none where it names no option.

    Raises :class:`UsageError` for a value of an option's own that it cannot have.
    """
    known = options(kind)
    if text in known:
        return (Named(known[text], {}),)
    parts = str(text).split(BETWEEN)
    if not any(option.several for option in known.values()) or not set(_names(text)) <= known.keys():
        return ()
    if len(parts) == 1:
        raise UsageError(
            f"--{kind} got {text!r}: one alone takes its parameters as flags; give --{kind}={_flags(text)}"
        )
    return tuple(_named(known[_name(part)], part) for part in parts)


def _named(option: type[Choice], part: str) -> Named:
    own: dict[str, Any] = {}
    known = {parameter.name: parameter for parameter in parameters_of(option)}
    for pair in part.split(BEFORE_OWN)[1:]:
        name, equals, value = (word.strip() for word in pair.partition(EQUALS))
        said = f"--{option.kind} got {part.strip()!r}"
        if name in option.first_only:
            raise UsageError(f"{said}: {name} counts in the first layer alone; give --{name}")
        if name not in known:
            raise UsageError(f"{said}: {unknown(name, known) if known else f'{option.name()} has no parameter'}")
        if not equals or name in own:
            raise UsageError(f"{said}: write {BEFORE_OWN}{name}{EQUALS}VALUE, once")
        own[name] = known[name].coerce(value)
    return Named(option, {name: own[name] for name in known if name in own})


def written(named: Sequence[Named]) -> str:
    """Write options as a user gives them: the inverse of :func:`options_in`."""
    return BETWEEN.join(
        option.name() + "".join(f"{BEFORE_OWN}{name}{EQUALS}{exact(value)}" for name, value in own.items())
        for option, own in named
    )


def _spelling(kind: str, text: str) -> str:
    return written(options_in(kind, text))


def _names(text: str) -> list[str]:
    return [_name(part) for part in text.split(BETWEEN)]


def _name(part: str) -> str:
    return part.partition(BEFORE_OWN)[0].strip()


def _flags(text: str) -> str:
    name, *own = text.split(BEFORE_OWN)
    return " ".join([name.strip(), *(f"--{pair.strip()}" for pair in own)])


def before() -> list[tuple[str, str, str, Any]]:
    """List what records of earlier versions leave unsaid: kind, option, the name of a parameter, and its value then."""
    marked = ((option, p, p.first(Since)) for option in registered() for p in parameters_of(option))
    return [(option.kind, option.name(), p.name, mark.before) for option, p, mark in marked if mark]
