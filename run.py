"""The one command line: ``python run.py --trial``. See ``--help``."""

import errno
import sys
from argparse import Namespace
from collections.abc import Sequence

from inr.config import TrialConfig, owners, parameters
from inr.errors import InputError, UsageError
from inr.parameters import When
from sweeps.flags import parse, say


def main(arguments: Sequence[str]) -> int:
    """Run what the arguments say; the exit code."""
    try:
        return _run(arguments)
    except InputError as error:
        say(f"run.py: error: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        say("run.py: stopped at once; what was recorded stands, the same command continues from the last checkpoint")
        return 130
    except (MemoryError, RuntimeError) as error:
        if "memory" not in f"{type(error).__name__} {error}".lower():
            raise
        say("run.py: error: there is not enough memory for this trial: use a smaller --size or --hidden_features")
        return 1
    except OSError as error:
        say(f"run.py: error: {_system(error)}")
        return 1


def _run(arguments: Sequence[str]) -> int:
    options, given = parse(arguments)
    if not options.trial:
        raise UsageError("nothing to do: give --trial, and see --help for the rest")
    config = TrialConfig.from_flat(given)
    for name in config.ignored:
        say(f"note: {name}={given[name]} is ignored: {_why(config, name)}")
    for note in config.notes():
        say(f"note: {note}")
    return _trial(config, options)


def _trial(config: TrialConfig, options: Namespace) -> int:
    from rich.console import Console

    from sweeps.execution import execution
    from sweeps.progress import TrialProgress
    from sweeps.records import Runs
    from sweeps.runner import run_recorded
    from sweeps.stopping import interrupts
    from sweeps.summary import show
    from sweeps.trackers.modes import choose

    runs = Runs(options.runs)
    machine = execution(options.device, _threads(options.threads))
    if options.compile not in ("auto", "on", "off"):
        raise UsageError(f"--compile got {options.compile!r}: expected auto, on or off")
    trackers = choose(options.wandb, runs.path)
    with interrupts() as caught, TrialProgress(config.steps) as progress:
        outcome = run_recorded(
            config,
            runs,
            machine,
            force=options.force,
            compiling=options.compile,
            trackers=trackers,
            consumers=[progress, caught],
        )
    for note in outcome.record.notes[len(config.notes()) :]:
        say(f"note: {note}")
    show(outcome.record, outcome.folder, outcome.recorded_before, Console())
    if outcome.record.status == "interrupted":
        say(f"run.py: {outcome.record.reason}; the same command continues from there")
        return caught.exit_code
    return 0


def _threads(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"--threads got {text!r}: expected an integer of at least 1")
    return int(text)


def _why(config: TrialConfig, name: str) -> str:
    """Why a parameter that was given does not exist in this trial."""
    having = owners(name)
    if having:
        return f"{config.activation} has no {name} ({', '.join(having)} {'have' if len(having) > 1 else 'has'})"
    when: When = parameters()[name].first(When)
    return f"it counts only {when.text}"


def _system(error: OSError) -> str:
    where = f" writing {error.filename}" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"no space is left on the disk{where}: free some, then give the same command to continue"
    return f"{(error.strerror or str(error)).lower()}{where}: give another --runs folder, or mend this one"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
