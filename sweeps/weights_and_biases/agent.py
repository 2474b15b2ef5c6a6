"""A W&B agent that runs all trials in one process instead of starting Python and importing torch for each."""

import os
import time
from collections import Counter, deque
from contextlib import AbstractContextManager, suppress
from dataclasses import replace

from inr.config import TrialConfig
from inr.errors import InputError
from inr.trial import Step
from sweeps.record.files import holder
from sweeps.record.folder import Record
from sweeps.screen.console import say
from sweeps.screen.progress import TrialProgress
from sweeps.trial.heartbeat import beating
from sweeps.trial.how import How
from sweeps.trial.runner import Busy, run_recorded
from sweeps.trial.stopping import Interrupts, Stopped
from sweeps.trial.waiting import Wait
from sweeps.weights_and_biases.mirror import Assignment, WandbTracker
from sweeps.weights_and_biases.sweep_link import Away, Command, SweepLink

POLL_SECONDS = 5.0
"""Seconds between two heartbeats, the interval of W&B's agents."""

PATIENCE_SECONDS = 600.0
"""Seconds that an agent without a run waits for W&B to answer before it ends."""

BUSY_SECONDS = 0.5
"""Seconds between two attempts to lock a trial that another process trains."""


def connect(sweep: str) -> SweepLink:
    """Register as an agent of the sweep; for the errors see :class:`SweepLink`.

    The variables of the environment that name another agent's sweep and run are removed, because W&B would use them.
    """
    for name in ("WANDB_SWEEP_ID", "WANDB_RUN_ID", "WANDB_SWEEP_PARAM_PATH"):
        os.environ.pop(name, None)
    return SweepLink(sweep)


class Agent:
    """A loop that runs the trials of a W&B sweep until none is left, ``count`` runs have ended, or a signal arrives."""

    def __init__(self, link: SweepLink, how: How, interrupts: Interrupts, count: int | None = None) -> None:
        self.link, self.how, self.interrupts, self.count = link, how, interrupts, count
        self.queue: deque[Command] = deque()
        self.ended: Counter[str] = Counter()
        """Status → number of runs that ended with it."""

    def work(self) -> None:
        """Run until nothing is left. Raises :class:`InputError` if the sweep was deleted or W&B is away too long."""
        while self.count is None or self.ended.total() < self.count:
            command = self._next()
            if command is None:
                return
            self.ended[self._run(command)] += 1

    def story(self) -> str:
        """Summarise the runs in one line: their number, and how many ended with each status."""
        each = ", ".join(f"{number} {status}" for status, number in self.ended.items())
        return f"{self.ended.total()} runs{f': {each}' if each else ''}"

    def _next(self) -> Command | None:
        """Wait for the next run; None when the sweep is over or a signal has arrived."""
        answered = time.monotonic()
        while not self.interrupts.caught:
            try:
                if self._take(self.link.beat([command.run_id for command in self.queue])):
                    return None
                answered = time.monotonic()
            except Away as away:
                if time.monotonic() - answered > PATIENCE_SECONDS:
                    minutes = PATIENCE_SECONDS / 60
                    raise InputError(
                        f"W&B has not answered for {minutes:.0f} minutes ({away}): run the command again later"
                    ) from away
            if self.queue:
                return self.queue.popleft()
            self._pause()
        return None

    def _take(self, commands: list[Command]) -> bool:
        """Queue the runs among the commands, and return True if one command is to exit."""
        self.queue += [command for command in commands if command.type in ("run", "resume")]
        return any(command.type == "exit" for command in commands)

    def _pause(self) -> None:
        end = time.monotonic() + POLL_SECONDS
        while time.monotonic() < end and not self.interrupts.caught:
            time.sleep(0.1)

    def _run(self, command: Command) -> str:
        """Run one trial and return its status. An :class:`OSError` of the machine is raised after it was reported."""
        orders = Orders(self.link, command.run_id)
        tracker = WandbTracker("online", self.how.runs.path, self._assignment(command, orders))
        with orders.heard():
            try:
                config = TrialConfig.from_point(command.values)
                what = config.task.title(config.flat())
                say(f"run {command.run_id}: {config.activation}, {what}, trial {config.trial_id}")
                record = self._record(config, tracker, orders)
            except OSError as error:  # caused by the machine, not by the trial: the next run would fail too
                self.ended[self._failed(tracker, command, f"{type(error).__name__}: {error}")] += 1
                raise
            except Exception as error:
                # An InputError is a sentence for the user; any other error is a fault of the program: show its type.
                kind = "" if isinstance(error, InputError | Stopped) else f"{type(error).__name__}: "
                return self._failed(tracker, command, f"{kind}{error}")
        say(f"run {command.run_id}: {record.status}{f': {record.reason}' if record.reason else ''}")
        return record.status

    def _assignment(self, command: Command, orders: "Orders") -> Assignment:
        link = self.link
        # A lambda, not the bound method: W&B deep-copies its settings, and would copy the object behind the method.
        return Assignment(
            link.entity, link.project, link.sweep_id, command.run_id, command.values, lambda: orders.stop()
        )

    def _record(self, config: TrialConfig, tracker: WandbTracker, orders: "Orders") -> Record:
        """Train the trial or read its record. Waits while another process trains it: two runs may have one config."""
        wait = Wait()
        while True:
            with suppress(Busy), TrialProgress(config.steps) as progress:
                how = replace(self.how, trackers=[tracker])
                return run_recorded(config, how, [progress, self.interrupts, orders]).record
            reason = self.interrupts.caught.name if self.interrupts.caught else orders.reason
            if reason:
                raise Stopped("interrupted", f"{reason} while another process trained the trial")
            lock = self.how.runs.lock(config.trial_id)
            wait.goes_on(f"{holder(lock)}, which trains trial {config.trial_id}")
            time.sleep(BUSY_SECONDS)

    def _failed(self, tracker: WandbTracker, command: Command, reason: str) -> str:
        """Report the run as failed, unless the tracker has already begun to report the trial."""
        say(f"run {command.run_id}: failed: {reason}")
        if not tracker.used:
            tracker.refuse(f"failed {command.run_id}", {}, reason)
        return "failed"


class Orders:
    """A consumer of a trial's steps that ends the trial when a user stops its run in W&B."""

    def __init__(self, link: SweepLink, run_id: str) -> None:
        self.link, self.run_id = link, run_id
        self.reason: str | None = None

    def __call__(self, step: Step) -> None:
        """Raise :class:`Stopped` if W&B stopped the run."""
        if self.reason:
            raise Stopped("interrupted", f"{self.reason} at step {step.step}")

    def stop(self) -> None:
        """Stop the run at the end of its step."""
        self.reason = "stopped in W&B"

    def heard(self) -> AbstractContextManager[None]:
        """Ask W&B periodically, in a background thread, whether to stop, while the block runs."""
        return beating(POLL_SECONDS, self._hear)

    def _hear(self) -> None:
        # If W&B is away, the next beat asks again. If the sweep was deleted, the run finishes and the agent raises.
        with suppress(Away, InputError):
            commands = self.link.beat([self.run_id])
            if any(c.type == "exit" or (c.type == "stop" and c.run_id == self.run_id) for c in commands):
                self.stop()
