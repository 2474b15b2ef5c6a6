"""The result of a comparison: its rows and cells, and what they stand on."""

from dataclasses import dataclass

import pandas as pd

from analysis.comparison.basis import Basis
from analysis.comparison.choose import Choice
from analysis.comparison.groups import Key
from analysis.comparison.references import Reference
from analysis.comparison.statistics import Tests


@dataclass(frozen=True)
class Cell:
    """A mean over ``n`` blocks; None where there is nothing to average."""

    mean: float | None = None
    low: float | None = None
    """Of the confidence interval (Student's); None with one block."""
    high: float | None = None
    n: int = 0
    means_nothing: bool = False
    """The map is zero by construction: the Laplacian of a ReLU network."""
    best: bool = False
    tied: bool = False
    """Not distinguishable from the best."""


@dataclass(frozen=True)
class TableRow:
    """One row: its values of ``by``, and a cell a metric."""

    key: Key
    name: str
    cells: dict[str, Cell]


@dataclass(frozen=True, eq=False)
class Comparison:
    """A table, what it stands on, and what stands under it."""

    metrics: tuple[str, ...]
    rows: tuple[TableRow, ...]
    references: tuple[Reference, ...]
    notes: tuple[str, ...]
    """The sentences under the table."""
    confidence: float
    values: dict[str, pd.DataFrame]
    """Metric → blocks × names of rows, seeds averaged inside; without the rows for which it means nothing."""
    tests: dict[str, Tests]
    """Of the metrics that two rows or more have on the same blocks."""
    basis: Basis
    choices: tuple[Choice, ...]

    @property
    def by(self) -> tuple[str, ...]:
        """The columns that make a row."""
        return self.basis.by

    @property
    def unit(self) -> str:
        """The name of the blocks: that of what is fitted, or ``seed`` where there is one."""
        return self.basis.unit
