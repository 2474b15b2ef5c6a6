"""Run a sweep: queue the missing trials, start the workers, show the progress, replace workers that die."""

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
from sweeps.crew.dashboard import Dashboard
from sweeps.file.plan import Plan
from sweeps.file.spec import SweepSpec
from sweeps.record.files import locked
from sweeps.record.folder import Runs
from sweeps.screen.console import say
from sweeps.search.queue import requeue_lost
from sweeps.search.storage import one_at_a_time
from sweeps.search.study import budget, decide_programs, fill, open_study
from sweeps.trial.process import PARENT
from sweeps.trial.stopping import Interrupts
from sweeps.trial.waiting import queueing_for

POLL_SECONDS = 0.5
RESTARTS = 10
"""The most replacements of dead workers in one run; more deaths mean that something is wrong with the machine."""

FINAL = UsageError.exit_code
"""Exit code of a worker that refused its input; a replacement would refuse it too."""

WORKERS_A_GPU = 4
"""Default number of workers per GPU: one trial on a small image does not use a whole GPU."""

Launch = Callable[["Crew"], object]


@dataclass(frozen=True)
class Crew:
    """The number of workers, and the command, GPU and environment of each."""

    workers: int
    threads: int
    arguments: Sequence[str]
    """Arguments of ``run.py`` for a worker, besides ``--worker`` and ``--threads``."""
    gpus: Sequence[str] = ()
    """GPU names for ``CUDA_VISIBLE_DEVICES``, assigned to the workers in turn."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of a worker whose values must not appear among its arguments."""

    @property
    def command(self) -> list[str]:
        """The command line of one worker: this interpreter, ``run.py`` and the arguments."""
        program = [sys.executable, str(Path(__file__).parents[2] / "run.py")]
        return [*program, *self.arguments, "--worker", f"--threads={self.threads}"]

    def start(self, index: int) -> subprocess.Popen[bytes]:
        """Start worker ``index`` with ``threads`` threads, on its GPU if there are any."""
        # In a new session: a Ctrl-C at the terminal then reaches the workers once, through this driver.
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
    """The path of the sweep's Optuna journal, inside the runs folder."""
    return runs.path / "sweeps" / f"{spec.name}.journal"


def crew_of(workers: int | None, threads: int | None, arguments: Sequence[str], gpus: Sequence[str] = ()) -> Crew:
    """Decide the number of workers and their threads; by default one worker per core, or a few per GPU.

    The cores are divided equally unless ``threads`` is given. Raises :class:`UsageError` for more threads than cores.
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
    plan: Plan, runs: Runs, storage: str | Path, crew: Crew, interrupts: Interrupts, launch: Launch | None = None
) -> optuna.Study:
    """Run the remaining trials of a planned sweep and return its study.

    After an interrupt it returns early, with every claimed trial queued again. ``launch`` starts the workers elsewhere;
    without it they are subprocesses. Raises :class:`UsageError` for a mistake in the sweep.
    """
    spec = plan.spec
    if spec.method != "grid":
        budget(spec)
    with locked(runs.lock(f"sweep {spec.name}")) as mine:
        if not mine:
            say(f"note: another process runs the sweep {spec.name} as well; working beside it")
        study = open_study(spec, storage)
        decide_programs(study, plan)
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
    """Queue the missing trials, one driver at a time; a second driver finds the queue filled."""
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
    """Run the workers until no trial is left; return the remaining restarts, -1 if they did not suffice."""
    count = min(crew.workers, left(study))
    workers = [crew.start(index) for index in range(count)]
    told = False
    try:
        with Dashboard(spec, study, runs) as dashboard:
            # returncode is set by poll alone, so every worker that ends is either replaced or counted as ended
            while any(worker.returncode is None for worker in workers):
                _wait(workers)
                dashboard.update()
                for worker in workers:
                    worker.poll()
                if not interrupts.caught:
                    restarts -= _replace_dead(workers, crew, restarts)
                elif not told:
                    # SIGTERM for Ctrl-C too: it ends a worker that is still importing without a traceback.
                    _signal(workers, signal.SIGTERM)
                    told = True
            dashboard.update()
        if any(worker.returncode == FINAL for worker in workers):
            raise UsageError(
                "a worker refused the sweep, see its message above: correct the cause and run the command again"
            )
        return -1 if any(worker.returncode for worker in workers) else restarts
    except BaseException:
        _signal(workers, signal.SIGKILL)
        raise


def _wait(workers: Sequence[subprocess.Popen[bytes]]) -> None:
    """Wait for POLL_SECONDS, or until the first running worker ends."""
    alive = next(worker for worker in workers if worker.returncode is None)
    with contextlib.suppress(subprocess.TimeoutExpired):
        alive.wait(POLL_SECONDS)


def _replace_dead(workers: list[subprocess.Popen[bytes]], crew: Crew, restarts: int) -> int:
    """Replace the workers that died, at most ``restarts`` of them; return the number replaced."""
    dead = [i for i, worker in enumerate(workers) if worker.returncode not in (None, 0, FINAL)][:restarts]
    for index in dead:
        say(f"note: a worker ended with {workers[index].returncode}; starting another")
        workers[index] = crew.start(index)
    return len(dead)


def _signal(workers: Sequence[subprocess.Popen[bytes]], number: signal.Signals) -> None:
    for worker in workers:
        if worker.poll() is None:
            worker.send_signal(number)
