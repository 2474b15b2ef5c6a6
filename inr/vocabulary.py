"""The names of metrics: their words, units and directions, and which of them stand where.

A metric is ``family/score`` or ``family/score_variant``. A name that is not known, as a record of a later version may
have, is its own label.
"""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from inr.families import FAMILIES, VARIANTS, Config, Family, Variant, declare_family
from inr.scores import Score
from inr.tasks import task_of, with_task

declare_family(Family(name="loss", noun="loss", cost=True))
declare_family(Family(name="timing", noun="timing", cost=True))
declare_family(Family(name="network", noun="network", cost=True))
declare_family(Family(name="deviation", noun="deviation of the pre-activations", layered=True))
declare_family(Family(name="gain", noun="gradient gain", layered=True))
declare_family(Family(name="reach", noun="reach of the first layer", layered=True))

UNKNOWN_DECIMALS = 4
MISSING = "–"
"""What stands for a number that is not there."""


@dataclass(frozen=True)
class Metric:
    """A metric's name and what is known of it."""

    name: str
    family: Family | None = None
    score: Score | None = None
    variant: Variant | None = None

    @property
    def label(self) -> str:
        """``image PSNR, aligned``."""
        if not (self.family and self.score):
            return self._layer if self.family and self.family.layered else self.name
        variant = f", {self.variant.named(self.family.noun)}" if self.variant else ""
        return f"{self.family.label} {self.score.label}{variant}"

    @property
    def _layer(self) -> str:
        """``gradient gain, layer 2 predicted``."""
        _, _, name = self.name.partition("/")
        return f"{self.family.noun if self.family else ''}, {name.replace('_', ' ')}"

    @property
    def unit(self) -> str:
        """``dB``; empty where there is none."""
        return self.score.unit if self.score else ""

    @property
    def header(self) -> str:
        """``image PSNR, aligned (dB)``."""
        return self.label + (f" ({self.unit})" if self.unit else "")

    @property
    def higher_is_better(self) -> bool:
        """False of errors, and of what a trial spends."""
        return self.score.higher_is_better if self.score else not (self.family and self.family.cost)

    @property
    def goal(self) -> str:
        """The better direction in the word of sweep files: ``maximize`` or ``minimize``."""
        return "maximize" if self.higher_is_better else "minimize"

    @property
    def decimals(self) -> int:
        """Digits behind the point."""
        return self.score.decimals if self.score else UNKNOWN_DECIMALS

    @property
    def rankable(self) -> bool:
        """True where training changes it, so that a sweep can want it."""
        return self.score is not None and (self.variant is None or self.variant.rankable)

    @property
    def plain(self) -> str:
        """The name without its variant."""
        return f"{self.family.name}/{self.score.name}" if self.family and self.score else self.name

    def format(self, value: float | None) -> str:
        """The number with its decimals; a dash for what is not there or means nothing."""
        return MISSING if value is None or math.isnan(value) else f"{value:.{self.decimals}f}"

    def with_unit(self, value: float | None) -> str:
        """``28.31 dB``."""
        return f"{self.format(value)} {self.unit}".rstrip()

    def reference(self, variant: str) -> str:
        """The column that holds a reference of this metric: ``laplacian/psnr_zero`` of ``discrete_laplacian/psnr``."""
        if not (self.family and self.score):
            return f"{self.name}_{variant}"
        return f"{self.family.truth or self.family.name}/{self.score.name}_{variant}"

    def lacks(self, config: Config) -> str | None:
        """Tell why a trial of this config does not have the metric, as a relative clause; None if it has it."""
        if not self.family:
            return "which no trial has"
        if not self.family.belongs_to(with_task(config)["task"]):
            return f"which needs --task={' or '.join(self.family.tasks)}"
        return self.family.lacks(config) or (self.variant.lacks(config) if self.variant else None)


def metric(name: str) -> Metric:
    """Look up a metric by its name; an unknown name gives a metric without a score."""
    family = FAMILIES.get(name.partition("/")[0])
    known = {found.name: found for found in _metrics(family)} if family else {}
    return known.get(name, Metric(name, family))


def noun(family: str) -> str:
    """The thing that a family measures, in words; the name itself where it is not known."""
    return FAMILIES[family].noun if family in FAMILIES else family


def families() -> tuple[Family, ...]:
    """The families that have scores, in the order of tables."""
    return tuple(family for family in FAMILIES.values() if family.scores)


def rankable() -> tuple[str, ...]:
    """Every metric that a sweep can want and a choice can be made by, in the order of tables."""
    return tuple(found.name for family in families() for found in _metrics(family) if found.rankable)


def references() -> tuple[Variant, ...]:
    """The variants beside which a score is read, in the order in which they stand under a table."""
    return tuple(variant for variant in VARIANTS.values() if not variant.rankable)


def expected(tasks: Collection[str] | None = None) -> tuple[str, ...]:
    """The metrics of a table of trials of some tasks, unless told otherwise; without ``tasks``, of any."""
    shown = [family for family in families() if not tasks or any(map(family.belongs_to, tasks))]
    return tuple(f"{family.name}/{name}" for family in shown for name in family.shown)


def tabulated() -> tuple[str, ...]:
    """The metrics of a table whose trials have them, unless told otherwise."""
    return tuple(f"{family.name}/{name}" for family in families() for name in (*family.shown, *family.occasional))


def listed() -> tuple[str, ...]:
    """The metrics of a list of single trials."""
    return tuple(
        f"{family.name}/{name}" for family in families() for name in (*family.shown, *family.occasional, *family.listed)
    )


def headlines() -> tuple[str, ...]:
    """The metrics that are shown while a trial runs, one a family."""
    return tuple(f"{family.name}/{family.shown[0]}" for family in families() if family.shown)


def rank_by(config: Config) -> str:
    """The metric that ranks a trial of this config, for trials that no record speaks of."""
    return task_of(config).rank_by(config)


def _metrics(family: Family) -> Iterator[Metric]:
    for score in family.scores:
        yield Metric(f"{family.name}/{score.name}", family, score)
    for score in family.scores:
        for variant in family.variants_of(score):
            yield Metric(f"{family.name}/{score.name}_{variant.name}", family, score, variant)
