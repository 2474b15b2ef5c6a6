"""Words for a person, the same on every floor: a count with its noun, a value as text, a name that was meant."""

import difflib
from collections.abc import Iterable
from functools import partial
from typing import Any


def plural(number: int, noun: str) -> str:
    """Format a count with its noun: ``1 trial``, ``2 trials``."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def text(value: Any) -> str:
    """Format a value as people write it: 30, 0.0001, sine; a dash for a missing value."""
    if value is None or value != value:
        return "–"
    value = whole(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def exact(value: Any) -> str:
    """Format a value so that it reads back as the same value: 30 for 30.0, every digit of another number."""
    value = whole(value)
    return repr(float(value)) if isinstance(value, float) else str(value)


def whole(value: Any) -> Any:
    """Replace a float without a fraction by the integer that it is; leave any other value unchanged.

    A column of integers becomes one of floats where a value is missing.
    """
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Find the known name that is most like ``name``, of several the first of ``known``.

    None if none is more alike than ``cutoff``, from 0 to 1. Capitals do not count if no name is like it with them.
    """
    known = list(known)
    for spelling in (name, name.lower()):
        near = difflib.get_close_matches(spelling, known, cutoff=cutoff)
        if near:
            return max(sorted(near, key=known.index), key=partial(_likeness, spelling))
    return None


def _likeness(spelling: str, name: str) -> float:
    return difflib.SequenceMatcher(None, name, spelling).ratio()


def unknown(name: str, known: Iterable[str]) -> str:
    """Write the rest of a sentence on an unknown name: the nearest right one, or all of them where none is near."""
    known = list(known)
    near = nearest(name, known)
    return f"did you mean {near!r}?" if near else f"expected one of {', '.join(sorted(known))}"


def unknown_flag(flag: str, known: Iterable[str]) -> str:
    """Write the rest of a sentence on an unknown flag: the nearest, one that begins like it first, or where all are."""
    known = sorted(known)
    near = next((name for name in known if name.startswith(flag)), None) or nearest(flag, known, cutoff=0.75)
    return f"did you mean {near}?" if near else "see --help for those there are"
