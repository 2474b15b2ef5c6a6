"""A sweep on this machine: queue what is missing, start the workers, show how it goes, end with the comparison."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna.trial import TrialState

from sweeps.dashboard import Dashboard
from sweeps.files import locked
from sweeps.flags import say
from sweeps.plan import make_plan
from sweeps.records import Runs
from sweeps.search.study import budget, fill, open_study
from sweeps.spec import SweepSpec
from sweeps.stopping import Interrupts

POLL_SECONDS = 0.5
RESTARTS = 10
"""Workers that die are replaced so many times in all; more means that something is wrong with the machine."""


@dataclass(frozen=True)
class Crew:
    """How many workers, and what each is told."""

    workers: int
    threads: int
    arguments: Sequence[str]
    """Of ``run.py``, beside ``--worker``."""

    def start(self, index: int) -> subprocess.Popen[bytes]:
        """Start one worker: a process of this very program, with its share of the cores and never more."""
        command = [sys.executable, str(Path(__file__).parent.parent / "run.py"), *self.arguments]
        command += ["--worker", f"--threads={self.threads}"]
        # In a session of its own: a Ctrl-C at the terminal reaches the workers through us, once.
        return subprocess.Popen(
            command,
            env={**os.environ, "OMP_NUM_THREADS": str(self.threads), "INR_WORKER": str(index)},
            start_new_session=True,
        )


def default_storage(spec: SweepSpec, runs: Runs) -> Path:
    """Optuna's journal of the sweep, in the runs folder."""
    return runs.path / "sweeps" / f"{spec.name}.journal"


def crew_of(workers: int | None, arguments: Sequence[str]) -> Crew:
    """One worker a core unless told otherwise, each with its share of the cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    count = workers or cores
    return Crew(count, max(1, cores // count), arguments)


def run_sweep(spec: SweepSpec, runs: Runs, storage: str | Path, crew: Crew, interrupts: Interrupts) -> optuna.Study:
    """Run what is left of a sweep; the study. Returns early when interrupted, with every claimed trial given back."""
    make_plan(spec, runs)  # every mistake that only shows when values meet, before anything is created
    if spec.method != "grid":
        budget(spec)
    with locked(runs.lock(f"sweep {spec.name}")) as mine:
        if mine:
            study = open_study(spec, storage)
            fill(study, spec)
        else:
            say(f"note: another process runs the sweep {spec.name} as well; working beside it")
            study = open_study(spec, storage)
        if _left(study):
            _drive(spec, study, runs, crew, interrupts)
    return study


def _left(study: optuna.Study) -> int:
    return len(study.get_trials(deepcopy=False, states=(TrialState.WAITING, TrialState.RUNNING)))


def _drive(spec: SweepSpec, study: optuna.Study, runs: Runs, crew: Crew, interrupts: Interrupts) -> None:
    """Keep the workers at work until nothing is left."""
    count = min(crew.workers, _left(study))
    workers = [crew.start(index) for index in range(count)]
    restarts = 0
    told = False
    try:
        with Dashboard(spec, study, runs) as dashboard:
            # returncode is as poll last saw it: a worker is either replaced or known to be over, never missed
            while any(worker.returncode is None for worker in workers):
                time.sleep(POLL_SECONDS)
                dashboard.update()
                for worker in workers:
                    worker.poll()
                if not interrupts.caught:
                    restarts += _replace_dead(workers, crew, restarts)
                elif not told:
                    # For Ctrl-C as well: a worker that is still importing dies of it without a word.
                    _signal(workers, signal.SIGTERM)
                    told = True
            dashboard.update()
    except BaseException:
        _signal(workers, signal.SIGKILL)
        raise


def _replace_dead(workers: list[subprocess.Popen[bytes]], crew: Crew, restarts: int) -> int:
    """Start a worker for each one that died, as long as there are restarts left; how many."""
    dead = [i for i, worker in enumerate(workers) if worker.returncode not in (None, 0)][: RESTARTS - restarts]
    for index in dead:
        say(f"note: a worker ended with {workers[index].returncode}; starting another")
        workers[index] = crew.start(len(workers) + restarts + index)
    return len(dead)


def _signal(workers: Sequence[subprocess.Popen[bytes]], number: signal.Signals) -> None:
    for worker in workers:
        if worker.poll() is None:
            worker.send_signal(number)
