"""Families of scores: one thing that is measured each, as ``image`` or ``held_out``, and variants of a score's name.

A task declares its families with :func:`declare_family`. Everybody else asks :mod:`inr.vocabulary`, which names no
family.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from inr.scores import SCORES, Score, scores_of

Config = Mapping[str, Any]
"""A flat config, resolved."""


def lacks_nothing(config: Config) -> str | None:
    """The reason of a trial that lacks nothing: none."""
    return None


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A variant of a score's name: ``image/psnr_aligned`` is the variant ``aligned`` of ``image/psnr``."""

    name: str
    label: str
    """In words; ``{noun}`` stands for the thing that is scored."""
    rankable: bool = False
    """True where training changes it; False for a reference beside which the score is read, such as a zero map's."""
    beside: bool = False
    """True of a reference with a column of its own in the table of one trial."""
    classical: bool = False
    """True of the answer of a method without a network."""
    scores: tuple[str, ...] = ()
    """The scores that have the variant; none named means all."""
    lacks: Callable[[Config], str | None] = lacks_nothing
    """Why a trial of this config has no such variant; None where it has."""
    advice: str = ""
    """What a reader of the score without the variant must know where trials are ranked by the variant."""

    def named(self, noun: str) -> str:
        """The label beside a score of the thing ``noun``, which may be part of it."""
        return self.label.replace("{noun}", noun)


@dataclass(frozen=True, kw_only=True)
class Family:
    """The scores of one thing."""

    name: str
    """The first part of a metric's name."""
    noun: str
    """The thing in words."""
    source: str = ""
    """Where the thing is taken from, in words, if several families share the noun."""
    tasks: tuple[str, ...] = ()
    """The tasks that measure it; empty of what any task may measure."""
    kind: str = ""
    """The kind of its data, which decides its scores (see :mod:`inr.scores`)."""
    order: int | None = None
    """The order of the network's own derivative that it shows; None where it shows none."""
    derivative_of: str | None = None
    """The family whose thing it is a derivative of."""
    truth: str = ""
    """The family that holds the references of the same true map; its own where empty."""
    variants: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    """The names in every table, the first of them also while a trial runs."""
    occasional: tuple[str, ...] = ()
    """The names in a table whose trials have them."""
    listed: tuple[str, ...] = ()
    """The further names in a list of single trials."""
    apart: bool = False
    """True of scores that no other family has: the table of one trial has no columns for them, lines tell them."""
    layered: bool = False
    """True of numbers of every layer, ``layer_2`` and the like, which no trial is ranked by."""
    cost: bool = False
    """True of what a trial spends, and of its losses: less is better."""
    lacks: Callable[[Config], str | None] = lacks_nothing
    """Why a trial of this config has no such family; None where it has."""

    @property
    def label(self) -> str:
        """``gradient (network)``."""
        return self.noun + (f" ({self.source})" if self.source else "")

    def belongs_to(self, task: str) -> bool:
        """Return True if the task may measure the family."""
        return not self.tasks or task in self.tasks

    @property
    def scores(self) -> tuple[Score, ...]:
        """Every score that applies to the family's data."""
        return scores_of(self.kind)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of its scores' metrics, without variants."""
        return tuple(f"{self.name}/{score.name}" for score in self.scores)

    def variants_of(self, score: Score) -> tuple[Variant, ...]:
        """The variants that the family has of a score."""
        found = (VARIANTS[name] for name in self.variants)
        return tuple(variant for variant in found if not variant.scores or score.name in variant.scores)


VARIANTS: dict[str, Variant] = {}
"""Name → variant, in the order of the references under a table."""
FAMILIES: dict[str, Family] = {}
"""Name → family, in the order of tables."""


def declare_variant(variant: Variant) -> Variant:
    """Add a variant to the registry. Raises :class:`ValueError` for a name that is taken."""
    if variant.name in VARIANTS or variant.name in SCORES:
        raise ValueError(f"the variant {variant.name!r} is declared twice: rename one of them")
    VARIANTS[variant.name] = variant
    return variant


def declare_family(family: Family) -> Family:
    """Add a family to the registry; a declaration that differs in its tasks alone adds these to the first one's.

    Raises :class:`ValueError` for a name that is taken by another family.
    """
    known = FAMILIES.get(family.name)
    if known and (replace(known, tasks=family.tasks) != family or {*known.tasks} & {*family.tasks} or not known.tasks):
        raise ValueError(f"the family {family.name!r} is declared twice: rename one of them")
    shared = replace(family, tasks=(*(known.tasks if known else ()), *family.tasks))
    FAMILIES[family.name] = shared
    return shared
