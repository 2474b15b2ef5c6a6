"""What launchers are given and say; test_engines.py has the real ones."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_sweeps import SHORT
from tiny import ROOT

from inr.errors import InputError, UsageError
from sweeps.crew.launchers import Job, launch, read_options
from sweeps.trial.stopping import Interrupts

SWEEP = f"name: launched\n{SHORT}" + "  steps: {value: 3}\n  activation: {values: [relu, sine]}\n"


def sweep(folder: Path, *flags: str) -> "subprocess.CompletedProcess[str]":
    (folder / "launched.yaml").write_text(SWEEP)
    return subprocess.run(
        [sys.executable, str(ROOT / "run.py"), "--sweep=launched.yaml", "--runs=runs", *flags],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(
    ("options", "why"),
    [("", "no Slurm job could be submitted: "), ("cluster=debug,partitoin=x", "submitit refuses them: .*partitoin")],
)
def test_what_slurm_refuses_is_one_sentence(tmp_path, options, why):
    with pytest.raises((InputError, UsageError), match=why):
        launch("slurm", Job(["true"], tmp_path), 1, read_options(options), Interrupts())


LAUNCH = """
import sys
from pathlib import Path
from sweeps.crew.launchers import Job, launch
from sweeps.search.storage_url import STORAGE
from sweeps.trial.stopping import Interrupts
told = f"import os; open({sys.argv[1] + '/told'!r}, 'w').write(os.environ[{STORAGE!r}])"
job = Job([sys.executable, "-c", told], Path(sys.argv[1]), {STORAGE: "postgresql://u:SECRET@h/x"})
launch("ray", job, 1, {}, Interrupts())
"""


def test_a_ray_task_gets_the_storage_and_ray_does_not_write_it_down(tmp_path, ray_folder):
    subprocess.run([sys.executable, "-c", LAUNCH, str(tmp_path)], cwd=ROOT, check=True, timeout=300)
    assert (tmp_path / "told").read_text() == "postgresql://u:SECRET@h/x"
    files = [path for path in ray_folder.rglob("*") if path.is_file()]
    assert any(path.name == "raylet.out" for path in files)
    assert not [path for path in files if b"SECRET" in path.read_bytes()]


def test_a_launcher_that_is_not_installed_is_named(tmp_path, monkeypatch):
    for launcher, package in (("slurm", "submitit"), ("ray", "ray")):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(InputError, match=f"--launcher={launcher} needs {package}: install it with pip"):
            launch(launcher, Job(["true"], tmp_path), 1, {}, Interrupts())


def test_options_are_read(tmp_path):
    assert read_options("gpus=0.25,slurm_partition=long,timeout_min=60") == {
        "gpus": 0.25,
        "slurm_partition": "long",
        "timeout_min": 60,
    }
    assert read_options(None) == {}
    with pytest.raises(UsageError, match="expected name=value"):
        read_options("gpus")
    refused = sweep(tmp_path, "--launcher_options=gpus=1")
    assert refused.returncode == 2
    assert "give one of them" in refused.stderr
