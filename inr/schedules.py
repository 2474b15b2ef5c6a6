"""Schedules: the learning rate over the steps of a trial."""

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, final

from annotated_types import Gt

from inr.choices import Choice
from inr.doc import Doc


@dataclass(frozen=True, kw_only=True)
class Schedule(Choice, kind="schedule"):
    """A factor on the first learning rate."""

    @abstractmethod
    def factor(self, share: float) -> float:
        """Give the factor after ``share`` (0 to 1) of the steps."""


@final
class Constant(Schedule, name="none"):
    """The first learning rate throughout."""

    def factor(self, share: float) -> float:
        """Give 1."""
        return 1.0


@final
@dataclass(frozen=True, kw_only=True)
class Exponential(Schedule):
    """A constant ratio from step to step."""

    learning_rate_decay: Annotated[float, Gt(0), Doc("last learning rate over the first")] = 0.1

    def factor(self, share: float) -> float:
        """Give decay^share."""
        return float(self.learning_rate_decay**share)


@final
class Cosine(Schedule):
    """Half a period of a cosine, which ends at 0."""

    def factor(self, share: float) -> float:
        """Give (1 + cos(π share)) / 2."""
        return (1 + math.cos(math.pi * share)) / 2
