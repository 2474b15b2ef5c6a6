"""Waits that are announced: a process that waits longer than a few seconds prints what it waits for."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sweeps.record.files import holder, locked
from sweeps.screen.console import say
from sweeps.trial.stopping import Interrupts

PATIENCE_SECONDS = 3.0
"""Seconds before a wait is announced."""

LOOK_SECONDS = 0.2
"""Seconds between two attempts to take a lock."""


class Wait:
    """A wait that prints one note, once it has become long."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.told = False

    def goes_on(self, whom: str) -> None:
        """Print ``note: waiting for whom`` if the wait has become long and the note was not printed yet."""
        if not self.told and time.monotonic() - self.began > PATIENCE_SECONDS:
            self.told = True
            say(f"note: waiting for {whom}")


@contextmanager
def queueing_for(path: Path, what: str, interrupts: Interrupts) -> Iterator[bool]:
    """Wait for the lock ``path`` and hold it during the block; yield False if a signal arrived first.

    ``what`` completes the note about the holder, as in ``process 123 on host, which fills the queue``.
    """
    wait = Wait()
    while not interrupts.caught:
        with locked(path) as mine:
            if mine:
                yield True
                return
        wait.goes_on(f"{holder(path)}, which {what}")
        time.sleep(LOOK_SECONDS)
    yield False
