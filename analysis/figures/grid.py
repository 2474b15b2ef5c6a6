"""The original study's grid: columns reference and one a loss, rows the panels of the task."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from analysis.comparison.losses import loss_label, losses
from analysis.comparison.subject import subject, task
from analysis.figures.captions import caption, under_reference, wrapped
from analysis.figures.names import short
from analysis.figures.style import WIDTH, hide, picture, sheet
from analysis.figures.trials import arrays, median_trial, scored, told
from inr.errors import InputError
from inr.panels import Panel
from inr.tasks import Task
from inr.words import text

SETTINGS = {"omega_0": ", ω₀ = {}", "n_modes": ", n_modes = {}"}
"""Hyperparameters in words: over the sheet where its trials share them, over a column where they vary."""


LINE = 0.95
"""The least height of a line's panel in inches."""
LABEL = 7.5
"""Points of the name of a row whose panels are no pictures."""


@dataclass(frozen=True)
class Column:
    """One loss: the trial that is shown, of how many, and its panels (empty where there are none)."""

    title: str
    trial: pd.Series | None
    panels: tuple[Panel, ...]


@picture
def study_grid(frame: pd.DataFrame, activation: str, fitted: str | None = None) -> Figure:
    """The sheet of one activation, of what is ``fitted`` in most of its trials unless told. A row has one scale.

    Of several trials of a loss the one of median quality is shown. Raises :class:`InputError` where no trial of
    the activation has maps.
    """
    return _draw(sheet_of(frame, activation, fitted))


@dataclass(frozen=True)
class Sheet:
    """The content of a sheet: columns, and for every row the panel that has its title, reference and scale."""

    title: str
    columns: list[Column]
    rows: list[Panel]
    notes: list[str]


def sheet_of(frame: pd.DataFrame, activation: str, fitted: str | None = None) -> Sheet:
    """Find the trials and the panels of a sheet. Raises as :func:`study_grid`."""
    return sheet_of_scored(scored(frame, said=("activation", "loss", subject(frame)))[0], activation, fitted)


def sheet_of_scored(finished: pd.DataFrame, activation: str, fitted: str | None = None) -> Sheet:
    """Find the trials and the panels of a sheet among finished trials that :func:`scored` has found."""
    name = subject(finished)
    shared = _shared(finished, activation, fitted)
    notes: list[str] = []
    columns = [_column(shared[shared["loss"] == loss], activation, loss, notes) for loss in losses(shared["loss"])]
    if not any(column.panels for column in columns):
        raise InputError(f"no trial of {activation} has maps to show: {told(notes) or 'its task draws none'}")
    title = f"{activation} on {short(shared[name].iloc[0])}{_settings(columns, task(shared))}"
    return Sheet(title, columns, _rows(columns), notes)


def _shared(frame: pd.DataFrame, activation: str, fitted: str | None) -> pd.DataFrame:
    """The trials, of all activations, that have the reference most trials of this activation have."""
    own = frame[(frame["activation"] == activation) & (fitted is None or frame[subject(frame)] == fitted)]
    if own.empty:
        raise InputError(f"there is no finished trial of {activation}{f' on {fitted}' if fitted else ''}")
    same = [name for name in (*task(own).fitted, "operator") if name in own and own[name].notna().all()]
    most = own.groupby(same, sort=True).size().idxmax() if same else ()
    kept = frame
    for name, value in zip(same, most if isinstance(most, tuple) else (most,), strict=True):
        kept = kept[kept[name] == value]
    return kept


def _column(trials: pd.DataFrame, activation: str, loss: str, notes: list[str]) -> Column:
    own = trials[trials["activation"] == activation]
    if own.empty:
        return Column(loss_label(loss), None, ())
    trial = median_trial(own)
    count = f"median of {len(own)}" if len(own) > 1 else f"seed {text(trial.get('seed', 0))}"
    varied = [name for name in SETTINGS if name in own and own[name].nunique() > 1]
    at = "".join(SETTINGS[name].format(text(trial[name])) for name in varied)
    kind, maps = task(own), arrays(trial, "fields", notes)
    panels = kind.panels(kind.aligned(maps, dict(trial))) if maps else ()
    return Column(f"{loss_label(loss)}\n{count}{at}", trial, panels)


def _rows(columns: list[Column]) -> list[Panel]:
    """The panels of the first column that has some, each on the widest scale of all columns."""
    lines = list(zip(*(column.panels for column in columns if column.panels), strict=True))
    lows, highs = ([pick(p.scale[i] for p in line) for line in lines] for i, pick in enumerate((min, max)))
    return [line[0]._replace(scale=ends) for line, ends in zip(lines, zip(lows, highs, strict=True), strict=True)]


def _draw(shown: Sheet) -> Figure:
    rows, columns = shown.rows, shown.columns
    panel = max(1.0, (WIDTH - 0.95) / (len(columns) + 1))
    size = panel * (len(columns) + 1) + 0.95, len(rows) * (_height(rows, panel) + 0.28) + 0.85
    figure = sheet(
        *size,
        note="; ".join(["One scale a row, the reference's; what lies beyond it is cut", told(shown.notes)]).rstrip(
            "; "
        ),
    )
    figure.suptitle(shown.title, fontsize=9.5, x=0.01, ha="left")
    panels = figure.subplots(len(rows), len(columns) + 1, squeeze=False)
    for line, row in enumerate(rows):
        under = _line(figure, panels[line], columns, line, row)
        across = row.across if line == len(rows) - 1 else ""
        for axes, words in zip(panels[line], under, strict=True):
            below = "\n".join(filter(None, [wrapped(words, panel, 7), across]))
            axes.set_xlabel(below, fontsize=7, labelpad=2)
    for axes, above in zip(panels[0], ["reference", *(column.title for column in columns)], strict=True):
        axes.set_title(wrapped(above, panel, 8), fontsize=8, pad=4)
    return figure


def _line(figure: Figure, panels: NDArray[Any], columns: list[Column], line: int, row: Panel) -> list[str]:
    """Draw a row, the reference first; the captions of its panels."""
    drawn = _show(panels[0], row.reference, row)
    if isinstance(drawn, AxesImage):
        panels[0].set_ylabel(row.title, fontsize=LABEL if row.across else None)
        _bar(figure, drawn, list(panels), row)
    else:
        panels[0].set_ylabel(row.name, fontsize=LABEL)
    trials = [column.trial for column in columns if column.trial is not None]
    predictions = [_panel(axes, column, line, row) for axes, column in zip(panels[1:], columns, strict=True)]
    return [under_reference(trials, row), *predictions]


def _height(rows: Sequence[Panel], width: float) -> float:
    """The height of every panel in inches: in proportion, but for a line enough for its name."""
    if rows[0].reference.ndim == 1:
        return max(width / 2, LINE)
    high, wide = rows[0].reference.shape[:2]
    return float(width * min(high / wide, 1.6))


def _bar(figure: Figure, drawn: AxesImage, axes: list[Axes], row: Panel) -> None:
    bar = figure.colorbar(drawn, ax=axes, shrink=0.94, pad=0.01, aspect=14, extend=row.beyond)
    bar.set_label(row.unit, fontsize=7.5)
    bar.outline.set_linewidth(0.5)
    bar.ax.tick_params(labelsize=7)


def _settings(columns: list[Column], kind: type[Task]) -> str:
    """Hyperparameters that all shown trials share, and what the data are: ", ω₀ = 30, 64 pixels"."""
    shown = SETTINGS | {name: f", {form}" for name, form in [*kind.fitted.items()][1:] if form}
    trials = [column.trial for column in columns if column.trial is not None]
    told_all = {name: {text(t[name]) for t in trials if name in t and pd.notna(t[name])} for name in shown}
    return "".join(shown[name].format(next(iter(values))) for name, values in told_all.items() if len(values) == 1)


def _panel(axes: Axes, column: Column, line: int, shown: Panel) -> str:
    """Draw a prediction; its caption."""
    if not column.panels or column.trial is None:
        hide(axes, "no trial" if column.trial is None else "no maps")
        return ""
    _show(axes, column.panels[line].prediction, shown)
    axes.tick_params(labelleft=False)
    return caption(column.trial, shown)


def _show(axes: Axes, values: NDArray[Any], row: Panel) -> AxesImage | None:
    """Draw values on a row's scale: a map, or a line (for which there is no colour bar: None)."""
    if values.ndim == 1:
        axes.plot(values, color="black", linewidth=0.4)
        axes.set(xlim=(0, len(values) - 1), ylim=row.scale, xticks=[])
        axes.tick_params(labelsize=6)
        return None
    shown = np.clip((values + 1) / 2, 0, 1) if values.ndim == 3 else values
    aspect: Literal["auto", "equal"] = "auto" if row.across else "equal"
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    return axes.imshow(shown, cmap="gray", vmin=row.scale[0], vmax=row.scale[1], interpolation="nearest", aspect=aspect)
