"""A disk without space, a folder that cannot be used, a damaged file: one sentence, and nothing recorded is harmed."""

import json
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tiny import assert_same_trial, command, contents, only, start, train, wait_for

import run
from sweeps.record.folder import RecordFolder, Runs

WRITTEN_ONCE = ("fields.npz", "figure.png", "weights.safetensors")
FILES = ("history.jsonl", "histograms.npz", "checkpoint.pt", "record.json", *WRITTEN_ONCE)
NO_SPACE = "run.py: error: no space is left on the disk"


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> RecordFolder:
    """The trial without a hitch."""
    return train(tmp_path_factory.mktemp("expected"))


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A runs folder with another trial in it."""
    train(tmp_path / "runs", seed=7)
    return tmp_path / "runs"


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that a failed command says after its progress."""
    *progress, last = capsys.readouterr().err.splitlines()
    assert all(line.startswith("step ") for line in progress)
    return last


def folder_of(expected: RecordFolder, runs: Path) -> RecordFolder:
    return Runs(runs).folder(expected.path.name)


@contextmanager
def full_disk(name: str, writes: int) -> Iterator[None]:
    """No space is left for the file ``name`` after so many writes of it."""
    left = [writes]
    sync = os.fsync

    def no_space(descriptor: int) -> None:
        if name in Path(os.readlink(f"/proc/self/fd/{descriptor}")).name:
            left[0] -= 1
            if left[0] < 0:
                raise OSError(28, "No space left on device")
        sync(descriptor)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", no_space)
        yield


@pytest.mark.parametrize(
    ("name", "writes"),
    [(name, writes) for name in FILES for writes in (0, 2) if not (writes and name in WRITTEN_ONCE)],
)
def test_a_full_disk_harms_nothing_and_the_trial_continues(
    name: str, writes: int, runs: Path, expected: RecordFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(runs)
    capsys.readouterr()
    with full_disk(name, writes):
        assert run.main(command(runs)) == 1
    assert last_line(capsys).startswith(NO_SPACE)
    assert before.items() <= contents(runs).items()
    record = folder_of(expected, runs).read()
    assert record is None or not record.over
    assert run.main(command(runs)) == 0
    assert_same_trial(folder_of(expected, runs), expected)
    assert before.items() <= contents(runs).items()
    assert {path.name for path in folder_of(expected, runs).path.iterdir()} == {*FILES} - {"checkpoint.pt"}


@pytest.mark.parametrize("limit", [0, 100, 3000, 6000, 9000, 12_000, 15_000, 18_000, 22_500])
def test_a_file_that_may_not_grow_is_a_full_disk(
    limit: int, runs: Path, expected: RecordFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(runs)
    capsys.readouterr()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limits[1]))
    try:
        code = run.main(command(runs))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert code == 1
    assert last_line(capsys).startswith(NO_SPACE)
    assert before.items() <= contents(runs).items()
    assert run.main(command(runs)) == 0
    assert_same_trial(folder_of(expected, runs), expected)


@contextmanager
def mounted(place: Path, options: str) -> Iterator[Path]:
    """A file system of its own; skips where none may be mounted."""
    place.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True)
    if done.returncode:
        pytest.skip("cannot mount a file system here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("left", [8, 24, 40])
def test_a_disk_that_is_really_full(
    left: int, tmp_path: Path, expected: RecordFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    with mounted(tmp_path / "disk", "size=10m") as disk:
        train(disk, seed=7)
        capsys.readouterr()
        before = contents(disk)
        usage = os.statvfs(disk)
        used = (usage.f_blocks - usage.f_bfree) * usage.f_frsize
        subprocess.run(["mount", "-o", f"remount,size={used + 1024 * left}", str(disk)], check=True)
        assert run.main(command(disk)) == 1
        assert last_line(capsys).startswith(NO_SPACE)
        assert before.items() <= contents(disk).items()
        subprocess.run(["mount", "-o", "remount,size=10m", str(disk)], check=True)
        assert run.main(command(disk)) == 0
        assert_same_trial(folder_of(expected, disk), expected)
        assert before.items() <= contents(disk).items()


def test_a_runs_folder_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with mounted(tmp_path / "disk", "size=1m") as disk:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        assert run.main(command(disk)) == 1
    said = f"run.py: error: read-only file system writing {disk}/locks: give another --runs folder, or mend this one"
    assert last_line(capsys) == said


def test_a_damaged_record_is_told_and_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = train(tmp_path)
    (folder.path / "record.json").write_text('{"trial_id": ')
    before = contents(tmp_path)
    capsys.readouterr()
    assert run.main(command(tmp_path)) == 1
    assert last_line(capsys).startswith(f"run.py: error: cannot read {folder.path}/record.json: it is not a record (")
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    "name",
    [
        "checkpoint.pt",
        "history.jsonl",
        "histograms.npz",
    ],
)
def test_a_damaged_beginning_is_told(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with full_disk("record.json", 4):
        assert run.main(command(tmp_path)) == 1
    (only(tmp_path).path / name).write_bytes(b"what the disk\nmade of it\n")
    capsys.readouterr()
    assert run.main(command(tmp_path)) == 1
    assert last_line(capsys).startswith("run.py: error: ")


def interrupted(runs: Path, **parameters: Any) -> RecordFolder:
    """The folder of a trial that a full disk stopped between two evaluations."""
    with full_disk("record.json", 4):
        assert run.main(command(runs, **parameters)) == 1
    return only(runs)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda whole: whole.partition(b"\n")[2], "another version of this program wrote it"),
        (lambda whole: whole.replace(b" 4 ", b" 3 ", 1), "another version of this program wrote it"),
        (lambda whole: whole[:-1] + bytes([whole[-1] ^ 1]), "it is damaged"),
        (lambda whole: whole[: len(whole) // 2], "it is damaged"),
        (lambda whole: b"", "it is damaged"),
        (lambda whole: b"[1, 2]", "it is damaged"),
    ],
)
def test_a_checkpoint_that_is_not_what_was_written_is_told_and_left_alone(
    change: Callable[[bytes], bytes], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = interrupted(tmp_path).checkpoint
    checkpoint.write_bytes(change(checkpoint.read_bytes()))
    before = contents(tmp_path)
    capsys.readouterr()
    assert run.main(command(tmp_path)) == 1
    said = last_line(capsys)
    assert str(checkpoint) in said
    assert said.endswith(f"{why}; delete its folder to train again")
    assert contents(tmp_path) == before


def test_a_checkpoint_of_another_trial_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = interrupted(tmp_path / "other", seed=1)
    mine = interrupted(tmp_path / "mine")
    mine.checkpoint.write_bytes(other.checkpoint.read_bytes())
    capsys.readouterr()
    assert run.main(command(tmp_path / "mine")) == 1
    assert f"it is the checkpoint of trial {other.path.name}" in last_line(capsys)


@pytest.mark.parametrize("whole", [False, True])
def test_a_record_of_another_trial_is_refused(whole: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other, mine = train(tmp_path / "other", seed=7), train(tmp_path / "mine")
    if whole:
        shutil.rmtree(mine.path)
        shutil.copytree(other.path, mine.path)
    else:
        shutil.copy(other.path / "record.json", mine.path)
    before = contents(tmp_path)
    capsys.readouterr()
    assert run.main(command(tmp_path / "mine")) == 1
    assert f"it is the record of trial {other.path.name}" in last_line(capsys)
    assert contents(tmp_path) == before


def test_a_record_with_another_config_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = train(tmp_path)
    content = json.loads((folder.path / "record.json").read_text())
    del content["digest"]
    (folder.path / "record.json").write_text(json.dumps({**content, "config": {"seed": 5}}))
    capsys.readouterr()
    assert run.main(command(tmp_path)) == 1
    assert "holds the record of another config" in last_line(capsys)


def test_a_number_that_was_edited_by_hand_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = train(tmp_path)
    content = json.loads((folder.path / "record.json").read_text())
    content["metrics"]["image/psnr"] = 99.0
    (folder.path / "record.json").write_text(json.dumps(content))
    capsys.readouterr()
    assert run.main(command(tmp_path)) == 1
    assert "its checksum does not fit" in last_line(capsys)


def test_a_folder_of_another_program_does_not_stop_a_trial(tmp_path: Path, expected: RecordFolder) -> None:
    folder = interrupted(tmp_path)
    (folder.path / ".ipynb_checkpoints").mkdir()
    (folder.path / ".DS_Store").touch()
    (folder.path / ".record.json.0123.unfinished").touch()
    assert_same_trial(train(tmp_path), expected)
    assert {path.name for path in folder.path.glob(".*")} == {".ipynb_checkpoints", ".DS_Store"}


def test_a_record_is_given_back_from_a_folder_that_may_only_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with mounted(tmp_path / "disk", "size=10m") as disk:
        train(disk)
        subprocess.run(["rm", "-r", str(disk / "locks")], check=True)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        capsys.readouterr()
        assert run.main(command(disk)) == 0
    assert "finished, recorded before" in capsys.readouterr().out.splitlines()


def test_force_keeps_the_old_record_until_the_new_is_complete(tmp_path: Path) -> None:
    old = train(tmp_path, steps=30, eval_every=1)
    before = contents(old.path)
    growing = Runs(tmp_path).staging(old.path.name)
    with start(tmp_path, "--force", steps=30, eval_every=1) as child:
        wait_for(lambda: len(growing.history()) > 2)
        assert contents(old.path) == before
        child.kill()
    assert child.returncode == -9
    assert contents(old.path) == before
    assert train(tmp_path, steps=30, eval_every=1).path == old.path
    assert contents(old.path) == before
    assert train(tmp_path, "--force", steps=30, eval_every=1).path == old.path
    after = contents(old.path)
    assert after.keys() == before.keys()
    assert after["record.json"] != before["record.json"]
    assert after["fields.npz"] == before["fields.npz"]
    assert not growing.path.exists()


def test_a_disk_that_fills_up_under_force_keeps_the_old_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = train(tmp_path)
    before = contents(old.path)
    capsys.readouterr()
    for name in FILES:
        with full_disk(name, 0):
            assert run.main(command(tmp_path, "--force")) == 1
        assert last_line(capsys).startswith(NO_SPACE)
        assert contents(old.path) == before
