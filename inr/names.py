"""Flat names: each is a flag, a column and part of a trial's identity, so each has exactly one declaration.

Classes declare them: every annotated field of :class:`inr.config.TrialConfig` and of a choice is a flat name, and so
are its aliases. A class that inherits a field shares the declaration.
"""

import inspect
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from inr.errors import UsageError
from inr.origins import PLUGINS, place
from inr.parameters import Alias

FLAGS = (
    *("help", "trial", "plan", "sweep", "agent", "force", "runs", "workers", "storage", "worker", "launcher"),
    *("launcher_options", "count", "plugin", "wandb", "device", "threads", "compile", "keep_weights"),
    *("keep_maps", "film"),
    *("show", "verify", "render", "into", "extent", "activations", "distributions", "advise", "version"),
)
COLUMNS = (
    *("trial_id", "status", "reason", "notes", "source", "folder"),  # of every table
    *("quality", "training_time", "network_size"),  # added by pictures
)
RESERVED = {
    **dict.fromkeys(FLAGS, "a flag of run.py"),
    **dict.fromkeys(COLUMNS, "a column of every table"),
    "meaning": "part of every identity",
    "plugins": "part of the identity of a trial that uses one",
}
"""Flat names that are not parameters → what they are. Listed here, so that a name is refused whatever is imported;
the tests compare the list with the command line and the tables."""


@dataclass(frozen=True)
class Declaration:
    """The class that declares a flat name, and the field's annotation."""

    owner: type
    annotation: Any


DECLARED: dict[str, Declaration] = {}
"""Flat name → its declaration."""


def declare(cls: type) -> None:
    """Claim the flat names of a class and its bases. A class of the same qualified name is replaced.

    A subclass may give an inherited field another default, under the same annotation. Raises :class:`UsageError`,
    and claims nothing, for a name that another class has declared, or that is reserved.
    """
    declared = {name: d for name, d in DECLARED.items() if _path(d.owner) != _path(cls)}
    for base in reversed(cls.__mro__):
        # A base is a finished dataclass, whose fields have left its body.
        fields = base.__dict__ if base is cls else getattr(base, "__dataclass_fields__", {})
        for name, annotation in _names(base, fields):
            declared[name] = _settled(name, Declaration(base, annotation), declared.get(name))
    DECLARED.clear()
    DECLARED.update(declared)


def _names(cls: type, fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The flat names, aliases too, of the ``fields`` in a class's own body, with their annotations."""
    for name, annotation in inspect.get_annotations(cls, eval_str=True).items():
        parameter = getattr(fields.get(name), "compare", True)  # a field that does not count in == is none
        if ClassVar in (annotation, typing.get_origin(annotation)) or not parameter:
            continue
        yield name, annotation
        marks = getattr(annotation, "__metadata__", ())
        yield from ((mark.name, annotation) for mark in marks if isinstance(mark, Alias))


def _settled(name: str, new: Declaration, known: Declaration | None) -> Declaration:
    """The declaration that stands: the new one, or the known one where it is the same or inherited."""
    if name in RESERVED or name.startswith("_"):
        what = RESERVED.get(name, "private, as the underscore says")
        raise UsageError(f"{_shown(new.owner)} declares {name!r}, which is {what}: rename it")
    if known is None:
        return new
    if _path(known.owner) not in map(_path, new.owner.__mro__):
        raise UsageError(
            f"{name!r} is declared by both {_shown(known.owner)} and {_shown(new.owner)}: rename one of them, "
            "or inherit it from a class that both share"
        )
    if known.annotation != new.annotation:
        raise UsageError(
            f"{_shown(new.owner)} declares {name!r} otherwise than {_shown(known.owner)}, from which it inherits it: "
            "rename it, or repeat the annotation and change the default only"
        )
    return known


def _path(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _shown(cls: type) -> str:
    """A class as a sentence names it: by its path, in a plugin by its file."""
    return f"{cls.__qualname__} in {place(cls)}" if cls.__module__ in PLUGINS else _path(cls)
