"""Run one trial: return its record if there is one, otherwise train, record and track it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inr.config import TrialConfig
from inr.errors import InputError
from inr.origins import to_record
from inr.tasks.base import Problem
from inr.trial import Diverged, Step, problem_of, run_trial
from sweeps.record import continuation
from sweeps.record.files import exchange, holder, locked
from sweeps.record.folder import Record, RecordFolder, Runs
from sweeps.record.recorder import Recorder
from sweeps.record.tracker import Tracker
from sweeps.screen.console import say
from sweeps.trial.compiled import compile_works, first_step_once
from sweeps.trial.environment import environment
from sweeps.trial.how import How
from sweeps.trial.programs import program_of, worth_compiling
from sweeps.trial.stopping import Stopped

Consumer = Callable[[Step], None]


class Busy(InputError):
    """An error for a trial that another process is training."""


@dataclass(frozen=True)
class Outcome:
    """A record, its folder, and whether it existed before the call."""

    record: Record
    folder: RecordFolder
    recorded_before: bool


def run_recorded(config: TrialConfig, how: How, consumers: Sequence[Consumer] = ()) -> Outcome:
    """Return the record of ``config``, training the trial if it has none; training continues from its checkpoint.

    With ``how.force`` it may take more than one call until the new record is complete. Consumers are called with every
    step, and end the trial by raising :class:`Stopped`. Raises :class:`InputError` if the signal cannot be loaded or
    the folder holds another config, and :class:`Busy` if another process trains the trial. An error during training is
    recorded as ``failed`` and raised.
    """
    runs, force = how.runs, how.force
    # Before the lock: a record can be returned from a read-only folder.
    if not force and (given := _given_back(config, runs, how.trackers)):
        return given
    lock = runs.lock(config.trial_id)
    with locked(lock) as mine:
        if not mine:
            raise Busy(f"trial {config.trial_id} is being trained by {holder(lock)}: wait for it to end")
        if not force and (given := _given_back(config, runs, how.trackers)):  # another process ended it before the lock
            return given
        replaced = runs.folder(config.trial_id).read() if force else None
        return _train(config, how, replaced, consumers)


def _given_back(config: TrialConfig, runs: Runs, trackers: Sequence[Tracker]) -> Outcome | None:
    """Return the recorded result, if there is one, and replay it to the trackers."""
    folder = runs.folder(config.trial_id)
    record = folder.read()
    if record is None or not record.over:
        return None
    # A file is identified by its bytes; its path may have changed.
    moved = config.task.identity()
    differ = [name for name, value in config.flat().items() if name not in moved and record.config.get(name) != value]
    if differ:
        raise InputError(
            f"{folder.path} holds the record of another config (its {differ[0]} is {record.config.get(differ[0])!r}): "
            "delete the folder to train again"
        )
    _mirror(folder, record, trackers)
    return Outcome(record, folder, recorded_before=True)


def _train(config: TrialConfig, how: How, replaced: Record | None, consumers: Sequence[Consumer]) -> Outcome:
    runs, execution, trackers = how.runs, how.execution, how.trackers
    problem = problem_of(config)
    folder = runs.staging(config.trial_id) if replaced else runs.folder(config.trial_id)
    begun = folder.read()
    if replaced and begun and begun.over:
        folder.clear()  # left by a kill after the exchange; an interrupted trial is continued
        begun = None
    compiled = _compiled(how, config, problem, begun)
    facts = {**environment(), **execution.describe(compiled), "data_hash": problem.data_hash}
    facts["data_shape"] = list(problem.data_shape)
    if config.plugins:
        facts["plugins"] = to_record(config.plugins)
    recorder = Recorder(folder, config, problem, facts, how.keep_weights, how.keep_maps)
    state = recorder.resume()
    _tell_continuation(recorder)
    _start(trackers, config.trial_id, config.flat())
    _replay(folder, trackers)
    device, threads = execution.device, execution.threads
    steps = run_trial(config, problem, device=device, threads=threads, compiled=compiled, resume=state)
    if compiled:
        steps = first_step_once(steps, program_of(config), evaluated_first=state is None)
    try:
        record = _record(steps, recorder, trackers, consumers)
    except Exception:
        # The record holds the reason. An open mirror would add the next trial to the same run, so it is closed.
        failed = folder.read()
        if failed:
            _finish(trackers, folder, failed)
        raise
    if replaced and record.over:
        final = runs.folder(config.trial_id)
        exchange(folder.path, final.path)
        folder = final
    _finish(trackers, folder, record)
    return Outcome(record, folder, recorded_before=False)


def _tell_continuation(recorder: Recorder) -> None:
    """Print a note if this process's environment differs from an earlier one's in a way that changes digits."""
    now = continuation.part(recorder.environment, recorder.began, recorder.config.steps)
    parts = [*recorder.parts, now]
    if differ := continuation.differing(parts):
        say(
            f"note: this trial began with other values of {', '.join(differ)} ({continuation.describe(parts)}): "
            "no single command will reproduce its digits"
        )


def _record(
    steps: Iterable[Step], recorder: Recorder, trackers: Sequence[Tracker], consumers: Sequence[Consumer]
) -> Record:
    """Run the steps and write the record, with the status finished, diverged, failed, or a consumer's."""
    step: Step | None = None
    try:
        for step in steps:
            if step.evaluation:
                recorder.evaluated(step.evaluation, step.trial)
                _log_last(recorder.folder, trackers)
            for consume in consumers:
                consume(step)
    except Diverged as error:
        return recorder.end("diverged", str(error))
    except Stopped as stop:
        assert step is not None
        if step.step == recorder.config.steps:  # the stop came at the last step: the result is complete
            return recorder.end("finished")
        recorder.checkpoint(step.trial)
        return recorder.end(stop.status, stop.reason)
    except Exception as error:
        recorder.write("failed", f"{type(error).__name__}: {error}")
        raise
    return recorder.end("finished")


def _compiled(how: How, config: TrialConfig, problem: Problem, begun: Record | None) -> bool:
    """Decide whether the steps are compiled: as the user says, as the trial began, as its sweep or it alone repays."""
    if how.compiling == "auto" and begun and "compiled" in begun.environment:
        wanted = bool(begun.environment["compiled"])
    else:
        points = sum(group.in_a_step(config.batch_size) for group in problem.groups)
        worth = program_of(config) in how.programs or worth_compiling(config, points)
        wanted = how.compiling == "on" or (how.compiling == "auto" and worth)
    if wanted and not compile_works():
        say("note: torch.compile does not work here (is there a C++ compiler?); training without it")
        return False
    return wanted


def _mirror(folder: RecordFolder, record: Record, trackers: Sequence[Tracker]) -> None:
    """Replay a recorded trial to the trackers."""
    _start(trackers, record.trial_id, record.config)
    _replay(folder, trackers)
    _finish(trackers, folder, record)


def _replay(folder: RecordFolder, trackers: Sequence[Tracker]) -> None:
    if trackers:
        for row, histograms in zip(folder.history(), folder.histograms(), strict=False):
            for tracker in trackers:
                tracker.log(row, histograms)


def _start(trackers: Sequence[Tracker], trial_id: str, config: Mapping[str, Any]) -> None:
    for tracker in trackers:
        tracker.start(trial_id, config)


def _finish(trackers: Sequence[Tracker], folder: RecordFolder, record: Record) -> None:
    for tracker in trackers:
        tracker.finish(folder, record)


def _log_last(folder: RecordFolder, trackers: Sequence[Tracker]) -> None:
    if trackers:
        row, histograms = folder.history()[-1], folder.histograms()[-1]
        for tracker in trackers:
            tracker.log(row, histograms)
