"""The table of all trials: thumbnails, the numbers, the way to the record, the command that makes it again."""

import base64
import io
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
from PIL import Image

from analysis.comparison.losses import losses
from analysis.comparison.quality import QUALITY, with_quality
from analysis.comparison.subject import followers, subjects
from analysis.figures.names import label, short, varying
from analysis.sources.rows import PLUGINS, config_columns, metric_columns
from inr.vocabulary import all_listed, listed, metric
from inr.words import text
from sweeps.record.again import again
from sweeps.record.folder import RecordFolder

STEP_TIME = "timing/seconds_per_step"
THUMBNAIL = (62, 93)
"""Pixels."""


@dataclass(frozen=True)
class Cell:
    """The text that is shown, and the number behind it by which the column sorts (None: by the text)."""

    text: str
    value: float | None = None


@dataclass(frozen=True)
class TrialRow:
    """One trial in the table."""

    trial_id: str
    number: int
    """Its place in the frame, by which charts and scripts know it."""
    anchor: str
    status: str
    reason: str
    record: str | None
    """The relative address of ``record.json``."""
    figure: str | None
    thumbnail: str | None
    """A data address."""
    title: str
    cells: tuple[Cell, ...]
    command: str


@dataclass(frozen=True)
class TrialTable:
    """Headings (with whether they are of numbers) and rows."""

    headings: tuple[tuple[str, bool], ...]
    rows: tuple[TrialRow, ...]
    thumbnails: int


def trial_table(frame: pd.DataFrame, page: Path, thumbnails: int) -> TrialTable:
    """All trials, whatever their status; the first ``thumbnails`` carry a picture. Links start at ``page``."""
    settings = _settings(frame)
    known = [name for name in (*listed(), *all_listed(metric_columns(frame)), STEP_TIME) if name in frame]
    numbers = [name for name in known if pd.to_numeric(frame[name], errors="coerce").notna().any()]
    headings = [(label(name) if name == "n_modes" else name, _numeric(frame[name])) for name in settings]
    headings += [("ms per step" if name == STEP_TIME else label(name), True) for name in numbers]
    rows: list[TrialRow] = []
    columns = config_columns(frame)
    for index, trial in _sorted(frame).iterrows():
        cells = [_setting_cell(trial[name]) for name in settings] + [
            _number_cell(name, trial[name]) for name in numbers
        ]
        rows.append(_row(trial, index, columns, page, tuple(cells), len(rows) < thumbnails))
    return TrialTable(tuple(headings), tuple(rows), sum(row.thumbnail is not None for row in rows))


def anchor(trial_id: object, row: int = 0) -> str:
    """The name of a trial's row; that of a trial which has no id yet, of its place in the frame, ``row``."""
    return f"row-{row}" if pd.isna(trial_id) else f"trial-{trial_id}"


def command(trial: Mapping[str, Any] | pd.Series, columns: list[str]) -> str:
    """The command line of a trial, from its resolved config, with the plugins that define what it chose."""
    plugins = str(trial[PLUGINS]) if pd.notna(trial.get(PLUGINS)) else ""
    return again({name: trial[name] for name in columns if pd.notna(trial[name])}, plugins)


def _settings(frame: pd.DataFrame) -> list[str]:
    """Activation, loss and what is fitted, then whatever else varies."""
    first = [name for name in ("activation", "loss", *subjects()) if name in frame]
    own = frame.groupby("activation") if "activation" in frame else None
    follows = {n for n in followers() if n in frame and (own is None or (own[n].nunique() < 2).all())}
    return [*first, *(name for name in varying(frame) if name not in first and name not in follows)]


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    if "loss" not in frame:
        return frame
    order = {loss: i for i, loss in enumerate(losses(frame["loss"].dropna()))}
    ranked = with_quality(frame).assign(_loss=frame["loss"].map(order))
    by = [name for name in ("task", "_loss", *subjects()) if name in ranked]
    ranked = ranked.sort_values([*by, QUALITY], ascending=[True] * len(by) + [False], kind="stable", na_position="last")
    return ranked.drop(columns=["_loss", QUALITY])


def _numeric(values: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(values.infer_objects()))


def _setting_cell(value: Any) -> Cell:
    if pd.isna(value):
        return Cell("–", None)
    return Cell(short(value), float(value) if isinstance(value, int | float) else None)


def _number_cell(name: str, value: Any) -> Cell:
    number = float(pd.to_numeric(value, errors="coerce"))
    if not math.isfinite(number):
        return Cell("–")
    if name == STEP_TIME:
        return Cell(f"{1000 * number:.3g}", number)
    return Cell(metric(name).format(number), number)


def _row(
    trial: pd.Series, number: int, columns: list[str], page: Path, cells: tuple[Cell, ...], with_thumbnail: bool
) -> TrialRow:
    folder = Path(trial["folder"]) if isinstance(trial.get("folder"), str | Path) else None
    figure = folder / "figure.png" if folder and (folder / "figure.png").is_file() else None
    record = folder / "record.json" if folder and (folder / "record.json").is_file() else None
    return TrialRow(
        trial_id=text(trial["trial_id"]),
        number=number,
        anchor=anchor(trial["trial_id"], number),
        status=str(trial["status"]),
        reason=str(trial["reason"]).splitlines()[0][:300]
        if isinstance(trial.get("reason"), str) and trial["reason"]
        else "",
        record=link(record, page),
        figure=link(figure, page),
        thumbnail=_thumbnail(figure.parent) if figure and with_thumbnail else None,
        title=", ".join(
            short(trial[name]) for name in ("activation", "loss", *subjects()) if pd.notna(trial.get(name))
        ),
        cells=cells,
        # Optuna knows only what was searched: without what was fixed, a command would make another trial
        command="" if trial.get("source") == "optuna" else command(trial, columns),
    )


def link(target: Path | None, page: Path) -> str | None:
    """The address of a file relative to the page."""
    return quote(os.fsencode(os.path.relpath(target.absolute(), page.absolute().parent))) if target else None


def _thumbnail(folder: Path) -> str | None:
    """The figure of a trial's folder, small; None where it cannot be read, or is not what the trial wrote."""
    try:
        with Image.open(io.BytesIO(RecordFolder(folder).picture())) as picture:
            small = picture.convert("L")
            small.thumbnail(THUMBNAIL, Image.Resampling.LANCZOS)
    except (OSError, SyntaxError, ValueError):
        return None
    buffer = io.BytesIO()
    small.save(buffer, format="JPEG", quality=32, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
