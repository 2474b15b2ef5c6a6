"""Folders and patterns in a sweep file stand for their files: planned, run, drawn; and what is wrong with them."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image
from small_sweeps import SHORT, spec_of

import run
from inr.config import entries
from inr.errors import UsageError
from inr.parameters import FileOr
from sweeps.file.spec import load_spec
from sweeps.record.folder import Runs
from sweeps.search.study import open_study


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder ``photos/`` of the working directory, with three pictures that were made in another order."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "photos"
    folder.mkdir()
    for seed, name in enumerate(("b.png", "a.png", "c.PNG")):
        pixels = np.random.default_rng(seed).integers(0, 255, (20, 24), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / name)
    (folder / ".DS_Store").write_text("hidden")
    (folder / "deeper").mkdir()
    Image.fromarray(pixels).save(folder / "deeper" / "d.png")
    return folder


def images(folder: Path, given: str) -> tuple[object, ...]:
    return spec_of(folder.parent, f"image: {given}").parameters["image"].values  # type: ignore[union-attr]


@pytest.mark.parametrize("given", ["{value: photos}", "{value: photos/}", "{values: [photos/]}"])
def test_a_folder_is_its_files_in_their_order(photos: Path, given: str) -> None:
    assert images(photos, given) == ("photos/a.png", "photos/b.png", "photos/c.PNG")


def test_a_pattern_is_what_it_matches(photos: Path) -> None:
    assert images(photos, "{value: 'photos/*.png'}") == ("photos/a.png", "photos/b.png")
    assert images(photos, "{values: [camera, 'photos/**/d*']}") == ("camera", "photos/deeper/d.png")
    (photos / "x[1].png").write_bytes((photos / "a.png").read_bytes())
    assert images(photos, "{value: 'photos/x[1].png'}") == ("photos/x[1].png",)


def test_a_known_name_is_no_folder(photos: Path) -> None:
    (photos.parent / "camera").mkdir()
    assert images(photos, "{value: camera}") == ("camera",)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("{value: empty}", "image got 'empty': the folder has no files; put some there, or give another"),
        ("{values: ['*.tif']}", "image got '*.tif': no file has such a path; check the pattern"),
        (
            "{value: other/}",
            "image got 'other/': cannot read 'other/notes.txt': it is no image, of a rare format or damaged; "
            "give an 8 or 16 bit PNG, TIFF or JPEG, or a pattern without it",
        ),
        (
            "{values: [photos/, photos/a.png]}",
            "image has the value photos/a.png twice, first in line 4: W&B would run it twice",
        ),
        (
            "{values: [photos/], probabilities: [1]}",
            "probabilities of 'image' are 1, its values are 3: give one for each value",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence_with_its_line(photos: Path, given: str, sentence: str) -> None:
    (photos.parent / "empty").mkdir()
    (photos.parent / "other").mkdir()
    (photos.parent / "other" / "notes.txt").write_text("no picture")
    with pytest.raises(UsageError) as caught:
        spec_of(photos.parent, f"image: {given}", "method: random\nrun_cap: 2")
    assert str(caught.value).splitlines() == [f"{photos.parent}/x.yaml:4: {sentence}"]


def test_sounds_are_expanded_as_pictures_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("takes").mkdir()
    for name in ("two.wav", "one.flac"):
        soundfile.write(f"takes/{name}", np.random.default_rng(0).uniform(-1, 1, 400), 8000)
    spec = spec_of(tmp_path, "task: {value: audio}\nsound: {value: takes/}")
    assert spec.parameters["sound"].values == ("takes/one.flac", "takes/two.wav")  # type: ignore[union-attr]
    Path("takes/cover.txt").write_text("no sound")
    with pytest.raises(
        UsageError, match=r"x.yaml:5: sound got 'takes/': cannot read 'takes/cover.txt': it is no sound"
    ):
        spec_of(tmp_path, "task: {value: audio}\nsound: {value: takes/}")


def test_every_parameter_that_takes_a_file_says_so() -> None:
    marked = {name for name, entry in entries().items() if entry.parameter.first(FileOr)}
    spoken = {name for name, entry in entries().items() if "file" in entry.parameter.doc}
    assert marked - {"other_image"} == spoken
    assert {"image", "sound", "clip", "shape", "mask", "other_image"} <= marked


def test_a_sweep_over_a_folder_is_run_and_has_a_sheet_for_each(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos.parent / "mine.yaml").write_text(f"{SHORT}  steps: {{value: 2}}\n  image: {{value: photos/}}\n")
    assert run.main(["--plan=mine.yaml"]) == 0
    assert "3 points, 3 distinct" in capsys.readouterr().out
    assert run.main(["--sweep=mine.yaml", "--workers=1", "--threads=1"]) == 0
    assert "3 finished, 0 pruned, 0 without a result, 0 left" in capsys.readouterr().out
    fitted = {str(record.config["image"]) for folder in Runs("runs").folders() if (record := folder.read())}
    assert fitted == {f"photos/{name}" for name in ("a.png", "b.png", "c.PNG")}
    assert sorted(os.listdir("runs/sweeps/mine")) == [f"sine_photos-{name}.png" for name in ("a.png", "b.png", "c.PNG")]


def test_a_folder_that_has_changed_is_another_space_and_says_which_files(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(f"{SHORT}  image: {{value: photos/}}\n")
    open_study(load_spec(tmp_path / "x.yaml"), tmp_path / "x.journal")
    (photos / "b.png").rename(photos / "e.png")
    with pytest.raises(UsageError) as caught:
        open_study(load_spec(tmp_path / "x.yaml"), tmp_path / "x.journal")
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("the sweep 'x' was begun with another space: ")
    assert {line for line in lines if line.startswith(("-#", "+#"))} == {
        "-# image: photos/b.png",
        "+# image: photos/e.png",
    }


def test_a_trial_takes_one_file(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--trial", "--image=photos/*.png"]) == 1
    assert capsys.readouterr().err == (
        "run.py: error: cannot read 'photos/*.png': there is no such file, and a trial takes one: only run.py expands "
        "a pattern, in a file of --plan or --sweep; list the files with values where W&B hands them out\n"
    )
