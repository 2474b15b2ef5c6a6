"""What ``run.py`` says: to a wrong command one sentence, to ``--help`` everything."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from syrupy.assertion import SnapshotAssertion

import run

TINY = ("--trial", "--size=16", "--hidden_features=16", "--hidden_layers=1", "--steps=4", "--threads=1")

USAGE = {
    "nothing": "",
    "unknown_flag_near": "--trial --learning-rte=1",
    "unknown_flag_far": "--trial --zzzzzz=1",
    "abbreviated_flag": "--trial --learn=1",
    "single_dash": "--trial -size=16",
    "stray_word": "--trial camera",
    "value_for_a_switch": "--trial=yes",
    "value_missing": "--trial --size",
    "value_looks_like_a_flag": "--trial --size --steps=1",
    "not_an_integer": "--trial --size=abc",
    "fraction_for_an_integer": "--trial --steps=30.5",
    "empty_value": "--trial --steps=",
    "below_its_range": "--trial --size=7",
    "above_its_range": "--trial --size=100000000",
    "zero": "--trial --learning_rate=0",
    "negative": "--trial --learning_rate -1",
    "not_a_number": "--trial --learning_rate=nan",
    "infinite": "--trial --learning_rate=1e999",
    "open_bound": "--trial --holdout=random --holdout_fraction=1",
    "huge_seed": "--trial --seed=99999999999999999999",
    "unknown_activation_near": "--trial --activation=sinus",
    "unknown_activation_far": "--trial --activation=qqq",
    "unknown_term": "--trial --loss=image+gradeint",
    "unknown_operator": "--trial --operator=sobell",
    "unknown_image": "--trial --image=camra",
    "no_image": "--trial --image=",
    "hyperparameter_out_of_range": "--trial --activation=square --n_modes=0",
    "no_weight": "--trial --image_weight=0",
    "no_closed_form": "--trial --operator=analytic",
    "leaking_holdout": "--trial --holdout=random --loss=gradient",
    "unknown_device": "--trial --device=tpu",
    "unsupported_device": "--trial --device=meta",
    "no_threads": "--trial --threads=0",
    "threads_in_words": "--trial --threads=two",
    "unknown_compile": "--trial --compile=maybe",
    "unknown_wandb": "--trial --wandb=on",
    "no_runs": "--trial --runs=",
    "no_sweep": "--sweep=",
    "no_storage": "--sweep=x.yaml --storage=",
    "keep_weights_in_words": "--trial --keep_weights=maybe",
    "picture_without_a_trial": "--trial --into=x.png",
    "extent_without_a_trial": "--plan=x.yaml --extent=2",
    "picture_without_a_file": "--render=a",
    "no_extent": "--render=a --into=x.png --extent=0",
    "two_actions": "--show=a --render=a",
    "film_without_a_file": "--film a b",
    "film_of_another_kind": "--film a --into=x.png",
    "film_of_nothing": "--film --into=x.mp4",
    "film_of_an_empty_name": "--film= --into=x.mp4",
    "keep_maps_in_words": "--trial --keep_maps=maybe",
    "maps_of_a_sound": "--trial --task=audio --keep_maps=true",
}
RUN_TIME = {
    "missing_file": "--image=absent.png",
    "missing_folder": "--image=absent/picture.png",
    "not_an_image": "--image=text.png",
    "empty_file": "--image=empty.png",
    "one_pixel": "--image=one.png",
    "truncated_file": "--image=truncated.png",
    "folder": "--image=folder.png",
    "unreadable_file": "--image=locked.png",
    "device_file": "--image=/dev/null",
    "constant_image": "--image=constant.png",
    "strip": "--image=strip.png",
    "long_name": f"--image={'a' * 300}.png",
    "nothing_inside_the_border": "--loss=gradient --operator=gaussian --gaussian_sigma=20",
    "runs_is_a_file": "--runs=text.png",
    "runs_below_a_file": "--runs=text.png/runs",
    "runs_where_nothing_can_be_made": "--runs=/proc/runs",
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to stand in, and a plain environment."""
    for name in [*os.environ]:
        if name.startswith(("WANDB", "TTY_")) or name in ("FORCE_COLOR", "NO_COLOR"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    products = torch.backends.mkldnn.matmul
    before = products.fp32_precision
    yield tmp_path
    products.fp32_precision = before


@pytest.fixture
def pictures(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (32, 32), dtype=np.uint8)
    Image.fromarray(noise).save("image.png")
    Image.fromarray(noise[:1, :1]).save("one.png")
    Image.fromarray(noise[:2].repeat(8, axis=1)).save("strip.png")
    Image.fromarray(np.full((32, 32), 7, np.uint8)).save("constant.png")
    Path("truncated.png").write_bytes(Path("image.png").read_bytes()[:600])
    Path("text.png").write_text("a picture says more than these words")
    Path("empty.png").touch()
    Path("folder.png").mkdir()
    Path("locked.png").write_bytes(Path("image.png").read_bytes())
    _lock(Path("locked.png"), monkeypatch)


def _lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the permission to read a file away, from root as well."""
    path.chmod(0)
    if os.geteuid() == 0:
        read = Path.read_bytes

        def forbidden(self: Path) -> bytes:
            if self.name == path.name:
                raise PermissionError(13, "Permission denied", str(self))
            return read(self)

        monkeypatch.setattr(Path, "read_bytes", forbidden)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A runs folder in which a trial is recorded; relative to the tests' folder it is always `../recorded0/runs`."""
    runs = tmp_path_factory.mktemp("recorded") / "runs"
    assert run.main([*TINY, f"--runs={runs}"]) == 0
    return runs


def files(folder: Path) -> dict[Path, tuple[int, bytes]]:
    paths = (path for path in folder.rglob("*") if path.is_file() and path.parent.name != "locks")
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in paths}


def complaint(arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> str:
    """Run a wrong command; the one sentence that it says."""
    assert run.main(arguments) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("run.py: error: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err.replace(f"{Path.cwd()}{os.sep}", "")


@pytest.mark.parametrize("case", USAGE)
def test_a_wrong_command_is_told_in_one_sentence(
    case: str, recorded: Path, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    before = files(recorded)
    runs = [f"--runs={recorded}"] if case != "value_missing" else []
    assert complaint([*runs, *USAGE[case].split()], 2, capsys) == snapshot
    assert files(recorded) == before
    assert not Path("runs").exists()


@pytest.mark.usefixtures("pictures")
@pytest.mark.parametrize("case", RUN_TIME)
def test_what_cannot_be_used_is_told_in_one_sentence(
    case: str, recorded: Path, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    before = files(recorded)
    assert complaint([*TINY, f"--runs={recorded}", *RUN_TIME[case].split()], 1, capsys) == snapshot
    assert files(recorded) == before


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is there")
def test_a_gpu_that_is_not_there(capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion) -> None:
    assert complaint([*TINY, "--device=cuda"], 1, capsys) == snapshot
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    "flag",
    [
        "--image_weight=1e300",
        "--learning_rate=1e300",
        "--batch_size=1000000",
        "--omega_0=1e300",
    ],
)
def test_an_absurd_number_is_answered_without_a_traceback(flag: str) -> None:
    assert run.main([*TINY, "--steps=20", flag]) in (0, 1, 2)


def test_more_threads_than_the_machine_can_have() -> None:
    assert shell(*TINY, "--threads=99999999").returncode in (1, 2)


def test_a_parameter_that_is_given_twice_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    complaint([*TINY, "--n_epochs=5"], 2, capsys)


def test_the_process_ends_with_the_code_and_says_nothing_else() -> None:
    ended = shell("--trial", "--image=absent.png")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("run.py: error: cannot read 'absent.png'")
    assert ended.stderr.count("\n") == 1


def shell(*arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, run.__file__, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def test_help(capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion) -> None:
    with pytest.raises(SystemExit) as end:
        run.main(["--help"])
    assert end.value.code == 0
    assert capsys.readouterr().out == snapshot


@pytest.mark.usefixtures("pictures")
def test_the_command_of_the_study(capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion) -> None:
    study = "--n_epochs 10 --learning_rate 1e-4 --hidden_features 16 --hidden_layers 1 --img_path image.png --n_modes 4"
    assert run.main(["--trial", *study.split(), "--size", "16"]) == 0
    said = capsys.readouterr()
    assert said.err.splitlines()[0] == snapshot
    assert "finished" in said.out.splitlines()


@pytest.mark.parametrize("loss", ["laplacian", "image+laplacian", "gradient"])
def test_what_relu_cannot_learn_is_said_aloud(
    loss: str, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    assert run.main([*TINY, "--activation=relu", f"--loss={loss}"]) == 0
    assert [line for line in capsys.readouterr().err.splitlines() if line.startswith("note")] == snapshot
