"""Energy above Nyquist, errors by band and rings, against the transform's definition and closed forms."""

import math

import numpy as np
import pytest

from inr import bands
from inr.scores import SCORES
from inr.signals import field, grid
from tests import oracles

BANDS = {"low": (-1.0, 0.25), "middle": (0.25, 0.5), "high": (0.5, 1.0)}


def noise(shape=(29, 41, 2), seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def wave(cycles, pixels=16, channels=1):
    """A sine of so many cycles a pixel down and to the right, on the fine grid."""
    places = np.arange(4 * (pixels - 1) + 1) / 4
    phase = 2 * np.pi * (cycles[0] * places[:, None] + cycles[1] * places) + 0.3
    return np.repeat(np.sin(phase)[..., None], channels, axis=2)


def test_power_and_frequencies_are_those_of_the_definition():
    values = noise()
    each = [oracles.spectrum(values[..., c]) for c in range(2)]
    np.testing.assert_allclose(bands.power(values), (each[0][0] + each[1][0]) / 2, atol=1e-15)
    np.testing.assert_allclose(bands.frequencies(values.shape), each[0][1], rtol=1e-14)


def test_the_modes_add_up_to_the_mean_square_under_the_window():
    values = noise()
    window = np.hanning(29)[:, None, None] * np.hanning(41)[:, None]
    assert bands.power(values).sum() == pytest.approx((window**2 * values**2).sum() / (window**2).sum() / 2)


@pytest.mark.parametrize("name", ["sinusoids", "bandlimited"])
def test_a_field_that_the_pixels_carry_has_no_energy_above_nyquist(name):
    values, _, _ = field(name)(grid(4 * 63 + 1, 4 * 63 + 1))
    assert bands.share_above(values) < 1e-8


@pytest.mark.parametrize(
    ("cycles", "share"),
    [((0.8, 0.0), 1.0), ((0.1, 0.7), 1.0), ((0.2, 0.3), 0.0), ((0.4, 0.4), 0.0), ((-0.7, 0.2), 1.0)],
)
def test_a_sine_is_above_nyquist_or_it_is_not(cycles, share):
    """0.4 and 0.4 are 0.57 cycles a pixel along the diagonal, which the pixels carry."""
    assert bands.share_above(wave(cycles, 64)) == pytest.approx(share, abs=1e-6)


def test_the_share_is_that_of_the_definition_and_knows_no_mean():
    values = noise((29, 41, 1))
    window = np.outer(np.hanning(29), np.hanning(41))
    energy, nyquist = oracles.spectrum(values[..., 0] - (window * values[..., 0]).sum() / window.sum())
    expected = energy[nyquist > 1].sum() / energy.sum()
    assert bands.share_above(values) == pytest.approx(expected)
    assert bands.share_above(5 * values + 100) == pytest.approx(expected)
    assert math.isnan(bands.share_above(np.full((29, 41, 1), 0.1)))
    assert math.isnan(bands.share_above(np.full((29, 41, 1), np.nan)))


def test_the_error_of_a_band_is_that_of_its_modes():
    reference, prediction = noise(), noise(seed=1)
    energy, nyquist = (sum(oracles.spectrum((prediction - reference)[..., c])[i] for c in range(2)) / 2 for i in (0, 1))
    for name, (low, high) in BANDS.items():
        square = energy[(nyquist > low) & (nyquist <= high)].sum()
        expected = 10 * math.log10(4 / square)
        assert SCORES[name].measure(prediction, reference, 2.0) == pytest.approx(expected)


@pytest.mark.parametrize(("cycles", "band"), [((0.05, 0.03), "low"), ((0.1, 0.19), "middle"), ((0.05, 0.4), "high")])
def test_an_error_of_one_frequency_is_in_one_band(cycles, band):
    reference = noise((4 * 63 + 1, 4 * 63 + 1, 1))
    prediction = reference + 0.1 * wave(cycles, 64)
    scores = {name: SCORES[name].measure(prediction, reference, 2.0) for name in BANDS}
    assert scores.pop(band) == pytest.approx(10 * math.log10(4 / 0.005), abs=0.05)
    assert min(scores.values()) > 80


def test_a_constant_error_is_a_low_one():
    reference = noise((61, 61, 1))
    low, high = (SCORES[name].measure(reference + 0.1, reference, 2.0) for name in ("low", "high"))
    assert low == pytest.approx(10 * math.log10(4 / 0.01))
    assert high > 200


def test_rings_are_the_energy_by_frequency():
    values = noise((29, 41, 1))
    found, energy = bands.rings(values), bands.power(bands.centred(values))
    assert len(found) == 21
    assert found.sum() == pytest.approx(energy.sum())
    one = bands.rings(wave((0.3, 0.1), 41))
    assert abs(4 * np.argmax(one) / (len(one) - 1) - 0.6) < 2 / 40
