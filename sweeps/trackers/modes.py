"""Which trackers a run has."""

import itertools
import os
from collections.abc import Sequence
from pathlib import Path

from inr.errors import UsageError
from sweeps.trackers import Tracker

MODES = ("off", "offline", "online")


def choose(mode: str | None, runs: Path, group: str | None = None) -> Sequence[Tracker]:
    """The W&B mirror of ``--wandb``; by default online under ``wandb agent`` and off elsewhere.

    ``group``: the sweep that the trials are of, by which W&B finds them together.

    wandb is imported only where it is used: it takes longer than everything else of ours.
    """
    mode = mode or ("online" if under_agent() else "off")
    if mode not in MODES:
        raise UsageError(f"--wandb got {mode!r}: expected off, offline or online")
    if mode == "off":
        return ()
    from sweeps.trackers.weights_and_biases import WandbTracker

    return (WandbTracker("online" if mode == "online" else "offline", runs, group=group),)


def refused(reason: str, arguments: Sequence[str]) -> None:
    """Show W&B, under its agent, why no trial came of the run; nothing where the trial itself told it already.

    ``arguments`` of the command line, which may be what could not be read.
    """
    given = dict(itertools.pairwise(word for argument in arguments for word in argument.split("=", 1)))
    if given.get("--wandb", "online") != "online":
        return
    from sweeps.trackers.weights_and_biases import WandbTracker

    if not WandbTracker.begun:
        run = os.environ.get("WANDB_RUN_ID", "")
        WandbTracker("online", Path(given.get("--runs", "runs"))).refuse(f"failed {run}", {}, reason)


def under_agent() -> bool:
    """Whether ``wandb agent`` started this process."""
    return "WANDB_SWEEP_ID" in os.environ
