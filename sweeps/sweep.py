"""A sweep on this machine: queue what is missing, start the workers, show how it goes, end with the comparison."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import optuna
from optuna.trial import TrialState

from inr.errors import UsageError
from sweeps.console import say
from sweeps.dashboard import Dashboard
from sweeps.files import locked
from sweeps.plan import make_plan
from sweeps.process import PARENT
from sweeps.records import Runs
from sweeps.search.queue import requeue_lost
from sweeps.search.storage import one_at_a_time
from sweeps.search.study import budget, fill, open_study
from sweeps.spec import SweepSpec
from sweeps.stopping import Interrupts
from sweeps.waiting import queueing_for

POLL_SECONDS = 0.5
RESTARTS = 10
"""Workers that die are replaced so many times in all; more means that something is wrong with the machine."""

FINAL = UsageError.exit_code
"""A worker that ends so was given something wrong: another would say the same."""

WORKERS_A_GPU = 4
"""A small image does not fill a card: several trials share it."""

Launch = Callable[["Crew"], object]


@dataclass(frozen=True)
class Crew:
    """How many workers, and what each is told."""

    workers: int
    threads: int
    arguments: Sequence[str]
    """Of ``run.py``, beside ``--worker``."""
    gpus: Sequence[str] = ()
    """What ``CUDA_VISIBLE_DEVICES`` calls them; the workers are dealt out to them in turn."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables that a worker needs and that no argument may carry."""

    @property
    def command(self) -> list[str]:
        """Of one worker: this very program."""
        program = [sys.executable, str(Path(__file__).parent.parent / "run.py")]
        return [*program, *self.arguments, "--worker", f"--threads={self.threads}"]

    def start(self, index: int) -> subprocess.Popen[bytes]:
        """Start one worker, with its share of the cores and never more."""
        # In a session of its own: a Ctrl-C at the terminal reaches the workers through us, once.
        return subprocess.Popen(
            self.command,
            env={
                **os.environ,
                **self.environment,
                "OMP_NUM_THREADS": str(self.threads),
                PARENT: str(os.getpid()),
                **self._card(index),
            },
            start_new_session=True,
        )

    def _card(self, index: int) -> dict[str, str]:
        return {"CUDA_VISIBLE_DEVICES": self.gpus[index % len(self.gpus)]} if self.gpus else {}


def default_storage(spec: SweepSpec, runs: Runs) -> Path:
    """Optuna's journal of the sweep, in the runs folder."""
    return runs.path / "sweeps" / f"{spec.name}.journal"


def crew_of(workers: int | None, threads: int | None, arguments: Sequence[str], gpus: Sequence[str] = ()) -> Crew:
    """One worker a core unless told otherwise, or a few a GPU, each with its share of the cores.

    Raises :class:`UsageError` for more threads than cores.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    most = WORKERS_A_GPU * len(gpus) or cores
    count = workers or max(1, min(most, cores // (threads or 1)))
    if threads and count * threads > max(cores, count):
        raise UsageError(
            f"--workers={count} with --threads={threads} are {count * threads} threads, and there are {cores} cores: "
            "give fewer, more are many times slower"
        )
    return Crew(count, threads or max(1, cores // count), arguments, gpus)


def run_sweep(
    spec: SweepSpec, runs: Runs, storage: str | Path, crew: Crew, interrupts: Interrupts, launch: Launch | None = None
) -> optuna.Study:
    """Run what is left of a sweep; the study. Returns early when interrupted, with every claimed trial given back.

    ``launch`` starts the workers elsewhere; without it they are processes of ours.
    """
    make_plan(spec, runs)  # every mistake that only shows when values meet, before anything is created
    if spec.method != "grid":
        budget(spec)
    with locked(runs.lock(f"sweep {spec.name}")) as mine:
        if not mine:
            say(f"note: another process runs the sweep {spec.name} as well; working beside it")
        study = open_study(spec, storage)
        _fill(study, spec, runs, interrupts)
        if launch:
            if left(study):
                launch(crew)
            return study
        restarts = RESTARTS
        while left(study) and restarts >= 0 and not interrupts.caught:
            restarts = _drive(spec, study, runs, crew, interrupts, restarts)
            if mine:
                with one_at_a_time(study, interrupts) as alone:
                    if alone:
                        requeue_lost(study)
    return study


def _fill(study: optuna.Study, spec: SweepSpec, runs: Runs, interrupts: Interrupts) -> None:
    """Queue what is missing, one driver after the other: whoever comes second finds the queue filled."""
    with (
        queueing_for(runs.lock(f"queue of {spec.name}"), "fills the queue of this sweep", interrupts) as first,
        one_at_a_time(study, interrupts) as alone,
    ):
        if first and alone:
            fill(study, spec, runs)


def left(study: optuna.Study) -> int:
    """The number of trials that have not ended."""
    return len(study.get_trials(deepcopy=False, states=(TrialState.WAITING, TrialState.RUNNING)))


def _drive(spec: SweepSpec, study: optuna.Study, runs: Runs, crew: Crew, interrupts: Interrupts, restarts: int) -> int:
    """Keep the workers at work until they find nothing left; the restarts that remain, -1 when they were too few."""
    count = min(crew.workers, left(study))
    workers = [crew.start(index) for index in range(count)]
    told = False
    try:
        with Dashboard(spec, study, runs) as dashboard:
            # returncode is as poll last saw it: a worker is either replaced or known to be over, never missed
            while any(worker.returncode is None for worker in workers):
                _wait(workers)
                dashboard.update()
                for worker in workers:
                    worker.poll()
                if not interrupts.caught:
                    restarts -= _replace_dead(workers, crew, restarts)
                elif not told:
                    # For Ctrl-C as well: a worker that is still importing dies of it without a word.
                    _signal(workers, signal.SIGTERM)
                    told = True
            dashboard.update()
        if any(worker.returncode == FINAL for worker in workers):
            raise UsageError("a worker refused the sweep, and says why above: mend that and give the command again")
        return -1 if any(worker.returncode for worker in workers) else restarts
    except BaseException:
        _signal(workers, signal.SIGKILL)
        raise


def _wait(workers: Sequence[subprocess.Popen[bytes]]) -> None:
    """A while, or until the first worker that is alive has ended."""
    alive = next(worker for worker in workers if worker.returncode is None)
    with contextlib.suppress(subprocess.TimeoutExpired):
        alive.wait(POLL_SECONDS)


def _replace_dead(workers: list[subprocess.Popen[bytes]], crew: Crew, restarts: int) -> int:
    """Start a worker for each one that died, as long as there are restarts; how many."""
    dead = [i for i, worker in enumerate(workers) if worker.returncode not in (None, 0, FINAL)][:restarts]
    for index in dead:
        say(f"note: a worker ended with {workers[index].returncode}; starting another")
        workers[index] = crew.start(index)
    return len(dead)


def _signal(workers: Sequence[subprocess.Popen[bytes]], number: signal.Signals) -> None:
    for worker in workers:
        if worker.poll() is None:
            worker.send_signal(number)
