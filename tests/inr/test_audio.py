"""The sound's scores, the answers without a network, and the note on silence, each against a second source."""

import math

import numpy as np
import pytest
from scipy.interpolate import make_interp_spline

import inr
from inr.config import TrialConfig
from inr.holdouts import Grid, Random
from inr.interpolation import INTERPOLATIONS
from inr.jet import Jet
from inr.spectra import QUIETEST, levels, log_spectral_distance
from inr.trial import problem_of
from tests import oracles


def sound(count=900, seed=0):
    return np.random.default_rng(seed).normal(size=count).cumsum() / 10


def problem(**flat):
    return problem_of(TrialConfig.from_flat({"task": "audio", "seconds": 0.05, **flat}))


def predicted(found, values):
    maps = found.judge.reference.maps
    return Jet(values, maps.gradient, maps.laplacian[..., None])


@pytest.mark.parametrize("count", [256, 511, 900])
@pytest.mark.parametrize("factor", [1.0, 1e-2, 0.0])
def test_the_log_spectral_distance_is_that_of_its_definition(count, factor):
    reference, prediction = sound(count), factor * (sound(count) + 0.2 * sound(count, 1))
    expected = oracles.log_spectral_distance(prediction, reference)
    assert log_spectral_distance(prediction[:, None], reference[:, None]) == pytest.approx(expected)


def test_the_log_spectral_distance_of_a_factor_is_the_factor_and_of_silence_finite():
    noise = np.random.default_rng(0).normal(size=2000)
    assert log_spectral_distance(0.1 * noise, noise) == pytest.approx(20, abs=0.1)
    assert log_spectral_distance(noise, noise) == 0
    assert 40 < log_spectral_distance(0 * noise, noise) < -QUIETEST
    assert math.isnan(log_spectral_distance(noise, 0 * noise))
    assert math.isnan(log_spectral_distance(noise + np.inf, noise))
    assert log_spectral_distance(noise[:20] + 0.1, noise[:20]) > 0, "shorter than a window"


def test_a_tone_is_loudest_at_its_frequency():
    tone = np.sin(2 * np.pi * 32 / 256 * np.arange(1024))
    assert levels(tone, tone).argmax(axis=0).tolist() == [32] * 13
    assert levels(tone, tone).max() == pytest.approx(0)


@pytest.mark.parametrize("count", [40, 41])
@pytest.mark.parametrize("holdout", [Grid(), Random(holdout_fraction=0.4)], ids=str)
def test_cubic_interpolation_is_a_b_spline(count, holdout):
    values, (known, wanted) = sound(count)[:, None], holdout.split((count,), 0)
    places = np.flatnonzero(known)
    clipped = np.clip(np.flatnonzero(wanted), places[0], places[-1])
    spline = make_interp_spline(places, values[known], k=3)
    np.testing.assert_allclose(INTERPOLATIONS["cubic"](values, known, wanted), spline(clipped), atol=1e-12)
    linear = np.interp(clipped, places, values[known][:, 0])
    np.testing.assert_allclose(INTERPOLATIONS["bilinear"](values, known, wanted)[:, 0], linear, atol=1e-12)


@pytest.mark.parametrize("count", [40, 41, 42, 43])
def test_fourier_padding_is_trigonometric_interpolation(count):
    values, (known, wanted) = sound(count)[:, None], Grid().split((count,), 0)
    expected = oracles.trigonometric_interpolation(values[known], np.flatnonzero(wanted) / 2)
    np.testing.assert_allclose(INTERPOLATIONS["fourier"](values, known, wanted), expected, atol=1e-9)


@pytest.mark.parametrize("known", [[3], [3, 9], [2, 3, 7]])
@pytest.mark.parametrize("name", INTERPOLATIONS)
def test_few_known_samples_give_an_answer_or_none(name, known):
    mask = np.isin(np.arange(12), known)
    guess = INTERPOLATIONS[name](np.ones((12, 1)), mask, ~mask)
    assert guess.shape == (12 - len(known), 1)
    assert np.allclose(guess, 1) or (name == "fourier" and np.isnan(guess).all())


@pytest.mark.parametrize(("holdout", "evenly"), [("grid", True), ("random", False)])
def test_the_classical_answers_stand_beside_held_out_samples(holdout, evenly):
    judge = problem(sound="noise", holdout=holdout).judge
    truth = judge.signal.values[judge.split.held_out]
    for name, interpolation in INTERPOLATIONS.items():
        found = judge.constants[f"held_out/psnr_{name}"]
        if name == "fourier" and not evenly:
            assert math.isnan(found)
        else:
            guess = interpolation(judge.signal.values, *judge.split)
            assert found == pytest.approx(oracles.psnr(guess, truth, 2.0))
    assert judge.constants["held_out/psnr_cubic"] > judge.constants["held_out/psnr_bilinear"]
    assert "held_out/psnr_cubic" not in picture(holdout).constants


def picture(holdout):
    return problem_of(TrialConfig.from_flat({"size": 16, "holdout": holdout})).judge


def test_psnr_has_the_range_two_by_name():
    found = problem()
    truth = found.judge.signal.values
    scores = found.judge.scores(predicted(found, truth + 0.1))
    assert scores["sound/data_range"] == 2
    assert scores["sound/psnr"] == pytest.approx(20 * math.log10(2 / 0.1))


@pytest.mark.parametrize(("factor", "silent"), [(0.0, True), (0.3, True), (0.33, False), (1.0, False)])
def test_a_prediction_of_less_than_a_tenth_of_the_power_is_silence(factor, silent):
    found = problem()
    notes = found.judge.notes(predicted(found, factor * found.judge.signal.values + 0.2))
    assert [f"{factor**2:.2%} of the sound's power" in note for note in notes] == [True] * silent


def test_the_note_on_silence_is_of_the_last_evaluation():
    flat = {"task": "audio", "seconds": 0.02, "hidden_features": 32, "hidden_layers": 1, "steps": 60}
    silent = inr.fit(**flat, first_omega_0=1.0)
    assert any("collapsed to silence" in note and "--first_omega_0" in note for note in silent.notes)
    loud = inr.fit(**flat, first_omega_0=30.0, learning_rate=1e-2)
    assert not any("silence" in note for note in loud.notes)
    assert loud.metrics["sound/snr"] > 6
