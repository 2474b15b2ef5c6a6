"""The notebooks run from top to bottom, in a real kernel, and show what they promise."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jupytext
import pytest
from nbclient import NotebookClient
from records import ACTIVATIONS, LOSSES, MAKE, ROOT, TINY, true_runs  # noqa: F401
from wandb_server import WandbServer

from analysis.comparison.losses import loss_label

FOLDER = ROOT / "analysis" / "notebooks"
JUPYTERS_OWN = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
"""What the client of a kernel warns of is not ours to mend; what a cell warns of is asserted."""

pytestmark = JUPYTERS_OWN


def execute(name: str, monkeypatch: pytest.MonkeyPatch, **environment: object) -> list[dict[str, Any]]:
    """The outputs of all cells; a cell that raises fails the test."""
    for key, value in {"OMP_NUM_THREADS": "1", **environment}.items():
        monkeypatch.setenv(key, str(value))
    notebook = jupytext.read(FOLDER / f"{name}.py")
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}})
    client.execute()
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def shown(outputs: list[dict[str, Any]], kind: str) -> list[str]:
    return ["".join(o["data"][kind]) for o in outputs if kind in o.get("data", {})]


def complaints(outputs: list[dict[str, Any]]) -> list[str]:
    """What a cell wrote to standard error: warnings."""
    return [o["text"] for o in outputs if o.get("name") == "stderr"]


def test_every_notebook_is_tested_and_says_how_to_open_it() -> None:
    names = {path.stem for path in FOLDER.glob("*.py")}
    assert names == {"comparison", "layers", "wandb_dashboard"}
    assert all("jupyter lab" in (FOLDER / f"{name}.py").read_text() for name in names)


def test_the_comparison(true_runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    outputs = execute("comparison", monkeypatch, RUNS=true_runs)
    assert not complaints(outputs)
    assert len(shown(outputs, "image/png")) == len(ACTIVATIONS) + 4
    tables = "\n".join(shown(outputs, "text/markdown"))
    refused = "no table for the loss image: will not average over n"  # of square, which varies there alone
    assert all(f"{loss_label(loss)}, best" in tables for loss in LOSSES[1:])
    assert refused in tables
    assert "| relu |" in tables


def test_the_layers(true_runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    outputs = execute("layers", monkeypatch, RUNS=true_runs)
    assert not complaints(outputs)
    assert len(shown(outputs, "image/png")) == len(ACTIVATIONS) + 1
    (table,) = shown(outputs, "text/html")
    assert all(name in table for name in (*ACTIVATIONS, "near_zero (trained)", "kurtosis (initialisation)"))


def test_the_dashboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with WandbServer() as server:
        environment = server.environment(tmp_path)
        trials = [" ".join(["--wandb=online", *TINY, f"--activation={name}"]) for name in ("sine", "relu")]
        command = [sys.executable, "-c", MAKE, str(tmp_path / "runs"), *trials]
        own = {**environment, "OMP_NUM_THREADS": "1"}
        subprocess.run(command, env=own, cwd=ROOT, check=True, capture_output=True)
        (project,) = {f"{run.entity}/{run.project}" for run in server.runs.values()}
        changed = {key: value for key, value in own.items() if os.environ.get(key) != value}
        outputs = execute("wandb_dashboard", monkeypatch, **{**changed, "PROJECT": project})
    (table,) = shown(outputs, "text/html")
    assert "sine" in table
    assert "relu" in table
    text = "\n".join(shown(outputs, "text/markdown"))
    assert "| relu" in text
    assert "importance needs 4 trials and 1 parameter" in text
    assert len(shown(outputs, "image/png")) == 2
