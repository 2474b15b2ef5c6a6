"""How a trial is stopped from outside: signals now, pruners later."""

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
    """A consumer that stops the trial at the end of the step in which SIGINT or SIGTERM came."""

    def __init__(self) -> None:
        self.caught: signal.Signals | None = None

    def __call__(self, step: "Step") -> None:
        """Raise :class:`Stopped` if a signal has come."""
        if self.caught:
            raise Stopped("interrupted", f"{self.caught.name} at step {step.step}")

    @property
    def exit_code(self) -> int:
        """128 + the signal's number, as shells have it: 130 for Ctrl-C, 143 for SIGTERM."""
        return 128 + (self.caught or 0)

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Remember the first signal; the second interrupts at once."""
        if self.caught:
            raise KeyboardInterrupt
        self.caught = signal.Signals(number)


@contextmanager
def interrupts() -> Iterator[Interrupts]:
    """Within the block, SIGINT and SIGTERM are remembered instead of raised."""
    caught = Interrupts()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, caught.handle) for number in numbers]
    try:
        yield caught
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
