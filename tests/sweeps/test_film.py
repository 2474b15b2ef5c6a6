"""The film of a fit: what was kept is what the trial predicted, scales stand still, and what is wrong is told."""

import io
import itertools
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from tiny import PARAMETERS, assert_same_trial, command, only, train

import run
from inr.config import TrialConfig
from inr.trial import Step, run_trial
from sweeps.record import film, film_sheet, kept_maps
from sweeps.record.film_sheet import Row, Sheet
from sweeps.record.folder import RecordFolder, Runs
from sweeps.record.gif import gif
from sweeps.trial.execution import Execution
from sweeps.trial.how import How
from sweeps.trial.runner import run_recorded
from sweeps.trial.stopping import Stopped

KEEP = "--keep_maps=true"


def predictions(**parameters: Any) -> dict[int, np.ndarray]:
    """What the trial predicts at its evaluations, by the trial alone."""
    config = TrialConfig.from_flat({**PARAMETERS, **parameters})
    return {s.step: s.evaluation.prediction.value for s in run_trial(config) if s.evaluation}


def assert_kept(folder: RecordFolder, truth: dict[int, np.ndarray]) -> None:
    """Half precision: 11 bits of each value."""
    maps = kept_maps.opened(folder.maps)
    assert maps["step"].tolist() == [*truth]
    for at, (step, picture) in zip(maps, truth.items(), strict=True):
        expected = picture.reshape(at["map"].shape)
        assert np.abs(at["map"] - expected).max() <= 2.0**-11 * np.abs(expected).max(), step


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three trials that kept their maps: two of sine, one of them shorter; one of relu."""
    folder = tmp_path_factory.mktemp("films")
    for parameters in ({"activation": "sine"}, {"activation": "sine", "steps": 10}, {"activation": "relu"}):
        assert run.main(command(folder, KEEP, learning_rate=0.01, **parameters)) == 0
    return folder


def ids(runs: Path) -> list[str]:
    """The trials' ids, in the order in which they were run."""
    found = {}
    for folder in Runs(runs).folders():
        record = folder.read()
        assert record is not None
        found[record.config["activation"], -record.config["steps"]] = record.trial_id
    return [found["sine", -20], found["sine", -10], found["relu", -20]]


def test_the_maps_are_the_predictions_and_the_trial_is_the_same(tmp_path: Path) -> None:
    kept, bare = train(tmp_path / "kept", KEEP), train(tmp_path / "bare")
    assert_same_trial(kept, bare)
    assert {path.name for path in kept.path.iterdir()} - {path.name for path in bare.path.iterdir()} == {"maps.npy"}
    assert_kept(kept, predictions())
    record = kept.read()
    assert record is not None
    assert "maps.npy" in record.files
    assert np.load(kept.maps)["map"].shape == (5, 16, 16, 1)


@pytest.mark.parametrize("stops", [(0,), (7,), (10, 13)])
def test_they_are_the_same_however_often_the_trial_was_stopped(tmp_path: Path, stops: tuple[int, ...]) -> None:
    config = TrialConfig.from_flat(PARAMETERS)
    for stop in (*stops, -1):

        def consume(step: Step, stop: int = stop) -> None:
            if step.step == stop:
                raise Stopped("interrupted", "for the test")

        run_recorded(config, How(Runs(tmp_path), Execution("cpu", 1, "ieee"), keep_maps=True), [consume])
    assert_kept(only(tmp_path), predictions())


@pytest.mark.parametrize("keeps", [(True, False), (True, False, True)])
def test_a_trial_that_keeps_its_maps_goes_on_where_nobody_says_so(tmp_path: Path, keeps: tuple[bool, ...]) -> None:
    config = TrialConfig.from_flat(PARAMETERS)
    for part, keep in enumerate(keeps, start=1):

        def consume(step: Step, part: int = part) -> None:
            if part < len(keeps) and step.step == 6 * part:
                raise Stopped("interrupted", "for the test")

        run_recorded(config, How(Runs(tmp_path), Execution("cpu", 1, "ieee"), keep_maps=keep), [consume])
    assert_kept(only(tmp_path), predictions())


def test_a_kill_between_a_map_and_its_checkpoint_leaves_no_map_twice(tmp_path: Path) -> None:
    path, picture = tmp_path / "maps.npy", np.full((3, 2, 1), 0.25)
    for step in (0, 5, 10):
        kept_maps.append(path, step, picture + step)
    with path.open("ab") as file:
        file.write(b"half a map")
    kept_maps.keep_until(path, 5)
    kept_maps.append(path, 10, picture)
    maps = np.load(path)
    assert maps["step"].tolist() == [0, 5, 10]
    assert maps["map"].astype(float)[:, 0, 0, 0].tolist() == [0.25, 5.25, 0.25]
    kept_maps.keep_until(path, -1)
    assert not path.exists()


def test_what_half_precision_cannot_hold_is_its_largest(tmp_path: Path) -> None:
    kept_maps.append(tmp_path / "x.npy", 0, np.array([[[1e9], [-1e9]]]))
    assert np.load(tmp_path / "x.npy")["map"].ravel().tolist() == [65504, -65504]


def films(runs: Path, into: Path, *trials: str, code: int = 0) -> None:
    assert run.main(["--film", *trials, f"--into={into}", f"--runs={runs}"]) == code


def frames_of(path: Path) -> list[np.ndarray]:
    if path.suffix == ".gif":
        with Image.open(path) as picture:
            return [np.asarray(picture.convert("RGB")) for k in range(picture.n_frames) if picture.seek(k) is None]
    video, frames = cv2.VideoCapture(str(path)), []
    while (read := video.read())[0]:
        frames.append(read[1][..., ::-1])
    return frames


@pytest.mark.parametrize("ending", ["mp4", "gif"])
def test_a_film_has_a_frame_a_step_and_shows_the_predictions(
    runs: Path, tmp_path: Path, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    into = tmp_path / f"fit.{ending}"
    films(runs, into, *ids(runs))
    assert capsys.readouterr().out == f"filmed: {into} (5 frames, 3 a second)\n"
    frames = frames_of(into)
    assert len(frames) == (5 if ending == "gif" else 5 + 2 * 3)
    last = kept_maps.opened(Runs(runs).folder(ids(runs)[0]).maps)[-1]["map"][..., 0].astype(float)
    sheet = Sheet(last[..., None], ["sine\nsteps = 20"] * 3, "")
    left, top, wide, high = (round(150 * side) for side in sheet._box(0, 0))
    shown = np.array(Image.fromarray(frames[-1][top : top + high, left : left + wide, 1]).resize((16, 16), 4))
    wanted = 127.5 * (np.clip(last, -1, 1) + 1)
    assert np.abs(shown - wanted).mean() < 3 < wanted.std()
    assert any((one != other).any() for one, other in itertools.pairwise(frames[:5]))


def test_rows_are_named_by_what_tells_them_apart(runs: Path) -> None:
    records = [Runs(runs).folder(trial).read() for trial in ids(runs)]
    configs = [record.config for record in records if record]
    assert film.labels(configs) == ["sine\nsteps = 20", "sine\nsteps = 10", "relu\nsteps = 20"]
    assert film.labels(configs[::2]) == ["sine", "relu"]
    slower = {**configs[0], "omega_0": 10.0, "first_omega_0": 10.0}
    assert film.labels([configs[0], slower]) == ["sine\nomega_0 = 30", "sine\nomega_0 = 10"]
    wire = {**configs[0], "activation": "wire", "omega_0": 20.0, "first_omega_0": 20.0}
    assert film.labels([configs[0], slower, wire]) == ["sine\nomega_0 = 30", "sine\nomega_0 = 10", "wire"]
    first = {**configs[0], "first_omega_0": 99.0}
    assert film.labels([configs[0], first]) == ["sine\nfirst_omega_0 = 30", "sine\nfirst_omega_0 = 99"]


def test_a_trial_that_has_ended_shows_its_last_map_and_says_so(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, list[int]]] = []
    draw = Sheet.frame

    def note(self: Sheet, rows: list[Row], step: int) -> Any:
        seen.append((step, [row.step for row in rows]))
        return draw(self, rows, step)

    monkeypatch.setattr(film_sheet.Sheet, "frame", note)
    films(runs, runs / "x.gif", *ids(runs)[:2])
    assert seen == [(0, [0, 0]), (5, [5, 5]), (10, [10, 10]), (15, [15, 10]), (20, [20, 10])]


@pytest.mark.parametrize("shape", [(16, 16, 1), (12, 40, 3), (700, 40, 1)])
def test_scales_stand_still_and_nothing_is_cut(shape: tuple[int, int, int]) -> None:
    random = np.random.default_rng(0)
    truth = random.uniform(-1, 1, shape)
    sheet = Sheet(truth, ["sine\nomega_0 = 30", "relu"], "a picture, image loss")
    frames = [sheet.frame([Row(truth + k, 5, {"image/psnr": 1.0}, "image")] * 2, 5 * k) for k in (1, 0)]
    for edge in (frames[0][0], frames[0][-1], frames[0][:, 0], frames[0][:, -1]):
        assert (edge == 255).all()
    below = round(150 * sheet.bottom) + 4
    assert (frames[0][below:] == frames[1][below:]).all()
    for column, wanted in ((1, 255), (1, 0)):
        left, top, wide, high = (round(150 * side) for side in sheet._box(1, column))
        middle = frames[0 if wanted else 1][top + high // 2, left + wide // 2]
        assert (middle.max() > 240) == bool(wanted), "an error of 1 is bright, none is black"


def test_a_gif_is_what_was_given_and_stands_as_long() -> None:
    frames = [np.full((8, 8, 3), value, np.uint8) for value in (0, 120, 120, 255)]
    with Image.open(io.BytesIO(gif(iter(frames), 4))) as picture:
        assert picture.n_frames == 3
        found = []
        for k in range(3):
            picture.seek(k)
            found.append((picture.convert("RGB").getpixel((3, 3))[0], picture.info["duration"]))
        assert picture.info["loop"] == 0
    assert found == [(0, 250), (120, 500), (255, 250)]


def told(runs: Path, into: Path, code: int, capsys: pytest.CaptureFixture[str], *trials: str) -> str:
    capsys.readouterr()
    films(runs, into, *trials, code=code)
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert not into.exists()
    return err


def test_what_cannot_be_filmed_is_told_in_a_sentence(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, *_ = ids(runs)
    assert "ends in .mp4 or .gif" in told(runs, tmp_path / "x.png", 2, capsys, first)
    assert "there is no folder" in told(runs, tmp_path / "no" / "x.gif", 1, capsys, first)
    assert "twice: name each trial once" in told(runs, tmp_path / "x.gif", 2, capsys, first, first)
    assert "twice: name each trial once" in told(runs, tmp_path / "x.gif", 2, capsys, first, first[:12])
    assert "expected at most 8" in told(runs, tmp_path / "x.gif", 2, capsys, *map(str, range(9)))
    bare = train(tmp_path / "bare")
    said = told(tmp_path / "bare", tmp_path / "x.gif", 1, capsys, bare.path.name)
    assert "kept no maps; train it again with --keep_maps=true --force" in said
    coins = train(tmp_path / "coins", KEEP, image="coins")
    said = told(runs, tmp_path / "x.gif", 1, capsys, first, str(coins.path))
    assert "give trials of one picture" in said
    coins.maps.write_bytes(coins.maps.read_bytes()[:-1] + b"\0")
    assert "it is damaged" in told(runs, tmp_path / "x.gif", 1, capsys, str(coins.path))


def test_a_task_without_a_picture_keeps_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(command(tmp_path / "a", KEEP, task="audio", seconds=0.02)) == 2
    assert "--keep_maps keeps pictures, and --task=audio fits none: leave it out" in capsys.readouterr().err
    sound = train(tmp_path / "b", task="audio", seconds=0.02)
    assert "fits no picture; give trials that fit pictures" in told(
        tmp_path / "b", tmp_path / "x.gif", 1, capsys, sound.path.name
    )


@pytest.mark.parametrize("task", ["inpainting", "super_resolution", "blend"])
def test_other_tasks_of_pictures_are_filmed_with_their_own_scores(task: str, tmp_path: Path) -> None:
    folder = train(tmp_path, KEEP, task=task)
    record = folder.read()
    assert record is not None
    kept = film.read_kept(folder, record)
    fields = folder.arrays("fields")
    np.testing.assert_allclose(kept.at(20)[1], fields["image"], rtol=2.0**-10)
    filmed = TrialConfig.from_flat(record.config).task.filmed
    assert filmed is not None
    assert f"{filmed.family}/psnr" in kept.scores[20]
