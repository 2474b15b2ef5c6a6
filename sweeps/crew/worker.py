"""A worker of a sweep: it claims trials, runs them and reports their results until no trial is left."""

import time
from collections.abc import Collection

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from inr.config import TrialConfig
from inr.errors import InputError
from inr.trial import Step
from sweeps.file.spec import SweepSpec
from sweeps.record.files import holder
from sweeps.record.folder import Record
from sweeps.screen.console import say
from sweeps.search.queue import Worker, key, queued_id, requeue
from sweeps.search.space import suggest
from sweeps.search.study import scores
from sweeps.trial.how import How
from sweeps.trial.runner import Busy, Consumer, run_recorded
from sweeps.trial.stopping import Interrupts, Stopped
from sweeps.trial.waiting import Wait

IDLE_SECONDS = 0.5

BUSY_SECONDS = 30.0
"""Seconds for which a trial that another process trains is claimed after all others."""


def work(
    spec: SweepSpec,
    study: optuna.Study,
    how: How,
    interrupts: Interrupts,
) -> None:
    """Run trials of the study until every trial has ended or a signal arrives.

    When the queue is empty, wait for the trials of other workers, and re-queue a trial whose worker died.
    """
    _Shift(spec, study, how, interrupts).work()


class _Shift:
    """The main loop of one worker on one study."""

    def __init__(self, spec: SweepSpec, study: optuna.Study, how: How, interrupts: Interrupts) -> None:
        self.spec, self.study, self.how, self.interrupts = spec, study, how, interrupts
        self.worker = Worker(study)
        self.busy: dict[str, float] = {}
        """Key of a trial that another process trains → time of the last failed attempt to lock it."""

    def work(self) -> None:
        with self.worker.alive():
            while not self.interrupts.caught:
                for orphan in self.worker.orphans():
                    requeue(self.study, orphan, "its worker died", counts=True)
                trial = self.worker.claim(last=self._known_busy())
                if trial is not None:
                    self._run(trial)
                elif self._trials(TrialState.RUNNING, TrialState.WAITING):
                    time.sleep(IDLE_SECONDS)
                else:
                    return

    def _run(self, trial: optuna.Trial) -> None:
        try:
            config = self._config(trial)
            record = self._record(trial, config)
        except Exception as error:  # a failing trial does not stop the sweep: its reason is stored
            reason = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
            _tell(self.study, trial, TrialState.FAIL, "failed", reason)
            return
        if record is None or record.status == "interrupted":
            requeue(self.study, self._frozen(trial), "given back", counts=False)
        else:
            _tell_record(self.spec, self.study, trial, record)

    def _config(self, trial: optuna.Trial) -> TrialConfig:
        """Build the trial's config. Raises :class:`InputError` if an image file changed since the trial was queued."""
        queued = queued_id(self._frozen(trial))
        config = TrialConfig.from_point(suggest(self.spec, trial))
        if queued is not None and config.trial_id != queued:
            files = [config.flat()[name] for name in config.task.identity()]
            files += [plugin.path for _, plugin in config.plugins]
            raise InputError(
                f"{' or '.join(dict.fromkeys(map(str, files)))} has changed since this trial was queued (trial "
                f"{queued}, now {config.trial_id}): run the sweep's command again to use the file as it is now"
            )
        trial.set_user_attr("trial_id", config.trial_id)
        return config

    def _record(self, trial: optuna.Trial, config: TrialConfig) -> Record | None:
        """Train the trial, or wait for the record of another process that trains it.

        Returns None if a signal arrives, or if another trial can be run instead of waiting.
        """
        wait = Wait()
        while not self.interrupts.caught:
            try:
                return self._trained(trial, config)
            except Busy:
                self.busy[key(self._frozen(trial))] = time.monotonic()
                if any(key(other) not in self._known_busy() for other in self._trials(TrialState.WAITING)):
                    return None
                wait.goes_on(f"{holder(self.how.runs.lock(config.trial_id))}, which trains trial {config.trial_id}")
                time.sleep(IDLE_SECONDS)
        return None

    def _trained(self, trial: optuna.Trial, config: TrialConfig) -> Record:
        consumers: list[Consumer] = [self.interrupts]
        if self.spec.early_terminate:
            consumers.append(Pruning(trial, self.spec.metrics[0].name, config.eval_every))
        return run_recorded(config, self.how, consumers).record

    def _known_busy(self) -> Collection[str]:
        now = time.monotonic()
        return {key for key, seen in self.busy.items() if now - seen < BUSY_SECONDS}

    def _trials(self, *states: TrialState) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False, states=states)

    def _frozen(self, trial: optuna.Trial) -> FrozenTrial:
        return self.study.get_trials(deepcopy=False)[trial.number]


def _tell_record(spec: SweepSpec, study: optuna.Study, trial: optuna.Trial, record: Record) -> None:
    values = scores(spec, record)
    if record.status == "pruned":
        _tell(study, trial, TrialState.PRUNED, "pruned", record.reason)
    elif values:
        _tell(study, trial, TrialState.COMPLETE, "finished", None, values)
    else:
        missing = [metric.name for metric in spec.metrics if record.metrics.get(metric.name) is None]
        _tell(study, trial, TrialState.FAIL, record.status, record.reason or f"no value of {', '.join(missing)}")


def _tell(
    study: optuna.Study,
    trial: optuna.Trial,
    state: TrialState,
    status: str,
    reason: str | None,
    values: list[float] | None = None,
) -> None:
    try:
        trial.set_user_attr("status", status)
        if reason:
            trial.set_user_attr("reason", reason)
        study.tell(trial, values, state)
    except (UpdateFinishedTrialError, ValueError):
        # This worker's heartbeat was late, so another worker re-queued the trial. The record exists, and the worker
        # that claims the trial will find it.
        say(f"note: trial {trial.number} was given to another worker meanwhile")


class Pruning:
    """A consumer that reports ``metric`` at each evaluation to Optuna, and ends a trial that the pruner rejects."""

    def __init__(self, trial: optuna.Trial, metric: str, eval_every: int) -> None:
        self.trial, self.metric, self.eval_every = trial, metric, eval_every

    def __call__(self, step: Step) -> None:
        """Report the step's evaluation, if it has one. Raises :class:`Stopped` if the pruner rejects the trial."""
        value = step.evaluation.metrics.get(self.metric) if step.evaluation else None
        if value is None or value != value:
            return
        # The number of the evaluation, counted from 1; it depends on the step alone, also in a continued trial.
        self.trial.report(value, 1 + -(-step.step // self.eval_every))
        if self.trial.should_prune():
            raise Stopped("pruned", f"{self.metric} {value:.2f} at step {step.step} is behind the others")
