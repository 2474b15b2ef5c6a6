"""One frame from records: complete, tidy, quick, and never silent about what is wrong."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import frames
import pandas as pd
import pytest

import analysis
from analysis.sources import cache
from analysis.sources.rows import config_columns, metric_columns
from inr.errors import InputError
from sweeps.record.folder import Record, Runs


def test_every_field_is_a_column(runs: Path) -> None:
    record = frames.write(runs, omega_0=30.0, status="diverged")
    (row,) = analysis.load(runs).to_dict("records")
    assert (row["trial_id"], row["status"], row["reason"]) == (record.trial_id, "diverged", "it diverged")
    assert Path(row["folder"]) == Runs(runs).folder(record.trial_id).path
    assert {name: row[name] for name in record.config} == record.config
    assert row["loss"] == "image"
    assert row["loss/total"] == 0.25
    assert {n: row[n] for n in record.metrics if n != "loss"} == {
        n: v for n, v in record.metrics.items() if n != "loss"
    }
    assert row["best/step"] == 50
    assert row["timing/seconds_per_step"] == 0.01
    assert row["environment/data_shape"] == "64x64x1"


def test_columns_are_grouped(runs: Path) -> None:
    frames.write(runs)
    frame = analysis.load(runs)
    assert config_columns(frame) == list(frames.CONFIG)
    expected = ["loss/total" if name == "loss" else name for name in frames.metrics(30.0)]
    assert metric_columns(frame) == expected


def test_every_status_stays(runs: Path) -> None:
    statuses = ["diverged", "failed", "finished", "interrupted", "pruned"]
    for status in statuses:
        frames.write(runs, None if status == "failed" else 20.0, status=status)
    frame = analysis.load(runs)
    assert sorted(frame["status"]) == statuses
    assert frame["image/psnr"].isna().tolist() == (frame["status"] == "failed").tolist()


def test_the_second_time_no_record_is_opened(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(3):
        frames.write(runs, 30.0 + seed, seed=seed)
    frames.write(runs, None, status="failed", activation="relu")
    first = analysis.load(runs)
    monkeypatch.setattr(cache, "_read", lambda folder: pytest.fail(f"opened {folder}"))
    pd.testing.assert_frame_equal(analysis.load(runs), first)


def test_changed_new_and_deleted_records_are_noticed(runs: Path) -> None:
    records = [frames.write(runs, 30.0, seed=seed) for seed in range(3)]
    analysis.load(runs)
    changed = Runs(runs).folder(records[0].trial_id)
    changed.write(Record(**{**vars(records[0]), "status": "diverged"}))
    shutil.rmtree(Runs(runs).folder(records[1].trial_id).path)
    new = frames.write(runs, 31.0, seed=7)
    frame = analysis.load(runs).set_index("trial_id")
    assert frame.index.tolist() == sorted(r.trial_id for r in (records[0], records[2], new))
    assert frame["status"].to_dict() == {
        records[0].trial_id: "diverged",
        records[2].trial_id: "finished",
        new.trial_id: "finished",
    }
    (runs / cache.NAME).unlink()
    pd.testing.assert_frame_equal(analysis.load(runs).set_index("trial_id"), frame, check_like=True)


def test_columns_come_and_go_with_their_trials(runs: Path) -> None:
    frames.write(runs, 30.0)
    analysis.load(runs)
    square = frames.write(runs, {"extra/psnr": 1.0}, activation="square", n_modes=4)
    frame = analysis.load(runs)
    assert sorted(frame["n_modes"].dropna()) == [4]
    (runs / cache.NAME).unlink()
    pd.testing.assert_frame_equal(analysis.load(runs), frame, check_like=True)
    shutil.rmtree(Runs(runs).folder(square.trial_id).path)
    assert "n_modes" not in analysis.load(runs)


def test_a_record_of_the_same_size_and_time_is_noticed(runs: Path) -> None:
    record = frames.write(runs, 30.0)
    path = Runs(runs).folder(record.trial_id).path / "record.json"
    before = path.stat()
    analysis.load(runs)
    Runs(runs).folder(record.trial_id).write(Record(**{**vars(record), "metrics": frames.metrics(40.0)}))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert analysis.load(runs)["image/psnr"].tolist() == [40.0]


@pytest.mark.parametrize("content", [b"", b"{", b"00\n{}", b"\xff\xfe", "half", "flipped"])
def test_a_broken_cache_is_rebuilt(runs: Path, content: bytes | str) -> None:
    frames.write(runs, 30.0)
    first = analysis.load(runs)
    path = runs / cache.NAME
    whole = path.read_bytes()
    broken = {"half": whole[: len(whole) // 2], "flipped": whole.replace(b"30.0", b"31.0")}
    path.write_bytes(broken[content] if isinstance(content, str) else content)
    pd.testing.assert_frame_equal(analysis.load(runs), first)
    assert path.read_bytes() == whole


def test_a_moved_folder_points_to_where_it_is(runs: Path, tmp_path: Path) -> None:
    frames.write(runs)
    analysis.load(runs)
    runs.rename(tmp_path / "elsewhere")
    (folder,) = analysis.load(tmp_path / "elsewhere")["folder"]
    assert Path(folder).is_dir()


def test_a_folder_that_may_not_be_written_loads(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames.write(runs)

    def refused(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(cache, "replacing", refused)
    assert len(analysis.load(runs)) == 1
    assert not (runs / cache.NAME).exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "Expecting value"),
        ('{"trial_id": "a", "status": "fin', "Unterminated string"),
        ("[]", "it is not a JSON object"),
        ('{"trial_id": "a"}', "it has no status"),
        ('{"trial_id": "a", "status": "finished", "config": {"a": 1}, "metrics": []}', "its metrics is not an object"),
    ],
)
def test_a_damaged_record_is_told_and_the_rest_is_there(runs: Path, content: str, why: str) -> None:
    frames.write(runs)
    folder = runs / "trials" / "half"
    folder.mkdir()
    (folder / "record.json").write_text(content)
    for _ in range(2):  # the second time from the cache
        frame = analysis.load(runs)
        assert len(frame) == 1
        (note,) = frame.attrs["notes"]
        assert note.startswith("1 record cannot be read, left out: half (half: ")
        assert why in note


def test_records_of_other_versions_are_kept_and_told(runs: Path) -> None:
    records = [frames.write(runs, seed=seed) for seed in range(3)]
    for record in records[:2]:
        path = Runs(runs).folder(record.trial_id).path / "record.json"
        content = json.loads(path.read_text())
        del content["notes"], content["timing"], content["digest"]
        path.write_text(json.dumps({**content, "colour": "blue"}))
    for _ in range(2):
        frame = analysis.load(runs)
        assert len(frame) == 3
        (note,) = frame.attrs["notes"]
        assert note.startswith(
            "2 records of another version, without timing, notes and with the unknown colour, kept: "
        )
    assert frame["timing/steps"].isna().sum() == 2


def test_numbers_that_json_does_not_have_are_missing(runs: Path) -> None:
    record = frames.write(runs)
    path = Runs(runs).folder(record.trial_id).path / "record.json"
    content = json.loads(path.read_text().replace('"image/psnr": 30.0', '"image/psnr": NaN'))
    del content["digest"]
    path.write_text(json.dumps(content))
    frame = analysis.load(runs)
    assert frame["image/psnr"].isna().all()
    pd.testing.assert_frame_equal(analysis.load(runs), frame)


def test_a_number_that_was_edited_is_told_and_left_out(runs: Path) -> None:
    record, _ = (frames.write(runs, seed=seed) for seed in (0, 1))
    path = Runs(runs).folder(record.trial_id).path / "record.json"
    path.write_text(path.read_text().replace('"image/psnr": 30.0', '"image/psnr": 99.0'))
    frame = analysis.load(runs)
    assert frame["image/psnr"].tolist() == [30.0]
    assert "its checksum does not fit" in frame.attrs["notes"][0]


def test_a_record_in_another_folder_than_its_own_is_left_out(runs: Path) -> None:
    record = frames.write(runs)
    shutil.copytree(Runs(runs).folder(record.trial_id).path, runs / "trials" / "copy")
    frame = analysis.load(runs)
    assert len(frame) == 1
    assert f"copy (copy: it is the record of trial {record.trial_id})" in frame.attrs["notes"][0]


def test_an_empty_folder_and_none(runs: Path) -> None:
    with pytest.raises(InputError, match="no such runs folder"):
        analysis.load(runs)
    runs.mkdir()
    frame = analysis.load(runs)
    assert frame.empty
    assert "has no records" in frame.attrs["notes"][0]
    (runs / "trials" / "begun").mkdir(parents=True)
    assert "1 folder without a record.json yet, left out" in analysis.load(runs).attrs["notes"]


def test_torch_is_not_imported() -> None:
    modules = (
        "analysis, analysis.comparison.compare, analysis.sources.studies, analysis.sources.mirror, analysis.commands"
    )
    code = f"import sys, {modules}; print('torch' in sys.modules)"
    root = Path(analysis.__file__).parent.parent
    printed = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True).stdout
    assert printed == "False\n"
