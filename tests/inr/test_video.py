"""The task of clips: scores a frame, the draw of a step, the interpolation between frames, the pictures."""

import cv2
import numpy as np
import pytest

from inr.config import TrialConfig
from inr.errors import InputError, UsageError
from inr.jet import Jet
from inr.tasks import task_of
from inr.tasks.movies import movie
from inr.trial import problem_of, run_trial
from tests import oracles

SMALL = {"task": "video", "frames": 7, "size": 12, "clip": "disc"}


def config(**flat):
    return TrialConfig.from_flat({**SMALL, **flat})


def noisy(judge, seed=0):
    truth = judge.clip.values.astype(np.float64)
    each = np.random.default_rng(seed).uniform(0.05, 0.3, len(truth))
    return truth + each[:, None, None, None] * np.random.default_rng(seed).normal(size=truth.shape)


def scores_of(judge, values):
    return judge.scores(Jet(values.reshape(-1, values.shape[-1]), None, None))


@pytest.mark.parametrize("channels", ["gray", "rgb"])
@pytest.mark.parametrize("holdout", ["none", "grid", "random"])
def test_scores_are_of_each_frame_the_mean_and_the_worst(channels, holdout):
    judge = problem_of(config(channels=channels, holdout=holdout)).judge
    prediction, truth = noisy(judge), judge.clip.values.astype(np.float64)
    scores, held_out = scores_of(judge, prediction), judge.split.held_out
    families = {"frames": np.arange(7)} | ({"held_out_frames": np.flatnonzero(held_out)} if holdout != "none" else {})
    for family, frames in families.items():
        pairs = [(prediction[k], truth[k], 2.0) for k in frames]
        for name, oracle in (("psnr", oracles.psnr), ("ssim", oracles.ssim)):
            each = [oracle(*pair) for pair in pairs]
            assert scores[f"{family}/{name}"] == pytest.approx(np.mean(each))
            assert scores[f"worst_{family}/{name}"] == pytest.approx(min(each))
        errors = [oracles.nrmse(p, t) for p, t, _ in pairs]
        assert scores[f"{family}/nrmse"] == pytest.approx(np.mean(errors))
        assert scores[f"worst_{family}/nrmse"] == pytest.approx(max(errors))
    assert scores["frames/data_range"] == 2
    assert ("held_out_frames/psnr" in scores) == (holdout != "none")


@pytest.mark.parametrize("frames", [6, 7])
def test_the_interpolation_is_the_mean_of_the_frames_beside(frames):
    judge = problem_of(config(frames=frames)).judge
    truth = judge.clip.values.astype(np.float64)
    last = (frames - 1) // 2 * 2
    guess = [(truth[k - 1] + truth[min(k + 1, last)]) / 2 for k in range(1, frames, 2)]
    each = [oracles.psnr(g, truth[1 + 2 * k], 2.0) for k, g in enumerate(guess)]
    assert judge.constants["held_out_frames/psnr_bilinear"] == pytest.approx(np.mean(each))
    assert judge.constants["worst_held_out_frames/psnr_bilinear"] == pytest.approx(min(each))
    np.testing.assert_allclose(judge.classical[1::2], guess, atol=1e-6)
    np.testing.assert_array_equal(judge.classical[::2], judge.clip.values[::2])
    assert scores_of(judge, judge.classical)["held_out_frames/ssim"] == judge.constants["held_out_frames/ssim_bilinear"]


def test_the_interpolation_between_scattered_frames_is_linear_in_time():
    judge = problem_of(config(frames=9, holdout="random", holdout_fraction=0.6, seed=1)).judge
    kept, held_out = np.flatnonzero(judge.split.trained), np.flatnonzero(judge.split.held_out)
    pixel = judge.clip.values[:, 3, 5, 0]
    np.testing.assert_allclose(judge.classical[held_out, 3, 5, 0], np.interp(held_out, kept, pixel[kept]), atol=1e-6)


def place(judge, points):
    """The indices of voxels from their coordinates."""
    sides = np.array(judge.clip.values.shape[:3])
    return np.rint((points + 1) / 2 * (sides - 1)).astype(int).T


def test_a_step_draws_voxels_of_kept_frames_and_nothing_else():
    problem = problem_of(config(voxel_share=0.3, channels="rgb"))
    (group,) = problem.groups
    one, again, other = (group.draw(np.random.default_rng(seed), 0.5) for seed in (0, 0, 1))
    assert len(one.points) == len(group.points) == round(0.3 * 4 * 144)
    np.testing.assert_array_equal(one.points, again.points)
    assert not np.array_equal(one.points, other.points)
    where = place(problem.judge, one.points)
    assert set(where[0]) == {0, 2, 4, 6}
    np.testing.assert_array_equal(problem.judge.clip.values[tuple(where)], one.data["clip"])
    many = np.concatenate([group.draw(np.random.default_rng(k), 0.0).points for k in range(100)])
    counts = np.unique(np.ravel_multi_index(place(problem.judge, many), (7, 12, 12)), return_counts=True)[1]
    assert len(counts) == 4 * 144
    assert counts.std() == pytest.approx(np.sqrt(len(many) / len(counts)), rel=0.15), "Poisson, as of uniform draws"


@pytest.mark.parametrize("share", [1.0, 0.25])
def test_the_loss_is_the_mean_squared_error(share):
    first, second = (step for step in run_trial(config(voxel_share=share, steps=1, hidden_features=8, hidden_layers=1)))
    values, truth = first.evaluation.prediction.value.reshape(7, 12, 12), first.trial.problem.judge.clip.values[..., 0]
    whole = np.square(values - truth)[::2].mean()
    assert second.evaluation.loss["loss"] == pytest.approx(whole, rel=1e-5 if share == 1 else 0.5)
    (work,), (group,) = first.trial.config.task.work(), first.trial.problem.groups
    assert work.points == work.most == len(group.points) == round(share * 4 * 144)
    assert work.drawn == (group.draw is not None) == (share < 1)


@pytest.mark.parametrize(("holdout", "ranked"), [("none", "frames/psnr"), ("grid", "held_out_frames/psnr")])
def test_trials_are_ranked_by_what_they_have_not_seen(holdout, ranked):
    settings = config(holdout=holdout)
    assert problem_of(settings).judge.rank_by == ranked == task_of(settings.flat()).rank_by(settings.flat())


@pytest.mark.parametrize("frames", [2, 3, 7])
@pytest.mark.parametrize("channels", ["gray", "rgb"])
@pytest.mark.parametrize("holdout", ["none", "grid"])
def test_panels_show_two_frames_that_train_and_two_that_do_not(frames, channels, holdout):
    settings = config(frames=frames, channels=channels, holdout=holdout)
    judge = problem_of(settings).judge
    values = noisy(judge)
    fields = judge.fields(Jet(values.reshape(-1, values.shape[-1]), None, None))
    shown, error, sliced = settings.task.panels(fields)
    numbers = [
        int(word) for text in (shown.title, shown.unit) for word in text.replace(",", "").split() if word.isdigit()
    ]
    assert [judge.split.held_out[k] for k in numbers] == [False, False, *[holdout == "grid"] * 2]
    truth = fields["reference_clip"]
    for number, rows, columns in zip(numbers, (0, 0, 13, 13), (0, 13, 0, 13), strict=True):
        piece = shown.prediction[rows : rows + 12, columns : columns + 12]
        np.testing.assert_array_equal(np.atleast_3d(piece), fields["clip"][number])
        wrong = error.prediction[rows : rows + 12, columns : columns + 12]
        np.testing.assert_allclose(wrong, (fields["clip"] - truth)[number].mean(axis=-1), atol=1e-6)
    assert error.scale[1] >= np.abs(error.prediction).max()
    np.testing.assert_array_equal(np.reshape(sliced.reference, (frames, 12, -1)), truth[:, 6])


def test_the_prediction_is_a_movie_of_its_frames(tmp_path):
    settings = config(channels="rgb")
    judge = problem_of(settings).judge
    ((ending, content),) = settings.task.files(judge.fields(Jet(judge.clip.values.reshape(-1, 3), None, None))).items()
    path = tmp_path / f"prediction.{ending}"
    path.write_bytes(content)
    capture = cv2.VideoCapture(str(path))
    found = [capture.read()[1][..., ::-1] for _ in range(7)]
    assert not capture.read()[0]
    expected = ((judge.clip.values + 1) * 127.5).repeat(8, axis=1).repeat(8, axis=2)
    assert np.abs(np.array(found) - expected).mean() < 12, "the codec loses some"


def test_without_an_encoder_the_record_has_no_movie_and_a_rendering_says_so(monkeypatch):
    monkeypatch.setattr("inr.tasks.movies.CODECS", ("none",))
    settings = config()
    judge = problem_of(settings).judge
    assert settings.task.files(judge.fields(Jet(judge.clip.values.reshape(-1, 1), None, None))) == {}
    with pytest.raises(InputError, match=r"^OpenCV has no encoder of none, expected one; install opencv-python"):
        movie(np.zeros((2, 8, 8), np.uint8), 24.0)


def test_a_rendering_has_the_resolution_and_the_extent_that_are_asked_for(tmp_path):
    seen = []

    def value(points):
        seen.append(np.abs(points).max(axis=0))
        return points[:, :1] * 1.5

    drawn = task_of({"task": "video"}).render(value, (5, 24, 48, 1), config().flat(), 96, 1.5)
    assert drawn.description == "7 frames, 24 a second"
    assert "lie outside [-1, 1]" in drawn.note
    np.testing.assert_allclose(np.max(seen, axis=0), [1.5, 1.5 * 23 / 47, 1.5], atol=0.02)
    (tmp_path / "a.mp4").write_bytes(drawn.content)
    capture = cv2.VideoCapture(str(tmp_path / "a.mp4"))
    assert (capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_COUNT)) == (96, 7)


def test_a_file_is_its_bytes(tmp_path):
    for name, seed in (("a.mp4", 0), ("b.mp4", 0), ("c.mp4", 1)):
        frames = np.random.default_rng(seed).integers(0, 256, (3, 96, 96), dtype=np.uint8)
        (tmp_path / name).write_bytes(movie(frames, 24.0))
    ids = [config(clip=str(tmp_path / name)).trial_id for name in ("a.mp4", "b.mp4", "c.mp4")]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"frames": 1}, "--frames got 1: expected an integer from 2 to 100000"),
        ({"clip": "orbit"}, "clip is 'orbit'; expected a file's path or a known name; did you mean 'orbits'"),
        ({"voxel_share": 0}, "--voxel_share got 0: expected a number above 0 and up to 1"),
    ],
)
def test_a_wrong_value_is_refused_in_a_sentence(wrong, said):
    with pytest.raises(UsageError) as error:
        config(**wrong)
    assert str(error.value).startswith(said)
