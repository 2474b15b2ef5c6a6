"""A runs folder in which a file was deleted, cut, swapped, flipped or replaced: no traceback, and no wrong number."""

import contextlib
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
import records
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import SHAPES, mutations
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState, create_trial
from test_unfinished import CALLS

import analysis
import run
from analysis.commands import main
from analysis.comparison.compare import compare
from analysis.figures.trials import arrays, history
from analysis.report.trials import _thumbnail
from analysis.sources.cache import NAME
from analysis.sources.rows import config_columns
from analysis.tables.text import render
from inr.errors import InputError
from sweeps.record import files
from sweeps.record.folder import Record, Runs

TRIALS = [f"--activation={name} --seed={seed}" for name in ("sine", "relu") for seed in (0, 1)]
TABLES = ("trials/*/record.json", "sweeps/*", NAME)
"""The files that a table is made of."""
EVERY = ("trials/*/*", "sweeps/*", NAME)
QUICK = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SLOW = settings(QUICK, max_examples=10)
"""Tables are made, or pictures drawn, each time."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four finished trials, one that is interrupted, the journal of their sweep, and the cache of the analysis."""
    runs = tmp_path_factory.mktemp("whole") / "runs"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files.os, "fsync", lambda descriptor: None)
        for trial in TRIALS:
            assert run.main(["--trial", f"--runs={runs}", *records.TINY, "--steps=2", *trial.split()]) == 0
        first = Runs(runs).folder(str(analysis.load(runs)["trial_id"].iloc[0])).read()
        assert first is not None
        half = Runs(runs).folder("0" * 16)
        half.path.mkdir()
        half.write(Record(**{**vars(first), "trial_id": "0" * 16, "status": "interrupted", "files": {}}))
        _queue(runs)
    (runs / NAME).unlink()
    analysis.load(runs)
    return runs


def _queue(runs: Path) -> None:
    (runs / "sweeps").mkdir()
    storage = JournalStorage(JournalFileBackend(str(runs / "sweeps" / "made.journal")))
    study = optuna.create_study(study_name="made", storage=storage, direction="maximize")
    study.set_user_attr("text", "metric: {name: image/psnr, goal: maximize}")
    for name in analysis.load(runs)["trial_id"]:
        told = {"key": name, "trial_id": name, "status": "finished"}
        study.add_trial(create_trial(state=TrialState.COMPLETE, value=1.0, user_attrs=told))
    study.enqueue_trial({"seed": 9}, user_attrs={"key": "f" * 16})


def mutate(runs: Path, data: st.DataObject, patterns: Sequence[str]) -> set[str]:
    """Do one thing to the files of a runs folder; the folders of the trials that were touched."""
    there = sorted(path for pattern in patterns for path in runs.glob(pattern))
    first, other = (data.draw(st.sampled_from(there)) for _ in range(2))
    kind = data.draw(st.sampled_from(["delete", "folder", "swap", "copy", "content"]))
    if kind == "content":
        first.write_bytes(data.draw(mutations(first.read_bytes())))
    elif kind in ("swap", "copy"):
        one, two = first.read_bytes(), other.read_bytes()
        first.write_bytes(two)
        other.write_bytes(one if kind == "swap" else two)
    else:
        first.unlink()
        if kind == "folder":
            first.mkdir()
    return {path.parent.name for path in (first, other)}


@pytest.fixture
def mutated(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    def make(data: st.DataObject, patterns: Sequence[str]) -> tuple[Path, set[str]]:
        runs = tmp_path_factory.mktemp("mutated") / "runs"
        shutil.copytree(whole, runs)
        return runs, mutate(runs, data, patterns)

    return make


def rows_of(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Trial → what is known of it; not where it is, and how it stands in the queue."""
    told = frame.drop(columns=["folder"]).to_dict("records")
    return {row["trial_id"]: {k: v for k, v in row.items() if not pd.isna(v)} for row in told}


@given(data=st.data())
@QUICK
def test_a_row_is_what_was_recorded_or_left_out_and_told(whole: Path, mutated: Any, data: st.DataObject) -> None:
    expected = rows_of(analysis.load(whole))
    runs, touched = mutated(data, TABLES)
    for _ in range(2):  # the second time from the cache
        frame = analysis.load(runs)
        found = rows_of(frame)
        assert found == {name: expected[name] for name in found}
        gone = expected.keys() - found.keys()
        assert gone <= touched
        assert all(
            name in " ".join(frame.attrs["notes"])
            for name in gone
            if (runs / "trials" / name / "record.json").is_file()
        )
    with contextlib.nullcontext() if "sweeps" not in touched else contextlib.suppress(InputError):
        joined = analysis.load(runs, sweep="made")
        with_record = rows_of(joined[joined["source"] == "records"])
        assert with_record == {name: expected[name] for name in with_record}


@given(data=st.data())
@SLOW
def test_a_table_is_that_of_the_trials_that_are_left(
    whole: Path, mutated: Any, data: st.DataObject, capsys: pytest.CaptureFixture[str]
) -> None:
    runs, _ = mutated(data, TABLES)
    left = set(analysis.load(runs)["trial_id"])
    frame = analysis.load(whole)
    capsys.readouterr()
    assert main(["table", str(runs), "--format=csv"]) == 0
    assert capsys.readouterr().out == render([compare(frame[frame["trial_id"].isin(left)])], "csv")
    code = main(["table", str(runs), "--sweep=made", "--format=csv"])
    out, err = capsys.readouterr()
    assert code in (0, 1)
    assert bool(code) == err.splitlines()[-1].startswith("analysis: error: ") if err else not code
    assert "Traceback" not in out + err


@given(data=st.data())
@QUICK
def test_what_is_drawn_is_what_was_recorded_or_left_out_and_told(
    whole: Path, mutated: Any, data: st.DataObject
) -> None:
    runs, touched = mutated(data, EVERY)
    frame = analysis.load(runs)
    for _, trial in frame[frame["status"] == "finished"].iterrows():
        origin: Mapping[str, Any] = {**trial, "folder": str(whole / "trials" / trial["trial_id"])}
        notes: list[str] = []
        rows = history(trial, notes)
        assert rows == history(origin, []) or (not rows and notes)
        for name in ("fields", "histograms"):
            found, right = arrays(trial, name, notes), arrays(origin, name, [])
            assert found or notes
            assert not found or found.keys() == right.keys()
            assert all(np.array_equal(found[key], right[key]) for key in found)
        assert not notes or trial["trial_id"] in touched


@given(data=st.data())
@settings(QUICK, max_examples=2)
def test_a_report_is_written_and_shows_every_trial_that_is_left(
    whole: Path, mutated: Any, data: st.DataObject, capsys: pytest.CaptureFixture[str]
) -> None:
    runs, _ = mutated(data, EVERY)
    page = runs.parent / "page.html"
    assert main(["report", str(runs), f"--out={page}"]) == 0
    text = page.read_text()
    frame = analysis.load(runs)
    assert set(re.findall(r'<tr id="trial-([0-9a-f]+)"', text)) == set(frame["trial_id"])
    expected = analysis.load(whole).set_index("trial_id")["image/psnr"]
    for name in frame["trial_id"]:
        row = text.partition(f'<tr id="trial-{name}"')[2].partition("</tr>")[0]
        assert f'data-value="{expected[name]}"' in row


@given(data=st.data())
@QUICK
def test_a_thumbnail_is_a_picture_or_none(
    whole: Path, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    picture = next(iter(sorted(whole.glob("trials/*/figure.png"))))
    path = tmp_path_factory.mktemp("picture") / "figure.png"
    path.write_bytes(data.draw(mutations(picture.read_bytes())))
    assert (_thumbnail(path) or "data:image/jpeg;").startswith("data:image/jpeg;")


@given(data=st.data())
@SLOW
def test_a_record_of_an_earlier_version_may_say_anything(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, capsys: pytest.CaptureFixture[str]
) -> None:
    """A record without a checksum, as earlier versions wrote it, in which one value is another."""
    runs = tmp_path_factory.mktemp("mutated") / "runs"
    shutil.copytree(whole, runs)
    path = data.draw(st.sampled_from(sorted(runs.glob("trials/*/record.json"))))
    content = json.loads(path.read_text())
    del content["digest"]
    groups = [content, *(value for value in content.values() if isinstance(value, dict) and value)]
    group = data.draw(st.sampled_from(groups))
    group[data.draw(st.sampled_from(sorted(group)))] = data.draw(SHAPES | st.integers(0, 10**400))
    path.write_text(json.dumps(content))
    expected, found = rows_of(analysis.load(whole)), analysis.load(runs)
    others = [name for name in expected if name != path.parent.name]
    assert {name: rows_of(found)[name] for name in others} == {name: expected[name] for name in others}
    choice = ("--selection-seeds=0", "--where=status=finished")
    for command in (["table"], ["table", "--by=activation,loss,size", *choice], ["tests", *choice],
                  ["replicate", *choice, "--seeds=5", f"--into={runs / 'into'}"]):  # fmt: skip
        code = main([command[0], str(runs), *command[1:]])
        err = capsys.readouterr().err
        assert code in (0, 1)
        assert not code or err.splitlines()[-1].startswith("analysis: error: ")
    for call in CALLS.values():
        with contextlib.suppress(InputError):
            call(found)


def test_the_folder_is_whole(whole: Path) -> None:
    frame = analysis.load(whole)
    assert frame["status"].value_counts().to_dict() == {"finished": 4, "interrupted": 1}
    assert frame.attrs["notes"] == []
    assert "activation" in config_columns(frame)
    assert analysis.load(whole, sweep="made")["status"].tolist()[-1] == "waiting"
