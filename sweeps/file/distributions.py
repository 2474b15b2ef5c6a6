"""The distributions that a sweep can draw a parameter from: W&B's, read from YAML and checked against the parameter."""

import math
from dataclasses import dataclass
from random import Random
from typing import Any

from inr.errors import UsageError
from inr.parameters import Parameter
from inr.words import unknown
from sweeps.file.files import expanded
from sweeps.file.nodes import Entries, Mistakes, check_keys, entries, items, line_of, number, scalar, text

Value = str | int | float | bool


@dataclass(frozen=True)
class Choice:
    """A distribution over finitely many values of the parameter's type, in the file's order; one is a constant."""

    values: tuple[Value, ...]
    probabilities: tuple[float, ...] | None = None
    """The probability of each value, in the order of ``values``; None if all are equal."""

    @property
    def count(self) -> int:
        """The number of values that a grid takes."""
        return len(self.values)

    def draw(self, random: Random) -> Value:
        """Draw a value according to the probabilities."""
        return random.choices(self.values, self.probabilities)[0]

    def middle(self) -> tuple[Value, ...]:
        """All values; an estimate over the space has to visit each."""
        return self.values

    def __str__(self) -> str:
        if self.probabilities is None:
            return ", ".join(map(str, self.values))
        return ", ".join(f"{v} ({p:g})" for v, p in zip(self.values, self.probabilities, strict=True))


@dataclass(frozen=True)
class Uniform:
    """A uniform distribution of numbers in [low, high], both ends included.

    With ``q``, only multiples of ``q`` are drawn; ``low`` and ``high`` are such multiples.
    """

    low: float
    high: float
    log: bool = False
    """Uniform in the logarithm of the value, not in the value."""
    q: float | None = None
    integer: bool = False
    """Values are integers (``low``, ``high`` and ``q`` then are, too)."""

    @property
    def count(self) -> int:
        """The number of :attr:`values`, computed without listing them: they could fill the memory."""
        return int(self.high) - int(self.low) + 1

    @property
    def values(self) -> tuple[Value, ...]:
        """Every integer from ``low`` to ``high``, for a grid; valid only with ``integer`` and without ``q``."""
        return tuple(range(int(self.low), int(self.high) + 1))

    def draw(self, random: Random) -> Value:
        """Draw a value by W&B's definition of the distribution."""
        if self.integer and not self.log and self.q is None:
            return random.randint(int(self.low), int(self.high))
        if self.log:
            return self.round(math.exp(random.uniform(math.log(self.low), math.log(self.high))))
        return self.round(random.uniform(self.low, self.high))

    def round(self, x: float) -> Value:
        """Round x to the nearest value of the distribution."""
        step = self.q or (1 if self.integer else None)
        x = min(max(round(x / step) * step if step else x, self.low), self.high)
        return int(x) if self.integer else float(x)

    def middle(self) -> tuple[Value, ...]:
        """A tuple of one value: the centre of the interval, or its geometric mean with ``log``."""
        return (self.round(math.sqrt(self.low * self.high) if self.log else (self.low + self.high) / 2),)

    def __str__(self) -> str:
        kind = ("log-uniform" if self.log else "uniform") + (" integer" if self.integer else "")
        return f"{self.low:g} … {self.high:g}, {kind}" + (f" in steps of {self.q:g}" if self.q else "")


Distribution = Choice | Uniform

_BOUNDS = ("min", "max")
_FORMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "constant": (("value",), ()),
    "categorical": (("values",), ("probabilities",)),
    "uniform": (_BOUNDS, ()),
    "int_uniform": (_BOUNDS, ()),
    "q_uniform": (_BOUNDS, ("q",)),
    "log_uniform_values": (_BOUNDS, ()),
    "q_log_uniform_values": (_BOUNDS, ("q",)),
}
"""Supported distribution of W&B → (required keys, optional keys)."""

_KEYS = ("distribution", "value", "values", "probabilities", "min", "max", "q")
_SHAPES = "use min and max with uniform or log_uniform_values"
_REFUSED_KEYS = {
    **dict.fromkeys(("mu", "sigma", "a", "b"), _SHAPES),
    "parameters": "parameters are flat here, write each by its own name at the top",
}
_REFUSED = {
    **dict.fromkeys(("normal", "q_normal", "log_normal", "q_log_normal", "beta", "q_beta"), _SHAPES),
    "log_uniform": "use log_uniform_values, whose min and max are the values and not their logarithms",
    "q_log_uniform": "use q_log_uniform_values, whose min and max are the values and not their logarithms",
    "inv_log_uniform": "use log_uniform_values",
    "inv_log_uniform_values": "use log_uniform_values",
    "categorical_w_probabilities": "use categorical, with values and probabilities",
}


def read_distribution(parameter: Parameter, node: Any, grid: bool, mistakes: Mistakes) -> Distribution | None:
    """Read a parameter's block of a sweep file; None if it has no key of a distribution, or a mistake (noted)."""
    what = f"parameter {parameter.name!r}"
    found = entries(node, what, mistakes)
    check_keys(found, _KEYS, _REFUSED_KEYS, what, mistakes)
    if not any(key in found for key in _KEYS):
        return None
    form = _form(found, line_of(node), what, mistakes)
    if form is None or not _complete(found, form, line_of(node), what, mistakes):
        return None
    if form in ("constant", "categorical"):
        return _choice(parameter, found, grid, mistakes)
    return _uniform(parameter, form, found, grid, mistakes)


def _form(found: Entries, line: int, what: str, mistakes: Mistakes) -> str | None:
    """The distribution's name; if none is given, the one that W&B infers from the keys."""
    if "distribution" in found:
        return _named_form(found, what, mistakes)
    if "value" in found or "values" in found:
        return "constant" if "value" in found else "categorical"
    if "q" in found:
        mistakes.add(found["q"].line, f"q of {what} needs distribution: q_uniform or q_log_uniform_values")
        return None
    if not any(key in found for key in _BOUNDS):
        mistakes.add(line, f"{what} has no values: give value, values, or min and max")
        return None
    bounds = [scalar(found[key].node, key, Mistakes("")) for key in _BOUNDS if key in found]
    return "int_uniform" if all(isinstance(bound, int) for bound in bounds) else "uniform"


def _named_form(found: Entries, what: str, mistakes: Mistakes) -> str | None:
    name, line = text(found, "distribution", mistakes), found["distribution"].line
    if name in _FORMS or name is None:
        return name
    if name in _REFUSED:
        mistakes.add(line, f"distribution {name!r} of {what} is not supported: {_REFUSED[name]}")
    else:
        mistakes.add(line, f"unknown distribution {name!r} of {what}: {unknown(name, _FORMS)}")
    return None


def _complete(found: Entries, form: str, line: int, what: str, mistakes: Mistakes) -> bool:
    """Check the keys of a distribution, and note missing and superfluous ones; False if one is missing."""
    needed, optional = _FORMS[form]
    missing = [key for key in needed if key not in found]
    if missing:
        mistakes.add(line, f"{what} has no {' and no '.join(missing)}, which distribution {form} needs")
    for key, entry in found.items():
        if key in _KEYS and key not in ("distribution", *needed, *optional):
            mistakes.add(entry.line, f"{key!r} of {what} does not go with distribution {form}: remove one of them")
    return not missing


def _choice(parameter: Parameter, found: Entries, grid: bool, mistakes: Mistakes) -> Choice | None:
    name = parameter.name
    nodes = [found["value"].node] if "value" in found else items(found["values"].node, f"values of {name!r}", mistakes)
    seen: dict[Value, int] = {}
    values = [(value, line_of(node)) for node in nodes for value in _values(parameter, node, mistakes)]
    for value, line in values:
        if value in seen:
            mistakes.add(
                line, f"{name} has the value {value} twice, first in line {seen[value]}: W&B would run it twice"
            )
        else:
            seen[value] = line
    probabilities = (
        _probabilities(name, max(len(nodes), len(values)), found, grid, mistakes) if "probabilities" in found else None
    )
    return Choice(tuple(seen), probabilities) if seen else None


def _values(parameter: Parameter, node: Any, mistakes: Mistakes) -> list[Value]:
    """Convert a node to the parameter's type through ``str(value)``, the form in which W&B sends it.

    It is one value, or those of the files in a folder; none, with the mistake noted, for what cannot be converted.
    """
    value = scalar(node, f"a value of {parameter.name!r}", mistakes)
    if value is None:
        return []
    try:
        return [parameter.coerce(text) for text in expanded(parameter, str(value), line_of(node), mistakes)]
    except UsageError as error:
        mistakes.add(line_of(node), str(error).removeprefix("--"))
        return []


def _probabilities(name: str, count: int, found: Entries, grid: bool, mistakes: Mistakes) -> tuple[float, ...] | None:
    entry, what = found["probabilities"], f"probabilities of {name!r}"
    given = [number(node, what, mistakes) for node in items(entry.node, what, mistakes)]
    numbers = [float(p) for p in given if p is not None]
    if len(given) != count:
        mistakes.add(entry.line, f"{what} are {len(given)}, its values are {count}: give one for each value")
    elif len(numbers) == count and (min(numbers) < 0 or abs(sum(numbers) - 1) > 1e-6):
        mistakes.add(entry.line, f"{what} sum to {sum(numbers):g}: expected numbers of at least 0 with the sum 1")
    if grid:
        mistakes.add(entry.line, f"{what} mean nothing in a grid, which takes every value once: remove them")
    return tuple(numbers)


def _uniform(parameter: Parameter, form: str, found: Entries, grid: bool, mistakes: Mistakes) -> Uniform | None:
    name, line = parameter.name, found["min"].line
    low, high = (number(found[key].node, f"{key} of {name!r}", mistakes) for key in _BOUNDS)
    q = number(found["q"].node, f"q of {name!r}", mistakes) if "q" in found else 1 if form.startswith("q_") else None
    if low is None or high is None:
        return None
    problems = _number_problems(parameter, form, q) or _interval_problems(name, form, low, high, q)
    problems += _range_problems(parameter, low, high) if not problems else []
    if grid and form != "int_uniform":
        problems.append(f"{name} is {form}, and a grid needs finitely many values: list them with values")
    for problem in problems:
        mistakes.add(line, problem)
    integer = form == "int_uniform" or parameter.type is int
    if problems:
        return None
    if integer:
        return Uniform(int(low), int(high), "log" in form, None if q in (None, 1) else int(q or 1), True)
    return Uniform(float(low), float(high), "log" in form, None if q is None else float(q))


def _number_problems(parameter: Parameter, form: str, q: float | None) -> list[str]:
    if parameter.type not in (int, float):
        return [f"{parameter.name} takes {parameter.expected}, not a range: list them with values"]
    if parameter.type is int and form in ("uniform", "log_uniform_values"):
        instead = {"uniform": "int_uniform", "log_uniform_values": "q_log_uniform_values with q: 1"}[form]
        return [f"{parameter.name} takes integers, and {form} draws fractions: use {instead}"]
    if parameter.type is int and not float(q or 1).is_integer():
        return [f"{parameter.name} takes integers, and q is {q:g}: give an integer q"]
    return []


def _interval_problems(name: str, form: str, low: float, high: float, q: float | None) -> list[str]:
    problems = []
    if low >= high:
        problems.append(f"min of {name} is {low:g} and max {high:g}: min must be below max (for one value, use value)")
    if "log" in form and low <= 0:
        problems.append(f"min of {name} is {low:g}, which has no logarithm: {form} needs a min above 0")
    if form == "int_uniform" and not (float(low).is_integer() and float(high).is_integer()):
        problems.append(f"{name} is int_uniform between {low:g} and {high:g}: give integers, or use uniform")
    if q is not None and q <= 0:
        problems.append(f"q of {name} is {q:g}: expected a number above 0")
    elif q is not None and any(abs(end / q - round(end / q)) > 1e-9 for end in (low, high)):
        # W&B rounds its draws to multiples of q: a draw could fall outside other ends, or never reach them.
        problems.append(
            f"{name} is drawn in multiples of q = {q:g}: min {low:g} and max {high:g} must be such multiples"
        )
    return problems


def _range_problems(parameter: Parameter, low: float, high: float) -> list[str]:
    problems = []
    for end in (low, high):
        try:
            parameter.coerce(str(end))
        except UsageError as error:
            problems.append(str(error).removeprefix("--"))
    return problems
