"""The sheets of the page: what every loss makes of each thing that is fitted, with an activation, and its error."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.comparison.subject import subject
from analysis.figures.captions import caption, under_reference
from analysis.figures.grid import Column, Sheet, sheet_of_scored
from analysis.figures.names import short
from analysis.figures.trials import scored, told
from analysis.report.maps import Picture, colours, errors
from inr.errors import InputError
from inr.panels import Panel


@dataclass(frozen=True)
class Map:
    """A map of a sheet, its words below it, and the trial that made it (None: the reference)."""

    picture: Picture
    alt: str
    words: tuple[str, ...] = ()
    trial: int | None = None


@dataclass(frozen=True)
class Bar:
    """A colour bar: a scale of the style sheet, the values of its ends, and what they are."""

    scale: str
    low: str
    high: str
    words: str


@dataclass(frozen=True)
class Row:
    """A panel of every trial: the reference, and a prediction and an error for each loss (None: nothing to show)."""

    name: str
    reference: Map
    cells: tuple[tuple[Map | None, Map | None, int | None], ...]
    """Prediction, error and trial."""
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class PageSheet:
    """A sheet: the titles of its losses with their trials, and its rows."""

    title: str
    heads: tuple[tuple[tuple[str, ...], int | None], ...]
    rows: tuple[Row, ...]
    note: str


def sheets(frame: pd.DataFrame, activations: Sequence[str]) -> dict[str, list[PageSheet] | InputError]:
    """Make the sheets of each activation, one of each thing that is fitted, or the error that says why not."""
    try:
        finished, _ = scored(frame, said=("activation", "loss", subject(frame)))
    except InputError as error:
        return dict.fromkeys(activations, error)
    return {name: _of_activation(finished, name) for name in activations}


def _of_activation(finished: pd.DataFrame, activation: str) -> list[PageSheet] | InputError:
    own = finished[finished["activation"] == activation]
    names: list[str | None] = [*sorted({*own[subject(finished)]})] or [None]
    try:
        return [_sheet(sheet_of_scored(finished, activation, fitted), short(fitted)) for fitted in names]
    except InputError as error:
        return error


def _sheet(shown: Sheet, fitted: str) -> PageSheet:
    heads = tuple((tuple(column.title.split("\n")), _trial(column)) for column in shown.columns)
    rows = tuple(_row(shown, line, row, fitted) for line, row in enumerate(shown.rows))
    return PageSheet(shown.title, heads, rows, told(shown.notes))


def _row(shown: Sheet, line: int, row: Panel, fitted: str) -> Row:
    predictions = [column.panels[line].prediction if column.panels else None for column in shown.columns]
    widest = _widest(row, [values for values in predictions if values is not None])
    trials = [column.trial for column in shown.columns if column.trial is not None]
    under = tuple(filter(None, under_reference(trials, row).split("\n")))
    pairs = zip(shown.columns, predictions, strict=True)
    cells = tuple(_cells(row, column, values, widest, fitted) for column, values in pairs)
    reference = Map(colours(row.reference, row.scale), f"{row.title} of {fitted}: the reference", under)
    return Row(row.title, reference, cells, tuple(_bars(row, widest)))


def _cells(
    row: Panel, column: Column, values: NDArray[np.floating] | None, widest: float, fitted: str
) -> tuple[Map | None, Map | None, int | None]:
    trial = _trial(column)
    if values is None or column.trial is None:
        return None, None, trial
    of = f"{row.title} of {fitted} under {column.title.split(chr(10))[0]}"
    words = tuple(caption(column.trial, row).split("\n"))
    made = Map(colours(values, row.scale), f"{of}: the prediction", words, trial)
    wrong = Map(errors(values - row.reference, widest), f"{of}: the error", (), trial) if widest else None
    return made, wrong, trial


def _trial(column: Column) -> int | None:
    return None if column.trial is None else int(str(column.trial.name))


def _widest(row: Panel, predictions: Sequence[NDArray[np.floating]]) -> float:
    """Find the end of the scale of a row's errors; 0 for what shows an error itself, or stands beside another panel."""
    if not row.family or np.ptp(row.reference) == 0 or row.reference.ndim == 1:
        return 0.0
    differences = np.concatenate([np.abs(values - row.reference).ravel() for values in predictions])
    finite = differences[np.isfinite(differences)]
    return float(np.quantile(finite, 0.99)) if finite.size and finite.max() > 0 else 0.0


def _bars(row: Panel, widest: float) -> Iterator[Bar]:
    """Say what the colours of a row mean; a line has an axis in place of a bar."""
    low, high = (-1.0, 1.0) if row.reference.ndim == 3 else row.scale
    each = row.reference.ndim == 3
    unit = "value of each channel" if each else row.unit or row.title
    yield Bar("channels" if each else "line" if row.reference.ndim == 1 else "grey", _number(low), _number(high), unit)
    if widest:
        end = _number(widest)
        of = "error of each channel" if each else f"error, {row.unit}" if row.unit else "error"
        yield Bar("channel-errors" if each else "error", f"−{end}", end, f"{of}: prediction − reference")


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−").replace("e+0", "e").replace("e+", "e")
