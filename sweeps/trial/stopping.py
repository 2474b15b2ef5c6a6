"""Stop a trial from outside: by a signal, or by a consumer of its steps."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inr.trial import Step


class Stopped(Exception):
    """An exception with which a consumer of steps ends a trial, resumable, with a status and a reason."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Interrupts:
    """A consumer that stops the trial at the end of the step in which SIGINT, SIGTERM or SIGHUP arrived."""

    def __init__(self) -> None:
        self.caught: signal.Signals | None = None

    def __call__(self, step: "Step") -> None:
        """Raise :class:`Stopped` if a signal has arrived."""
        if self.caught:
            raise Stopped("interrupted", f"{self.caught.name} at step {step.step}")

    @property
    def exit_code(self) -> int:
        """128 + the signal's number, the shells' convention: 130 Ctrl-C, 143 SIGTERM, 129 a closed terminal."""
        return 128 + (self.caught or 0)

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Store the first signal; raise KeyboardInterrupt at the second."""
        if self.caught:
            raise KeyboardInterrupt
        self.caught = signal.Signals(number)


@contextmanager
def interrupts() -> Iterator[Interrupts]:
    """Catch SIGINT, SIGTERM and SIGHUP during the block; SIGHUP stays ignored under nohup."""
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
