"""Set the process up for trials, as the options of ``run.py`` say."""

import gc
from argparse import Namespace

from sweeps.options import compiling_of, count_of, keeps_maps, keeps_weights
from sweeps.record.folder import Runs
from sweeps.trial.execution import Execution, execution
from sweeps.trial.how import How


def how_of(options: Namespace) -> How:
    """Read how trials are run, without the trackers, and set the process up for it."""
    return How(
        Runs(options.runs),
        machine_of(options),
        compiling_of(options),
        options.force,
        keeps_weights(options),
        keeps_maps(options),
    )


def machine_of(options: Namespace) -> Execution:
    """Choose the device and the threads, and set the process up for them."""
    gc.freeze()  # what is imported stays: a collection that looks through all of it takes 0.2 s, once or twice a trial
    return execution(options.device, count_of(options, "threads"))
