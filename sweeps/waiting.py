"""Waiting that can be seen: whoever waits for more than a moment says for whom."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sweeps.console import say
from sweeps.files import holder, locked
from sweeps.stopping import Interrupts

PATIENCE_SECONDS = 3.0
"""A wait that is shorter is not worth a line."""

LOOK_SECONDS = 0.2
"""Between two looks at a lock."""


class Wait:
    """One wait. Its sentence is said once, when the wait has become long."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.told = False

    def goes_on(self, whom: str) -> None:
        """Say ``note: waiting for …`` if it is time; ``whom`` is the rest of the sentence."""
        if not self.told and time.monotonic() - self.began > PATIENCE_SECONDS:
            self.told = True
            say(f"note: waiting for {whom}")


@contextmanager
def queueing_for(path: Path, what: str, interrupts: Interrupts) -> Iterator[bool]:
    """Wait for the lock ``path``, then hold it; False where a signal came first.

    ``what`` says what its holder does, as in ``process 123 on host, which fills the queue``.
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
