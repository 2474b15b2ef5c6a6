"""An image is what its pixels are: two under one name are never averaged, one under two names counts once."""

import itertools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import frames
import numpy as np
import pandas as pd
import pytest
import records
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import analysis
import run
from analysis import figures
from analysis.commands import main
from analysis.comparison.compare import compare
from analysis.comparison.data import HASH, one_name_each, tell_apart
from analysis.comparison.question import Question
from analysis.sources.rows import EARLIER, frame_of, row_of
from inr.choices import parameters_of
from inr.config import TrialConfig
from inr.errors import InputError
from inr.parameters import Since
from sweeps.record import figure, files

CHOICE = ("--selection-seeds=0", "--metrics=image/psnr")
COMMANDS = {
    "table": ["table", *CHOICE],
    "tests": ["tests", *CHOICE],
    "replicate": ["replicate", "--selection-seeds=0", "--seeds=7", "--into=INTO"],
    "report": ["report", *CHOICE, "--by=activation", "--out=INTO.html"],
}


def write(runs: Path, psnr: float, image: str, content: str | None, seed: int, **config: Any) -> None:
    frames.write(runs, psnr, image=image, seed=seed, environment={"data_hash": content} if content else None, **config)


def two_under_one_name(runs: Path) -> None:
    """photo.png was another image for seeds 0 and 1 than for seeds 2 and 3; camera is one image."""
    for seed in range(4):
        write(runs, 30.0 + seed if seed < 2 else 20.0 + seed, "photo.png", "old" if seed < 2 else "new", seed)
        write(runs, 25.0, "camera", "cam", seed)


def command(name: str, runs: Path, into: Path, *more: str) -> list[str]:
    verb, *flags = COMMANDS[name]
    return [verb, str(runs), *(flag.replace("INTO", str(into)) for flag in flags), *more]


@pytest.mark.parametrize("name", COMMANDS)
def test_two_images_under_one_name_are_refused_and_the_remedy_works(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    two_under_one_name(runs)
    code = main(command(name, runs, tmp_path / "into"))
    found = capsys.readouterr()
    said = found.err if name != "report" else (tmp_path / "into.html").read_text()
    sentence = re.search(r"will not average over 2 images that have the name photo.png .*", said)
    assert sentence
    assert (code, found.out == "") == ((0, False) if name == "report" else (1, True))
    assert f"({HASH}: new in 2 trials, old in 2 trials)" in sentence[0] or "old in 2 trials, new in 2" in sentence[0]
    (where,) = re.findall(rf"--where ((?:{HASH}=\w+ ?)+)", sentence[0])
    assert main(command(name, runs, tmp_path / "kept", "--where", *where.split())) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("kept", "mean"), [("old", 30.5), ("new", 22.5)])
def test_the_numbers_are_those_of_one_image(runs: Path, kept: str, mean: float) -> None:
    two_under_one_name(runs)
    found = compare(analysis.load(runs), Question(where={HASH: [kept], "image": "photo.png"}))
    assert found.rows[0].cells["image/psnr"].mean == pytest.approx(mean)


def test_the_image_was_saved_anew_while_a_sweep_ran(runs: Path) -> None:
    for seed in range(4):
        write(runs, 21.0, "photo.png", "old" if seed < 3 else "new", seed)
    with pytest.raises(InputError, match=r"2 images that have the name photo.png .*old in 3 trials, new in 1 trial"):
        compare(analysis.load(runs))


def test_two_images_are_told_apart_or_averaged_on_purpose(runs: Path) -> None:
    two_under_one_name(runs)
    frame = analysis.load(runs)
    assert [row.key for row in compare(frame, Question(by=[HASH], over=("image", "seed"))).rows] == [
        ("cam",),
        ("new",),
        ("old",),
    ]
    on_purpose = compare(frame, Question(over=("image", "seed", HASH), metrics=["image/psnr"]))
    assert on_purpose.rows[0].cells["image/psnr"].n == 3
    assert on_purpose.rows[0].cells["image/psnr"].mean == pytest.approx((30.5 + 22.5 + 25) / 3)


def test_other_sizes_are_other_images_by_right(runs: Path) -> None:
    write(runs, 30.0, "photo.png", "small", 0, size=64)
    write(runs, 31.0, "photo.png", "large", 0, size=128)
    assert len(compare(analysis.load(runs), Question(by=["size"])).rows) == 2


def test_what_did_not_finish_refuses_nothing(runs: Path) -> None:
    write(runs, 30.0, "photo.png", "old", 0)
    frames.write(runs, None, status="failed", image="photo.png", seed=1, environment={"data_hash": "new"})
    assert compare(analysis.load(runs)).rows[0].cells["image/psnr"].mean == 30.0


def test_one_image_under_two_names_is_one_block(runs: Path) -> None:
    write(runs, 30.0, "b/photo.png", "same", 0)
    write(runs, 34.0, "a/copy.png", "same", 1)
    write(runs, 20.0, "camera", "cam", 0)
    write(runs, 20.0, "camera", "cam", 1)
    found = compare(analysis.load(runs), Question(metrics=["image/psnr"]))
    assert found.unit == "image"
    assert found.values["image/psnr"]["sine"].to_dict() == {"a/copy.png": 32.0, "camera": 20.0}
    assert f"a/copy.png and b/photo.png are one image (the same {HASH}), which is called a/copy.png here" in found.notes


def test_a_trial_without_a_hash_is_known_by_its_name(runs: Path) -> None:
    write(runs, 30.0, "photo.png", "old", 0)
    write(runs, 32.0, "photo.png", None, 1)
    frame = analysis.load(runs)
    assert compare(frame).rows[0].cells["image/psnr"].mean == 31.0
    assert compare(frame.drop(columns=HASH)).rows[0].cells["image/psnr"].mean == 31.0
    assert tell_apart(frame)["image"].tolist() == ["photo.png"] * 2


NAMES = st.sampled_from([None, "a", "b", "c", "d"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(NAMES, st.sampled_from([None, "1", "2", "3"]), st.sampled_from([64, 128])), max_size=9))
def test_a_name_is_one_image_and_an_image_has_one_name(trials: Sequence[tuple[str | None, str | None, int]]) -> None:
    frame = pd.DataFrame(trials, columns=["image", "data", "size"])
    frame[HASH] = frame["data"] + frame["size"].astype(str)  # an image has another hash at another size
    frame[HASH] = frame[HASH].astype(object).where(frame["data"].notna(), None)
    apart = tell_apart(frame).dropna(subset=["image", HASH])
    assert (apart.groupby(["image", "size"])[HASH].nunique() == 1).all()
    assert (one_name_each(frame)[0].dropna(subset=["image", HASH]).groupby(HASH)["image"].nunique() == 1).all()
    for (_, one), (_, other) in itertools.combinations(frame.dropna(subset=["image"]).iterrows(), 2):
        if one["image"] == other["image"]:
            same = one_name_each(frame)[0].loc[[one.name, other.name], "image"]
            assert same.nunique() == 1


@pytest.fixture
def true_trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """photo.png, trained on for two seeds, then another photo.png for two more."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(figure, "draw", lambda *given: b"")
    monkeypatch.setattr(files.os, "fsync", lambda descriptor: None)
    for seed in range(4):
        if seed in (0, 2):
            pixels = np.random.default_rng(seed).integers(0, 255, (16, 16), dtype=np.uint8)
            Image.fromarray(pixels).save("photo.png")
        trial = [*records.TINY, "--steps=2", "--image=photo.png", f"--seed={seed}", "--loss=image"]
        assert run.main(["--trial", "--runs=runs", *trial]) == 0
    return tmp_path / "runs"


def test_true_trials_and_their_pictures(true_trials: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["table", str(true_trials)]) == 1
    assert "will not average over 2 images that have the name photo.png" in capsys.readouterr().err
    frame = analysis.load(true_trials)
    sheet = figures.study_grid(frame, "sine")
    assert re.search(r"on photo\.png \([0-9a-f]{7}\)", sheet.get_suptitle())
    assert "median of 2" in sheet.axes[1].get_title()  # of the two trials of that image, not of all four
    assert "2 values of image" in figures.convergence(frame).get_supxlabel()
    (first, *_) = frame[HASH].unique()
    kept = frame[frame[HASH] == first]
    assert figures.study_grid(kept, "sine").get_suptitle().startswith("sine on photo.png,")
    assert len(compare(frame, Question(where={HASH: first})).basis.used) == 2


def test_what_earlier_records_leave_unsaid_is_said_beside_later_ones() -> None:
    def record(**config: Any) -> dict[str, Any]:
        return {"trial_id": "a", "status": "finished", "config": {"task": "image", "loss": "image", **config}}

    old = [record(activation="relu", init="unit_variance"), record(activation="sine", init="paper")]
    new = [
        record(activation="relu", init="unit_variance", init_sigma=2.0, optimizer="muon", parameters=50),
        record(activation="sine", init="paper", optimizer="adam"),
    ]
    frame = frame_of([row_of(content, "records", None) for content in (*old, *new)], [])
    assert frame["optimizer"].tolist() == ["adam", "adam", "muon", "adam"]
    assert frame["parameters"].tolist() == [0, 0, 50, 0]
    assert frame["init_sigma"].fillna(-1).tolist() == [1.0, -1.0, 2.0, -1.0]
    alone = frame_of([row_of(content, "records", None) for content in old], [])
    assert not {"optimizer", "init_sigma"} & {*alone.columns}


def test_what_records_of_before_leave_unsaid_is_what_their_identities_do():
    own = {parameter.name: parameter.first(Since) for parameter in parameters_of(TrialConfig)}
    assert {name: mark.before for name, mark in own.items() if mark} == EARLIER
