"""The original study's grid: columns reference and one per loss; rows image, gradient magnitude, Laplacian."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from analysis.figures.names import loss_label, losses, setting
from analysis.figures.style import WIDTH, hide, picture, sheet
from analysis.figures.trials import Arrays, arrays, median_trial, scored, told
from analysis.quality import ranked_by
from inr.errors import InputError
from inr.families import Variant
from inr.panels import Panel
from inr.tasks import task_of
from inr.vocabulary import MISSING, Metric, expected, metric, references

SAME = ("image", "size", "channels", "operator")
"""What all columns of a sheet share: only then is there one reference."""


SETTINGS = {"omega_0": ", ω₀ = {}", "n_modes": ", n_modes = {}"}
"""Hyperparameters in words: over the sheet where its trials share them, over a column where they vary."""


@dataclass(frozen=True)
class Column:
    """One loss: the trial that is shown, of how many, and its maps (empty where there are none)."""

    title: str
    trial: pd.Series | None
    maps: Arrays


@picture
def study_grid(frame: pd.DataFrame, activation: str, image: str | None = None) -> Figure:
    """The sheet of one activation. A row has one grey scale, the reference's, which its colour bar tells.

    Of several trials of a loss the one of median quality is shown. Raises :class:`InputError` where no trial of
    the activation has maps.
    """
    wanted, _ = scored(frame, said=("activation", "loss", "image"))
    shared = _shared(wanted, activation, image)
    notes: list[str] = []
    columns = [_column(shared[shared["loss"] == loss], activation, loss, notes) for loss in losses(shared["loss"])]
    first = next((column.maps for column in columns if column.maps), None)
    if first is None:
        raise InputError(f"no trial of {activation} has maps to show: {told(notes) or 'none is finished'}")
    return _draw(activation, str(shared["image"].iloc[0]), columns, first, notes)


def _shared(frame: pd.DataFrame, activation: str, image: str | None) -> pd.DataFrame:
    """The trials, of all activations, that have the reference most trials of this activation have."""
    own = frame[(frame["activation"] == activation) & (image is None or frame["image"] == image)]
    if own.empty:
        raise InputError(f"there is no finished trial of {activation}{f' on {image}' if image else ''}")
    same = [name for name in SAME if name in own and own[name].notna().all()]
    most = own.groupby(same, sort=True).size().idxmax() if same else ()
    kept = frame
    for name, value in zip(same, most if isinstance(most, tuple) else (most,), strict=True):
        kept = kept[kept[name] == value]
    return kept


def _column(trials: pd.DataFrame, activation: str, loss: str, notes: list[str]) -> Column:
    own = trials[trials["activation"] == activation]
    if own.empty:
        return Column(loss_label(loss), None, {})
    trial = median_trial(own)
    count = f"median of {len(own)}" if len(own) > 1 else f"seed {setting(trial.get('seed', 0))}"
    varied = [name for name in SETTINGS if name in own and own[name].nunique() > 1]
    at = "".join(SETTINGS[name].format(setting(trial[name])) for name in varied)
    return Column(f"{loss_label(loss)}\n{count}{at}", trial, arrays(trial, "fields", notes))


def _draw(activation: str, image: str, columns: list[Column], first: Arrays, notes: list[str]) -> Figure:
    rows = _panels_of(columns, first)
    panel = max(1.0, (WIDTH - 0.95) / (len(columns) + 1))
    size = panel * (len(columns) + 1) + 0.95, len(rows) * (panel * _aspect(rows) + 0.28) + 0.85
    figure = sheet(
        *size,
        note="; ".join(["One scale a row, the reference's; what lies beyond it is cut", told(notes)]).rstrip("; "),
    )
    figure.suptitle(f"{activation} on {image}{_settings(columns)}", fontsize=9.5, x=0.01, ha="left")
    panels = figure.subplots(len(rows), len(columns) + 1, squeeze=False)
    for line, row in enumerate(rows):
        drawn = _show(panels[line][0], row.reference, row.scale, row.across)
        panels[line][0].set_ylabel(row.title)
        panels[line][0].set_xlabel(_references(columns, row), fontsize=7, labelpad=2)
        for axes, column in zip(panels[line][1:], columns, strict=True):
            _panel(axes, column, line, row.scale)
        if isinstance(drawn, AxesImage):
            _bar(figure, drawn, list(panels[line]), row)
    for axes, title in zip(panels[0], ["reference", *(column.title for column in columns)], strict=True):
        axes.set_title(title, fontsize=8, pad=4)
    return figure


def _panels_of(columns: list[Column], first: Arrays) -> tuple[Panel, ...]:
    """The panels of the first trial that has maps; their references are those of all."""
    trial = next(column.trial for column in columns if column.maps)
    return task_of(dict(trial) if trial is not None else {}).panels(first)


def _aspect(rows: Sequence[Panel]) -> float:
    """Height over width of every panel: that of a picture, a half where something runs along a line."""
    height, width = rows[0].reference.shape[:2] if rows[0].reference.ndim > 1 else (1, 2)
    return float(min(height / width, 1.6))


def _bar(figure: Figure, drawn: AxesImage, axes: list[Axes], row: Panel) -> None:
    bar = figure.colorbar(drawn, ax=axes, shrink=0.94, pad=0.01, aspect=14, extend=row.beyond)
    bar.set_label(row.unit, fontsize=7.5)
    bar.outline.set_linewidth(0.5)
    bar.ax.tick_params(labelsize=7)


def _settings(columns: list[Column]) -> str:
    """Hyperparameters that all shown trials share: ", ω₀ = 30, 4 harmonics"."""
    shown = SETTINGS | {"size": ", {} pixels"}
    trials = [column.trial for column in columns if column.trial is not None]
    told_all = {name: {setting(t[name]) for t in trials if name in t and pd.notna(t[name])} for name in shown}
    return "".join(shown[name].format(next(iter(values))) for name, values in told_all.items() if len(values) == 1)


def _panel(axes: Axes, column: Column, line: int, scale: tuple[float, float]) -> None:
    if not column.maps or column.trial is None:
        hide(axes, "no trial" if column.trial is None else "no maps")
        return
    task = task_of(dict(column.trial))
    row = task.panels(task.aligned(column.maps, dict(column.trial)))[line]
    _show(axes, row.prediction, scale, row.across)
    axes.set_xlabel(_caption(column.trial, row), fontsize=7, labelpad=2)


def _score(trial: pd.Series, row: Panel) -> Metric:
    """The metric that a panel carries: what ranks the trial, if it is of the row's family, else the family's first."""
    (ranking,) = map(metric, ranked_by(trial.to_frame().T))
    if ranking.family and ranking.family.name == row.family:
        return ranking
    return next(metric(name) for name in expected() if name.startswith(f"{row.family}/"))


def _caption(trial: pd.Series, row: Panel) -> str:
    known = _score(trial, row)
    score = _number(trial, known.name)
    if score is None:
        return f"{known.score.label if known.score else known.name} {MISSING}"
    if known.variant:
        return f"{known.with_unit(score)} {known.variant.label}"
    same = [each.label for each in _beside() if known.format(score) == known.format(_reference(trial, known, each))]
    return "\n= ".join([known.with_unit(score), *same])


def _references(columns: list[Column], row: Panel) -> str:
    """The text under the reference: what an all-zero map scores, below which a derivative says nothing."""
    trials = [column.trial for column in columns if column.trial is not None]
    lines = []
    for variant in _beside():
        pairs = [(known, _reference(trial, known, variant)) for trial in trials for known in [_score(trial, row)]]
        lines += [f"{variant.label}: {known.with_unit(value)}" for known, value in pairs if value is not None][:1]
    return "\n".join(lines)


def _beside() -> list[Variant]:
    return [variant for variant in references() if variant.beside]


def _reference(trial: pd.Series, known: Metric, variant: Variant) -> float | None:
    return _number(trial, known.reference(variant.name))


def _number(trial: pd.Series, name: str) -> float | None:
    value = pd.to_numeric(trial.get(name), errors="coerce")
    return None if value is None or pd.isna(value) else float(value)


def _show(axes: Axes, values: NDArray[Any], scale: tuple[float, float], across: str) -> AxesImage | None:
    """Draw a map as an image, a line as a line (for which there is no colour bar: None)."""
    if values.ndim == 1:
        axes.plot(values, color="black", linewidth=0.4)
        axes.set(xlim=(0, len(values) - 1), ylim=scale, xticks=[])
        axes.tick_params(labelsize=6)
        return None
    shown = np.clip((values + 1) / 2, 0, 1) if values.ndim == 3 else values
    aspect: Literal["auto", "equal"] = "auto" if across else "equal"
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    return axes.imshow(shown, cmap="gray", vmin=scale[0], vmax=scale[1], interpolation="nearest", aspect=aspect)
