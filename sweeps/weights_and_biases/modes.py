"""Choose the trackers of a run from the command line and the environment."""

import itertools
import os
from collections.abc import Sequence
from pathlib import Path

from inr.errors import UsageError
from sweeps.record.tracker import Tracker

MODES = ("off", "offline", "online")


def choose(mode: str | None, runs: Path, group: str | None = None) -> Sequence[Tracker]:
    """Make the trackers for ``--wandb``: off, offline or online; by default online under ``wandb agent``, else off.

    ``group`` is the sweep's name, under which W&B groups its trials. Raises :class:`UsageError` for another mode.

    wandb is imported only if it is used, because the import takes long.
    """
    mode = mode or ("online" if under_agent() else "off")
    if mode not in MODES:
        raise UsageError(f"--wandb got {mode!r}: expected off, offline or online")
    if mode == "off":
        return ()
    from sweeps.weights_and_biases.mirror import WandbTracker

    return (WandbTracker("online" if mode == "online" else "offline", runs, group=group),)


def refused(reason: str, arguments: Sequence[str]) -> None:
    """Report to W&B, under its agent, why the run failed before its trial began; do nothing if the trial has begun.

    ``arguments`` are the raw command line, which may not parse.
    """
    given = dict(itertools.pairwise(word for argument in arguments for word in argument.split("=", 1)))
    if given.get("--wandb", "online") != "online":
        return
    from sweeps.weights_and_biases.mirror import WandbTracker

    if not WandbTracker.begun:
        run = os.environ.get("WANDB_RUN_ID", "")
        WandbTracker("online", Path(given.get("--runs", "runs"))).refuse(f"failed {run}", {}, reason)


def under_agent() -> bool:
    """Return True if ``wandb agent`` started this process."""
    return "WANDB_SWEEP_ID" in os.environ
