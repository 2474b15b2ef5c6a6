"""A picture between its pixels: what it is there, where the network is looked at, and what a trial records of it."""

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from inr import fit
from inr.alignment import align
from inr.bands import share_above
from inr.config import TrialConfig
from inr.signals import Signal, array_signal, blended, field, grid, load_signal, middle_of
from inr.tasks import between
from inr.tasks.between import Between
from inr.trial import problem_of, run_trial
from tests import oracles

SMALL = {"hidden_features": 6, "hidden_layers": 1, "steps": 3, "eval_every": 1}


def pixels(shape=(57, 43), seed=0):
    return np.random.default_rng(seed).random(shape)


def fine(signal):
    return signal.between(*Between(signal).places)


def points(closing):
    return np.concatenate([*closing.parts()])


def test_a_picture_between_its_pixels_is_the_mean_over_a_window_that_moves():
    file, signal = pixels(), array_signal(pixels(), 20, "gray")
    assert signal.shape == (20, 15, 1)
    rows, columns = np.array([0, 3.25, 7.5, 19]), np.array([0, 0.75, 14])
    down = np.stack([oracles.moving_mean(column, rows, 57 / 20) for column in file.T], axis=1)
    expected = np.stack([oracles.moving_mean(row, columns, 43 / 15) for row in down])
    np.testing.assert_allclose(signal.between(rows, columns)[..., 0], 2 * expected - 1, atol=1e-12)


@pytest.mark.parametrize("channels", ["gray", "rgb"])
@pytest.mark.parametrize("name", ["coffee", "camera", "sinusoids"])
def test_at_a_pixel_it_is_the_pixel(name, channels):
    signal = load_signal(name, 40, channels)
    found = fine(signal)
    np.testing.assert_allclose(found[::4, ::4], signal.values, atol=1e-6)
    assert np.abs(found[2::4, ::4] - signal.values[:-1]).max() > 0.01


def test_a_closed_form_is_exact_between_the_pixels():
    np.testing.assert_array_equal(fine(load_signal("gaussians", 16, "rgb")), field("gaussians", "rgb")(grid(61, 61))[0])


def test_a_file_that_has_no_more_pixels_says_nothing_between_them():
    assert array_signal(pixels((40, 40)), 20, "gray").between is not None
    assert array_signal(pixels((39, 39)), 20, "gray").between is None
    assert array_signal(pixels((20, 20)), 40, "gray").between is None


def test_cut_and_blended_pictures_keep_what_lies_between():
    one, other = load_signal("coffee", 30, "gray"), load_signal("sinusoids", 30, "gray")
    cut = middle_of(other, *one.shape[:2])
    np.testing.assert_allclose(fine(cut)[::4, ::4], cut.values, atol=1e-12)
    np.testing.assert_allclose(fine(blended(one, cut, 0.3)), 0.3 * fine(one) + 0.7 * fine(cut), atol=1e-12)
    assert blended(one, replace(cut, between=None), 0.3).between is None


def test_the_points_are_a_grid_four_times_as_fine_that_holds_the_pixels(monkeypatch):
    signal = load_signal("coffee", 24, "gray")
    whole = points(Between(signal)).reshape(4 * 15 + 1, 4 * 23 + 1, 2)
    np.testing.assert_array_equal(whole[::4, ::4], signal.coordinates)
    np.testing.assert_allclose(np.diff(whole, axis=0)[..., 0], signal.spacing / 4, rtol=1e-12)
    monkeypatch.setattr(between, "PART", 200)
    parts = [*Between(signal).parts()]
    assert max(map(len, parts)) <= 200
    np.testing.assert_array_equal(np.concatenate(parts), whole.reshape(-1, 2))


def test_of_a_large_picture_the_middle_is_looked_at(monkeypatch):
    monkeypatch.setattr(between, "MOST", 10)
    signal = load_signal("coffee", 24, "gray")
    inside = points(Between(signal)).reshape(37, 37, 2)
    np.testing.assert_array_equal(inside[::4, ::4], signal.coordinates[3:13, 7:17])
    np.testing.assert_allclose(fine(signal)[::4, ::4], signal.values[3:13, 7:17], atol=1e-6)


def test_scores_are_of_the_points_between_the_pixels():
    signal = load_signal("camera", 24, "gray")
    truth, closing = fine(signal), Between(signal)
    noisy = truth + 0.1 * np.random.default_rng(0).normal(size=truth.shape)
    noisy[::4, ::4] += 100  # no pixel counts
    scores, fields = closing.measure(noisy.reshape(-1, 1))
    off = [(i, j) for i in range(93) for j in range(93) if i % 4 or j % 4]
    pairs = [[values[i, j, 0] for i, j in off] for values in (noisy, truth)]
    assert scores["between/psnr"] == pytest.approx(oracles.psnr(*pairs, 2.0))
    assert scores["alias/above"] == pytest.approx(share_above(noisy))
    assert scores["alias/above_truth"] == pytest.approx(share_above(truth))
    assert scores["alias/low_zero"] > scores["alias/low"]
    assert fields["spectrum"].shape == fields["reference_spectrum"].shape == (47,)


@pytest.mark.parametrize("order", [1, 2])
def test_what_the_loss_leaves_free_is_removed_from_the_aligned_scores(order):
    signal = load_signal("bandlimited", 24, "gray")
    truth = fine(signal)
    noisy = truth + 0.01 * np.random.default_rng(0).normal(size=truth.shape)
    plain, _ = Between(signal).measure(noisy.reshape(-1, 1))
    shifted, _ = Between(signal, order).measure((noisy + 0.5).reshape(-1, 1))
    expected = align(noisy, truth, order)
    assert shifted["between/psnr"] < 15 < 40 < shifted["between/psnr_aligned"]
    assert shifted["between/psnr_aligned"] == pytest.approx(
        Between(signal).measure(expected.reshape(-1, 1))[0]["between/psnr"]
    )
    assert not any(name.endswith("_aligned") for name in plain)


def test_a_picture_that_is_not_known_there_leaves_its_energy_alone():
    signal = Signal("file", np.random.default_rng(0).normal(size=(12, 12, 1)))
    scores, fields = Between(signal).measure(np.random.default_rng(1).normal(size=(45 * 45, 1)))
    assert {name for name, value in scores.items() if not math.isnan(value)} == {"alias/above"}
    assert set(fields) == {"spectrum"}


@pytest.mark.parametrize(
    "flat", [{}, {"loss": "gradient"}, {"task": "super_resolution"}, {"task": "inpainting"}], ids=str
)
def test_a_trial_looks_between_the_pixels_once_at_its_end(flat):
    config = TrialConfig.from_flat({"image": "sinusoids", "size": 16, **SMALL, **flat})
    problem = problem_of(config)
    before, last = ([*run_trial(config, found)] for found in (replace(problem, closing=None), problem))
    for step in last[:-1]:
        assert not any(name.startswith(("alias/", "between/")) for name in step.evaluation.metrics)
        assert not step.evaluation.closing
    evaluation = last[-1].evaluation
    assert evaluation.metrics["between/psnr"] == pytest.approx(_between(problem, last[-1].trial), abs=1e-9)
    gained = {name: value for name, value in evaluation.metrics.items() if name not in before[-1].evaluation.metrics}
    assert {name.partition("/")[0] for name in gained} == {"alias", "between"}
    kept = {name: value for name, value in evaluation.metrics.items() if name not in gained}
    np.testing.assert_equal(kept, before[-1].evaluation.metrics)


def _between(problem, trial):
    """The PSNR of a network at all points of the fine grid at once."""
    x = points(problem.closing)
    predicted = trial._predicted(problem.ask._replace(gradient=False, second=()), x).value
    signal = problem.closing.signal
    truth = fine(signal).reshape(-1, 1)
    on = (np.abs(x[:, None] - signal.coordinates.reshape(-1, 2)).max(axis=-1) < 1e-9).any(axis=1)
    return oracles.psnr(predicted[~on], truth[~on], 2.0)


def test_what_is_fitted_in_memory_has_the_same():
    found = fit(cv2.resize(pixels(), (64, 64)), size=16, **SMALL)
    assert found.metrics["alias/above"] > 0
    assert found.fields["spectrum"].shape == (31,)
    assert "between/psnr" not in found.history[0]
