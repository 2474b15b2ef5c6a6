"""``signalled.py MOMENT SIGNAL ARGUMENTS``: ``run.py ARGUMENTS``, which sends itself a signal at its MOMENT-th event.

Events are Python's audit events (an import, a file that is opened, …) from where ``run.py`` has prepared its process,
before its first import. With the moment 0 no signal is sent, and the last line on standard output is their number.
"""

import atexit
import os
import runpy
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Events:
    """Counts audit events from the first that a signal ends as the system does it, and sends the signal at one."""

    def __init__(self, moment: int, number: int) -> None:
        self.moment, self.number = moment, number
        self.seen = 0
        self.begun = False

    def __call__(self, event: str, details: tuple[object, ...]) -> None:
        self.begun = self.begun or signal.getsignal(signal.SIGINT) is signal.SIG_DFL
        if self.begun:
            self.seen += 1
            if self.seen == self.moment:
                os.kill(os.getpid(), self.number)


if __name__ == "__main__":
    events = Events(int(sys.argv[1]), int(sys.argv[2]))
    sys.argv = [str(ROOT / "run.py"), *sys.argv[3:]]
    sys.path.insert(0, str(ROOT))
    if events.moment == 0:
        atexit.register(lambda: print(events.seen))
    sys.addaudithook(events)
    runpy.run_path(sys.argv[0], run_name="__main__")
