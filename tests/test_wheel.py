"""The wheel, installed elsewhere, does what the checkout does."""

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from checkout import copy_to, plain_environment

from sweeps.trial.environment import commit

SWEEP = """method: grid
metric: {name: image/psnr, goal: maximize}
parameters:
  size: {value: 16}
  hidden_features: {value: 8}
  hidden_layers: {value: 0}
  steps: {value: 2}
  seed: {values: [0, 1]}
"""
TRIAL = ("--size=16", "--hidden_features=8", "--hidden_layers=0", "--steps=2")


class Installed:
    """A wheel unpacked, without what it depends on, inside a checkout that is not ours; and a desk beside it."""

    def __init__(self, folder: Path) -> None:
        self.packages, self.desk = folder / "outer" / "packages", folder / "desk"
        self.desk.mkdir()
        source, wheels = copy_to(folder / "source"), folder / "wheels"
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
        self.call(*pip, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", wheels, source)
        (wheel,) = wheels.iterdir()
        self.call(*pip, "install", "--no-deps", "--no-index", "--target", self.packages, wheel)
        git = ["git", "-C", self.packages.parent, "-c", "user.name=somebody", "-c", "user.email=somebody"]
        for arguments in (["init", "--quiet"], ["commit", "--quiet", "--allow-empty", "--message=another project"]):
            self.call(*git, *arguments)

    def call(self, *command: object) -> str:
        """What a command prints that is given at the desk."""
        done = subprocess.run(
            list(map(str, command)),
            cwd=self.desk,
            env=plain_environment(PYTHONPATH=str(self.packages)),
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(tmp_path_factory.mktemp("wheel"))


def test_every_file_of_the_packages_is_installed(installed: Installed) -> None:
    source, names = installed.packages.parents[1] / "source", ("inr", "sweeps", "analysis")
    files = [path.relative_to(source) for name in names for path in (source / name).rglob("*") if path.is_file()]
    assert len(files) > 100
    assert not [path for path in files if "notebooks" not in path.parts and not (installed.packages / path).is_file()]


def test_the_analysis_and_a_sweep_file_that_ships(installed: Installed) -> None:
    code = "import sys, analysis.commands as ours; print(ours.__file__); ours.main(['--help'])"
    where, *said = installed.call(sys.executable, "-c", code).splitlines()
    assert where == f"{installed.packages}/analysis/commands.py"
    assert installed.call(sys.executable, "-m", "analysis", "--help").splitlines() == said
    said = installed.call(
        installed.packages / "bin" / "inr-sweeps", "--plan", installed.packages / "sweeps" / "fair.yaml"
    )
    assert "run_cap: 80 trials of method bayes" in said


def test_a_trial_and_a_sweep(installed: Installed) -> None:
    script = installed.packages / "bin" / "inr-sweeps"
    version, *_ = installed.call(script, "--version").splitlines()
    assert version == f"inr-activation-sweeps {metadata.version('inr-activation-sweeps')}, not from a checkout"
    assert "finished" in installed.call(script, "--trial", *TRIAL)
    (installed.desk / "x.yaml").write_text(SWEEP)
    assert "2 finished, 0 pruned, 0 without a result, 0 left" in installed.call(script, "--sweep=x.yaml", "--workers=1")
    records = [json.loads(path.read_text()) for path in installed.desk.glob("runs/trials/*/record.json")]
    assert [record["environment"]["commit"] for record in records] == [None, None]


def test_the_commit_of_this_checkout_is_known() -> None:
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True)
    assert str(commit()).removesuffix("+changes") == head.stdout.strip()
