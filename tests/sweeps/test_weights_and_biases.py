"""The W&B mirror, with the real ``wandb`` against the loopback server: what is recorded arrives, and nothing waits."""

import json
import math
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from online import assert_mirrors, end, finish, read_back, start, sync
from tiny import ROOT, command, only, train, wait_for
from wandb_server import WandbServer

from sweeps.weights_and_biases import mirror
from sweeps.weights_and_biases.mirror import WandbTracker
from sweeps.weights_and_biases.modes import refused

IMPATIENT = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import run
from sweeps.weights_and_biases import mirror
mirror.INIT_SECONDS = mirror.FINISH_SECONDS = 3.0
sys.exit(run.main(sys.argv[1:]))
"""
"""``run.py`` that waits for W&B no longer than a test can."""


@pytest.fixture
def server() -> Iterator[WandbServer]:
    with WandbServer() as server:
        yield server


def mirrored(server: WandbServer, home: Path, mode: str, **parameters: Any) -> None:
    """Run a trial that W&B adds one line to, which says where the run is, and nothing else."""
    says = {
        "online": rf"note: W&B: {server.url}/tester/project/runs/\w+",
        "offline": rf"note: W&B: offline, `wandb sync {home}/wandb/offline-run-\S+` sends it",
    }
    said = end(start(server, home, ROOT / "run.py", *command("runs", f"--wandb={mode}", **parameters)))
    (note,) = [line for line in said.splitlines() if not line.startswith("step ")]
    assert re.fullmatch(says[mode], note)


def impatient(server: WandbServer, home: Path, *arguments: str) -> "subprocess.Popen[str]":
    (home / "impatient.py").write_text(IMPATIENT)
    return start(server, home, "impatient.py", *arguments)


def test_a_trial_that_was_recorded_before_is_mirrored_too(server: WandbServer, tmp_path: Path) -> None:
    train(tmp_path / "runs", loss="image+gradient")
    before = only(tmp_path / "runs").figure.stat().st_mtime_ns
    mirrored(server, tmp_path, "online", loss="image+gradient")
    assert only(tmp_path / "runs").figure.stat().st_mtime_ns == before
    (sent,) = server.runs.values()
    assert_mirrors(sent, only(tmp_path / "runs"))


def test_offline_nothing_is_asked_and_sync_brings_it_all(server: WandbServer, tmp_path: Path) -> None:
    mirrored(server, tmp_path, "offline")
    assert server.requests == []
    sync(server, tmp_path, "offline-run-*")
    (sent,) = server.runs.values()
    assert_mirrors(sent, only(tmp_path / "runs"))
    (read,) = read_back(server, tmp_path)
    assert (read["state"], read["summary"]["trial_id"]) == ("finished", only(tmp_path / "runs").path.name)
    assert read["rows"] == sent.history


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
    (left,) = (tmp_path / "wandb").glob("run-*")
    (note,) = [line for line in said if line.startswith("note: ")]
    assert note == (
        "note: W&B could not be sent the whole run (TimeoutError: Timed out finishing run.); "
        f"the local record is complete, and `wandb sync --no-skip-online {left}` sends it"
    )
    assert len(said) <= 3
    (sent,) = server.runs.values()
    assert sent.history == []
    sync(server, tmp_path, "run-*")
    assert_mirrors(sent, only(tmp_path / "runs"))


def test_online_a_diverged_trial_is_a_failed_run(server: WandbServer, tmp_path: Path) -> None:
    mirrored(server, tmp_path, "online", learning_rate=1e6)
    (sent,) = server.runs.values()
    assert (sent.state, sent.exit_code, sent.summary["status"]) == ("failed", 1, "diverged")
    assert all(math.isfinite(value) for row in sent.history for value in row.values() if isinstance(value, float))
    assert json.loads(json.dumps(sent.summary, allow_nan=False))


@pytest.mark.parametrize(
    ("flags", "shown"),
    [
        ("--trial --wandb off", []),
        ("--trial --wandb=offline --size=x", []),
        ("--trial --size=x", ["runs"]),
        ("--trial --wandb online --runs there", ["there"]),
    ],
)
def test_a_refused_run_is_shown_where_the_flags_say(
    monkeypatch: pytest.MonkeyPatch, flags: str, shown: list[str]
) -> None:
    folders: list[str] = []

    class Told(WandbTracker):
        begun = False

        def __init__(self, mode: str, folder: Path) -> None:
            folders.append(str(folder))

        def refuse(self, name: str, config: object, reason: str) -> None:
            assert reason == "why"

    monkeypatch.setattr(mirror, "WandbTracker", Told)
    refused("why", flags.split())
    assert folders == shown
