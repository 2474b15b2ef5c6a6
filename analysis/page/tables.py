"""The tables of the report: the comparison with the trials behind each row, and the sparsity of the layers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis import figures
from analysis.basis import ROW
from analysis.cells import header, places
from analysis.compare import Cell, Comparison, compare
from analysis.figures.names import varying
from analysis.figures.trials import FOLLOWS
from analysis.page.trials import anchor
from inr.errors import InputError


@dataclass(frozen=True)
class TextCell:
    """A mean with its interval, and how it stands."""

    mean: str
    interval: str
    state: str
    """``best``, ``tied`` or nothing."""


@dataclass(frozen=True)
class ComparisonRow:
    """One row, and (anchor, trial_id) of every trial behind it."""

    name: str
    cells: tuple[TextCell, ...]
    trials: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ComparisonTable:
    """The comparison in words."""

    by: str
    headings: tuple[str, ...]
    rows: tuple[ComparisonRow, ...]
    notes: tuple[str, ...]


def comparison(frame: pd.DataFrame, by: Sequence[str] | None, **comparing: Any) -> Comparison:
    """By what the caller says; else by activation, and by loss and whatever else varies inside an activation."""
    if by:
        return compare(frame, by, **comparing)
    rows = ["activation", *(["loss"] if "loss" in varying(frame) else [])]
    try:
        return compare(frame, rows, **comparing)
    except InputError:
        others = [n for n in varying(frame) if n not in (*rows, "image", "seed", *FOLLOWS)]
        if not others:
            raise
        return compare(frame, [*rows, *others], **comparing)


def comparison_table(found: Comparison) -> ComparisonTable:
    """The rows, each with the trials that its numbers are of."""
    used = found.basis.used
    rows = [
        ComparisonRow(
            row.name,
            tuple(_cell(row.cells.get(metric), metric) for metric in found.metrics),
            tuple((anchor(i), str(i)) for i in used.loc[used[ROW] == row.name, "trial_id"]),
        )
        for row in found.rows
    ]
    return ComparisonTable(", ".join(found.by), tuple(map(header, found.metrics)), tuple(rows), found.notes)


def _cell(cell: Cell | None, metric: str) -> TextCell:
    if cell is None or (cell.mean is None and not cell.means_nothing):
        return TextCell("–", "", "")
    if cell.means_nothing:
        return TextCell("n/a", "zero by construction", "")
    digits = places(metric)
    if cell.low is None or cell.high is None:
        interval = f"n = {cell.n}"
    else:
        interval = f"{cell.low:.{digits}f} to {cell.high:.{digits}f}, n = {cell.n}"
    return TextCell(f"{cell.mean:.{digits}f}", interval, "best" if cell.best else "tied" if cell.tied else "")


def sparsity_table(frame: pd.DataFrame) -> tuple[list[str], list[list[str]], str]:
    """Headings, rows, and what is missing: the medians of :func:`analysis.figures.sparsity`."""
    try:
        table = figures.sparsity(frame)
    except InputError as error:
        return [], [], str(error)
    headings = [str(name).replace("_", " ") for name in table.columns]
    rows = [[_shown(name, row[name]) for name in table.columns] for _, row in table.iterrows()]
    return headings, rows, ""


def _shown(name: str, value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{100 * value:.1f} %" if name.startswith("near_zero") else f"{value:.2f}"


@dataclass(frozen=True)
class ReferenceRow:
    """What a map of zeros, the operator's targets or an interpolation score."""

    name: str
    cells: tuple[str, ...]


def reference_rows(found: Comparison) -> list[ReferenceRow]:
    """Under the rows, in the same columns."""
    return [
        ReferenceRow(
            reference.name,
            tuple(_number(reference.values.get(metric), metric) for metric in found.metrics),
        )
        for reference in found.references
    ]


def _number(value: float | None, metric: str) -> str:
    return "" if value is None or pd.isna(value) else f"{value:.{places(metric)}f}"
