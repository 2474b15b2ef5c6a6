"""The progress of a running sweep: a live display on a terminal, one line per ended trial elsewhere."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import optuna
from optuna.trial import FrozenTrial, TrialState
from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from inr.words import text
from sweeps.file.spec import SweepSpec
from sweeps.record.folder import Runs
from sweeps.screen.console import say, visible
from sweeps.screen.terminal import Screen
from sweeps.search.queue import latest


class Dashboard:
    """The progress of a sweep on standard error: trials done, running and failed, time left, best trial so far."""

    def __init__(self, spec: SweepSpec, study: optuna.Study, runs: Runs) -> None:
        self.spec, self.study, self.runs = spec, study, runs
        self.console = Screen(stderr=True)
        self.live = Live(console=self.console, auto_refresh=False) if self.console.is_terminal else None
        self.started = time.monotonic()
        self.told = {trial.number for trial in self._ended()}
        self.before = len(self.told)

    def __enter__(self) -> Self:
        if self.live:
            self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.live:
            self.live.stop()

    def update(self) -> None:
        """Refresh the display; without a terminal, print one line per newly ended trial."""
        if self.live:
            self.live.update(self._picture(), refresh=True)
            return
        for trial in self._ended():
            if trial.number not in self.told:
                self.told.add(trial.number)
                say(f"{self._counts()}  {describe(trial)}")

    def _ended(self) -> list[FrozenTrial]:
        return [t for t in self.study.get_trials(deepcopy=False) if t.state.is_finished()]

    def _counts(self) -> str:
        trials = latest(self.study.get_trials(deepcopy=False))
        done = sum(t.state in (TrialState.COMPLETE, TrialState.PRUNED) for t in trials)
        failed = sum(t.state == TrialState.FAIL for t in trials)
        return f"{done}/{len(trials)} done, {failed} failed, {self._time_left(len(trials) - done - failed)}"

    def _time_left(self, left: int) -> str:
        ended = len(self._ended()) - self.before
        if not ended:
            return "time left unknown"
        seconds = (time.monotonic() - self.started) / ended * left
        return f"{seconds / 60:.0f} min left" if seconds > 90 else f"{seconds:.0f} s left"

    def _picture(self) -> Group:
        lines = [f"sweep {self.spec.name}: {self._counts()}"]
        best = self._best()
        if best:
            lines.append(f"best so far: {describe(best)}")
        return Group(*lines, self._running())

    def _best(self) -> FrozenTrial | None:
        complete = self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if not complete or len(self.study.directions) > 1:
            return None
        return self.study.best_trial

    def _running(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for trial in self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            step, steps = self._progress(trial)
            table.add_row(describe(trial), ProgressBar(total=steps, completed=step, width=30), f"{step}/{steps}")
        return table

    def _progress(self, trial: FrozenTrial) -> tuple[int, int]:
        """(last recorded step, number of steps) of a running trial; (0, 1) before it has a record."""
        trial_id = trial.user_attrs.get("trial_id")
        record = self.runs.readable(trial_id) if trial_id else None
        if record is None:
            return 0, 1
        rows = self.runs.folder(record.trial_id).history()
        return (rows[-1]["step"] if rows else 0), record.config["steps"]


def describe(trial: FrozenTrial) -> str:
    """Describe a trial in one line: its parameters, then its values or the reason why it has none."""
    chosen = " ".join(f"{name}={text(value)}" for name, value in trial.params.items())
    values, reason = trial.values, trial.user_attrs.get("reason")
    end = ", ".join(f"{value:.2f}" for value in values) if trial.state == TrialState.COMPLETE else reason
    return visible(": ".join(filter(None, [chosen, end])) or f"trial {trial.number}")


def failures(trials: Sequence[FrozenTrial]) -> list[str]:
    """List the trials that ended without a result, one line each: status, parameters, reason."""
    failed = [t for t in latest(trials) if t.state == TrialState.FAIL]
    return [f"{t.user_attrs.get('status', 'failed')}: {describe(t)}" for t in failed]
