"""Super-resolution: means over areas as data, scores inside and outside, and the pictures that do not fit."""

import itertools

import numpy as np
import pytest
import torch

from inr.config import TrialConfig
from inr.errors import InputError, UsageError
from inr.jet import Jet
from inr.signals import array_signal
from inr.tasks.super_resolution import EXTENT, AreaMean, in_blocks
from inr.trial import problem_of
from inr.vocabulary import metric, rankable
from tests import oracles
from tests.fits import closed

TASK = {"task": "super_resolution", "size": 24}


def problem(**flat):
    return problem_of(TrialConfig.from_flat({**TASK, **flat}))


def predicted(found, outside=0.0):
    """The truth inside the picture, a constant outside."""
    whole = found.judge.whole.values.reshape(-1, found.channels)
    return Jet(np.concatenate([whole, np.full_like(whole, outside)]), None, None)


def test_a_residual_is_the_mean_over_an_area_minus_the_low_pixel():
    values, factor = np.random.default_rng(0).normal(size=(6, 9, 2)), 3
    means = np.random.default_rng(1).normal(size=(2, 3, 2))
    blocks = torch.from_numpy(in_blocks(values, factor)).reshape(-1, 2)
    targets = torch.from_numpy(np.repeat(means.reshape(-1, 2), 9, axis=0))
    found = AreaMean("area", 9).residuals(Jet(blocks, None, None), {"area": targets})
    for place, (i, j) in enumerate(itertools.product(range(2), range(3))):
        area = values[3 * i : 3 * i + 3, 3 * j : 3 * j + 3]
        np.testing.assert_allclose(found[place], area.mean(axis=(0, 1)) - means[i, j], atol=1e-14)


@pytest.mark.parametrize("channels", ["gray", "rgb"])
def test_the_truth_has_no_residual_at_areas_and_a_plane_none_at_centres(channels):
    whole = problem(image="coffee", factor=4, loss="all", channels=channels)
    areas, centres = whole.groups
    truth = in_blocks(whole.judge.whole.values, 4).reshape(-1, whole.channels)
    data = {"area": torch.from_numpy(areas.data["area"])}
    assert areas.terms[0].residuals(Jet(torch.from_numpy(truth), None, None), data).abs().max() < 1e-12
    np.testing.assert_allclose(in_blocks(whole.judge.whole.coordinates, 4).reshape(-1, 2), areas.points)
    np.testing.assert_allclose(areas.points.reshape(-1, 16, 2).mean(axis=1), centres.points, atol=1e-12)
    assert np.array_equal(areas.data["area"][::16], centres.data["centre"])
    assert areas.per_residual["area"] == centres.per_residual["centre"] == 1 / centres.data["centre"].size


def test_scores_are_of_both_resolutions_and_of_what_lies_outside():
    found = problem(image="coffee")
    prediction = predicted(found, 0.5)
    prediction.value[: len(prediction.value) // 2] += np.random.default_rng(0).normal(size=(16 * 24, 1), scale=0.1)
    scores = found.judge.scores(prediction)
    whole = found.judge.whole.values
    inside = prediction.value[: 16 * 24].reshape(16, 24, 1)
    assert scores["high/psnr"] == pytest.approx(oracles.psnr(inside, whole, 2.0))
    assert scores["high/ssim"] == pytest.approx(oracles.ssim(inside, whole, 2.0))
    low = [array.reshape(8, 2, 12, 2).mean(axis=(1, 3)) for array in (inside, whole)]
    assert scores["low/psnr"] == pytest.approx(oracles.psnr(*low, 2.0))
    assert scores["outside/energy"] == pytest.approx(0.25 / np.mean(whole**2))
    rows, columns = np.abs(found.points[16 * 24 :]).T.reshape(2, 16, 24)
    np.testing.assert_array_equal(found.judge.beyond, (rows > 15 / 23 + 1e-9) | (columns > 1 + 1e-9))


@pytest.mark.parametrize(("size", "factor"), [(24, 2), (27, 3)])
def test_the_frame_holds_the_picture_at_its_nearest_samples(size, factor):
    found = problem(image="coffee", size=size, factor=factor)
    judge = found.judge
    fields = judge.fields(predicted(found))
    coordinates, values = judge.whole.coordinates.reshape(-1, 2), judge.whole.values.reshape(-1)
    for place in map(tuple, np.argwhere(~judge.beyond)):
        distances = np.abs(coordinates - EXTENT * judge.whole.coordinates[place]).max(axis=1)
        near = values[distances <= distances.min() + 1e-9]
        assert np.abs(fields["reference_outside"][place] - near).min() < 1e-6
    assert not fields["reference_outside"][judge.beyond].any()


def test_a_trial_has_the_metrics_that_the_vocabulary_says():
    for flat in ({}, {"loss": "centre"}):
        config = TrialConfig.from_flat({**TASK, **flat})
        found = problem_of(config)
        expected = {name for name in rankable() if metric(name).lacks(config.flat()) is None}
        scores = {**found.judge.scores(predicted(problem(**flat))), **closed(found).scores}
        assert {name for name in scores if metric(name).rankable} == expected
        assert {"high/psnr_bicubic", "high/ssim_lanczos", "high/psnr_fourier"} <= scores.keys()
        assert "outside/energy_bicubic" not in scores


def test_the_best_classical_answer_is_shown_beside_the_network():
    found = problem()
    scores, fields = found.judge.scores(predicted(found)), found.judge.fields(predicted(found))
    best = max(("bicubic", "lanczos", "fourier"), key=lambda name: scores[f"high/psnr_{name}"])
    assert fields["answer_name"] == best
    np.testing.assert_allclose(fields["answer"], found.judge.answers[best], atol=1e-6)


def test_rows_and_columns_that_fill_no_area_are_cut_and_told():
    found = problem(size=30, factor=4, image="coffee")
    assert found.data_shape == (20, 28, 1)
    assert "20 x 30 pixels were cropped to 20 x 28, multiples of 4" in found.notes
    assert np.abs(found.points[: 20 * 28]).max() == 1


def test_an_array_can_be_fitted():
    noise = np.random.default_rng(0).integers(0, 256, (16, 20), dtype=np.uint8)
    config = TrialConfig.from_flat({**TASK, "size": 20})
    assert config.task.fitted_to(array_signal(noise, 20, "gray"), 0).data_shape == (16, 20, 1)


def test_a_factor_that_leaves_nothing_is_refused():
    with pytest.raises(UsageError, match=r"^--factor=16 got --size=24: give 32 or more pixels a side, or a smaller "):
        problem(factor=16)
    with pytest.raises(InputError, match=r"^--factor=8 got 9 x 24 pixels: give 16 or more pixels a side, or a sma"):
        problem(image="text", factor=8)
