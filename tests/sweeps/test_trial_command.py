"""``run.py --trial``: any spelling is the same trial, trained once; what a person sees of it."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tiny import ROOT, command, only, train

import run
from inr.tasks.image import Image as Picture
from inr.tasks.scoring import SampleJudge
from inr.trial import Step
from sweeps.record.folder import Runs
from sweeps.trial.stopping import Interrupts, Stopped

FIRST = (
    "--trial --size=16 --hidden_features=16 --hidden_layers=1 --steps=4 --threads=1 --activation=square --omega_0=30"
)
SAME = {
    "the_same": FIRST,
    "another_order": " ".join(reversed(FIRST.split())),
    "dashes": FIRST.replace("hidden_", "hidden-").replace("omega_", "omega-"),
    "spaces": FIRST.replace("=", " "),
    "names_of_the_study": FIRST.replace("steps", "n_epochs"),
    "floats": FIRST.replace("30", "30.0"),
    "exponents": FIRST.replace("30", "3e1"),
    "defaults_given": f"{FIRST} --n_modes=4 --loss=image --img_path=camera --first_omega_0=30 --init=own",
    "weight_of_a_term_that_is_not_there": f"{FIRST} --gradient_weight=7",
    "another_execution": f"{FIRST} --compile=off --device=cpu --wandb=off",
    "as_wandb_agent_writes_it": "--trial --threads=1 --activation=square --hidden_features=16 --hidden_layers=1 "
    "--n_modes=4 --omega_0=30 --size=16 --steps=4",
}
OTHER = ["--omega_0=31", "--seed=1", "--first_omega_0=29", "--n_modes=5", "--steps=5", "--loss=image+gradient"]
"""Each another trial."""


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("once")
    assert run.main([*FIRST.split(), f"--runs={runs}"]) == 0
    return runs


@pytest.mark.parametrize("spelling", SAME)
def test_every_spelling_is_the_same_trial(spelling: str, once: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = only(once)
    before = {path: path.stat().st_mtime_ns for path in folder.path.iterdir()}
    assert run.main([*SAME[spelling].split(), f"--runs={once}"]) == 0
    assert only(once).path == folder.path
    assert {path: path.stat().st_mtime_ns for path in folder.path.iterdir()} == before
    out, err = capsys.readouterr()
    assert "finished, recorded before" in out.splitlines()
    assert "step " not in err


def test_a_record_that_was_made_with_other_threads_says_so(once: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main([*FIRST.split(), f"--runs={once}", "--threads=2"]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("note: this record was made with --threads=1, and this command has --threads=2, with which")


def test_what_another_task_has_is_ignored_in_whatever_spelling(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = command(tmp_path, "--task=audio", "--seconds=0.02", "--img_path=photo.jpg", steps=2)
    assert run.main(given) == 0
    tasks = "blend, image, inpainting, poisson or super_resolution"
    note = f"note: image=photo.jpg is ignored: it counts only with --task={tasks}"
    assert note in capsys.readouterr().err.splitlines()


def test_the_best_is_the_lowest_where_low_is_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SampleJudge, "rank_by", "image/nrmse")
    folder = train(tmp_path, learning_rate=0.3)
    record, values = folder.read(), [row["image/nrmse"] for row in folder.history()]
    assert record is not None
    assert len({*values}) > 2
    assert (record.best["rank_by"], record.best["image/nrmse"]) == ("image/nrmse", min(values))


def test_the_best_is_told_with_what_it_is_above_the_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = train(tmp_path, learning_rate=0.3)
    record, values = folder.read(), [row["image/psnr"] for row in folder.history()]
    assert record is not None
    said = capsys.readouterr().out
    assert max(values) > values[-1]
    gain = f"{max(values):.2f} dB at step {record.best['step']}, {max(values) - values[-1]:.2f} dB better than the last"
    assert f"best image PSNR {gain} (rank by the last: stopping needs the truth)" in said
    train(tmp_path / "other", steps=1)
    assert "dB at step 1 (rank by the last)" in capsys.readouterr().out


def test_a_task_without_pictures_has_a_record_without_a_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Picture, "panels", classmethod(lambda cls, fields: ()))
    folder = train(tmp_path, steps=2)
    record = folder.read()
    assert record is not None
    assert record.status == "finished"
    assert "figure.png" not in {path.name for path in folder.path.iterdir()} | record.files.keys()


def test_a_trial_in_parts_says_with_what_each_was_trained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Interrupts, "__call__", stop_at_10)
        assert run.main(command(tmp_path)) == 128
    train(tmp_path, threads=2)
    out, err = capsys.readouterr()
    assert (
        "note: this trial began with other values of threads (steps 0 to 10: threads 1; 10 to 20: threads 2): "
        "no single command will reproduce its digits" in err
    )
    assert "trained in 2 parts, steps 0 to 10: threads 1; 10 to 20: threads 2" in out.splitlines()


def stop_at_10(interrupts: Interrupts, step: Step) -> None:
    if step.step == 10:
        raise Stopped("interrupted", "SIGTERM at step 10")


def test_another_value_is_another_trial(tmp_path: Path) -> None:
    for count, flag in enumerate(OTHER, start=1):
        assert run.main([*FIRST.split(), f"--runs={tmp_path}", flag]) == 0
        assert len([*Runs(tmp_path).folders()]) == count


def test_a_picture_counts_by_its_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from skimage import data, io

    monkeypatch.chdir(tmp_path)
    io.imsave("image.png", data.camera()[::16, ::16])
    train("runs", image="image.png")
    Path("image.png").rename("renamed.png")
    train("runs", image="renamed.png")
    assert len([*Runs("runs").folders()]) == 1
    io.imsave("renamed.png", data.camera()[::16, ::16].T)
    assert run.main(command("runs", image="renamed.png")) == 0
    assert len([*Runs("runs").folders()]) == 2


def test_a_trial_ends_with_its_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    folder = train(tmp_path, loss="gradient")
    out = capsys.readouterr().out
    record = folder.read()
    assert record is not None
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in out.splitlines() if line.startswith("│")]
    metrics = record.metrics
    families = {
        "image": ("image", None),
        "gradient (network)": ("gradient", "gradient"),
        "|gradient| (network)": ("gradient_magnitude", "gradient_magnitude"),
        "Laplacian (network)": ("laplacian", "laplacian"),
        "gradient (operator)": ("discrete_gradient", "gradient"),
        "|gradient| (operator)": ("discrete_gradient_magnitude", "gradient_magnitude"),
        "Laplacian (operator)": ("discrete_laplacian", "laplacian"),
    }
    assert {row[0]: row[1:] for row in cells} == {
        label: [
            f"{metrics[f'{family}/psnr']:.2f}",
            *(f"{metrics[f'{family}/{score}']:.3f}" for score in ("ssim", "nrmse", "correlation")),
            f"{metrics[f'{zero}/psnr_zero']:.2f}" if zero else "–",
        ]
        for label, (family, zero) in families.items()
    }
    lines = out.splitlines()
    assert lines[0].startswith("camera 16 px, gradient loss, operator sobel; sine, 20 steps, seed 0")
    assert f"image PSNR, aligned: {metrics['image/psnr_aligned']:.2f} dB" in lines
    assert f"image PSNR, image that the targets ask for: {metrics['image/psnr_ceiling']:.2f} dB" in lines
    assert [lines[-2].strip(), lines[-1].strip()] == ["finished", f"record: {folder.path}"]


def test_progress_is_plain_lines_where_there_is_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = train(tmp_path)
    expected = [
        f"step {row['step']}/20  loss {row['loss']:.2e}  PSNR (dB) "
        + "  ".join(f"{family} {row[f'{family.lower()}/psnr']:.2f}" for family in ("image", "gradient", "Laplacian"))
        for row in [{"loss": float("nan"), **row} for row in folder.history()]
    ]
    assert capsys.readouterr().err.splitlines() == [line.replace("nan", "–") for line in expected]


def test_a_terminal_shows_a_bar(tmp_path: Path) -> None:
    terminal, child_side = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), *command(tmp_path, steps=60)],
        env={**os.environ, "OMP_NUM_THREADS": "1", "TERM": "xterm", "COLUMNS": "120"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=child_side,
    )
    os.close(child_side)
    shown = b"".join(iter(lambda: _read(terminal), b"")).decode()
    os.close(terminal)
    assert child.wait(60) == 0
    last = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace("\r", "\n").strip().splitlines()[-1]
    row = only(tmp_path).history()[-1]
    assert "\x1b[" in shown
    assert last.startswith("step 60/60 ")
    assert "━━━" in last
    assert f"loss {row['loss']:.2e}" in last
    assert (
        f"PSNR (dB) image {row['image/psnr']:.2f}  gradient {row['gradient/psnr']:.2f}  "
        f"Laplacian {row['laplacian/psnr']:.2f}"
    ) in last
    assert re.search(r"\d:\d\d:\d\d$", last)


def _read(terminal: int) -> bytes:
    """Some of what is shown; nothing once the other side is closed, which Linux tells by an error."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""
