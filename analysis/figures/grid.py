"""The original study's grid: columns reference and one per loss; rows image, gradient magnitude, Laplacian."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from analysis.figures.names import loss_label, losses, setting
from analysis.figures.style import WIDTH, hide, picture, sheet
from analysis.figures.trials import Arrays, arrays, median_trial, scored, told
from inr.alignment import align_harmonic, align_shift
from inr.errors import InputError
from sweeps.figure import rows

FAMILIES = ("image", "gradient", "laplacian")
ROWS = ("image", "|gradient|", "Laplacian")
EXTEND = ("neither", "max", "both")
UNITS = ("grey value", "per unit of coordinate", "per unit²")
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

    Of several trials of a loss the one of median image PSNR is shown. Raises :class:`InputError` where no trial of
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
    height, width = first["image"].shape[:2]
    panel = max(1.0, (WIDTH - 0.95) / (len(columns) + 1))
    size = panel * (len(columns) + 1) + 0.95, 3 * (panel * min(height / width, 1.6) + 0.28) + 0.85
    figure = sheet(
        *size,
        note="; ".join(["One scale a row, the reference's; what lies beyond it is cut", told(notes)]).rstrip("; "),
    )
    figure.suptitle(f"{activation} on {image}{_settings(columns)}", fontsize=9.5, x=0.01, ha="left")
    panels = figure.subplots(3, len(columns) + 1, squeeze=False)
    for line, (_, reference, _, scale) in enumerate(rows(first)):
        drawn = _show(panels[line][0], reference, scale)
        panels[line][0].set_ylabel(ROWS[line])
        panels[line][0].set_xlabel(_zero(columns, line), fontsize=7, labelpad=2)
        for axes, column in zip(panels[line][1:], columns, strict=True):
            _panel(axes, column, line, scale)
        bar = figure.colorbar(
            drawn,
            ax=list(panels[line]),
            shrink=0.94,
            pad=0.01,
            aspect=14,
            extend=EXTEND[line],
        )
        bar.set_label(UNITS[line], fontsize=7.5)
        bar.outline.set_linewidth(0.5)
        bar.ax.tick_params(labelsize=7)
    for axes, title in zip(panels[0], ["reference", *(column.title for column in columns)], strict=True):
        axes.set_title(title, fontsize=8, pad=4)
    return figure


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
    prediction = _aligned(column) if line == 0 else rows(column.maps)[line][2]
    _show(axes, prediction, scale)
    axes.set_xlabel(_caption(column.trial, line), fontsize=7, labelpad=2)


def _free(trial: pd.Series) -> bool:
    """Whether the loss leaves the image's null space free."""
    return "image" not in str(trial["loss"]).split("+")


def _aligned(column: Column) -> NDArray[np.float64]:
    """The predicted image, without the constant or harmonic function that its loss cannot see."""
    predicted, reference = column.maps["image"], column.maps["reference_image"]
    assert column.trial is not None
    if _free(column.trial):
        align = align_shift if "gradient" in str(column.trial["loss"]) else align_harmonic
        predicted = align(predicted, reference)
    return np.asarray(predicted[:, :, 0] if predicted.shape[2] == 1 else predicted, dtype=np.float64)


def _caption(trial: pd.Series, line: int) -> str:
    aligned = "_aligned" if line == 0 and _free(trial) else ""
    psnr = pd.to_numeric(trial.get(f"{FAMILIES[line]}/psnr{aligned}"), errors="coerce")
    if pd.isna(psnr):
        return "PSNR –"
    zero = pd.to_numeric(trial.get(f"{FAMILIES[line]}/psnr_zero"), errors="coerce")
    nothing = " = zero map" if pd.notna(zero) and abs(psnr - zero) < 0.005 else ""
    return f"{psnr:.1f} dB{' aligned' if aligned else nothing}"


def _zero(columns: list[Column], line: int) -> str:
    """Under the reference: what an all-zero map scores, below which a derivative says nothing."""
    scores = [column.trial.get(f"{FAMILIES[line]}/psnr_zero") for column in columns if column.trial is not None]
    known = [float(score) for score in scores if score is not None and pd.notna(score)]
    return f"zero map: {known[0]:.1f} dB" if known else ""


def _show(axes: Axes, values: NDArray[Any], scale: tuple[float, float]) -> AxesImage:
    shown = np.clip((values + 1) / 2, 0, 1) if values.ndim == 3 else values
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    return axes.imshow(shown, cmap="gray", vmin=scale[0], vmax=scale[1], interpolation="nearest")
