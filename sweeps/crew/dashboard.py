"""The progress of a running sweep: on a terminal a line an activation, elsewhere a few plain lines."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import optuna
from optuna.trial import FrozenTrial, TrialState
from rich.cells import cell_len
from rich.console import Group
from rich.live import Live
from rich.table import Table

from inr.vocabulary import MISSING
from inr.vocabulary import metric as known
from inr.words import text
from sweeps.crew.likes import Like, Likes
from sweeps.file.spec import Metric, SweepSpec
from sweeps.record.folder import Runs
from sweeps.screen.console import say, visible
from sweeps.screen.terminal import Screen, styled
from sweeps.search.queue import latest

DONE = (TrialState.COMPLETE, TrialState.PRUNED)
SHARE = 10
"""Without a terminal there is a line for each such part of the sweep, and for each failure."""
CURRENT = 30
"""The fewest characters for what is trained now."""


class Dashboard:
    """The progress of a sweep on standard error: done, failed, time left; for each activation its best so far."""

    def __init__(self, spec: SweepSpec, study: optuna.Study, runs: Runs) -> None:
        self.spec, self.study, self.runs = spec, study, runs
        self.likes = Likes(spec)
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
        """Refresh the display; without a terminal, print a line for each tenth of the sweep and each failure."""
        if self.live:
            self.live.update(self._picture(), refresh=True)
            return
        total = len(self._latest())
        for trial in self._ended():
            if trial.number not in self.told:
                self.told.add(trial.number)
                share = [SHARE * number // total for number in (len(self.told) - 1, len(self.told))]
                if share[0] < share[1] or trial.state == TrialState.FAIL:
                    say(f"{self._counts()}  {describe(trial, self.spec.metrics)}")

    def _ended(self) -> list[FrozenTrial]:
        return [t for t in self.study.get_trials(deepcopy=False) if t.state.is_finished()]

    def _latest(self) -> list[FrozenTrial]:
        return latest(self.study.get_trials(deepcopy=False))

    def _counts(self) -> str:
        trials = self._latest()
        done = sum(t.state in DONE for t in trials)
        failed = sum(t.state == TrialState.FAIL for t in trials)
        return f"{done}/{len(trials)} done, {failed} failed, {self._time_left(len(trials) - done - failed)}"

    def _time_left(self, left: int) -> str:
        ended = len(self._ended()) - self.before
        if not ended:
            return "time left unknown"
        seconds = (time.monotonic() - self.started) / ended * left
        return f"{seconds / 60:.0f} min left" if seconds > 90 else f"{seconds:.0f} s left"

    def _picture(self) -> Group:
        trials = self._latest()
        names = list(dict.fromkeys([*self.likes.activations, *filter(None, map(self.likes.activation, trials))]))
        done = {name: self._done([t for t in trials if self.likes.activation(t) == name]) for name in names}
        left = max(map(cell_len, ("activation", *names))) + max(map(cell_len, ("done", *done.values()))) + 4
        shown, hidden = self._shown(trials, self.console.width - left - CURRENT)
        table = Table(box=None, padding=(0, 2, 0, 0))
        for title in ("activation", "done"):
            table.add_column(title, no_wrap=True)
        for like in shown:
            table.add_column(styled(_title(like)), justify="right", width=self._width(like), overflow="fold")
        table.add_column("current", overflow="fold")
        for name in names:
            own = [t for t in trials if self.likes.activation(t) == name]
            best = [self.likes.best([t for t in own if self.likes.like(t) == like]) for like in shown]
            table.add_row(styled(name), done[name], *map(self._number, best), Group(*map(styled, self._current(own))))
        return Group(f"sweep {self.spec.name}: {self._counts()}", *self._heading(hidden), table)

    def _heading(self, hidden: int) -> list[str]:
        """Say what the scores are, and how many columns there is no room for."""
        if self.likes.metric is None:
            return []
        by = f" by {', '.join(self.likes.names)}" if self.likes.names else ""
        more = f"; only the last, {hidden} without room" if hidden else ""
        return [f"best {self.likes.metric.header} so far{by}{more}"]

    def _shown(self, trials: Sequence[FrozenTrial], room: int) -> tuple[list[Like], int]:
        """Choose what is compared, as far as there is room for the last begun, in the sweep's order; how many not."""
        if self.likes.metric is None:
            return [], 0
        begun = [trial for trial in trials if trial.state in (*DONE, TrialState.RUNNING)]
        order = list(dict.fromkeys(self.likes.like(trial) for trial in begun))
        kept: list[Like] = []
        for like in dict.fromkeys(self.likes.like(trial) for trial in reversed(begun)):
            room -= self._width(like) + 2
            if room < 0 and kept:
                break
            kept.append(like)
        return [like for like in order if like in kept], len(order) - len(kept)

    def _width(self, like: Like) -> int:
        return max(8, *(cell_len(visible(word)) for word in _title(like).split()), 0)

    def _number(self, score: float | None) -> str:
        return MISSING if score is None or self.likes.metric is None else self.likes.metric.format(score)

    @staticmethod
    def _done(trials: Sequence[FrozenTrial]) -> str:
        failed = sum(trial.state == TrialState.FAIL for trial in trials)
        return f"{sum(t.state in DONE for t in trials)}/{len(trials)}" + (f", {failed} failed" if failed else "")

    def _current(self, trials: Sequence[FrozenTrial]) -> list[str]:
        """Describe what is trained now, and how far it is, a line a trial."""
        running = [trial for trial in trials if trial.state == TrialState.RUNNING]
        return [f"{self.likes.rest(t)} step {'/'.join(map(str, self._progress(t)))}".strip() for t in running]

    def _progress(self, trial: FrozenTrial) -> tuple[int, int]:
        """(last recorded step, number of steps) of a running trial; (0, 1) before it has a record."""
        trial_id = trial.user_attrs.get("trial_id")
        record = self.runs.readable(trial_id) if trial_id else None
        if record is None:
            return 0, 1
        rows = self.runs.folder(record.trial_id).history()
        return (rows[-1]["step"] if rows else 0), record.config["steps"]


def _title(like: Like) -> str:
    return " ".join(value for _, value in like) or "best"


def describe(trial: FrozenTrial, metrics: Sequence[Metric] = ()) -> str:
    """Describe a trial in one line: its parameters, then its values by ``metrics`` or the reason why it has none."""
    chosen = " ".join(f"{name}={text(value)}" for name, value in trial.params.items())
    values, reason = trial.values, trial.user_attrs.get("reason")
    scores = [
        f"{known(wanted.name).label} {known(wanted.name).with_unit(value)}"
        for wanted, value in zip(metrics, values or (), strict=False)
    ]
    end = ", ".join(scores) if trial.state == TrialState.COMPLETE else reason
    return visible(": ".join(filter(None, [chosen, end])) or f"trial {trial.number}")


def failures(trials: Sequence[FrozenTrial]) -> list[str]:
    """List the trials that ended without a result, one line each: status, parameters, reason."""
    failed = [t for t in latest(trials) if t.state == TrialState.FAIL]
    return [f"{t.user_attrs.get('status', 'failed')}: {describe(t)}" for t in failed]
