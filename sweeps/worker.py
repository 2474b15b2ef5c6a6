"""A worker of a sweep: claims trials, runs them, tells their results, until there is nothing left to do."""

import time
from collections.abc import Sequence

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import TrialState

from inr.config import TrialConfig
from inr.errors import InputError
from inr.trial import Step
from sweeps.console import say
from sweeps.execution import Execution
from sweeps.records import Record, Runs
from sweeps.runner import Busy, run_recorded
from sweeps.search.queue import Worker, orphans, requeue
from sweeps.search.space import suggest
from sweeps.search.study import scores
from sweeps.spec import SweepSpec
from sweeps.stopping import Interrupts, Stopped
from sweeps.trackers import Tracker

IDLE_SECONDS = 0.5


def work(
    spec: SweepSpec,
    study: optuna.Study,
    runs: Runs,
    execution: Execution,
    interrupts: Interrupts,
    trackers: Sequence[Tracker] = (),
) -> None:
    """Work on the study until every trial has ended, waiting for those of others: their workers may die."""
    worker = Worker(study)
    with worker.alive():
        while not interrupts.caught:
            for orphan in orphans(study):
                requeue(study, orphan, "its worker died", counts=True)
            trial = worker.claim()
            if trial is not None:
                _run(spec, study, trial, runs, execution, interrupts, trackers)
            elif study.get_trials(deepcopy=False, states=(TrialState.RUNNING, TrialState.WAITING)):
                time.sleep(IDLE_SECONDS)
            else:
                return


def _run(
    spec: SweepSpec,
    study: optuna.Study,
    trial: optuna.Trial,
    runs: Runs,
    execution: Execution,
    interrupts: Interrupts,
    trackers: Sequence[Tracker],
) -> None:
    try:
        config = TrialConfig.from_flat(suggest(spec, trial))
        trial.set_user_attr("trial_id", config.trial_id)
        consumers = [
            interrupts,
            *([Pruning(trial, spec.metrics[0].name, config.eval_every)] if spec.early_terminate else []),
        ]
        record = _record(config, runs, execution, trackers, consumers, interrupts)
    except Exception as error:  # a trial that fails does not stop the sweep: its reason is kept, and told at the end
        reason = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
        _tell(study, trial, TrialState.FAIL, "failed", reason)
        return
    if record is None or record.status == "interrupted":
        requeue(study, study.get_trials(deepcopy=False)[trial.number], "interrupted", counts=False)
        return
    _tell_record(spec, study, trial, record)


def _record(
    config: TrialConfig,
    runs: Runs,
    execution: Execution,
    trackers: Sequence[Tracker],
    consumers: Sequence[object],
    interrupts: Interrupts,
) -> Record | None:
    """The trial's record; waits while another process is at work on it. None if interrupted meanwhile."""
    while not interrupts.caught:
        try:
            return run_recorded(config, runs, execution, trackers=trackers, consumers=consumers).record  # type: ignore[arg-type]
        except Busy:
            time.sleep(IDLE_SECONDS)
    return None


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
        # This worker was silent for so long that it was taken for dead, and the trial was queued again: the record
        # is there, whoever claims it finds it.
        say(f"note: trial {trial.number} was given to another worker meanwhile")


class Pruning:
    """A consumer that reports each evaluation to Optuna, and ends a trial that is not worth going on."""

    def __init__(self, trial: optuna.Trial, metric: str, eval_every: int) -> None:
        self.trial, self.metric, self.eval_every = trial, metric, eval_every

    def __call__(self, step: Step) -> None:
        """Raise :class:`Stopped` if the pruner says so."""
        value = step.evaluation.metrics.get(self.metric) if step.evaluation else None
        if value is None or value != value:
            return
        # The number of the evaluation, counted from 1; a trial that is continued goes on where it was.
        self.trial.report(value, 1 + -(-step.step // self.eval_every))
        if self.trial.should_prune():
            raise Stopped("pruned", f"{self.metric} {value:.2f} at step {step.step} is behind the others")
