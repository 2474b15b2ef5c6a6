"""The parameters of a trial, and how a value from outside (a flag, W&B, Optuna, JSON) becomes its type."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pydantic
from annotated_types import Ge, Gt, Le, Lt

from inr.doc import Doc
from inr.errors import UsageError
from inr.words import unknown


@dataclass(frozen=True)
class OneOf:
    """Annotation: the value must be one of these names. The collection may grow."""

    names: Collection[str]
    among: Callable[[str], Sequence[str]] | None = None
    """The names in a value that may have several, each of which must be one of these; None where it is a name."""

    def strangers(self, value: Any) -> list[Any]:
        """Return the names in a value that are none of these."""
        if self.among is None or not isinstance(value, str):
            return [] if value in self.names else [value]
        return [name for name in self.among(value) if name not in self.names]


@dataclass(frozen=True)
class FileOr:
    """Annotation: the value is one of these names, or else the path of a file.

    In a sweep file a folder or a pattern stands for its files; ``check`` raises :class:`inr.errors.InputError` for one
    that cannot be such a file, from its first bytes where they tell.
    """

    names: Collection[str]
    check: Callable[[str], object]


@dataclass(frozen=True)
class Alias:
    """Annotation: another spelling of the parameter's name."""

    name: str


@dataclass(frozen=True)
class When:
    """Annotation: the parameter exists only where the condition holds for the parameters resolved before it."""

    condition: Callable[[Mapping[str, Any]], bool]
    text: str
    """The condition in words, for ``--help``: "with gradient in --loss"."""


@dataclass(frozen=True)
class Spelling:
    """Annotation: the function gives a value's one spelling, whatever the other parameters are.

    It raises :class:`UsageError` for a value that has none.
    """

    of: Callable[[Any], Any]


@dataclass(frozen=True)
class Resolves:
    """Annotation: the function gives the value that takes effect beside the parameters resolved before it.

    Two values of one effect so become one value, and one trial.
    """

    effective: Callable[[Any, Mapping[str, Any]], Any]
    why: str | None = None
    """What to tell a person who gave another value than takes effect; None if it need not be told."""


@dataclass(frozen=True)
class Since:
    """Annotation: the parameter came when there were records already, of trials for which it had this value.

    At this value it is no part of a trial's identity, so that these records stand.
    """

    before: Any


@dataclass(frozen=True)
class Parameter:
    """A named value with a type, a default, constraints and a documentation, all read off one annotation."""

    name: str
    annotation: Any
    default: Any
    adapter: pydantic.TypeAdapter[Any] = field(repr=False, compare=False)

    @classmethod
    def of(cls, name: str, annotation: Any, default: Any) -> "Parameter":
        """The parameter that ``name: annotation = default`` declares."""
        return cls(name, annotation, default, pydantic.TypeAdapter(annotation))

    def first(self, kind: type[Any]) -> Any:
        """The first mark of a class (Doc, OneOf, When …) in the annotation, or None."""
        return next((mark for mark in self.annotation.__metadata__ if isinstance(mark, kind)), None)

    @property
    def type(self) -> Any:
        """The bare type: int, float, str or bool."""
        return self.annotation.__origin__

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other spellings of the name."""
        return tuple(mark.name for mark in self.annotation.__metadata__ if isinstance(mark, Alias))

    @property
    def doc(self) -> str:
        """One line: what it is, its unit."""
        doc: Doc = self.first(Doc)
        return doc.text

    def names_a_trial(self, value: Any) -> bool:
        """Return True if the value is part of a trial's identity."""
        since: Since | None = self.first(Since)
        return since is None or value != since.before

    def applies(self, resolved: Mapping[str, Any]) -> bool:
        """Return True if the parameter exists beside those resolved before it."""
        when: When | None = self.first(When)
        return when is None or when.condition(resolved)

    def coerce(self, value: Any) -> Any:
        """The value in the parameter's type and its one spelling; 30, 30.0 and "30" are one value.

        "None", as W&B spells it, is the default of a parameter that follows another one.

        Raises :class:`UsageError`, in one sentence, for what is not of the type or not in the range.
        """
        if self.default is None and value in (None, "None"):
            return None
        choices: OneOf | None = self.first(OneOf)
        if choices and (strangers := choices.strangers(value)):
            stranger = strangers[0] or value  # a name that is missing beside a comma
            raise UsageError(f"--{self.name} got {stranger!r}: {unknown(str(stranger), choices.names)}")
        try:
            if isinstance(value, bool) and self.type is not bool:
                raise ValueError("true and false are no numbers")
            coerced = self._finite(self.adapter.validate_python(self._whole(value)))
        except ValueError as error:
            raise UsageError(f"--{self.name} got {value!r}: expected {self.expected}") from error
        spelling: Spelling | None = self.first(Spelling)
        return spelling.of(coerced) if spelling else coerced

    def allows(self, value: Any) -> bool:
        """Return True for a value that is of the type and in the range."""
        try:
            self.coerce(value)
        except UsageError:
            return False
        return True

    def resolve(self, value: Any, resolved: Mapping[str, Any]) -> Any:
        """The coerced value as it takes effect beside the parameters ``resolved`` before it."""
        coerced = self.coerce(value)
        resolves: Resolves | None = self.first(Resolves)
        return resolves.effective(coerced, resolved) if resolves else coerced

    def _whole(self, value: Any) -> Any:
        """The text "1e3" of an integer as the number that it is."""
        return float(value) if self.type is int and isinstance(value, str) and "e" in value.lower() else value

    @staticmethod
    def _finite(value: Any) -> Any:
        if not isinstance(value, float):
            return value
        if not math.isfinite(value):
            raise ValueError("not finite")
        return value + 0.0  # -0.0 is 0.0, but JSON would spell it otherwise

    @property
    def expected(self) -> str:
        """The type and range in words: "a number above 0"."""
        noun = {int: "an integer", float: "a number", bool: "true or false", str: "a text"}[self.type]
        low, high = self.first(Ge), self.first(Le)
        if low and high:
            return f"{noun} from {low.ge} to {high.le}"
        bounds = [
            f"{word} {getattr(mark, attribute):g}"
            for mark in self.annotation.__metadata__
            for kind, attribute, word in _BOUNDS
            if isinstance(mark, kind)
        ]
        return " ".join([noun, " and ".join(bounds)]).strip()


_BOUNDS = ((Ge, "ge", "of at least"), (Gt, "gt", "above"), (Le, "le", "up to"), (Lt, "lt", "below"))
