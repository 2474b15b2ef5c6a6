"""``--show``: a trial is found by its id, the beginning of it, or its folder; its command makes it again."""

import os
import shlex
from pathlib import Path

import pytest
from tiny import command, contents, only, train

import run
from inr.errors import InputError
from sweeps.record.again import again
from sweeps.record.folder import Record, RecordFolder, Runs
from sweeps.record.show import find


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RecordFolder:
    runs = tmp_path_factory.mktemp("shown") / "my runs"
    return train(runs, activation="square", n_modes=3, learning_rate=1e-3)


def shown(folder: RecordFolder, trial: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    assert run.main([f"--show={trial}", f"--runs={folder.path.parent.parent}"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out.splitlines()


def test_it_prints_the_record_its_command_and_its_files_and_changes_nothing(
    folder: RecordFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(folder.path)
    lines = shown(folder, folder.path.name, capsys)
    assert contents(folder.path) == before
    assert lines[0].startswith("camera 16 px, image loss, operator sobel; square")
    assert "finished" in lines
    record = folder.read()
    assert record is not None
    assert any(f"{record.metrics['image/psnr']:.2f}" in line for line in lines)
    named = [line.split(": ", 1) for line in lines if line.startswith(("picture: ", "file: "))]
    assert named[0] == ["picture", str(folder.figure)]
    assert {path for _, path in named} == {str(path) for path in folder.path.iterdir()}


def test_the_command_makes_the_trial_again(
    folder: RecordFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (line,) = (line for line in shown(folder, folder.path.name, capsys) if line.startswith("again: "))
    words = shlex.split(line.removeprefix("again: "))
    assert words[:3] == ["python", "run.py", "--trial"]
    assert {"--threads=1", "--compile=off"} <= {*words}
    assert run.main([*words[2:], f"--runs={tmp_path}"]) == 0
    copy, record = only(tmp_path), folder.read()
    assert copy.path.name == folder.path.name
    again_made = copy.read()
    assert again_made is not None
    assert record is not None
    assert again_made.metrics == record.metrics


def test_values_read_back_as_they_were() -> None:
    config = {"image": "my photo's.png", "omega_0": 30.0, "learning_rate": 1e-4, "n_modes": 4, "decay": 0.1 + 0.2}
    words = shlex.split(again(config, threads=2))
    given = dict(word.removeprefix("--").split("=", 1) for word in words[3:])
    assert given == {
        "image": "my photo's.png",
        "omega_0": "30",
        "learning_rate": "0.0001",
        "n_modes": "4",
        "decay": "0.30000000000000004",
        "threads": "2",
    }


@pytest.mark.parametrize("way", ["id", "beginning", "folder", "relative folder"])
def test_a_trial_is_found(
    way: str, folder: RecordFolder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.path.parent)
    trial_id = folder.path.name
    trial = {
        "id": trial_id,
        "beginning": trial_id[:4],
        "folder": str(folder.path),
        "relative folder": f".{os.sep}{trial_id}",
    }[way]
    assert f"file: {folder.path / 'record.json'}" in shown(folder, trial, capsys)


def some(runs: Path, *ids: str) -> Runs:
    for trial_id in ids:
        folder = Runs(runs).folder(trial_id)
        folder.path.mkdir(parents=True)
        folder.write(Record(trial_id, "interrupted", {"image": "camera"}))
    return Runs(runs)


def test_an_id_that_is_the_beginning_of_another_is_itself(tmp_path: Path) -> None:
    runs = some(tmp_path, "ab", "abc", "abd", "abe", "abf")
    assert find(runs, "ab")[1].trial_id == "ab"
    assert find(runs, "abc")[1].trial_id == "abc"
    with pytest.raises(InputError, match=r"^'a' is the beginning of ab, abc, abd and 2 more: give more digits$"):
        find(runs, "a")
    with pytest.raises(InputError, match=r"has an id that begins with '\[a\]\*': give an id, "):
        find(runs, "[a]*")


def test_a_trial_without_a_record_and_a_damaged_one_are_told(tmp_path: Path) -> None:
    runs = some(tmp_path, "ab", "cd")
    (runs.folder("ab").path / "record.json").unlink()
    (runs.folder("cd").path / "record.json").write_text("{")
    with pytest.raises(InputError, match=r"trial ab has no record in .*: give its command again"):
        find(runs, "ab")
    with pytest.raises(InputError, match="it is not a record"):
        find(runs, "cd")


def test_a_trial_that_did_not_end_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(command(tmp_path, "--keep_weights=false", activation="relu", learning_rate=1e18)) == 0
    lines = shown(only(tmp_path), only(tmp_path).path.name[:3], capsys)
    assert any(line.startswith("diverged: the loss is not finite at step ") for line in lines)
