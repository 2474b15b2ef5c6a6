"""Check that a class can be chosen, and tell its author the first fault in one sentence."""

import dataclasses
import inspect
import typing
from collections.abc import Iterator
from typing import Any, ClassVar

from inr.choices import Choice, parameters_of
from inr.doc import Doc
from inr.errors import UsageError

TYPES = (int, float, bool, str)


def check(cls: type[Choice]) -> None:
    """Raise :class:`UsageError`, with the first fault, for an option that could not be chosen."""
    for fault in _faults(cls):
        raise UsageError(f"{cls.__qualname__} {fault}")


def _faults(cls: type[Choice]) -> Iterator[str]:
    """Each may be looked for only where those before it were not found."""
    fields: tuple[Any, ...] = dataclasses.fields(cls) if dataclasses.is_dataclass(cls) else ()
    own = {
        name for name, annotation in inspect.get_annotations(cls, eval_str=True).items() if not _of_class(annotation)
    }
    if own - {field.name for field in fields} or not all(field.kw_only for field in fields):
        yield "is no keyword-only dataclass: write @dataclass(frozen=True, kw_only=True) above it"
    if missing := sorted(cls.__abstractmethods__):
        yield f"does not define {', '.join(missing)}, which every {cls.kind} has: write it"
    for name in _unset(cls):
        yield f"has no {name}, which every {cls.kind} has: give it a value in the class"
    yield from _of_fields(cls, fields)
    for parameter in parameters_of(cls):
        parameter.coerce(str(parameter.default) if isinstance(parameter.default, Choice) else parameter.default)
    cls()


def _of_fields(cls: type[Choice], fields: tuple[Any, ...]) -> Iterator[str]:
    hints = typing.get_type_hints(cls, include_extras=True)
    for field in fields:
        if not field.compare:  # no parameter
            continue
        if field.default is dataclasses.MISSING:
            yield f"has no default for {field.name}: give one, as every parameter has"
        annotation = hints[field.name]
        documented = any(isinstance(mark, Doc) for mark in getattr(annotation, "__metadata__", ()))
        if not documented or not _possible(annotation.__origin__):
            yield f'annotates {field.name} otherwise than expected: Annotated[float, Gt(0), Doc("what it is")]'


def _possible(kind: Any) -> bool:
    return kind in TYPES or (isinstance(kind, type) and issubclass(kind, Choice))


def _of_class(annotation: Any) -> bool:
    return ClassVar in (annotation, typing.get_origin(annotation))


def _unset(cls: type) -> list[str]:
    """The public class variables that a base announces and nobody has set."""
    announced = (
        name for base in cls.__mro__ for name, a in inspect.get_annotations(base, eval_str=True).items() if _of_class(a)
    )
    return [name for name in announced if not name.startswith("_") and not hasattr(cls, name)]
