"""The launchers start true workers: submitit by its local executor, Ray on this machine.

Ray is an extra: its tests are skipped without it, and fail without it where CI=true.
"""

import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from small_sweeps import SHORT
from tiny import ROOT

from inr.errors import InputError, UsageError
from sweeps.crew.launchers import launch, read_options

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


def test_slurm_jobs_do_the_sweep(tmp_path):
    submitted = sweep(tmp_path, "--launcher=slurm", "--launcher_options=cluster=debug", "--workers=2")
    assert submitted.returncode == 0, submitted.stderr
    assert "2 workers are submitted as jobs " in submitted.stderr
    assert "2 finished, 0 pruned, 0 without a result, 0 left" in sweep(tmp_path).stdout


@pytest.mark.parametrize(
    ("options", "why"),
    [("", "no Slurm job could be submitted: "), ("cluster=debug,partitoin=x", "submitit refuses them: .*partitoin")],
)
def test_what_slurm_refuses_is_one_sentence(tmp_path, options, why):
    with pytest.raises((InputError, UsageError), match=why):
        launch("slurm", ["true"], {}, 1, tmp_path, read_options(options))


@pytest.fixture
def ray_folder(monkeypatch):
    """Where Ray keeps what it logs; the path is short because sockets are in it."""
    if find_spec("ray") is None:
        why = "the ray extra is not installed (pip install -c constraints.txt -e '.[ray]')"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(why)
    with tempfile.TemporaryDirectory(prefix="ray-") as folder:
        monkeypatch.setenv("RAY_TMPDIR", folder)
        yield Path(folder)


LAUNCH = """
import sys
from pathlib import Path
from sweeps.crew.launchers import launch
from sweeps.search.storage_url import STORAGE
told = f"import os; open({sys.argv[1] + '/told'!r}, 'w').write(os.environ[{STORAGE!r}])"
launch("ray", [sys.executable, "-c", told], {STORAGE: "postgresql://u:SECRET@h/x"}, 1, Path(sys.argv[1]), {})
"""


def test_a_ray_task_gets_the_storage_and_ray_does_not_write_it_down(tmp_path, ray_folder):
    subprocess.run([sys.executable, "-c", LAUNCH, str(tmp_path)], cwd=ROOT, check=True, timeout=300)
    assert (tmp_path / "told").read_text() == "postgresql://u:SECRET@h/x"
    files = [path for path in ray_folder.rglob("*") if path.is_file()]
    assert any(path.name == "raylet.out" for path in files)
    assert not [path for path in files if b"SECRET" in path.read_bytes()]


@pytest.mark.usefixtures("ray_folder")
def test_ray_tasks_do_the_sweep(tmp_path):
    done = sweep(tmp_path, "--launcher=ray", "--launcher_options=cpus=0.5", "--workers=2")
    assert done.returncode == 0, done.stderr
    assert "2 finished, 0 pruned, 0 without a result, 0 left" in done.stdout


def test_a_launcher_that_is_not_installed_is_named(tmp_path, monkeypatch):
    for launcher, package in (("slurm", "submitit"), ("ray", "ray")):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(InputError, match=f"--launcher={launcher} needs {package}: install it with pip"):
            launch(launcher, ["true"], {}, 1, tmp_path, {})


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
