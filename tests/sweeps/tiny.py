"""Trials that take a moment, and the command line around them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import run
from inr.weights import BEST, LAST
from sweeps.record.folder import RecordFolder, Runs

ROOT = Path(run.__file__).parent
PARAMETERS = {"size": 16, "hidden_features": 16, "hidden_layers": 1, "steps": 20, "eval_every": 5}


def command(runs: Path | str, *flags: str, **parameters: Any) -> list[str]:
    """The arguments of ``run.py`` for a tiny trial; ``parameters`` replace or join its own."""
    values = {**PARAMETERS, "threads": 1, "runs": runs, **parameters}
    return ["--trial", *flags, *(f"--{name}={value}" for name, value in values.items())]


def train(runs: Path | str, *flags: str, **parameters: Any) -> RecordFolder:
    """Run the command in this process; the folder of the one trial that is there."""
    assert run.main(command(runs, *flags, **parameters)) == 0
    return only(runs)


def only(runs: Path | str) -> RecordFolder:
    (folder,) = Runs(runs).folders()
    return folder


def start(runs: Path, *flags: str, env: Mapping[str, str] | None = None, **parameters: Any) -> "subprocess.Popen[str]":
    """Run the command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), *command(runs, *flags, **parameters)],
        env={**os.environ, "OMP_NUM_THREADS": "1", **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def rows(folder: RecordFolder) -> list[dict[str, Any]]:
    """The history without what no two runs share."""
    return [{name: value for name, value in row.items() if name != "seconds"} for row in folder.history()]


def assert_same_trial(folder: RecordFolder, other: RecordFolder) -> None:
    """Bit for bit, but for seconds."""
    record, expected = folder.read(), other.read()
    assert record is not None
    assert expected is not None
    assert (record.trial_id, record.status, record.config) == (expected.trial_id, expected.status, expected.config)
    assert (record.metrics, record.best) == (expected.metrics, expected.best)
    assert rows(folder) == rows(other)
    for name in ("fields", "histograms"):
        arrays, others = folder.arrays(name), other.arrays(name)
        assert {key: array.tobytes() for key, array in arrays.items()} == {k: a.tobytes() for k, a in others.items()}
    for name in (LAST, BEST):
        one, two = (each.path / name for each in (folder, other))
        assert one.exists() == two.exists()
        assert not one.exists() or one.read_bytes() == two.read_bytes()


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, but for the locks."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and "locks" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
