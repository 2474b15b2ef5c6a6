"""The files of a trial, from which every table is made. No torch here.

``runs/trials/<trial_id>/`` holds ``record.json``, ``history.jsonl`` (a line an evaluation), ``fields.npz``,
``histograms.npz``, ``figure.png``, ``weights.safetensors``, ``best.safetensors`` where the best evaluation is not the
last, ``maps.npy`` where the trial kept its maps, and, until the trial is over, ``checkpoint.pt``. ``record.json`` is
written last: what it says is there. While a trial runs its record says ``interrupted``, which is what a kill would
leave.
"""

import io
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from inr.errors import InputError
from inr.record_content import checksum, damage_of, damaged, file_checksum, read_record, read_row, record_text, row_text
from inr.tasks import with_task
from inr.weights import BEST, LAST, Weights
from sweeps.record.files import append, replacing, temporaries

PREDICTION = "prediction."
"""What the names of the files begin with that a task gives its prediction."""
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
    """Flat and resolved; ``TrialConfig.from_record`` takes it back."""
    metrics: dict[str, Any] = field(default_factory=dict)
    """Of the last evaluation, by ``family/score``."""
    best: dict[str, Any] = field(default_factory=dict)
    """The evaluation that was best by ``rank_by``, its ``step`` and metrics. Rank by ``metrics``, not by this."""
    timing: dict[str, Any] = field(default_factory=dict)
    """In seconds; ``seconds_per_step`` is the median training step, evaluation apart."""
    environment: dict[str, Any] = field(default_factory=dict)
    """The machine, versions and commit; ``parts`` where more than one process trained, one after the other;
    ``plugins``, each with its ``choice``, ``file`` and ``sha256``, where one defines what is chosen."""
    notes: list[str] = field(default_factory=list)
    learned: dict[str, Any] = field(default_factory=dict)
    """Hyperparameters that were trained: name → a number for each layer, or its neurons' quantiles; absent if none."""
    reason: str | None = None
    """Why a trial failed, diverged or stopped."""
    files: dict[str, str] = field(default_factory=dict)
    """Name → checksum of the files beside the record of a trial that is over."""

    @classmethod
    def parse(cls, text: bytes) -> "Record":
        """Read the text of a ``record.json``. Raises :class:`ValueError` with a short reason."""
        content = read_record(text)
        content["config"] = with_task(content["config"])
        return cls(**{f.name: content[f.name] for f in fields(cls) if f.name in content})

    @property
    def over(self) -> bool:
        """True if the trial has its result."""
        return self.status in OVER


class RecordFolder:
    """The files of one trial."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoint = path / "checkpoint.pt"
        self.figure = path / "figure.png"
        self.maps = path / "maps.npy"

    def clear(self) -> None:
        """Delete the folder, if it is there."""
        shutil.rmtree(self.path, ignore_errors=True)

    def sweep_up(self) -> None:
        """Delete what a kill left of files that were being written; only for who holds the trial's lock."""
        for unfinished in temporaries(self.path):
            unfinished.unlink()

    def read(self) -> Record | None:
        """Read the record; None where there is none. Raises :class:`InputError` for one that is not this trial's."""
        path = self.path / "record.json"
        try:
            record = Record.parse(path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except ValueError as error:
            raise InputError(
                f"cannot read {path}: it is not a record ({error}); delete its folder to train again"
            ) from error
        if record.trial_id != self.path.name:
            raise InputError(
                f"cannot read {path}: it is the record of trial {record.trial_id}; delete its folder to train again"
            )
        return record

    def write(self, record: Record) -> None:
        """Replace the record."""
        with replacing(self.path / "record.json") as file:
            file.write(record_text(asdict(record)).encode())

    def checksums(self) -> dict[str, str]:
        """Name → checksum of the files that do not change any more once the trial is over."""
        names = {"history.jsonl", "fields.npz", "histograms.npz", self.figure.name, self.maps.name, LAST, BEST}
        names |= {*self.of_task()}
        return {name: file_checksum(self.path / name) for name in sorted(names) if (self.path / name).is_file()}

    def history(self) -> list[Row]:
        """Read the evaluations so far, in order; a last line that a kill cut short is left out.

        Raises :class:`InputError` for a file that is not what was written.
        """
        lines = self._verified("history.jsonl").decode(errors="replace").split("\n")[:-1]
        try:
            return [read_row(line) for line in lines]
        except ValueError as error:
            raise damaged(self.path / "history.jsonl") from error

    def append_history(self, row: Row) -> Row:
        """Add an evaluation, and return it as :meth:`history` will."""
        text = row_text(row)
        append(self.path / "history.jsonl", text)
        return read_row(text)

    def keep_until(self, step: int) -> None:
        """Drop the evaluations after ``step``, of which the checkpoint knows nothing, and the weights, which it has."""
        for name in (LAST, BEST):
            self.write_weights(name, None)
        rows = [row for row in self.history() if row["step"] <= step]
        with replacing(self.path / "history.jsonl") as file:
            file.writelines(row_text(row).encode() + b"\n" for row in rows)
        histograms = self._histograms()
        if histograms:
            kept = histograms["step"] <= step
            shared = ("layer", "kind")
            self.write_arrays("histograms", {k: v if k in shared else v[kept] for k, v in histograms.items()})

    def histograms(self) -> list[Histograms]:
        """Read the layers' histograms of every evaluation, in the order of the history."""
        arrays = self._histograms()
        if not arrays:
            return []
        names = [f"layers/{layer}/{kind}" for layer, kind in zip(arrays["layer"], arrays["kind"], strict=True)]
        evaluations = zip(arrays["counts"], arrays["edges"], strict=True)
        return [dict(zip(names, zip(*pair, strict=True), strict=True)) for pair in evaluations]

    def _histograms(self) -> dict[str, np.ndarray]:
        """The arrays of ``histograms.npz``. Raises :class:`InputError` where their shapes do not fit together."""
        arrays = self.arrays("histograms")
        with damage_of(self.path / "histograms.npz"):
            if arrays and {(*arrays["step"].shape, *arrays["layer"].shape), arrays["counts"].shape[:2]} != {
                arrays["edges"].shape[:2]
            }:
                raise ValueError("the shapes do not fit")
        return arrays

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        """Read the arrays of ``name.npz``; empty where there is none.

        Raises :class:`InputError` for a file that is not what was written.
        """
        data = self._verified(f"{name}.npz")
        if not data:
            return {}
        with damage_of(self.path / f"{name}.npz"), np.load(io.BytesIO(data)) as file:
            return dict(file)

    def write_arrays(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Replace ``name.npz``."""
        with replacing(self.path / f"{name}.npz") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]

    def write_file(self, name: str, content: bytes) -> None:
        """Replace a file that the task gives its prediction."""
        with replacing(self.path / f"{PREDICTION}{name}") as file:
            file.write(content)

    def of_task(self) -> list[str]:
        """The names of the files that the task gave its prediction."""
        return sorted(path.name for path in self.path.glob(f"{PREDICTION}*"))

    def write_weights(self, name: str, weights: Weights | None) -> None:
        """Replace the file ``name``, or delete it where the weights are None."""
        if weights is None:
            (self.path / name).unlink(missing_ok=True)
            return
        with replacing(self.path / name) as file:
            file.write(weights.to_bytes())

    def picture(self) -> bytes:
        """Read the trial's figure, a PNG; empty where there is none.

        Raises :class:`InputError` for a file that is not what was written.
        """
        return self._verified(self.figure.name)

    def whole(self, path: Path) -> Path | None:
        """Return the path of a file that may be large, once its checksum is seen to fit; None where there is none.

        Raises :class:`InputError` for a file that is not what was written.
        """
        if not path.is_file():
            return None
        found = file_checksum(path)
        if self._expected().get(path.name, found) != found:
            raise damaged(path)
        return path

    def _verified(self, name: str) -> bytes:
        """The bytes of a file; none where there is none. Raises :class:`InputError` if its checksum does not fit."""
        data = self._bytes(name)
        if data is None:
            return b""
        if self._expected().get(name, checksum(data)) != checksum(data):
            raise damaged(self.path / name)
        return data

    def _expected(self) -> Mapping[str, str]:
        with suppress(InputError):  # whoever reads the record itself is told of it
            record = self.read()
            return record.files if record else {}
        return {}

    def _bytes(self, name: str) -> bytes | None:
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None


class Runs:
    """A runs folder."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def folder(self, trial_id: str) -> RecordFolder:
        """Return the folder of the trial's files, which may not exist yet."""
        return RecordFolder(self.path / "trials" / trial_id)

    def readable(self, trial_id: str) -> Record | None:
        """The trial's record, None where there is none or it cannot be read: who trains the trial is told of that."""
        with suppress(InputError):
            return self.folder(trial_id).read()
        return None

    def staging(self, trial_id: str) -> RecordFolder:
        """Return the folder in which a trial is trained again, until it replaces the old one."""
        return RecordFolder(self.path / "staging" / trial_id)

    def lock(self, trial_id: str) -> Path:
        """The lock file that the process at work on the trial holds."""
        return self.path / "locks" / trial_id

    def folders(self) -> Iterable[RecordFolder]:
        """The folders of all trials, by id."""
        return (RecordFolder(path) for path in sorted((self.path / "trials").glob("[!.]*")))
