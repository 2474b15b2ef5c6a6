"""``killed_at_touches.py FOLDER STRIDE ARGUMENTS``: ``run.py ARGUMENTS`` killed before file operation 1, 1 + STRIDE, ….

For each n a fork runs the command in a runs folder of its own below FOLDER, where RUNS stands in ARGUMENTS, and is
killed before its n-th operation on a file in it; another fork then runs the command to its end. Stops at the first n
that is not reached. With ``--force`` there is a record to begin with.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[2]))

import run
import sweeps.commands
from sweeps.record import figure
from sweeps.trial import environment

EVENTS = ("open", "os.", "shutil.", "tempfile.")


def forked(task: Callable[[], int]) -> int:
    """Run a task in a fork; its exit code, or minus the signal that killed it."""
    child = os.fork()
    if child == 0:
        os._exit(task())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed(arguments: list[str], runs: Path, touch: int) -> int:
    """Run the command, up to its n-th touch of the runs folder."""
    left = touch

    def watch(event: str, details: tuple[object, ...]) -> None:
        nonlocal left
        if event.startswith(EVENTS) and any(str(runs) in os.fsdecode(d) for d in details if isinstance(d, str | bytes)):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    return run.main(arguments)


def main(folder: Path, stride: int, arguments: list[str]) -> None:
    """Kill and continue, until a run lives to its end."""
    with TemporaryDirectory() as elsewhere:  # everything is loaded here, so that no fork loads it again
        run.main([*arguments, f"--runs={elsewhere}"])
    environment.environment = sweeps.trial.runner.environment = lambda: {}
    figure.draw = lambda *arguments: b"picture"
    for touch in range(1, 1000, stride):
        runs = folder / f"{touch:03d}"
        own = [argument.replace("RUNS", str(runs)) for argument in arguments]
        whole = [argument for argument in own if argument != "--force"]
        if whole != own:
            assert forked(lambda: run.main(whole)) == 0  # noqa: B023
        code = forked(lambda: killed(own, runs, touch))  # noqa: B023
        assert code in (0, -9), code
        assert forked(lambda: run.main(whole)) == 0  # noqa: B023
        if code == 0:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
