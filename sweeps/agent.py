"""A W&B agent in this process: the runs of a sweep one after another, without a new Python and torch for each."""

import os
import time
from collections import Counter, deque
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass

from inr.config import TrialConfig
from inr.errors import InputError
from inr.trial import Step
from sweeps.console import say
from sweeps.execution import Execution
from sweeps.files import holder
from sweeps.heartbeat import beating
from sweeps.progress import TrialProgress
from sweeps.records import Record, Runs
from sweeps.runner import Busy, run_recorded
from sweeps.stopping import Interrupts, Stopped
from sweeps.trackers.sweep_link import Away, Command, SweepLink
from sweeps.trackers.weights_and_biases import Assignment, WandbTracker
from sweeps.waiting import Wait

POLL_SECONDS = 5.0
"""Between two beats, as W&B's agents have it."""

PATIENCE_SECONDS = 600.0
"""An agent without a run ends after W&B has been away for so long."""

BUSY_SECONDS = 0.5
"""Between two looks at a trial that another process is at work on."""


@dataclass(frozen=True)
class How:
    """How an agent executes and records its trials."""

    runs: Runs
    execution: Execution
    compiling: str = "auto"
    force: bool = False
    keep_weights: bool = True


def connect(sweep: str) -> SweepLink:
    """Register as an agent of the sweep; for the errors see :class:`SweepLink`.

    The run that an agent around this process may have left in the environment is forgotten: W&B would prefer it.
    """
    for name in ("WANDB_SWEEP_ID", "WANDB_RUN_ID", "WANDB_SWEEP_PARAM_PATH"):
        os.environ.pop(name, None)
    return SweepLink(sweep)


class Agent:
    """Runs what W&B hands out until there is no more, ``count`` runs are done, or a signal comes."""

    def __init__(self, link: SweepLink, how: How, interrupts: Interrupts, count: int | None = None) -> None:
        self.link, self.how, self.interrupts, self.count = link, how, interrupts, count
        self.queue: deque[Command] = deque()
        self.ended: Counter[str] = Counter()
        """Runs by the status in which they ended."""

    def work(self) -> None:
        """Run to the end. Raises :class:`InputError` where the sweep is gone, or W&B away for too long."""
        while self.count is None or self.ended.total() < self.count:
            command = self._next()
            if command is None:
                return
            self.ended[self._run(command)] += 1

    def story(self) -> str:
        """What came of the runs, in a line."""
        each = ", ".join(f"{number} {status}" for status, number in self.ended.items())
        return f"{self.ended.total()} runs{f': {each}' if each else ''}"

    def _next(self) -> Command | None:
        """The next run; None when the sweep is over or a signal has come."""
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
                        f"W&B has been away for {minutes:.0f} minutes ({away}): give the command again when it is back"
                    ) from away
            if self.queue:
                return self.queue.popleft()
            self._pause()
        return None

    def _take(self, commands: list[Command]) -> bool:
        """Queue the runs among the commands; whether one of them was to exit."""
        self.queue += [command for command in commands if command.type in ("run", "resume")]
        return any(command.type == "exit" for command in commands)

    def _pause(self) -> None:
        end = time.monotonic() + POLL_SECONDS
        while time.monotonic() < end and not self.interrupts.caught:
            time.sleep(0.1)

    def _run(self, command: Command) -> str:
        """One run from its values to its end, whatever that is; its status."""
        orders = Orders(self.link, command.run_id)
        tracker = WandbTracker("online", self.how.runs.path, self._assignment(command, orders))
        with orders.heard():
            try:
                config = TrialConfig.from_flat(command.values)
                what = config.task.title(config.flat())
                say(f"run {command.run_id}: {config.activation}, {what}, trial {config.trial_id}")
                record = self._record(config, tracker, orders)
            except OSError as error:  # of the machine, not of the trial: the next would have the same end
                self.ended[self._failed(tracker, command, f"{type(error).__name__}: {error}")] += 1
                raise
            except Exception as error:
                # InputError is told as it is to whoever asked for the trial; anything else is ours.
                kind = "" if isinstance(error, InputError | Stopped) else f"{type(error).__name__}: "
                return self._failed(tracker, command, f"{kind}{error}")
        say(f"run {command.run_id}: {record.status}{f': {record.reason}' if record.reason else ''}")
        return record.status

    def _assignment(self, command: Command, orders: "Orders") -> Assignment:
        link = self.link
        # A function: W&B copies its settings deeply, and with a method all that it is bound to.
        return Assignment(
            link.entity, link.project, link.sweep_id, command.run_id, command.values, lambda: orders.stop()
        )

    def _record(self, config: TrialConfig, tracker: WandbTracker, orders: "Orders") -> Record:
        """The trial's record; waits while another process is at work on it: two runs may come to one trial."""
        wait = Wait()
        while True:
            with suppress(Busy), TrialProgress(config.steps) as progress:
                return run_recorded(
                    config,
                    self.how.runs,
                    self.how.execution,
                    force=self.how.force,
                    compiling=self.how.compiling,
                    keep_weights=self.how.keep_weights,
                    trackers=[tracker],
                    consumers=[progress, self.interrupts, orders],
                ).record
            reason = self.interrupts.caught.name if self.interrupts.caught else orders.reason
            if reason:
                raise Stopped("interrupted", f"{reason} while another process was at work on the trial")
            lock = self.how.runs.lock(config.trial_id)
            wait.goes_on(f"{holder(lock)}, which trains trial {config.trial_id}")
            time.sleep(BUSY_SECONDS)

    def _failed(self, tracker: WandbTracker, command: Command, reason: str) -> str:
        """Show the run as failed, unless the trial came so far as to show that itself."""
        say(f"run {command.run_id}: failed: {reason}")
        if not tracker.used:
            tracker.refuse(f"failed {command.run_id}", {}, reason)
        return "failed"


class Orders:
    """What W&B says of a run while it runs; a consumer of steps that ends the trial when W&B has it stopped."""

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
        """Listen, in a thread of its own, while the block runs."""
        return beating(POLL_SECONDS, self._hear)

    def _hear(self) -> None:
        # Where W&B is away it is asked again; where the sweep is gone the run ends in peace, and the agent meets it.
        with suppress(Away, InputError):
            commands = self.link.beat([self.run_id])
            if any(c.type == "exit" or (c.type == "stop" and c.run_id == self.run_id) for c in commands):
                self.stop()
