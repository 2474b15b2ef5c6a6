"""Writes the record of a trial from the stream of its evaluations."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from inr.config import TrialConfig
from inr.histograms import LayerHistogram
from inr.tasks.base import Problem
from inr.trial import Evaluation, Trial
from inr.vocabulary import metric
from sweeps.record import checkpoint, continuation, figure, kept_maps
from sweeps.record.files import replacing
from sweeps.record.folder import OVER, Record, RecordFolder, Row
from sweeps.record.kept_weights import KeptWeights


class Recorder:
    """The record of one trial while it runs. After every evaluation the folder is what a resumption needs."""

    def __init__(
        self,
        folder: RecordFolder,
        config: TrialConfig,
        problem: Problem,
        environment: Mapping[str, Any],
        keep_weights: bool = True,
        keep_maps: bool = False,
    ) -> None:
        self.folder, self.config, self.problem, self.environment = folder, config, problem, dict(environment)
        self.notes = [*config.notes(), *problem.notes]
        self.last: Evaluation | None = None
        self.rows: list[Row] = []
        self.weights = KeptWeights(keep_weights)
        # A trial that began to keep its maps goes on, also where the command that continues it does not say so.
        self.filmed = config.task.filmed if keep_maps or folder.maps.exists() else None
        self.parts: list[continuation.Part] = []
        """The steps of the processes before this one."""
        self.began = self.step = 0
        """The step at which this process began, and the one to which it came."""
        self.elapsed_before = 0.0
        self.started = time.perf_counter()
        folder.path.mkdir(parents=True, exist_ok=True)

    def resume(self) -> dict[str, Any] | None:
        """The state of the trial to continue from, None to begin. What was recorded after it is dropped.

        Raises :class:`inr.errors.InputError` for a checkpoint that is not this trial's.
        """
        self.folder.sweep_up()
        saved = checkpoint.load(self.folder.checkpoint, self.config.trial_id)
        if saved:
            self.elapsed_before, self.parts = saved["elapsed"], saved["parts"]
            self.began = self.step = saved["trial"]["step"]
            self.weights.load(saved["weights"], saved["trial"])
        self.folder.keep_until(self.began if saved else -1)
        kept_maps.keep_until(self.folder.maps, self.began if saved else -1)
        self.rows = self.folder.history()
        self.write("interrupted", "the trial did not end")
        return saved["trial"] if saved else None

    def all_parts(self) -> list[continuation.Part]:
        """The steps of every process so far, this one's last; a process that came to no step is left out."""
        parts = [*self.parts, continuation.part(self.environment, self.began, self.step)]
        return [part for part in parts if part["to_step"] > part["from_step"]]

    def evaluated(self, evaluation: Evaluation, trial: Trial) -> None:
        """Record an evaluation, then the checkpoint that continues after it; after the last step nothing does."""
        self.last, self.step = evaluation, evaluation.step
        self.rows.append(self.folder.append_history(evaluation.row))
        self.weights.keep(evaluation.step, trial.network, self._best_step())
        self.folder.write_arrays("histograms", _appended(self.folder.arrays("histograms"), evaluation))
        if self.filmed:
            fields = self.problem.judge.fields(evaluation.prediction)
            kept_maps.append(self.folder.maps, evaluation.step, fields[self.filmed.array])
        if evaluation.step < self.config.steps:
            self.checkpoint(trial)
        self.write("interrupted", "the trial did not end")

    def checkpoint(self, trial: Trial) -> None:
        """Save the state of the trial as it is now."""
        self.step = trial.step
        state = {"trial_id": self.config.trial_id, "trial": trial.state(), "weights": self.weights.state(trial.step)}
        checkpoint.save(self.folder.checkpoint, {**state, "elapsed": self.elapsed, "parts": self.all_parts()})

    def end(self, status: str, reason: str | None = None) -> Record:
        """Write everything that the trial leaves behind, its record last."""
        if self.last is not None:
            fields = {**self.problem.judge.fields(self.last.prediction), **self.last.closing}
            self.folder.write_arrays("fields", fields)
            for name, content in self.config.task.files(fields).items():
                self.folder.write_file(name, content)
            if panels := self.config.task.panels(fields):
                with replacing(self.folder.figure) as file:
                    file.write(figure.draw(panels, self.last.metrics, figure.title_of(self.config.flat(), self.step)))
        if self.rows:
            self.weights.write(self.folder, self.rows[-1]["step"], self._best_step())
        record = self.write(status, reason)
        if record.over:
            self.folder.checkpoint.unlink(missing_ok=True)
        return record

    def write(self, status: str, reason: str | None = None) -> Record:
        """Write ``record.json`` from the history so far."""
        parts = self.all_parts()
        record = Record(
            trial_id=self.config.trial_id,
            status=status,
            config=self.config.flat(),
            metrics=_metrics(self.rows[-1]) if self.rows else {},
            best=self._best(),
            timing=self._timing(),
            environment=self.environment | ({"parts": parts} if len(parts) > 1 else {}),
            notes=[*self.notes, *(self.last.notes if self.last else ())],
            learned=dict(self.last.learned) if self.last else {},
            reason=reason,
            files=self.folder.checksums() if status in OVER else {},
        )
        self.folder.write(record)
        return record

    @property
    def elapsed(self) -> float:
        """Seconds since the trial's beginning, breaks not counted."""
        return self.elapsed_before + time.perf_counter() - self.started

    def _best_step(self) -> int | None:
        return self._best().get("step")

    def _best(self) -> dict[str, Any]:
        rank_by = self.problem.judge.rank_by
        scored = [row for row in self.rows if row[rank_by] is not None]
        if not scored:
            return {}
        of_all = max if metric(rank_by).higher_is_better else min
        best = of_all(scored, key=lambda row: row[rank_by])
        return {"rank_by": rank_by, "step": best["step"], **_metrics(best)}

    def _timing(self) -> dict[str, Any]:
        seconds = self.last.seconds if self.last else []
        return {
            "steps": len(seconds),
            "seconds_per_step": float(np.median(seconds)) if seconds else None,
            "seconds_training": sum(seconds),
            "seconds_total": self.elapsed,
        }


def _metrics(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("step", "seconds")}


STATISTICS = ("mean", "standard_deviation", "kurtosis", "near_zero")


def _appended(arrays: Mapping[str, np.ndarray], evaluation: Evaluation) -> dict[str, np.ndarray]:
    """The arrays of ``histograms.npz`` with an evaluation more.

    E evaluations of G groups: step (E,), layer and kind (G,), counts (E, G, bins), edges (E, G, bins + 1), and the
    statistics (E, G).
    """
    groups: Sequence[LayerHistogram] = evaluation.histograms
    names = ("counts", "edges", *STATISTICS)
    new = {"step": np.array(evaluation.step), **{n: np.array([getattr(g, n) for g in groups]) for n in names}}
    stacked = {n: np.concatenate([arrays[n], v[None]]) if arrays else v[None] for n, v in new.items()}
    return {**stacked, "layer": np.array([g.layer for g in groups]), "kind": np.array([g.kind for g in groups])}
