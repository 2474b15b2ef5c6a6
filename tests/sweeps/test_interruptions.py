"""A signal or a kill at any instant: the record is whole, and the same command goes on, bit for bit."""

import random
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tiny import ROOT, assert_same_trial, command, only, start, train, wait_for

import run
from sweeps.record.folder import STATUSES, RecordFolder, Runs

LONG = {"steps": 60, "eval_every": 2}
KILLED_AT_TOUCHES = Path(__file__).parent / "killed_at_touches.py"
STRIDE = 13
"""Of the file operations every 13th is tried, to save time; 1 has passed."""


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> RecordFolder:
    """The long trial without a break."""
    return train(tmp_path_factory.mktemp("expected"), **LONG)


def begun(runs: Path, steps: int = 5) -> bool:
    """Whether so many evaluations were recorded by the process that trains."""
    return any(len(folder.history()) >= steps for folder in Runs(runs).folders())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_stops_and_the_same_command_continues(
    number: signal.Signals, code: int, tmp_path: Path, expected: RecordFolder
) -> None:
    with start(tmp_path, **LONG) as child:
        wait_for(lambda: begun(tmp_path))
        child.send_signal(number)
        out, err = child.communicate(timeout=60)
    folder = only(tmp_path)
    record = folder.read()
    assert record is not None
    assert child.returncode == code
    assert record.status == "interrupted"
    assert record.reason is not None
    assert record.reason.startswith(f"{number.name} at step ")
    *progress, last = err.splitlines()
    assert last == f"run.py: {record.reason}; the same command continues from there"
    assert all(line.startswith("step ") for line in progress)
    assert f"interrupted: {record.reason}" in out.splitlines()
    assert folder.figure.exists()
    assert train(tmp_path, **LONG).path == folder.path
    assert_same_trial(folder, expected)


def test_kills_at_any_instant_lose_nothing(tmp_path: Path, expected: RecordFolder) -> None:
    instants = random.Random(0)
    for evaluations in (1, 10):
        with start(tmp_path, **LONG) as child:
            wait_for(lambda least=evaluations: child.poll() is not None or begun(tmp_path, least))
            with pytest.raises(subprocess.TimeoutExpired):
                child.wait(instants.uniform(0.001, 0.05))
            child.kill()
        record = only(tmp_path).read()
        assert child.returncode == -9
        assert record is None or record.status == "interrupted"
    assert train(tmp_path, **LONG).path == only(tmp_path).path
    assert_same_trial(only(tmp_path), expected)


@pytest.mark.parametrize("flag", ["", "--force"])
def test_a_kill_before_a_touch_of_the_disk_loses_nothing(flag: str, tmp_path: Path) -> None:
    """One file operation below the runs folder after the other is the one before which the process dies."""
    flags = [flag] if flag else []
    parameters = {"steps": 2, "eval_every": 1, "runs": "RUNS"}
    expected = train(tmp_path / "expected", steps=2, eval_every=1)
    ended = subprocess.run(
        [sys.executable, str(KILLED_AT_TOUCHES), str(tmp_path / "killed"), str(STRIDE), *command(**parameters), *flags],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    killed = sorted((tmp_path / "killed").iterdir())
    assert len(killed) > 45 // STRIDE
    for runs in killed:
        assert_same_trial(only(runs), expected)
        record = only(runs).read()
        assert record is not None
        assert record.status in STATUSES


def test_two_processes_do_not_train_the_same_trial(
    tmp_path: Path, expected: RecordFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    with start(tmp_path, **LONG) as child:
        wait_for(lambda: begun(tmp_path, 2))
        assert run.main(command(tmp_path, **LONG)) == 1
        assert child.poll() is None
        said = capsys.readouterr().err
        child.communicate(timeout=60)
    trial_id = expected.path.name
    who = f"process {child.pid} on {socket.gethostname()}"
    assert said == f"run.py: error: trial {trial_id} is being trained by {who}: wait for it to end\n"
    assert child.returncode == 0
    assert_same_trial(only(tmp_path), expected)


def test_an_early_interrupt_is_no_traceback(tmp_path: Path) -> None:
    with start(tmp_path) as child:
        wait_for(lambda: "libtorch" in Path(f"/proc/{child.pid}/maps").read_text())
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=60)
    assert child.returncode in (130, -signal.SIGINT)
    assert "Traceback" not in err
