"""Commands whose ``wandb`` knows the loopback server only, and what they must have left there."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tiny import ROOT
from wandb_server import Run, Sweep, WandbServer

from sweeps.record.folder import Record, RecordFolder

RUN = ROOT / "run.py"
FAST_AGENT = ROOT / "tests" / "wandb_server" / "fast_agent.py"
TINY = {"size": 16, "hidden_features": 8, "hidden_layers": 1, "steps": 4, "eval_every": 2}
"""A trial of a few milliseconds."""
LONG = {**TINY, "steps": 1_000_000, "eval_every": 50}
"""A trial that must be stopped."""
TALK = ("step ", "note: W&B: ")
"""Lines that every trial says: its progress, and where W&B shows it."""

READ = """
import json, sys
from pathlib import Path
import wandb

folder, out = map(Path, sys.argv[1:])
read = []
for run in wandb.Api().runs("tester/project", order="+created_at"):
    rows = list(run.scan_history())
    pictures = {name: value["path"] for row in rows for name, value in row.items() if name.startswith("maps/")}
    for path in pictures.values():
        run.file(path).download(root=folder / run.id, exist_ok=True).close()
    facts = {"id": run.id, "state": run.state, "config": run.config, "summary": run.summary_metrics}
    read.append({**facts, "rows": rows, "pictures": pictures, "sweep": run.sweep.id if run.sweep else None})
out.write_text(json.dumps(read))
"""
"""Reads the runs of the project."""

QUICK_AGENT = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import run
from sweeps.weights_and_biases import agent
from sweeps.trial import runner
from sweeps.weights_and_biases import sweep_link
agent.POLL_SECONDS, agent.BUSY_SECONDS, sweep_link.ANSWER_SECONDS = 0.2, 0.1, 2.0

train = runner.run_trial
ERRORS = {{10: RuntimeError("boom"), 20: OSError(28, "No space left on device")}}

def broken(config, *arguments, **options):
    for step in train(config, *arguments, **options):
        yield step
        if step.step == 2 and config.seed == 7:
            raise ERRORS[config.flat()["omega_0"]]

runner.run_trial = broken
sys.exit(run.main(sys.argv[1:]))
"""
"""``run.py`` whose agent beats quickly, and whose trials with the seed 7 fail at step 2."""


def start(server: WandbServer, home: Path, *arguments: object, **extra: str) -> "subprocess.Popen[str]":
    """Start Python in ``home``."""
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        cwd=home,
        env=server.environment(home) | extra,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(child: "subprocess.Popen[str]", code: int = 0) -> str:
    """Wait for a command that ends with ``code``; its standard error."""
    with child:
        _, err = child.communicate(timeout=120)
    assert child.returncode == code, err
    assert "Traceback" not in err
    return err


def finish(child: "subprocess.Popen[str]") -> list[str]:
    """Wait for a command that succeeds; the lines on its standard error that are not said of every trial."""
    return [line for line in end(child).splitlines() if not line.startswith(TALK)]


def interrupt(child: "subprocess.Popen[str]", number: signal.Signals) -> str:
    """Send a signal to a command; its standard error."""
    child.send_signal(number)
    return end(child, 128 + number)


def create(server: WandbServer, home: Path, constants: dict[str, Any], **values: Iterable[Any]) -> Sweep:
    """Create a grid over ``values`` with the real ``wandb sweep``."""
    parameters = {name: {"value": value} for name, value in constants.items()}
    parameters |= {name: {"values": list(several)} for name, several in values.items()}
    command = ["${env}", sys.executable, str(RUN), "--trial", "--threads=1", "${args}"]
    return upload(server, home, {"method": "grid", "command": command, "parameters": parameters})


def upload(server: WandbServer, home: Path, sweep: dict[str, Any]) -> Sweep:
    """Create a sweep with the real ``wandb sweep``."""
    (home / "sweep.yaml").write_text(yaml.safe_dump(sweep, sort_keys=False))
    before = set(server.sweeps)
    end(start(server, home, "-m", "wandb", "sweep", "sweep.yaml"))
    (name,) = set(server.sweeps) - before
    return server.sweeps[name]


def sync(server: WandbServer, home: Path, pattern: str) -> None:
    """Send what a run left on the disk."""
    (left,) = (home / "wandb").glob(pattern)
    end(start(server, home, "-m", "wandb", "sync", "--no-skip-online", left))


def read_back(server: WandbServer, home: Path) -> list[dict[str, Any]]:
    """Every run of the project as ``wandb.Api()`` reads it; its pictures are left in ``home/downloads/RUN``."""
    (home / "read.py").write_text(READ)
    out = home / "read.json"
    end(start(server, home, "read.py", home / "downloads", out))
    read: list[dict[str, Any]] = json.loads(out.read_text())
    return read


def assert_mirrors(sent: Run, folder: RecordFolder, **swept: Any) -> None:
    """The run on the server is what the folder says; W&B keeps a sweep's own spelling of what was ``swept``."""
    record = folder.read()
    assert record is not None
    _assert_state(sent, record)
    assert sent.config == {**record.config, **swept}
    activation, loss = record.config["activation"], record.config["loss"]
    assert sent.display_name == f"{activation} {loss} {record.trial_id[:8]}"
    assert_history(sent, folder)
    _assert_pictures(sent)
    _assert_summary(sent, record)


def _assert_state(sent: Run, record: Record) -> None:
    state = "finished" if record.status == "finished" else "failed"
    assert (sent.state, sent.exit_code) == (state, int(state == "failed"))


def assert_history(sent: Run, folder: RecordFolder) -> None:
    """Scalars and histograms, by step."""
    by_step = {row["_step"]: row for row in sent.history}
    recorded = list(zip(folder.history(), folder.histograms(), strict=True))
    assert set(by_step) - {row["step"] for row, _ in recorded} <= {max(by_step)}  # the pictures may have their own
    for row, histograms in recorded:
        logged = by_step[row["step"]]
        scalars = {name: value for name, value in row.items() if name != "step" and value is not None}
        assert {name: logged[name] for name in scalars} == scalars
        assert histograms
        for name, (counts, edges) in histograms.items():
            assert logged[name] == {"_type": "histogram", "values": counts.tolist(), "bins": pytest.approx(edges)}


def _assert_pictures(sent: Run) -> None:
    (pictures,) = [row for row in sent.history if "maps/image" in row]
    for family in ("image", "gradient", "laplacian"):
        picture = pictures[f"maps/{family}"]
        assert (picture["_type"], picture["width"], picture["height"]) == ("image-file", 32, 16)
        assert sent.files[picture["path"]].startswith(b"\x89PNG")


def _assert_summary(sent: Run, record: Record) -> None:
    finite = {name: value for name, value in record.metrics.items() if value is not None}
    assert {name: sent.summary[name] for name in finite} == finite
    assert (sent.summary["trial_id"], sent.summary["status"]) == (record.trial_id, record.status)
    assert sent.summary.get("reason") == record.reason
    assert {name: sent.summary[f"config/{name}"] for name in record.config} == record.config
    assert sent.summary["best/step"] == record.best["step"]
    assert sent.summary["timing/steps"] == record.timing["steps"]
