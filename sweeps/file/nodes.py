"""YAML with line numbers: nodes, their scalars, and the mistakes found in them, all reported together."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from inr.errors import UsageError
from inr.words import unknown


class Mistakes:
    """The mistakes found in one file, each a line number and a sentence."""

    def __init__(self, path: str | Path) -> None:
        self.path = path
        self.found: list[tuple[int, str]] = []

    def add(self, line: int, sentence: str) -> None:
        """Note a mistake in a line, counted from 1."""
        self.found.append((line, sentence))

    def raise_any(self) -> None:
        """Raise :class:`UsageError` with every mistake as ``path:line: sentence``, in the order of the lines."""
        if self.found:
            ordered = sorted(dict.fromkeys(self.found), key=lambda mistake: mistake[0])
            raise UsageError("\n".join(f"{self.path}:{line}: {sentence}" for line, sentence in ordered))


@dataclass(frozen=True, eq=False)
class Entry:
    """A value of a mapping as a YAML node, with the line of its key, counted from 1."""

    line: int
    node: Any


Entries = Mapping[str, Entry]


def line_of(node: Any) -> int:
    """The line in which a node begins, counted from 1."""
    return int(node.start_mark.line) + 1


def compose(text: str, mistakes: Mistakes) -> Any:
    """Parse a text that holds one YAML document, and return its root node.

    Returns None, with the mistake noted, for a text that is empty, is not YAML or is nested too deeply.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        mistakes.add(mark.line + 1, f"this is not YAML: {', '.join(filter(None, [error.context, error.problem]))}")
        return None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        mistakes.add(line, f"this is not YAML: the character {chr(error.character)!r} is not allowed")
        return None
    except RecursionError:
        mistakes.add(1, "this is not a sweep: it is nested too deeply")
        return None
    if root is None:
        mistakes.add(1, "the file is empty: a sweep needs method and parameters")
    return root


def entries(node: Any, what: str, mistakes: Mistakes) -> dict[str, Entry]:
    """The entries of a mapping by key; empty, with the mistake noted, for an empty one and for anything else."""
    if not isinstance(node, yaml.MappingNode) or not node.value:
        mistakes.add(line_of(node), f"{what} must be a mapping of keys to values")
        return {}
    found: dict[str, Entry] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else "a nested key"
        if name in found:
            mistakes.add(line_of(key), f"{name!r} stands twice in {what}, first in line {found[name].line}: keep one")
        else:
            found[name] = Entry(line_of(key), value)
    return found


def check_keys(found: Entries, known: Iterable[str], refused: Mapping[str, str], what: str, mistakes: Mistakes) -> None:
    """Note every key that is not in ``known``. A key in ``refused``, which W&B alone has, is noted with its remedy."""
    for name, entry in found.items():
        if name in refused:
            mistakes.add(entry.line, f"{name!r} of {what} is not supported: {refused[name]}")
        elif name not in known:
            mistakes.add(entry.line, f"unknown key {name!r} in {what}: {unknown(name, known)}")


def items(node: Any, what: str, mistakes: Mistakes) -> list[Any]:
    """The nodes of a list; empty, with the mistake noted, for anything else and for an empty list."""
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        mistakes.add(line_of(node), f"{what} must be a list of at least one value")
        return []
    return list(node.value)


def scalar(node: Any, what: str, mistakes: Mistakes) -> Any:
    """The single value of a node as W&B reads it; None, with the mistake noted, for null, a list or a mapping."""
    if not isinstance(node, yaml.ScalarNode):
        mistakes.add(line_of(node), f"{what} must be a single value, not a list or a mapping")
        return None
    try:
        value = yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        reason = getattr(error, "problem", None) or error
        mistakes.add(line_of(node), f"{what} got {node.value!r}, which YAML cannot read: {reason}")
        return None
    if value is None:
        mistakes.add(line_of(node), f"{what} has no value: give one, or leave the key out for the default")
    return value


def text(found: Entries, key: str, mistakes: Mistakes) -> str | None:
    """The value of a key as text, or None where the key is not there or is no single value."""
    value = scalar(found[key].node, key, mistakes) if key in found else None
    return None if value is None else str(value)


def number(node: Any, what: str, mistakes: Mistakes) -> int | float | None:
    """The finite number of a node; None, with the mistake noted, for anything else.

    PyYAML reads 1e-4, without a point, as text: that is a number too.
    """
    value = scalar(node, what, mistakes)
    if value is None:
        return None
    try:
        result = float(value) if isinstance(value, str) else value
        if isinstance(result, bool) or not math.isfinite(result):
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        mistakes.add(line_of(node), f"{what} got {node.value!r}: expected a number")
        return None
    return int(result) if isinstance(result, int) else float(result)
