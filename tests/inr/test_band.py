"""The band of a signal: waves and noises whose spectrum is known, and what must not count."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inr.advice import SHARE, band
from inr.errors import InputError


def wave(side, *frequencies):
    """A product of waves on a square grid, cycles a sample along each axis."""
    axes = np.meshgrid(*[np.arange(side)] * len(frequencies), indexing="ij")
    return np.sin(2 * np.pi * sum(f * x for f, x in zip(frequencies, axes, strict=True)) + 0.3)[..., None]


@pytest.mark.parametrize("frequencies", [(0.2,), (0.11, 0.31), (0.31, 0.05), (0.4, 0.0)])
def test_a_wave_has_its_largest_component_as_its_band(frequencies):
    side = 200 if len(frequencies) == 1 else 80
    assert band(wave(side, *frequencies)) == pytest.approx(max(frequencies), abs=2.5 / side)


@pytest.mark.parametrize("shape", [(4096, 1), (96, 96, 1), (64, 120, 3)])
def test_white_noise_fills_its_share_of_the_cube(shape):
    """Of energy that is even in the cube of half side 1/2 a share s lies within the half side s^(1/D) / 2."""
    noise = np.random.default_rng(0).normal(size=shape)
    dimensions = len(shape) - 1
    assert band(noise) == pytest.approx(SHARE ** (1 / dimensions) / 2, abs=0.006)


def test_the_share_is_the_one_that_is_promised():
    """Two waves, the faster one with a little less or more than a hundredth of the energy."""
    slow, fast = wave(400, 0.05), wave(400, 0.35)
    assert band(slow + np.sqrt(0.005) * fast) == pytest.approx(0.05, abs=0.01)
    assert band(slow + np.sqrt(0.02) * fast) == pytest.approx(0.35, abs=0.01)


def test_a_jump_between_the_borders_does_not_count():
    ramp = np.linspace(-1, 1, 256)[:, None]
    assert band(ramp) < 0.02


@settings(max_examples=20, deadline=None)
@given(st.floats(-5, 5), st.floats(0.01, 100), st.integers(0, 10))
def test_offset_and_size_do_not_count(offset, size, seed):
    values = np.random.default_rng(seed).normal(size=(24, 16, 2))
    assert band(offset + size * values) == pytest.approx(band(values), rel=1e-6)


def test_a_finer_sampling_of_one_signal_has_a_lower_band():
    coarse, fine = (band(wave(side, 6 / side, 3 / side)) for side in (48, 96))
    assert fine == pytest.approx(coarse / 2, abs=0.03)


def test_a_constant_signal_has_none():
    with pytest.raises(InputError, match="the signal is constant"):
        band(np.zeros((16, 16, 1)))
