"""What a trial leaves behind: strict JSON, whole lines, arrays, and one sentence where something is damaged."""

import json
import math
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import mutations
from tiny import ROOT

from inr.errors import InputError
from sweeps.record.folder import OVER, STATUSES, Record, RecordFolder, Runs

ID = "0123456789abcdef"


@pytest.fixture
def folder(tmp_path: Path) -> RecordFolder:
    path = tmp_path / ID
    path.mkdir()
    return RecordFolder(path)


def a_record(**changes: Any) -> Record:
    parts = {
        "config": {"task": "image", "size": 16},
        "metrics": {"image/psnr": 20.5},
        "best": {},
        "timing": {},
        "environment": {},
    }
    return Record(**{"trial_id": ID, "status": "finished", **parts, **changes})


def histogram_arrays(*steps: int) -> dict[str, np.ndarray]:
    """Of two groups with three bins, counts that tell the step."""
    shape = (len(steps), 2)
    return {
        "step": np.array(steps),
        "counts": np.broadcast_to(np.array(steps)[:, None, None], (*shape, 3)),
        "edges": np.broadcast_to(np.arange(4.0), (*shape, 4)),
        "mean": np.zeros(shape),
        "layer": np.array([1, 1]),
        "kind": np.array(["weight", "gradient"]),
    }


@pytest.mark.parametrize("learned", [{"scale": [9.5, 10.25]}, {"beta": [[1.0, 2.0, 3.0], [2.0, None, 4.0]]}])
def test_what_was_learned_is_read_as_it_was_written(folder: RecordFolder, learned: dict[str, Any]) -> None:
    folder.write(a_record(learned=learned))
    found = folder.read()
    assert found is not None
    assert found.learned == learned
    folder.write(a_record())
    assert json.loads((folder.path / "record.json").read_text())["learned"] == {}


def test_a_record_is_read_as_it_was_written(folder: RecordFolder) -> None:
    record = a_record(notes=["ω₀ is high"], reason="SIGINT at step 3", best={"step": 3, "rank_by": "image/psnr"})
    folder.write(record)
    assert folder.read() == record


def test_there_may_be_no_record(folder: RecordFolder) -> None:
    assert (folder.read(), folder.history(), folder.histograms(), folder.arrays("fields")) == (None, [], [], {})


@pytest.mark.parametrize("status", STATUSES)
def test_only_a_result_is_over(status: str) -> None:
    assert a_record(status=status).over == (status in ("finished", "diverged")) == (status in OVER)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float64("nan")])
def test_a_number_that_is_not_finite_is_null(folder: RecordFolder, value: float) -> None:
    folder.write(a_record(metrics={"a": value, "b": 1.5}, best={"deep": [{"c": value}, (value, 2)]}))
    folder.append_history({"step": 1, "loss": value})
    written = json.loads((folder.path / "record.json").read_text(), parse_constant=pytest.fail)
    assert written["metrics"] == {"a": None, "b": 1.5}
    assert written["best"] == {"deep": [{"c": None}, [None, 2]]}
    assert folder.history() == [{"step": 1, "loss": None}]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '"text"', "{}", '{"trial_id": "1"}', '{"unknown": 1}', "\xff"], ids=repr
)
def test_a_damaged_record_is_told_in_one_sentence(folder: RecordFolder, text: str) -> None:
    path = folder.path / "record.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError) as error:
        folder.read()
    assert str(error.value).startswith(f"cannot read {path}: it is not a record (")
    assert str(error.value).endswith("; delete its folder to train again")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"metrics": {"image/psnr": "abc"}}, "its metrics/image/psnr is 'abc'"),
        ({"metrics": None}, "its metrics is not an object"),
        ({"metrics": {}}, "it is finished and has no metrics"),
        ({"config": {}}, "its config is '{}'"),
        ({"notes": [1]}, "its notes/0 is '1'"),
        ({"status": None}, "its status is 'None'"),
        ({"trial_id": "fedcba9876543210"}, "it is the record of trial fedcba9876543210"),
    ],
)
def test_a_record_of_another_shape_is_told(folder: RecordFolder, change: dict[str, Any], why: str) -> None:
    (folder.path / "record.json").write_text(json.dumps({**asdict(a_record()), **change}))
    with pytest.raises(InputError, match=re.escape(why)):
        folder.read()


@pytest.mark.parametrize("text", ["[" * 200_000, '{"metrics":' * 200_000])
def test_a_record_that_is_nested_without_end_is_told(folder: RecordFolder, text: str) -> None:
    (folder.path / "record.json").write_text(text)
    with pytest.raises(InputError, match="it is nested too deeply"):
        folder.read()


def test_a_number_that_no_float_holds_is_none(folder: RecordFolder) -> None:
    text = json.dumps(asdict(a_record())).replace("20.5", "1e999")
    (folder.path / "record.json").write_text(text)
    record = folder.read()
    assert record is not None
    assert record.metrics == {"image/psnr": None}


def test_a_record_of_another_version_is_read(folder: RecordFolder) -> None:
    content = {name: value for name, value in asdict(a_record()).items() if name not in ("files", "notes", "timing")}
    (folder.path / "record.json").write_text(json.dumps({**content, "colour": "blue"}))
    assert folder.read() == a_record()


@settings(deadline=None)
@given(data=st.data())
def test_whatever_is_made_of_the_files_is_told_or_is_as_it_was(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = RecordFolder(tmp_path_factory.mktemp("mutated") / ID)
    folder.path.mkdir()
    for step in (0, 5):
        folder.append_history({"step": step, "loss": step / 10})
    folder.write_arrays("histograms", histogram_arrays(0, 5))
    folder.write(a_record(files=folder.checksums()))
    reads = {"record.json": folder.read, "history.jsonl": folder.history, "histograms.npz": folder.histograms}
    before = {name: repr(read()) for name, read in reads.items()}
    name = data.draw(st.sampled_from([*reads]))
    (folder.path / name).write_bytes(data.draw(mutations((folder.path / name).read_bytes())))
    after = {file: outcome(read) for file, read in reads.items()}
    assert all(after[file] == before[file] for file in reads if file != name)
    assert after[name] in (before[name], "one sentence")


def outcome(read: Callable[[], object]) -> str:
    """What is read, or that it is told in one sentence."""
    try:
        return repr(read())
    except InputError as error:
        return "one sentence" if "\n" not in str(error) else str(error)


@pytest.mark.parametrize("torn", ["", '{"step": 2', '{"step": 2, "loss": 0.5}'])
def test_a_last_line_that_was_cut_short_is_left_out(folder: RecordFolder, torn: str) -> None:
    for step in (0, 1):
        folder.append_history({"step": step})
    with (folder.path / "history.jsonl").open("a") as file:
        file.write(torn)
    assert folder.history() == [{"step": 0}, {"step": 1}]
    folder.keep_until(5)
    folder.append_history({"step": 2})
    assert folder.history() == [{"step": 0}, {"step": 1}, {"step": 2}]


@pytest.mark.parametrize(("until", "kept"), [(-1, []), (0, [0]), (7, [0, 5]), (10, [0, 5, 10]), (99, [0, 5, 10])])
def test_what_came_after_a_step_is_dropped(folder: RecordFolder, until: int, kept: list[int]) -> None:
    for step in (0, 5, 10):
        folder.append_history({"step": step, "loss": step / 10})
    folder.write_arrays("histograms", histogram_arrays(0, 5, 10))
    folder.keep_until(until)
    assert folder.history() == [{"step": step, "loss": step / 10} for step in kept]
    arrays = folder.arrays("histograms")
    assert arrays["step"].tolist() == kept
    assert arrays["counts"].shape == (len(kept), 2, 3)
    assert arrays["kind"].tolist() == ["weight", "gradient"]
    assert [h["layers/1/weight"][0].tolist() for h in folder.histograms()] == [[step] * 3 for step in kept]


def test_arrays_are_read_as_they_were_written(folder: RecordFolder) -> None:
    arrays = {"image": np.arange(6, dtype=np.float32).reshape(2, 3, 1), "border": np.asarray(2)}
    folder.write_arrays("fields", arrays)
    read = folder.arrays("fields")
    assert {name: (a.dtype, a.shape, a.tobytes()) for name, a in read.items()} == {
        name: (a.dtype, a.shape, a.tobytes()) for name, a in arrays.items()
    }


def test_histograms_are_named_by_layer_and_kind(folder: RecordFolder) -> None:
    folder.write_arrays("histograms", histogram_arrays(0, 5))
    first, second = folder.histograms()
    assert list(first) == list(second) == ["layers/1/weight", "layers/1/gradient"]
    counts, edges = second["layers/1/gradient"]
    assert (counts.tolist(), edges.tolist()) == ([5, 5, 5], [0, 1, 2, 3])


def test_a_runs_folder_lists_its_trials(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    assert [*runs.folders()] == []
    for name in ("bb", "aa", ".aa.replaced"):
        (tmp_path / "trials" / name).mkdir(parents=True)
    assert [folder.path.name for folder in runs.folders()] == ["aa", "bb"]
    places = {runs.folder("aa").path, runs.staging("aa").path, runs.lock("aa")}
    assert len(places) == 3
    assert all(place.is_relative_to(tmp_path) for place in places)


def test_a_folder_is_cleared(tmp_path: Path) -> None:
    folder = RecordFolder(tmp_path / ID)
    folder.clear()
    folder.path.mkdir()
    folder.write(a_record())
    folder.clear()
    assert not folder.path.exists()


def test_records_are_read_without_torch() -> None:
    check = (
        "import sys, sweeps.record.folder; print(sorted({'torch', 'wandb', 'pandas', 'matplotlib'} & {*sys.modules}))"
    )
    said = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"
