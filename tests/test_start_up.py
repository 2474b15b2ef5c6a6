"""What is told without training is told without torch, and without what else only training and sweeps need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import run

ROOT = Path(run.__file__).parent
HEAVY = {"torch", "wandb", "optuna", "matplotlib", "skimage", "cv2", "PIL", "scipy", "pandas", "sqlalchemy"}
SMALL = "size: {value: 16}\n  hidden_features: {value: 8}\n  hidden_layers: {value: 0}\n  steps: {value: 2}\n"
HEAD = "method: grid\nmetric: {name: image/psnr, goal: maximize}\nparameters:\n  "

ENDS = {
    "--help": 0,
    "--version": 0,
    "--plan=right.yaml": 0,
    "--plan=video.yaml": 0,
    "--plan=wrong.yaml": 2,
    "--plan=absent.yaml": 1,
    "--sweep=wrong.yaml": 2,
    "--sweep=absent.yaml": 1,
    "--sweep=contradiction.yaml": 2,
    "--sweep=right.yaml --threads=two": 2,
    "": 2,
    "--trial --learning-rte=1": 2,
    "--trial --steps=0": 2,
    "--trial --activation=sinus": 2,
    "--trial --image=camra": 2,
    "--trial --operator=analytic": 2,
    "--trial --image=absent.png": 1,
    "--trial --task=audio --sound=absent.wav": 1,
    "--trial --task=sdf --shape=absent.ply": 1,
    "--trial --plugin=absent.py": 2,
    "--trial --device=tpu": 2,
    "--trial --threads=0": 2,
    "--trial --compile=maybe": 2,
    "--trial --wandb=on": 2,
    "--trial --keep_weights=maybe": 2,
    "--agent=a/b/c --count=none": 2,
    "--show=0123": 1,
    "--render=0123 --into=x.png --extent=0": 2,
    "--distributions --steps=3": 2,
    "--distributions --init=papr": 2,
    "--distributions --into=absent/folder": 1,
    "--distributions=0123": 1,
    "--advise --activation=relu": 2,
    "--advise --omega_0=3": 2,
    "--advise --image=absent.png": 1,
    "--film 0123 --into=x.mp4": 1,
    "--trial --task=audio --keep_maps=true": 2,
}
"""Arguments → exit code."""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("here")
    (folder / "right.yaml").write_text(f"{HEAD}{SMALL}  activation: {{values: [relu, sine]}}\n")
    (folder / "wrong.yaml").write_text(f"{HEAD}{SMALL}  activation: {{values: [relu, sinus]}}\n")
    (folder / "contradiction.yaml").write_text(f"{HEAD}{SMALL}  operator: {{value: analytic}}\n")
    (folder / "video.yaml").write_text((ROOT / "sweeps" / "video.yaml").read_text())
    return folder


def imported(folder: Path, *command: str) -> tuple[int, set[str]]:
    """The exit code of a command, and the modules and packages that it imported."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    arguments = [sys.executable, "-X", "importtime", *command]
    done = subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    modules = [line.rpartition("|")[2].strip() for line in lines]
    return done.returncode, {*modules, *(name.partition(".")[0] for name in modules)}


@pytest.mark.parametrize("arguments", ENDS)
def test_what_trains_nothing_imports_nothing_that_trains(arguments: str, here: Path) -> None:
    code, packages = imported(here, str(ROOT / "run.py"), *arguments.split())
    assert code == ENDS[arguments]
    assert "inr" in packages
    assert not packages & HEAVY


@pytest.fixture(scope="module")
def recorded(here: Path) -> str:
    """The id of a recorded trial."""
    small = "--size=16 --hidden_features=8 --hidden_layers=0 --steps=2 --threads=1"
    assert run.main(["--trial", *small.split(), f"--runs={here / 'runs'}"]) == 0
    (trial,) = (here / "runs" / "trials").iterdir()
    return trial.name


def test_a_record_is_shown_without_torch(recorded: str, here: Path) -> None:
    code, packages = imported(here, str(ROOT / "run.py"), f"--show={recorded}")
    assert code == 0
    assert not packages & HEAVY


@pytest.mark.parametrize("format_", ["terminal", "csv"])
@pytest.mark.usefixtures("recorded")
def test_a_table_needs_pandas_and_no_torch(format_: str, here: Path) -> None:
    code, packages = imported(here, "-m", "analysis", "table", "runs", "--by=activation", f"--format={format_}")
    assert code == 0
    assert "pandas" in packages
    assert not packages & (HEAVY - {"pandas", "scipy"})


@pytest.mark.usefixtures("recorded")
def test_a_trial_needs_torch_and_neither_optuna_nor_pandas_nor_matplotlib(here: Path) -> None:
    small = "--trial --size=16 --hidden_features=8 --hidden_layers=0 --steps=2 --threads=1 --seed=1"
    code, packages = imported(here, str(ROOT / "run.py"), *small.split())
    assert code == 0
    assert "torch" in packages
    assert not packages & {"optuna", "pandas", "matplotlib", "wandb", "sqlalchemy", "scipy.stats"}
