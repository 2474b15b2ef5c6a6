"""The result of a comparison: its rows and cells, and what they stand on."""

from dataclasses import dataclass, field

import pandas as pd

from analysis.comparison.basis import Basis
from analysis.comparison.choose import Choice
from analysis.comparison.groups import Key
from analysis.comparison.references import Reference
from analysis.comparison.statistics import Tests

FEWEST = 4
"""The fewest blocks of which a table prints an interval; of fewer it prints the values."""


@dataclass(frozen=True)
class Note:
    """A sentence under a table."""

    topic: str
    """What it is about, in a few words."""
    text: str


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
    values: dict[str, float] = field(default_factory=dict, compare=False)
    """Block → its value, seeds averaged inside."""

    @property
    def few(self) -> dict[str, float]:
        """The values, where there are several and yet too few for an interval; empty elsewhere."""
        return self.values if 1 < self.n < FEWEST else {}


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
    remarks: tuple[Note, ...]
    """The sentences under the table, in the order in which a reader needs them."""
    confidence: float
    values: dict[str, pd.DataFrame]
    """Metric → blocks × names of rows, seeds averaged inside; without the rows for which it means nothing."""
    tests: dict[str, Tests]
    """Of the metrics that two rows or more have on the same blocks."""
    basis: Basis
    choices: tuple[Choice, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """The sentences under the table as text."""
        return tuple(note.text for note in self.remarks)

    @property
    def by(self) -> tuple[str, ...]:
        """The columns that make a row."""
        return self.basis.by

    @property
    def unit(self) -> str:
        """The name of the blocks: that of what is fitted, or ``seed`` where there is one."""
        return self.basis.unit

    @property
    def losses(self) -> list[str]:
        """The losses of the trials, each once."""
        used = self.basis.used
        return [str(loss) for loss in used["loss"].dropna().unique()] if "loss" in used else []

    def block_name(self, block: str) -> str:
        """The name of a block beside its value: a seed of one thing needs no name of the thing."""
        return f"seed {block.rpartition(', ')[2]}" if self.unit == "seed" else block
