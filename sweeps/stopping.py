"""How a trial is stopped from outside: by a signal, or by a consumer of its steps."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inr.trial import Step


class Stopped(Exception):
    """Raised by a consumer of a trial's steps: the trial ends here, resumable, with this status and reason."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Interrupts:
    """A consumer that stops the trial at the end of the step in which SIGINT, SIGTERM or SIGHUP came."""

    def __init__(self) -> None:
        self.caught: signal.Signals | None = None

    def __call__(self, step: "Step") -> None:
        """Raise :class:`Stopped` if a signal has come."""
        if self.caught:
            raise Stopped("interrupted", f"{self.caught.name} at step {step.step}")

    @property
    def exit_code(self) -> int:
        """128 + the signal's number, as shells have it: 130 for Ctrl-C, 143 for SIGTERM, 129 for a closed terminal."""
        return 128 + (self.caught or 0)

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Remember the first signal; the second interrupts at once."""
        if self.caught:
            raise KeyboardInterrupt
        self.caught = signal.Signals(number)


@contextmanager
def interrupts() -> Iterator[Interrupts]:
    """Within the block, SIGINT, SIGTERM and SIGHUP are remembered; SIGHUP is not where nohup had it ignored."""
    caught = Interrupts()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = [signal.signal(number, caught.handle) for number in numbers]
    try:
        yield caught
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
