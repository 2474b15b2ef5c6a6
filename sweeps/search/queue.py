"""The queue of a sweep, in Optuna's storage: every trial is claimed by one worker, and none is lost with its worker.

Optuna's own heartbeats exist only in RDBStorage and only inside ``study.optimize``; ours are study attributes,
the same on the journal and on PostgreSQL. A claimed trial carries its worker's name; a worker that lives says so
every few seconds; a trial whose worker has been silent for too long is failed and queued again. Silence is measured by
the clock of whoever listens: the clocks of two machines may differ by more than a worker's patience.
"""

import os
import re
import socket
import time
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import optuna
from optuna.exceptions import StorageInternalError, UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from sweeps.heartbeat import beating

BEAT_SECONDS = 3.0
SILENCE_SECONDS = 20.0
"""A worker that has not beaten for so long is dead. Longer than a machine may stall, short beside a trial."""

ATTEMPTS = 3
"""A trial whose worker dies is tried so many times in all."""

Sign = tuple[Any, ...]
"""The last sign of life of a claimed trial: its worker, and the worker's beat."""


class Worker:
    """One process at work on a study."""

    def __init__(self, study: optuna.Study) -> None:
        self.study = study
        self.name = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        self.heard: dict[int, tuple[Sign, float]] = {}
        """Claimed trial → its last sign of life, and when this worker saw it first."""

    @contextmanager
    def alive(self) -> Iterator[None]:
        """Beat, in a thread of its own, while the block runs."""
        self._beat()
        with beating(BEAT_SECONDS, self._beat_if_possible):
            yield

    def _beat_if_possible(self) -> None:
        # Where the storage is away the main thread meets that itself, or it is back before it looks.
        with suppress(StorageInternalError, OSError):
            self._beat()

    def _beat(self) -> None:
        self.study.set_user_attr(f"worker/{self.name}", time.time())

    def claim(self, last: Collection[str] = ()) -> optuna.Trial | None:
        """A waiting trial that is now this worker's, or None. Unlike ``study.ask`` it never makes a new one.

        The trials whose :func:`key` is in ``last`` come after all others.
        """
        storage = self.study._storage
        queue = self.study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
        for waiting in sorted(queue, key=lambda trial: key(trial) in last):
            try:
                mine = storage.set_trial_state_values(waiting._trial_id, state=TrialState.RUNNING)
            except UpdateFinishedTrialError:
                continue
            if mine:
                # before the sampler runs: a trial without its worker's name could never be found dead
                storage.set_trial_user_attr(waiting._trial_id, "worker", self.name)
                return optuna.Trial(self.study, waiting._trial_id)
        return None

    def orphans(self) -> Sequence[FrozenTrial]:
        """Claimed trials whose worker has given no sign of life for too long, while this worker was listening."""
        beats, now = self.study.user_attrs, time.monotonic()
        running = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        signs = {trial.number: _sign(trial, beats) for trial in running}
        known = self.heard
        self.heard = {n: known[n] if n in known and known[n][0] == sign else (sign, now) for n, sign in signs.items()}
        return [trial for trial in running if now - self.heard[trial.number][1] > SILENCE_SECONDS]


def enqueue(study: optuna.Study, params: Mapping[str, Any], attributes: Mapping[str, Any]) -> None:
    """Queue one trial with these parameters fixed; those that are missing are the sampler's."""
    study.enqueue_trial(dict(params), user_attrs=dict(attributes))


def requeue(study: optuna.Study, trial: FrozenTrial, reason: str, *, counts: bool) -> bool:
    """Fail a claimed trial, and queue it again unless it has had its attempts; False if it has.

    ``counts``: whether this was an attempt. What was chosen stays chosen, so that its record's checkpoint serves.
    """
    attempts = trial.user_attrs.get("attempts", 0) + counts
    given_up = attempts >= ATTEMPTS
    said = {"status": "failed", "reason": f"{reason}, {attempts} times"} if given_up else {"reason": reason}
    try:
        for key, value in said.items():
            study._storage.set_trial_user_attr(trial._trial_id, key, value)
        study._storage.set_trial_state_values(trial._trial_id, state=TrialState.FAIL)
    except UpdateFinishedTrialError:
        return True  # it ended, or another process was faster: nothing is to be queued
    if given_up:
        return False
    _enqueue_again(study, trial, attempts)
    return True


def requeue_lost(study: optuna.Study) -> int:
    """Queue the trials again whose worker died between failing an orphan and queueing it; how many there were."""
    last = {key(t): t for t in study.get_trials(deepcopy=False)}
    lost = [t for t in last.values() if t.state == TrialState.FAIL and "status" not in t.user_attrs]
    for trial in lost:
        _enqueue_again(study, trial, trial.user_attrs.get("attempts", 0) + 1)
    return len(lost)


def _enqueue_again(study: optuna.Study, trial: FrozenTrial, attempts: int) -> None:
    kept = {key: value for key, value in trial.user_attrs.items() if key not in ("worker", "reason", "status")}
    # Both: a worker that dies while it asks has asked for some of what was fixed, and not yet for the rest.
    enqueue(study, {**fixed(trial), **trial.params}, {**kept, "attempts": attempts})


def fixed(trial: FrozenTrial) -> dict[str, Any]:
    """The parameters with which a trial was queued."""
    return dict(trial.system_attrs.get("fixed_params", {}))


def key(trial: FrozenTrial) -> str:
    """The name of a trial in the queue, the same for all its attempts: a ``trial_id``, or a slot of the sampler."""
    return str(trial.user_attrs.get("key", fixed(trial)))


def queued_id(trial: FrozenTrial) -> str | None:
    """The ``trial_id`` with which a trial was queued, or that an earlier attempt had; None for a slot never tried."""
    known = trial.user_attrs.get("trial_id", key(trial))
    return known if re.fullmatch(r"[0-9a-f]{16}", known) else None


def _sign(trial: FrozenTrial, beats: Mapping[str, Any]) -> Sign:
    """A trial that was claimed and has no worker's name yet (killed in between) gives no further sign."""
    worker = trial.user_attrs.get("worker")
    return worker, beats.get(f"worker/{worker}")
