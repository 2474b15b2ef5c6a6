"""The question that a table, a report or a replica answers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NUISANCE = ("learning_rate", "muon_learning_rate", "omega_0", "first_omega_0")


@dataclass(frozen=True)
class Question:
    """The trials that are compared, the rows, what is averaged over, and how each row's parameters are chosen."""

    by: Sequence[str] | None = None
    """The columns that make a row; None: the activation, and in a report the columns that vary beside it."""
    over: Sequence[str] | None = None
    """The columns that are averaged over; None: what is fitted, and the seed."""
    where: Mapping[str, Any] = field(default_factory=dict)
    """Column → the value, or the values, of the trials that are kept."""
    nuisance: Sequence[str] = NUISANCE
    """The parameters that are chosen for each row."""
    selection_seeds: Collection[int] = ()
    """The seeds on which they are chosen; the other seeds are reported."""
    rank_by: str | None = None
    """The metric that decides the choice; None: the one by which the trials of a row are ranked."""
    metrics: Sequence[str] | None = None
    """The metrics that are shown; None: those of the vocabulary that some trial has."""
    confidence: float = 0.95
    """The level of the intervals, and one minus that of the tests."""

    @property
    def rows(self) -> tuple[str, ...]:
        """The columns that make a row."""
        return ("activation",) if self.by is None else tuple(self.by)

    @property
    def named(self) -> tuple[str, ...]:
        """The metrics that the question names."""
        return (*(self.metrics or ()), *([self.rank_by] if self.rank_by else ()))


ACTIVATIONS = Question()
"""One row an activation, with every default."""
