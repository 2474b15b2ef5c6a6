"""The life of a trial from the command line: one trial for one config, and nothing lost whatever ends it."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import run

ROOT = Path(__file__).parent.parent
TINY = ["--size=16", "--hidden_features=16", "--hidden_layers=1", "--steps=20", "--eval_every=10", "--threads=1"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with a photograph, outside any W&B agent."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WANDB_SWEEP_ID", raising=False)
    noise = np.random.default_rng(0).integers(0, 256, (24, 20, 3), dtype=np.uint8)
    Image.fromarray(noise).save("image.png")
    return tmp_path


def trial_id(out: str) -> str:
    return re.findall(r"trials/([0-9a-f]{16})", out)[0]


def trial(capsys, *arguments: str) -> tuple[str, str]:
    """Run a trial that succeeds; what it printed on either stream."""
    assert run.main(["--trial", *TINY, *arguments]) == 0
    return capsys.readouterr()


def test_a_trial_ends_with_its_table_and_its_folder(folder, capsys):
    out, err = trial(capsys)
    for word in ("PSNR dB", "SSIM", "gradient (network)", "Laplacian (operator)", "zero map dB", "finished"):
        assert word in out
    record = json.loads(Path(f"runs/trials/{trial_id(out)}/record.json").read_text())
    assert f"{record['metrics']['image/psnr']:.2f}" in out
    assert [line.split()[1] for line in err.splitlines()] == ["0/20", "10/20", "20/20"]


def test_the_same_config_is_the_same_trial(folder, capsys):
    first, _ = trial(capsys, "--omega_0=30", "--loss", "image+gradient")
    written = Path(f"runs/trials/{trial_id(first)}/record.json").stat().st_mtime_ns
    second, err = trial(
        capsys, "--loss=gradient+image", "--first-omega-0", "30.0", "--n_modes=4", "--learning-rate=0.0001"
    )
    assert trial_id(second) == trial_id(first)
    assert "recorded before" in second
    assert "recorded before" not in first
    assert err == "note: n_modes=4 is ignored: sine has no n_modes (square, triangle have)\n"
    assert Path(f"runs/trials/{trial_id(first)}/record.json").stat().st_mtime_ns == written


def test_a_square_wave_on_the_gradient_of_a_photograph(folder, capsys):
    out, _ = trial(capsys, "--activation=square", "--n_modes=8", "--omega_0=10", "--loss=gradient", "--image=image.png")
    assert "aligned over the loss's null space" in out
    assert "that the operator's targets allow" in out


def test_divergence_is_a_result(folder, capsys):
    out, _ = trial(capsys, "--activation=square", "--learning_rate=1e9")
    record = json.loads(Path(f"runs/trials/{trial_id(out)}/record.json").read_text())
    assert record["status"] == "diverged"
    assert "not finite at step" in record["reason"]
    assert record["metrics"]["image/psnr"] > 0  # of the last evaluation before
    again, _ = trial(capsys, "--activation=square", "--learning_rate=1e9")
    assert "recorded before" in again


def command(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "run.py"), "--trial", *TINY, *arguments]


def history(runs: str) -> list[dict]:
    (path,) = Path(runs).glob("trials/*/history.jsonl")
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def wait_for(path: Path, pattern: str) -> None:
    for _ in range(600):
        if list(path.glob(pattern)):
            return
        time.sleep(0.05)
    raise AssertionError(f"{pattern} did not come")


LONG = ["--steps=1500", "--eval_every=100", "--batch_size=64", "--schedule=cosine"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_an_interrupted_trial_ends_as_if_it_had_not_been(number, code, folder, capsys):
    process = subprocess.Popen(
        command(*LONG, "--runs=broken"), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    wait_for(folder, "broken/trials/*/checkpoint.pt")
    time.sleep(0.3)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in err
    (path,) = Path("broken").glob("trials/*/record.json")
    assert json.loads(path.read_text())["status"] == "interrupted"
    trial(capsys, *LONG, "--runs=broken")
    trial(capsys, *LONG, "--runs=whole")
    assert history("broken") == history("whole")
    assert len(history("whole")) == 16
    assert json.loads(path.read_text())["status"] == "finished"
    assert not list(path.parent.glob("checkpoint*"))


def test_force_keeps_the_old_record_until_the_new_is_complete(folder, capsys):
    out, _ = trial(capsys, *LONG)
    path = Path(f"runs/trials/{trial_id(out)}/record.json")
    old = path.read_bytes()
    process = subprocess.Popen(command(*LONG, "--force"), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    wait_for(folder, "runs/staging/*/checkpoint.pt")
    process.kill()
    process.wait()
    assert path.read_bytes() == old
    trial(capsys, *LONG, "--force")
    new = json.loads(path.read_text())
    assert new["status"] == "finished"
    assert new["metrics"] == json.loads(old)["metrics"]
    assert new["timing"] != json.loads(old)["timing"]


def test_no_space_harms_nothing_and_the_trial_continues(folder, capsys):
    """A limit on the size of files stands for a full disk: writing fails with the same kind of error."""
    trial(capsys, "--seed=1")
    before = {path: path.read_bytes() for path in Path("runs/trials").rglob("*") if path.is_file()}

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    result = subprocess.run(command("--seed=2"), capture_output=True, text=True, preexec_fn=limit)
    assert result.returncode == 1
    assert "no space is left on the disk" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr
    assert {path: path.read_bytes() for path in before} == before
    again, _ = trial(capsys, "--seed=2")
    assert "recorded before" not in again


def test_a_trial_is_not_trained_twice_at_once(folder, capsys):
    process = subprocess.Popen(command(*LONG), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    wait_for(folder, "runs/trials/*/checkpoint.pt")
    assert run.main(["--trial", *TINY, *LONG]) == 1
    assert re.search("is being trained by another process: wait for it to end\n$", capsys.readouterr().err)
    process.kill()
    process.wait()


def test_a_terminal_shows_a_bar(folder):
    """On a pseudo-terminal: the loss, the three PSNRs, the time left."""
    import pty

    main, other = pty.openpty()
    terminal = {**os.environ, "TERM": "xterm", "COLUMNS": "160"}
    process = subprocess.Popen(command(*LONG), stderr=other, stdout=subprocess.DEVNULL, env=terminal)
    os.close(other)
    seen = b""
    try:
        while chunk := os.read(main, 65536):
            seen += chunk
    except OSError:  # a pseudo-terminal ends with EIO
        pass
    assert process.wait(timeout=60) == 0
    text = re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", seen).decode()
    scores = r"image \d+\.\d  gradient -?\d+\.\d  laplacian -?\d+\.\d"
    assert re.search(rf"step \d+/1500 .*loss \d\.\d\de-\d\d  PSNR dB {scores}", text)
    assert re.search(r"\d:\d\d:\d\d", text)


def test_a_kill_between_the_last_step_and_its_record_loses_nothing(folder, capsys, monkeypatch):
    def killed(self, status, reason=None):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("sweeps.recorder.Recorder.end", killed)
        assert run.main(["--trial", *TINY, "--runs=broken"]) == 130
    trial(capsys, "--runs=broken")
    trial(capsys, "--runs=whole")
    assert history("broken") == history("whole")
    for name in ("fields.npz", "figure.png"):
        assert len(list(Path("broken").glob(f"trials/*/{name}"))) == 1
