"""The queue of a sweep in Optuna's storage: one worker claims a trial, and a dead worker's trial is queued again.

Optuna has heartbeats only in RDBStorage and only inside ``study.optimize``. Ours are study attributes, which work on
the journal and on PostgreSQL. A claimed trial carries its worker's name, and a running worker writes a heartbeat every
few seconds. If the heartbeat does not change for too long, another worker fails the trial and queues it again. That
worker measures the time on the local clock: the clocks of two machines may differ by more than the limit.
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

from sweeps.trial.heartbeat import beating

BEAT_SECONDS = 3.0
SILENCE_SECONDS = 20.0
"""Seconds without a heartbeat after which a worker counts as dead: longer than a stall, shorter than a trial."""

ATTEMPTS = 3
"""The most attempts at a trial whose workers die."""

Sign = tuple[Any, ...]
"""The state of a claimed trial's heartbeat: (worker's name, time of the last beat)."""


class Worker:
    """A process that claims trials of a study, sends heartbeats and finds trials of dead workers."""

    def __init__(self, study: optuna.Study) -> None:
        self.study = study
        self.name = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        self.heard: dict[int, tuple[Sign, float]] = {}
        """Number of a claimed trial → its last heartbeat, and the local time at which this worker first read it."""

    @contextmanager
    def alive(self) -> Iterator[None]:
        """Send heartbeats from a background thread while the block runs."""
        self._beat()
        with beating(BEAT_SECONDS, self._beat_if_possible):
            yield

    def _beat_if_possible(self) -> None:
        # If the storage is unreachable, the main thread raises at its next access.
        with suppress(StorageInternalError, OSError):
            self._beat()

    def _beat(self) -> None:
        self.study.set_user_attr(f"worker/{self.name}", time.time())

    def claim(self, last: Collection[str] = ()) -> optuna.Trial | None:
        """Claim a waiting trial; None if there is none. Unlike ``study.ask`` it never creates a trial.

        Trials whose :func:`key` is in ``last`` are claimed after all others.
        """
        storage = self.study._storage
        queue = self.study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
        for waiting in sorted(queue, key=lambda trial: key(trial) in last):
            try:
                mine = storage.set_trial_state_values(waiting._trial_id, state=TrialState.RUNNING)
            except UpdateFinishedTrialError:
                continue
            if mine:
                # before the sampler runs, so that the trial can be re-queued if this worker dies
                storage.set_trial_user_attr(waiting._trial_id, "worker", self.name)
                return optuna.Trial(self.study, waiting._trial_id)
        return None

    def orphans(self) -> Sequence[FrozenTrial]:
        """Return the claimed trials whose heartbeat has not changed for SILENCE_SECONDS of this worker's clock."""
        beats, now = self.study.user_attrs, time.monotonic()
        running = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        signs = {trial.number: _sign(trial, beats) for trial in running}
        known = self.heard
        self.heard = {n: known[n] if n in known and known[n][0] == sign else (sign, now) for n, sign in signs.items()}
        return [trial for trial in running if now - self.heard[trial.number][1] > SILENCE_SECONDS]


def enqueue(study: optuna.Study, params: Mapping[str, Any], attributes: Mapping[str, Any]) -> None:
    """Queue one trial with fixed ``params`` and user attributes; the sampler chooses the other parameters."""
    study.enqueue_trial(dict(params), user_attrs=dict(attributes))


def requeue(study: optuna.Study, trial: FrozenTrial, reason: str, *, counts: bool) -> bool:
    """Fail a claimed trial with ``reason``, and queue it again; False if it has used up its attempts.

    ``counts`` says whether this was an attempt. The new trial keeps every parameter that was fixed or sampled, so that
    it continues from the same checkpoint.
    """
    attempts = trial.user_attrs.get("attempts", 0) + counts
    given_up = attempts >= ATTEMPTS
    said = {"status": "failed", "reason": f"{reason}, {attempts} times"} if given_up else {"reason": reason}
    try:
        for key, value in said.items():
            study._storage.set_trial_user_attr(trial._trial_id, key, value)
        study._storage.set_trial_state_values(trial._trial_id, state=TrialState.FAIL)
    except UpdateFinishedTrialError:
        return True  # it has ended, or another process re-queued it
    if given_up:
        return False
    _enqueue_again(study, trial, attempts)
    return True


def requeue_lost(study: optuna.Study) -> int:
    """Re-queue trials whose worker died after marking them as failed but before queueing them; return their number."""
    last = {key(t): t for t in study.get_trials(deepcopy=False)}
    lost = [t for t in last.values() if t.state == TrialState.FAIL and "status" not in t.user_attrs]
    for trial in lost:
        _enqueue_again(study, trial, trial.user_attrs.get("attempts", 0) + 1)
    return len(lost)


def _enqueue_again(study: optuna.Study, trial: FrozenTrial, attempts: int) -> None:
    kept = {key: value for key, value in trial.user_attrs.items() if key not in ("worker", "reason", "status")}
    # Both: a worker that died during sampling may have read only some of the fixed parameters.
    enqueue(study, {**fixed(trial), **trial.params}, {**kept, "attempts": attempts})


def fixed(trial: FrozenTrial) -> dict[str, Any]:
    """Return the parameters that were fixed when a trial was queued."""
    return dict(trial.system_attrs.get("fixed_params", {}))


def key(trial: FrozenTrial) -> str:
    """The name of a trial in the queue, the same for all its attempts: a ``trial_id``, or a slot of the sampler."""
    return str(trial.user_attrs.get("key", fixed(trial) or trial.number))


def latest(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Keep the last attempt of every trial of the sweep; each earlier attempt was queued again."""
    return list({key(trial): trial for trial in trials}.values())


def queued_id(trial: FrozenTrial) -> str | None:
    """The ``trial_id`` under which a trial was queued or first attempted; None for a slot without an attempt."""
    known = trial.user_attrs.get("trial_id", key(trial))
    return known if re.fullmatch(r"[0-9a-f]{16}", known) else None


def _sign(trial: FrozenTrial, beats: Mapping[str, Any]) -> Sign:
    """Read a claimed trial's heartbeat. It never changes for a trial without a worker's name (killed in between)."""
    worker = trial.user_attrs.get("worker")
    return worker, beats.get(f"worker/{worker}")
