"""Make the tables of the report: comparisons with the trials behind each row, and the sparsity of the layers."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from analysis.comparison.basis import ROW
from analysis.comparison.blocks import blocks, compare_activations
from analysis.comparison.compare import compare
from analysis.comparison.losses import loss_label
from analysis.comparison.question import ACTIVATIONS, Question
from analysis.comparison.result import FEWEST, Cell, Comparison
from analysis.report.trials import anchor
from analysis.sources.rows import FINISHED
from inr.errors import InputError
from inr.vocabulary import metric as known


@dataclass(frozen=True)
class TextCell:
    """The text of a table cell: a mean with its interval, and a state."""

    mean: str
    interval: str
    state: str
    """``best``, ``tied`` or empty."""
    value: float | None = None
    """The mean, by which the column sorts."""


@dataclass(frozen=True)
class ComparisonRow:
    """A row of a comparison as text, with (anchor, trial_id) of every trial behind it."""

    name: str
    cells: tuple[TextCell, ...]
    trials: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ReferenceRow:
    """A reference row as text: the scores of a zero map, the operator's targets or an interpolation."""

    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class ComparisonTable:
    """A comparison as text, for the page's template."""

    by: str
    headings: tuple[str, ...]
    rows: tuple[ComparisonRow, ...]
    references: tuple[ReferenceRow, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Compared:
    """A comparison under its heading, or the sentence that says why there is none."""

    heading: str
    given: pd.DataFrame
    """The trials given to the comparison."""
    found: Comparison | None
    missing: str = ""

    @property
    def trials(self) -> pd.Index:
        """The index of the trials behind the table; of all finished trials if there is no table."""
        return self.found.basis.used.index if self.found else self.given.index[self.given["status"] == FINISHED]

    @property
    def table(self) -> ComparisonTable | None:
        """The comparison as text; None if there is none."""
        return comparison_table(self.found) if self.found else None


def comparisons(frame: pd.DataFrame, question: Question = ACTIVATIONS) -> list[Compared]:
    """Answer the question for each loss.

    The default rows are the activations, and further varying columns if the activation alone is refused.
    """
    if not question.by and not ("loss" in frame and frame["loss"].notna().any()):
        return [Compared("", frame, None, "no trial has a loss")]
    return [
        Compared(
            f"L{loss_label(block.loss)[1:]}" if block.loss else "",
            block.given,
            block.found,
            str(block.refused) if block.refused else "",
        )
        for block in blocks(frame, question, compare if question.by else compare_activations)
    ]


def comparison_table(found: Comparison) -> ComparisonTable:
    """Convert a comparison to text: rows with links to their trials, and reference rows in the same columns."""
    used = found.basis.used
    rows = [
        ComparisonRow(
            row.name,
            tuple(_cell(row.cells.get(metric), metric) for metric in found.metrics),
            tuple((anchor(i), str(i)) for i in used.loc[used[ROW] == row.name, "trial_id"]),
        )
        for row in found.rows
    ]
    references = [
        ReferenceRow(reference.name, tuple(_number(reference.values.get(metric), metric) for metric in found.metrics))
        for reference in found.references
    ]
    headings = tuple(known(metric).header for metric in found.metrics)
    return ComparisonTable(", ".join(found.by), headings, tuple(rows), tuple(references), found.notes)


def _cell(cell: Cell | None, metric: str) -> TextCell:
    if cell is None or (cell.mean is None and not cell.means_nothing):
        return TextCell("–", "", "")
    if cell.means_nothing:
        return TextCell("n/a", "zero by construction", "")
    digits = known(metric).decimals
    if cell.low is None or cell.high is None or cell.n < FEWEST:
        interval = f"n = {cell.n}"
    else:
        interval = f"± {(cell.high - cell.low) / 2:.{digits}f}, n = {cell.n}"
    return TextCell(
        f"{cell.mean:.{digits}f}", interval, "best" if cell.best else "tied" if cell.tied else "", cell.mean
    )


def sparsity_table(make: Callable[[], pd.DataFrame]) -> tuple[list[str], list[list[str]], str]:
    """Make the table of sparsity from medians as those of :func:`analysis.figures.sparsity`.

    Returns (headings, rows, reason); without histograms, empty lists and the reason.
    """
    try:
        table = make()
    except InputError as error:
        return [], [], str(error)
    headings = [str(name).replace("_", " ") for name in table.columns]
    rows = [[_shown(name, row[name]) for name in table.columns] for _, row in table.iterrows()]
    return headings, rows, ""


def _shown(name: str, value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{100 * value:.1f} %" if name.startswith("near_zero") else f"{value:.2f}"


def _number(value: float | None, metric: str) -> str:
    return "" if value is None or pd.isna(value) else known(metric).format(value)
