"""Real engines: a sweep with a plugin, whose workers a real Slurm or a real Ray runs, and one of them is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from optuna.trial import FrozenTrial, TrialState
from plugin import EXAMPLE
from slurm import slurm
from small_sweeps import SHORT
from tiny import ROOT, wait_for

from inr.plugins import load
from sweeps.file.spec import load_spec
from sweeps.record.folder import Runs
from sweeps.search.study import open_study

pytestmark = pytest.mark.usefixtures("restored_registries")

STEPS = 600
SWEEP = f"name: launched\n{SHORT}  eval_every: {{value: 50}}\n  activation: {{values: [bell, sine]}}\n"
SECONDS = 150


@dataclass(frozen=True)
class Killed:
    """A worker that was killed, and the trial that it held."""

    trial: FrozenTrial
    command: list[str]
    environment: dict[str, str]


class Sweep:
    """The sweep in a folder of its own, as its driver and its workers see it."""

    def __init__(self, folder: Path, *flags: str, steps: int = STEPS, **environment: str) -> None:
        self.steps = steps
        (folder / "launched.yaml").write_text(f"{SWEEP}  steps: {{value: {steps}}}\n")
        self.sha256 = load(str(EXAMPLE)).sha256
        self.folder, self.runs = folder, Runs(folder / "runs")
        self.study = open_study(load_spec(folder / "launched.yaml"), self.runs.path / "sweeps" / "launched.journal")
        self.command = [sys.executable, str(ROOT / "run.py"), "--sweep=launched.yaml", f"--plugin={EXAMPLE}", *flags]
        self.environment = {**os.environ, "OMP_NUM_THREADS": "1", **environment}

    @contextmanager
    def driven(self) -> Iterator["subprocess.Popen[str]"]:
        """Start the driver, which is ended with the block."""
        with subprocess.Popen(
            self.command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as driver:
            try:
                yield driver
            finally:
                driver.kill()

    def kill_one(self) -> Killed:
        """Kill a worker while it holds a trial of which a checkpoint is written."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for trial in self.running():
                with suppress(ProcessLookupError):
                    if killed := self._kill_worker_of(trial):
                        return killed
            time.sleep(0.02)
        raise AssertionError("no trial ran")

    def _kill_worker_of(self, trial: FrozenTrial) -> Killed | None:
        process = worker_of(trial)
        os.kill(process, signal.SIGSTOP)  # so that it cannot end the trial before it is killed
        if all(trial.number != still.number for still in self.running()):
            os.kill(process, signal.SIGCONT)
            return None
        killed = Killed(trial, _words(process, "cmdline"), _variables(process))
        os.kill(process, signal.SIGKILL)
        return killed

    def running(self) -> list[FrozenTrial]:
        """The trials that a worker holds and has a checkpoint of."""
        running = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        # A checkpoint follows its evaluation: beside three evaluations there is that of the second.
        return [trial for trial in running if self._evaluations(trial.user_attrs.get("trial_id")) > 2]

    def _evaluations(self, trial_id: str | None) -> int:
        return len(self.runs.folder(trial_id).history()) if trial_id else 0

    def assert_finished(self, killed: Killed) -> None:
        """Every trial is finished; the killed worker's went on at its checkpoint, in the hands of another."""
        given = [word for word in killed.command if word.startswith("--plugin=")]
        assert given == [f"--plugin={EXAMPLE}@sha256:{self.sha256[:16]}"]
        trials = self.study.get_trials()
        (failed,) = [trial for trial in trials if trial.state == TrialState.FAIL]
        assert (failed.number, failed.user_attrs["reason"]) == (killed.trial.number, "its worker died")
        complete = {t.user_attrs["trial_id"]: t for t in trials if t.state == TrialState.COMPLETE}
        assert len(complete) == len(trials) - 1 == 2
        again = complete[killed.trial.user_attrs["trial_id"]]
        assert again.user_attrs["worker"] != killed.trial.user_attrs["worker"]
        records = {trial_id: self.runs.folder(trial_id).read() for trial_id in complete}
        first, second = records[again.user_attrs["trial_id"]].environment["parts"]
        assert 0 < first["to_step"] == second["from_step"] < second["to_step"] == self.steps
        assert {record.status for record in records.values()} == {"finished"}
        (bell,) = [record for record in records.values() if record.config["activation"] == "bell"]
        assert [plugin["sha256"] for plugin in bell.environment["plugins"]] == [self.sha256]


def test_slurm(tmp_path: Path) -> None:
    with slurm() as engine:
        sweep = Sweep(
            tmp_path, "--launcher=slurm", "--workers=2", steps=3 * STEPS, **engine.environment
        )  # its driver ends first
        with sweep.driven() as driver:
            _, said = driver.communicate(timeout=SECONDS)
        assert driver.returncode == 0, said
        assert len(engine.jobs()) == 2
        killed = sweep.kill_one()
        assert "SLURM_JOB_ID" in killed.environment
        wait_for(lambda: not engine.jobs(), SECONDS)
        sweep.assert_finished(killed)


def worker_of(trial: FrozenTrial) -> int:
    """The process that holds a trial."""
    return int(trial.user_attrs["worker"].rsplit("-", 2)[1])


def _words(process: int, file: str) -> list[str]:
    return Path(f"/proc/{process}/{file}").read_text().split("\0")


def _variables(process: int) -> dict[str, str]:
    return dict(word.split("=", 1) for word in _words(process, "environ") if word)


@pytest.mark.usefixtures("ray_folder")
def test_ray(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, "--launcher=ray", "--launcher_options=cpus=0.5", "--workers=2")
    with sweep.driven() as driver:
        killed = sweep.kill_one()
        assert "RAY_JOB_ID" in killed.environment
        out, said = driver.communicate(timeout=SECONDS)
    assert driver.returncode == 0, said
    assert "note: a worker ended with -9; its output is in " in said
    assert "2 finished, 0 pruned, 0 without a result, 0 left" in out
    sweep.assert_finished(killed)


@pytest.mark.usefixtures("ray_folder")
def test_no_worker_outlives_its_task_or_its_driver(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, "--launcher=ray", steps=1_000_000)
    with sweep.driven() as driver:
        wait_for(lambda: bool(sweep.running()), SECONDS)
        (first,) = map(worker_of, sweep.running())
        os.kill(_parent(first), signal.SIGKILL)  # Ray tries its task again
        wait_for(lambda: any(worker_of(trial) != first for trial in sweep.running()), SECONDS)
        wait_for(lambda: not _lives(first), SECONDS)
        (second,) = {worker_of(trial) for trial in sweep.running()} - {first}
        driver.send_signal(signal.SIGINT)
        _, said = driver.communicate(timeout=SECONDS)
    assert driver.returncode == 130, said
    assert said.splitlines()[-1] == "run.py: SIGINT; the same command continues from there"
    wait_for(lambda: not _lives(second), SECONDS)


def _parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def _lives(process: int) -> bool:
    return Path(f"/proc/{process}").exists()
