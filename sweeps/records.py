"""What a trial leaves behind: the truth that every table is made of. No torch here.

``runs/trials/<trial_id>/`` holds ``record.json``, ``history.jsonl`` (a line an evaluation), ``fields.npz``,
``histograms.npz``, ``figure.png`` and, until the trial is over, ``checkpoint.pt``. ``record.json`` is written last:
what it says is there. While a trial runs its record says ``interrupted``, which is what a kill would leave.
"""

import json
import math
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np

from inr.errors import InputError
from sweeps.files import append, replacing

STATUSES = ("finished", "diverged", "failed", "interrupted", "pruned")
OVER = ("finished", "diverged")
"""Statuses that are a trial's result: asking for the trial again gives it back."""

Row = dict[str, Any]
"""One evaluation: ``step``, ``seconds`` of training so far, ``loss``, ``loss/term``, and the metrics."""

Histograms = dict[str, tuple[np.ndarray, np.ndarray]]
"""``layers/<layer>/<kind>`` → (counts, edges)."""


@dataclass(frozen=True)
class Record:
    """The content of ``record.json``. A number that is not finite is None."""

    trial_id: str
    status: str
    config: dict[str, Any]
    """Flat and resolved; ``TrialConfig.from_flat`` takes it back."""
    metrics: dict[str, Any]
    """Of the last evaluation, by ``family/score``."""
    best: dict[str, Any]
    """The evaluation that was best by ``rank_by``, its ``step`` and metrics. Rank by ``metrics``, not by this."""
    timing: dict[str, Any]
    """In seconds; ``seconds_per_step`` is the median training step, evaluation apart."""
    environment: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    reason: str | None = None
    """Why a trial failed, diverged or stopped."""

    @property
    def over(self) -> bool:
        """Whether the trial has its result."""
        return self.status in OVER


class RecordFolder:
    """The files of one trial."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoint = path / "checkpoint.pt"
        self.figure = path / "figure.png"

    def clear(self) -> None:
        """Delete the folder, if it is there."""
        shutil.rmtree(self.path, ignore_errors=True)

    def sweep_up(self) -> None:
        """Delete what a kill left of files that were being written; only for who holds the trial's lock."""
        for unfinished in self.path.glob(".*"):
            unfinished.unlink()

    def read(self) -> Record | None:
        """The record, or None where there is none. Raises :class:`InputError` for one that cannot be read."""
        path = self.path / "record.json"
        try:
            return Record(**json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise InputError(
                f"cannot read {path}: it is not a record ({error}); delete its folder to train again"
            ) from error

    def write(self, record: Record) -> None:
        """Replace the record."""
        text = json.dumps(_finite(asdict(record)), indent=1, allow_nan=False)
        with replacing(self.path / "record.json") as file:
            file.write(text.encode())

    def history(self) -> list[Row]:
        """The evaluations so far, in order; a last line that a kill cut short is left out."""
        path = self.path / "history.jsonl"
        if not path.exists():
            return []
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
        try:
            return [json.loads(line) for line in lines]
        except ValueError as error:
            raise damaged(path) from error

    def append_history(self, row: Row) -> None:
        """Add an evaluation."""
        append(self.path / "history.jsonl", json.dumps(_finite(row), allow_nan=False))

    def keep_until(self, step: int) -> None:
        """Drop the evaluations after ``step``: the checkpoint knows nothing of them."""
        rows = [row for row in self.history() if row["step"] <= step]
        with replacing(self.path / "history.jsonl") as file:
            file.writelines(json.dumps(row).encode() + b"\n" for row in rows)
        histograms = self.arrays("histograms")
        if histograms:
            kept = histograms["step"] <= step
            shared = ("layer", "kind")
            self.write_arrays("histograms", {k: v if k in shared else v[kept] for k, v in histograms.items()})

    def histograms(self) -> list[Histograms]:
        """Of every evaluation, in the order of the history."""
        arrays = self.arrays("histograms")
        if not arrays:
            return []
        names = [f"layers/{layer}/{kind}" for layer, kind in zip(arrays["layer"], arrays["kind"], strict=True)]
        evaluations = zip(arrays["counts"], arrays["edges"], strict=True)
        return [dict(zip(names, zip(*pair, strict=True), strict=True)) for pair in evaluations]

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        """The arrays of ``name.npz``; empty where there is none."""
        path = self.path / f"{name}.npz"
        if not path.exists():
            return {}
        try:
            # opened here: np.load leaves a file open that it cannot read
            with path.open("rb") as raw, np.load(raw) as file:
                return dict(file)
        except (ValueError, EOFError, zipfile.BadZipFile, zlib.error, UnpicklingError) as error:
            raise damaged(path) from error

    def write_arrays(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Replace ``name.npz``."""
        with replacing(self.path / f"{name}.npz") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


class Runs:
    """A runs folder."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def folder(self, trial_id: str) -> RecordFolder:
        """Where the trial's files are, or will be."""
        return RecordFolder(self.path / "trials" / trial_id)

    def readable(self, trial_id: str) -> Record | None:
        """The trial's record, None where there is none or it cannot be read: who trains the trial is told of that."""
        with suppress(InputError):
            return self.folder(trial_id).read()
        return None

    def staging(self, trial_id: str) -> RecordFolder:
        """Where a trial that is trained again grows until it takes the place of the old."""
        return RecordFolder(self.path / "staging" / trial_id)

    def lock(self, trial_id: str) -> Path:
        """The lock file that the process at work on the trial holds."""
        return self.path / "locks" / trial_id

    def folders(self) -> Iterable[RecordFolder]:
        """The folders of all trials, by id."""
        return (RecordFolder(path) for path in sorted((self.path / "trials").glob("[!.]*")))


def damaged(path: Path) -> InputError:
    """The error for a file of a record that is not what we write."""
    return InputError(f"cannot read {path}: it is damaged; delete its folder to train again")


def _finite(value: Any) -> Any:
    """JSON has no nan and no inf."""
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
