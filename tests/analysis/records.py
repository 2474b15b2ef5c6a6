"""True records, made once a test session by the real command: four activations, four losses, two images, two seeds."""

import fcntl
import functools
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import run
from sweeps.record.folder import RecordFolder, Runs

ROOT = Path(run.__file__).parent
ACTIVATIONS = ("sine", "triangle", "square", "relu")
LOSSES = ("image", "gradient", "laplacian", "image+gradient+laplacian")
IMAGES = ("camera", "coins")
TINY = ("--size=16", "--hidden_features=8", "--hidden_layers=1", "--steps=20", "--eval_every=10", "--threads=1")

MAKE = """
import os
import sys
import run
from sweeps.record import figure

os.fsync = lambda descriptor: None
draw, pictures = figure.draw, []

def once(*given):
    if not pictures:
        pictures.append(draw(*given))
    return pictures[0]

figure.draw = once
runs, *trials = sys.argv[1:]
for trial in trials:
    assert run.main(["--trial", f"--runs={runs}", *trial.split()]) == 0
"""
"""All in one process; every record gets the first one's picture: drawing is what would take the time."""


def trials() -> list[str]:
    """The parameters of every trial: 32 of the comparison, then a few that answer to ω₀ and n_modes."""
    grid = itertools.product(ACTIVATIONS, LOSSES, IMAGES)
    first = [f"--activation={a} --loss={loss} --image={image} --seed=0" for a, loss, image in grid]
    seeds = [f"--activation={a} --loss=image --image={image} --seed=1" for a in ACTIVATIONS for image in IMAGES]
    omegas = [f"--activation={a} --omega_0={w}" for a in ("sine", "triangle") for w in (5, 12.5)]
    modes = [f"--activation=square --n_modes={n}" for n in (1, 2)]
    return [" ".join([*TINY, trial]) for trial in [*first, *seeds, *omegas, *modes]]


def trials_of_tasks() -> list[str]:
    """The parameters of trials of two tasks: two activations, two losses, two seeds; of two things that are fitted."""
    short = [*TINY[1:], "--task=audio", "--seconds=0.02"]
    grid = itertools.product(("sine", "relu"), ("sound", "sound+derivative"), ("chirp", "bell"), (0, 1))
    sounds = [[*short, f"--activation={a} --loss={loss} --sound={of} --seed={s}"] for a, loss, of, s in grid]
    images = [[*TINY, f"--activation={a} --image={i}"] for a in ("sine", "relu") for i in IMAGES]
    return [" ".join(parameters) for parameters in [*sounds, *images]]


@pytest.fixture(scope="session")
def true_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs folder of pictures; not to be written to."""
    return _made(_shared(tmp_path_factory), "true_runs", trials)


@pytest.fixture(scope="session")
def task_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs folder of two tasks; not to be written to."""
    return _made(_shared(tmp_path_factory), "task_runs", trials_of_tasks)


def _shared(factory: pytest.TempPathFactory) -> Path:
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@functools.cache
def _made(folder: Path, name: str, parameters: Callable[[], list[str]]) -> Path:
    """Made by whichever process comes first, while the others wait."""
    runs = folder / name
    with (folder / f"{name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / f"{name}.made").exists():
            environment = {**os.environ, "OMP_NUM_THREADS": "1"}
            command = [sys.executable, "-c", MAKE, str(runs), *parameters()]
            subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=120)
            (folder / f"{name}.made").touch()
    return runs


def copy(runs: Path, to: Path) -> Path:
    """A copy to be damaged."""
    shutil.copytree(runs, to)
    return to


def folder(runs: Path, trial_id: str) -> RecordFolder:
    return Runs(runs).folder(trial_id)
