"""The real ``wandb sweep`` and ``wandb agent`` on our own sweep file; and what may happen to their runs."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from online import FAST_AGENT, RUN, TINY, assert_mirrors, create, end, read_back, start, upload
from PIL import Image
from tiny import ROOT, rows, wait_for
from wandb_server import WandbServer

from inr.config import TrialConfig
from inr.tasks.image import Image as Picture
from sweeps.record.folder import RecordFolder, Runs


@pytest.fixture
def server() -> Iterator[WandbServer]:
    with WandbServer() as server:
        yield server


def shrunk(name: str, **values: list[Any]) -> dict[str, Any]:
    """A sweep file of the repository as it is, its command included, with tiny trials and fewer values."""
    sweep: dict[str, Any] = yaml.safe_load((ROOT / "sweeps" / f"{name}.yaml").read_text())
    sweep["parameters"] |= {key: {"value": value} for key, value in TINY.items()}
    sweep["parameters"] |= {key: {"values": several} for key, several in values.items()}
    return sweep


def folder(home: Path, **parameters: Any) -> RecordFolder:
    return Runs(home / "runs").folder(TrialConfig.from_flat(parameters).trial_id)


def test_our_own_file_unchanged_through_both_commands_and_read_back(server: WandbServer, tmp_path: Path) -> None:
    (tmp_path / "run.py").symlink_to(RUN)  # as if one stood in the repository: the file's command is `python run.py`
    sweep = upload(server, tmp_path, shrunk("activations", activation=["relu", "square"], loss=["image", "all"]))
    end(start(server, tmp_path, "-m", "wandb", "agent", sweep.path))
    assert (sweep.state, len(server.runs), len(list(Runs(tmp_path / "runs").folders()))) == ("FINISHED", 4, 4)
    read = {run["id"]: run for run in read_back(server, tmp_path)}
    assert list(read) == list(sweep.handed_out)
    for name, values in sweep.handed_out.items():
        recorded = folder(tmp_path, **values)
        assert_mirrors(server.runs[name], recorded, **values)
        assert_reads_as_recorded(read[name], values, recorded, tmp_path / "downloads" / name)
        assert read[name]["sweep"] == sweep.name


def assert_reads_as_recorded(
    read: dict[str, Any], values: dict[str, Any], recorded: RecordFolder, downloads: Path
) -> None:
    """What ``wandb.Api()`` says is what the folder says, to the last digit and pixel."""
    record = recorded.read()
    assert record is not None
    assert (read["state"], record.status) == ("finished", "finished")
    assert read["config"] == {**record.config, **values}
    for row, histograms in zip(recorded.history(), recorded.histograms(), strict=True):
        (logged,) = [logged for logged in read["rows"] if logged["_step"] == row["step"]]
        assert {name: logged.get(name) for name in row if name != "step"} == {n: row[n] for n in row if n != "step"}
        for name, (counts, edges) in histograms.items():
            assert logged[name] == {"_type": "histogram", "values": counts.tolist(), "bins": pytest.approx(edges)}
    for name, value in {**record.metrics, "trial_id": record.trial_id, "status": "finished"}.items():
        assert read["summary"].get(name) == value
    assert_pictures(read["pictures"], recorded, downloads)


def assert_pictures(paths: dict[str, str], recorded: RecordFolder, downloads: Path) -> None:
    assert set(paths) == {f"maps/{family}" for family in ("image", "gradient", "laplacian")}
    for row in Picture.panels(recorded.arrays("fields")):
        low, high = row.scale
        with Image.open(downloads / paths[f"maps/{row.key}"]) as image:
            shown = np.asarray(image) / 255 * (high - low) + low
        expected = np.clip(np.concatenate([row.reference, row.prediction], axis=1), low, high)
        assert shown.shape == expected.shape
        assert np.abs(shown - expected).max() <= (high - low) / 255


def test_a_killed_run_and_a_bad_parameter_harm_no_other(server: WandbServer, tmp_path: Path) -> None:
    constants = {**TINY, "eval_every": 100}
    sweep = create(server, tmp_path, constants, steps=[3000, 0, 4])
    first, last = (folder(tmp_path, **{**constants, "steps": steps}) for steps in (3000, 4))
    agent = start(server, tmp_path, FAST_AGENT, sweep.path)
    wait_for(lambda: len(first.history()) > 2)
    os.kill(child_of(agent.pid, "--steps=3000"), signal.SIGKILL)
    said = end(agent)
    assert "run.py: error: --steps got '0'" in said
    killed, refused, fine = server.runs.values()
    assert (killed.state, killed.exit_code) == ("running", None)  # until W&B misses its heartbeat and says crashed
    assert_mirrors(fine, last, eval_every=100)  # as the sweep says; the record has the 4 steps that it comes to
    assert (refused.state, refused.exit_code, refused.sweep) == ("failed", 1, sweep.name)
    assert refused.summary["reason"].startswith("--steps got '0': ")
    assert_resumes(server, tmp_path, constants, first)


def assert_resumes(server: WandbServer, home: Path, constants: dict[str, Any], killed: RecordFolder) -> None:
    """The same command continues a killed trial, and mirrors the whole of it."""
    record = killed.read()
    assert record is not None
    assert record.status == "interrupted"
    before = rows(killed)
    flags = [f"--{name}={value}" for name, value in {**constants, "steps": 3000, "threads": 1}.items()]
    end(start(server, home, RUN, "--trial", "--wandb=online", *flags))
    assert rows(killed)[: len(before)] == before
    *_, again = server.runs.values()
    assert len(server.runs) == 4
    assert_mirrors(again, killed)


def child_of(parent: int, word: str) -> int:
    """The process that ``parent`` started with ``word`` among its arguments."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            ppid = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            arguments = (path / "cmdline").read_text().split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        if ppid == parent and word in arguments:
            return int(path.name)
    raise AssertionError(f"no child of {parent} has {word}")


def test_a_cancelled_sweep_ends_the_agent_and_leaves_its_trial_to_be_continued(
    server: WandbServer, tmp_path: Path
) -> None:
    constants = {**TINY, "steps": 1_000_000, "eval_every": 50}
    sweep = create(server, tmp_path, constants, seed=[1, 2])
    agent = start(server, tmp_path, FAST_AGENT, sweep.path)
    stopped = folder(tmp_path, **constants, seed=1)
    wait_for(lambda: len(stopped.history()) > 2)
    end(start(server, tmp_path, "-m", "wandb", "sweep", "--cancel", sweep.path))
    end(agent)
    assert (sweep.state, len(sweep.handed_out)) == ("CANCELED", 1)
    record = stopped.read()
    assert record is not None
    assert (record.status, str(record.reason).split()[0]) == ("interrupted", "SIGTERM")
    assert stopped.checkpoint.exists()
    (sent,) = server.runs.values()
    assert_mirrors(sent, stopped)
