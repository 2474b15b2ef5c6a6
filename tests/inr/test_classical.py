"""Answers without a network beside a picture's: which trials have them, and that each is what its name says."""

import numpy as np
import pytest

from inr.config import TrialConfig
from inr.resampling import PICTURES
from inr.signals import load_signal
from inr.spline import BicubicGrid
from inr.tasks.between import Between
from inr.trial import problem_of
from inr.vocabulary import metric
from tests import oracles
from tests.fits import closed

METHODS = {*PICTURES, "bspline"}
NUMBERS = 100
"""The numbers of the network that :func:`tests.fits.closed` speaks of."""


def problem(**flat):
    return problem_of(TrialConfig.from_flat({"image": "camera", "size": 24, **flat}))


def between(signal):
    fine = signal.between(*Between(signal).places)
    off = np.ones(fine.shape[:2], dtype=bool)
    off[::4, ::4] = False
    return fine, off


def beside(scores, name):
    return {each.removeprefix(f"{name}_") for each in scores if each.startswith(f"{name}_")}


def test_every_method_stands_beside_the_network_between_the_pixels():
    signal, scores = load_signal("camera", 24, "gray"), closed(problem()).scores
    fine, off = between(signal)
    known, values = ~off, np.where(~off[..., None], fine, np.nan)
    values[::4, ::4] = signal.values
    for name, method in PICTURES.items():
        guess = method(values, known, off)
        assert scores[f"between/psnr_{name}"] == pytest.approx(oracles.psnr(guess, fine[off], 2.0))
    assert beside(scores, "between/psnr") == METHODS
    for name in ("above", "low", "middle", "high"):
        assert beside(scores, f"alias/{name}") >= METHODS


def test_the_bicubic_grid_has_as_many_numbers_as_the_network():
    signal, scores = load_signal("camera", 24, "gray"), closed(problem()).scores
    grid = BicubicGrid.fitted(signal.values, np.ones((24, 24), dtype=bool), NUMBERS)
    assert grid.coefficients.size == NUMBERS
    found = grid.at(*[np.arange(24)] * 2)
    assert scores["image/psnr_bspline"] == pytest.approx(oracles.psnr(found, signal.values, 2.0))
    assert scores["image/ssim_bspline"] == pytest.approx(oracles.ssim(found, signal.values, 2.0))
    fine, off = between(signal)
    guess = grid.at(*Between(signal).places)[off]
    assert scores["between/psnr_bspline"] == pytest.approx(oracles.psnr(guess, fine[off], 2.0))


@pytest.mark.parametrize("holdout", ["grid", "random"])
def test_held_out_pixels_are_not_known(holdout):
    found, signal = problem(holdout=holdout), load_signal("camera", 24, "gray")
    split = found.judge.split
    for name, method in PICTURES.items():
        guess = method(signal.values, split.trained, split.held_out)
        expected = np.nan if np.isnan(guess).any() else oracles.psnr(guess, signal.values[split.held_out], 2.0)
        assert found.judge.constants[f"held_out/psnr_{name}"] == pytest.approx(expected, nan_ok=True)
    grid = BicubicGrid.fitted(np.where(split.trained[..., None], signal.values, 0), split.trained, NUMBERS)
    guess = grid.at(*[np.arange(24)] * 2)[split.held_out]
    scores = closed(found).scores
    assert scores["held_out/psnr_bspline"] == pytest.approx(oracles.psnr(guess, signal.values[split.held_out], 2.0))


@pytest.mark.parametrize(
    "flat",
    [{"loss": "gradient"}, {"task": "poisson"}, {"task": "super_resolution"}, {"task": "inpainting"}],
    ids=str,
)
def test_pixels_that_the_loss_does_not_compare_are_not_interpolated(flat):
    assert not METHODS & beside(closed(problem(**flat)).scores, "between/psnr")


def test_too_few_numbers_give_no_grid():
    found = problem()
    values = np.zeros((93 * 93, 1))
    scores = found.closing.measure(values, 15).scores
    assert np.isnan([scores["image/psnr_bspline"], scores["between/psnr_bspline"], scores["alias/above_bspline"]]).all()


def test_a_grid_with_a_number_for_each_pixel_says_something_between_them_only():
    for numbers in (24 * 24 - 1, 24 * 24):
        scores = problem().closing.measure(np.zeros((93 * 93, 1)), numbers).scores
        assert np.isnan(scores["image/psnr_bspline"]) == np.isnan(scores["image/ssim_bspline"]) == (numbers == 576)
        assert 15 < scores["between/psnr_bspline"] < 40


def test_a_table_takes_them_for_answers_without_a_network():
    for name in METHODS:
        known = metric(f"between/psnr_{name}").variant
        assert known is not None
        assert known.classical
        assert not known.rankable
