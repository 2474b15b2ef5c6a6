"""The W&B mirror, with the real ``wandb`` against the loopback server: what is recorded arrives, and nothing waits."""

import json
import math
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tiny import PARAMETERS, ROOT, command, only, train, wait_for
from wandb_server import Run, WandbServer

from inr.config import TrialConfig
from sweeps.records import RecordFolder, Runs

FAST_AGENT = ROOT / "tests" / "wandb_server" / "fast_agent.py"
TALK = ("step ", *(f"wandb: {words}" for words in ("[", "W&B", "Syncing", "Synced", "🚀", "⭐", "Run data", "View")))
IMPATIENT = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import run
from sweeps.trackers import weights_and_biases
weights_and_biases.INIT_SECONDS = weights_and_biases.FINISH_SECONDS = 3.0
sys.exit(run.main(sys.argv[1:]))
"""
"""``run.py`` that waits for W&B no longer than a test can."""


@pytest.fixture
def server() -> Iterator[WandbServer]:
    with WandbServer() as server:
        yield server


def start(server: WandbServer, home: Path, *arguments: object) -> "subprocess.Popen[str]":
    """Start Python in ``home``, where its ``wandb`` knows the server only."""
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        cwd=home,
        env=server.environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(child: "subprocess.Popen[str]") -> list[str]:
    """Wait for a command that succeeds; the lines on its standard error that are neither progress nor idle talk."""
    with child:
        _, err = child.communicate(timeout=120)
    assert child.returncode == 0, err
    assert "Traceback" not in err
    return [line for line in err.splitlines() if not line.startswith(TALK)]


def mirrored(server: WandbServer, home: Path, mode: str, **parameters: Any) -> list[str]:
    return finish(start(server, home, ROOT / "run.py", *command("runs", f"--wandb={mode}", **parameters)))


def impatient(server: WandbServer, home: Path, *arguments: str) -> "subprocess.Popen[str]":
    (home / "impatient.py").write_text(IMPATIENT)
    return start(server, home, "impatient.py", *arguments)


def sync(server: WandbServer, home: Path, pattern: str) -> None:
    """Send what a run left on the disk."""
    (left,) = (home / "wandb").glob(pattern)
    finish(start(server, home, "-m", "wandb", "sync", "--no-skip-online", left))


def assert_mirrors(sent: Run, folder: RecordFolder) -> None:
    """The run on the server is what the folder says."""
    record = folder.read()
    assert record is not None
    assert (record.status, sent.state, sent.exit_code) == ("finished", "finished", 0)
    assert {name: sent.config[name] for name in record.config} == record.config
    assert sent.display_name == f"sine {record.config['loss']} {record.trial_id[:8]}"
    _assert_history(sent, folder)
    finite = {name: value for name, value in record.metrics.items() if value is not None}
    assert {name: sent.summary[name] for name in finite} == finite
    assert (sent.summary["trial_id"], sent.summary["status"]) == (record.trial_id, "finished")
    assert {name: sent.summary[f"config/{name}"] for name in record.config} == record.config
    assert sent.summary["best/step"] == record.best["step"]
    assert sent.summary["timing/steps"] == record.timing["steps"]


def _assert_history(sent: Run, folder: RecordFolder) -> None:
    by_step = {row["_step"]: row for row in sent.history}
    for row, histograms in zip(folder.history(), folder.histograms(), strict=True):
        logged = by_step[row["step"]]
        scalars = {name: value for name, value in row.items() if name != "step" and value is not None}
        assert {name: logged[name] for name in scalars} == scalars
        for name, (counts, edges) in histograms.items():
            assert logged[name] == {"_type": "histogram", "values": counts.tolist(), "bins": pytest.approx(edges)}
    (pictures,) = [row for row in sent.history if "maps/image" in row]
    for family in ("image", "gradient", "laplacian"):
        picture = pictures[f"maps/{family}"]
        assert (picture["_type"], picture["width"], picture["height"]) == ("image-file", 32, 16)
        assert sent.files[picture["path"]].startswith(b"\x89PNG")


def test_a_trial_that_was_recorded_before_is_mirrored_too(server: WandbServer, tmp_path: Path) -> None:
    train(tmp_path / "runs", loss="image+gradient")
    before = only(tmp_path / "runs").figure.stat().st_mtime_ns
    assert mirrored(server, tmp_path, "online", loss="image+gradient") == []
    assert only(tmp_path / "runs").figure.stat().st_mtime_ns == before
    (sent,) = server.runs.values()
    assert_mirrors(sent, only(tmp_path / "runs"))


def test_offline_nothing_is_asked_and_sync_brings_it_all(server: WandbServer, tmp_path: Path) -> None:
    assert mirrored(server, tmp_path, "offline") == []
    assert server.requests == []
    sync(server, tmp_path, "offline-run-*")
    (sent,) = server.runs.values()
    assert_mirrors(sent, only(tmp_path / "runs"))


def test_under_an_agent_it_is_online_by_itself(server: WandbServer, tmp_path: Path) -> None:
    values = {name: {"value": value} for name, value in {**PARAMETERS, "activation": "sine"}.items()}
    sweep = {
        "program": str(ROOT / "run.py"),
        "method": "grid",
        "command": ["${env}", sys.executable, "${program}", "--trial", "--threads=1", "${args}"],
        "parameters": {**values, "omega_0": {"values": [10, 30]}},
    }
    (tmp_path / "sweep.yaml").write_text(yaml.safe_dump(sweep))
    finish(start(server, tmp_path, "-m", "wandb", "sweep", "sweep.yaml"))
    (created,) = server.sweeps.values()
    finish(start(server, tmp_path, FAST_AGENT, created.path))
    assert created.state == "FINISHED"
    assert len(server.runs) == 2
    for sent, omega_0 in zip(server.runs.values(), (10, 30), strict=True):
        assert (sent.sweep, sent.config["omega_0"]) == (created.name, omega_0)
        config = TrialConfig.from_flat({**PARAMETERS, "omega_0": omega_0})
        assert_mirrors(sent, Runs(tmp_path / "runs").folder(config.trial_id))


def test_a_server_that_refuses_costs_a_line(server: WandbServer, tmp_path: Path) -> None:
    server.refuse_init = 403
    began = time.monotonic()
    (note,) = finish(impatient(server, tmp_path, *command("runs", "--wandb=online")))
    assert time.monotonic() - began < 40
    assert note.startswith("note: W&B could not open the run (CommError: ")
    assert note.endswith("; going on offline")
    assert not server.runs
    record = only(tmp_path / "runs").read()
    assert record is not None
    assert record.status == "finished"


def test_a_server_that_is_away_costs_a_line(server: WandbServer, tmp_path: Path) -> None:
    began = time.monotonic()
    with server.away(refuse_connections=True):
        said = finish(impatient(server, tmp_path, *command("runs", "--wandb=online")))
    assert time.monotonic() - began < 40
    (note,) = [line for line in said if not line.startswith("wandb: ")]
    assert note.startswith("note: W&B could not open the run (")
    assert note.endswith("; going on offline")
    sync(server, tmp_path, "offline-run-*")
    (sent,) = server.runs.values()
    assert_mirrors(sent, only(tmp_path / "runs"))


def test_a_server_that_goes_away_costs_a_bounded_time(server: WandbServer, tmp_path: Path) -> None:
    child = impatient(server, tmp_path, *command("runs", "--wandb=online", steps=60, eval_every=2))
    wait_for(lambda: bool(server.runs))
    with server.away(refuse_connections=True):
        began = time.monotonic()
        said = finish(child)
        assert time.monotonic() - began < 40
    assert any("Timed out finishing run" in line or line.startswith("note: W&B could not") for line in said)
    assert len(said) <= 4
    (sent,) = server.runs.values()
    assert sent.history == []
    sync(server, tmp_path, "run-*")
    assert_mirrors(sent, only(tmp_path / "runs"))


def test_online_a_diverged_trial_is_a_failed_run(server: WandbServer, tmp_path: Path) -> None:
    assert mirrored(server, tmp_path, "online", learning_rate=1e6) == []
    (sent,) = server.runs.values()
    assert (sent.state, sent.exit_code, sent.summary["status"]) == ("failed", 1, "diverged")
    assert all(math.isfinite(value) for row in sent.history for value in row.values() if isinstance(value, float))
    assert json.loads(json.dumps(sent.summary, allow_nan=False))
