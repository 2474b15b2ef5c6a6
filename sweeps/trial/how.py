"""The settings with which a process runs and records its trials: where, on which device, with which mirrors."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sweeps.record.folder import Runs
from sweeps.record.tracker import Tracker
from sweeps.trial.execution import Execution


@dataclass(frozen=True)
class How:
    """The settings of a process that are no part of a trial's identity."""

    runs: Runs
    execution: Execution
    compiling: str = "auto"
    """auto, on or off."""
    force: bool = False
    """Train again where there is a record; the old record is kept until the new one is complete."""
    keep_weights: bool = True
    """Keep the network of a trial that is trained; a record that is there is returned with or without weights."""
    keep_maps: bool = False
    """Keep the picture at each evaluation of a trial that is trained, where its task fits one."""
    trackers: Sequence[Tracker] = ()
    programs: Collection[str] = ()
    """The programs that the sweep of these trials repays, see :func:`sweeps.trial.programs.program_of`."""
