"""The one command line: one action a call, see --help."""

if __name__ == "__main__":  # before any other import: a signal may come at any instant
    from sweeps.trial.process import begin

    begin()

import errno
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from inr.errors import InputError, UsageError
from sweeps.screen.console import say

if TYPE_CHECKING:
    from inr.advice import Calibration
    from inr.distributions import Distributions
    from sweeps.crew.ended import Ended
    from sweeps.screen.terminal import Screen

ACTIONS = {
    "trial": "",
    "plan": "FILE",
    "sweep": "FILE",
    "agent": "ID",
    "show": "TRIAL",
    "verify": "TRIAL",
    "render": "TRIAL",
    "film": "TRIAL",
    "activations": "",
    "distributions": "[TRIAL]",
    "advise": "",
}
"""What the command line does, each with its operand: one of them a command."""
PARAMETERISED = ("trial", "render", "distributions", "advise")
"""The actions that take parameters of a trial."""


def command() -> int:
    """Run the console script ``inr-sweeps``: this program where it is installed; the exit code."""
    from sweeps.trial.process import begin

    begin()
    return main(sys.argv[1:])


def main(arguments: Sequence[str]) -> int:
    """Run what the arguments say; the exit code."""
    try:
        return _run(arguments)
    except InputError as error:
        say(f"run.py: error: {error}")
        if "--trial" in arguments and "WANDB_SWEEP_ID" in os.environ:
            from sweeps.weights_and_biases.modes import refused

            refused(str(error), arguments)
        return error.exit_code
    except KeyboardInterrupt:
        say("run.py: stopped at once; what was recorded stands, the same command continues from the last checkpoint")
        return 130
    except (MemoryError, RuntimeError) as error:
        if "memory" not in f"{type(error).__name__} {error}".lower():
            raise
        say("run.py: error: there is not enough memory for this trial: use a smaller --size or --hidden_features")
        return 1
    except BrokenPipeError:  # the reader of the output (head, less) has seen enough; what was done is recorded
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        say(f"run.py: error: {_system(error)}")
        return 1


def _run(arguments: Sequence[str]) -> int:
    # Here and not above: the import of torch takes a second, and a wrong command is told without it.
    from sweeps.flags import parse

    options, given = parse(arguments)
    actions = [name for name in ACTIONS if getattr(options, name)]
    if len(actions) != 1:
        got = " and ".join(f"--{name}" for name in actions) or "nothing to do"
        *others, last = (f"--{name} {operand}".rstrip() for name, operand in ACTIONS.items())
        raise UsageError(f"got {got}: give one of {', '.join(others)} and {last}; see --help")
    if options.count and not options.agent:
        raise UsageError("--count is how many runs an agent does: give it with --agent SWEEP_ID")
    if options.extent and not options.render:
        raise UsageError("--extent is how far a network is drawn: give it with --render TRIAL")
    if options.into and not (options.render or options.film or options.distributions):
        raise UsageError("--into is what is drawn: give it with --render TRIAL, --film TRIAL or --distributions")
    misplaced = [name for name in given if not any(getattr(options, action) for action in PARAMETERISED)]
    if misplaced:
        raise UsageError(f"--{misplaced[0]} is a parameter of --trial: in a sweep it stands in the file")
    from sweeps import commands

    if options.trial:
        return commands.trial(options, given)
    if options.agent:
        return commands.agent(options)
    if options.plan:
        return commands.plan(options)
    if options.activations:
        return commands.list_activations(options)
    if options.show:
        return commands.show_record(options)
    if options.verify:
        return commands.verify_record(options)
    if options.render:
        return commands.render(options, given)
    if options.film:
        return commands.film(options)
    if options.distributions:
        return commands.distributions(options, given, _histograms)
    if options.advise:
        return commands.advise(options, given, _calibrated)
    return commands.sweep(options, _compare, _sheets)


def _histograms(found: "Sequence[Distributions]", title: str) -> Mapping[str, bytes]:
    from analysis.figures.distributions import pictures

    return pictures(found, title)


def _calibrated(runs: Path, task: str, activation: str, loss: str, default: float) -> "Calibration":
    from analysis.advice import calibrate

    return calibrate(runs, task, activation, loss, default)


def _compare(ended: "Ended", screen: "Screen") -> list[str]:
    from analysis.tables.ending import show_ending

    return show_ending(ended, screen)


def _sheets(ended: "Ended") -> list[Path]:
    from analysis.figures.sheets import write_sheets

    return write_sheets(ended.runs, ended.sweep, ended.trial_ids)


def _system(error: OSError) -> str:
    where = f" writing {error.filename}" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"no space is left on the disk{where}: free some, then give the same command to continue"
    return f"{(error.strerror or str(error)).lower()}{where}: give another --runs folder, or mend this one"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
