"""``signalled.py MOMENT SIGNAL FORKS ARGUMENTS``: ``run.py ARGUMENTS``, which sends itself a signal at an event.

Events are Python's audit events (an import, a file that is opened, …) from where ``run.py`` has prepared its process,
before its first import. The signal comes at the MOMENT-th; with 0 none is sent.

FORKS is JSON, moment → signal: at each of them at which the signal still has the system's own action, a fork of the
process gets it, while the process itself goes on. The last line on standard output is JSON: the number of events, and
moment → (exit code, what the fork said).
"""

import atexit
import json
import os
import runpy
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Events:
    """Counts audit events from the first that a signal ends as the system does it, and sends signals at some."""

    def __init__(self, moment: int, number: int, forks: Mapping[int, int] | None = None) -> None:
        self.moment, self.number, self.forks = moment, number, dict(forks or {})
        self.seen = 0
        self.begun = self.forking = False
        self.ended: dict[int, tuple[int, str]] = {}

    def __call__(self, event: str, details: tuple[object, ...]) -> None:
        self.begun = self.begun or signal.getsignal(signal.SIGINT) is signal.SIG_DFL
        if not self.begun or self.forking:
            return
        self.seen += 1
        if self.seen == self.moment:
            os.kill(os.getpid(), self.number)
        number = self.forks.pop(self.seen, None)
        if number and signal.getsignal(number) is signal.SIG_DFL:
            self.forking = True
            self._fork(number)
            self.forking = False

    def _fork(self, number: int) -> None:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            self.forks = {}
            for descriptor in (1, 2):
                os.dup2(writing, descriptor)
            os.kill(os.getpid(), number)
            return  # a fork that lives goes on, and its exit code tells
        os.close(writing)
        with open(reading, "rb") as file:
            said = file.read().decode()
        self.ended[self.seen] = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


if __name__ == "__main__":
    forks = {int(moment): number for moment, number in json.loads(sys.argv[3]).items()}
    events = Events(int(sys.argv[1]), int(sys.argv[2]), forks)
    sys.argv = [str(ROOT / "run.py"), *sys.argv[4:]]
    sys.path.insert(0, str(ROOT))
    atexit.register(lambda: print(json.dumps([events.seen, events.ended])))
    sys.addaudithook(events)
    runpy.run_path(sys.argv[0], run_name="__main__")
