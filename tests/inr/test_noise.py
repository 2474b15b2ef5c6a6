"""The camera's noise: its mean and variance, and what has none."""

import numpy as np
import pytest

from inr.noise import NoNoise, PoissonGauss, is_noisy

VALUES = np.array([-1.0, -0.2, 1.0])


def test_counts_have_the_mean_and_the_variance_of_photons_and_readout():
    noise = PoissonGauss(tau=20.0, readout=2.0)
    drawn = noise.observe(np.tile(VALUES, (200_000, 1)), np.random.default_rng(0))
    variance = 4 * (20 * (VALUES + 1) / 2 + 4) / 20**2
    np.testing.assert_allclose(drawn.mean(axis=0), VALUES, atol=0.01)
    np.testing.assert_allclose(drawn.var(axis=0), variance, rtol=0.02)
    assert noise.deviation(VALUES) == pytest.approx(np.sqrt(variance.mean()))
    assert noise.deviation(drawn) == pytest.approx(np.sqrt(variance.mean()), rel=0.01)
    assert drawn.min() < -1.2
    assert drawn.max() > 1.2


def test_without_readout_counts_are_whole_and_many_photons_show_the_values():
    counts = PoissonGauss(tau=10.0, readout=0.0).observe(np.tile(VALUES, 100), np.random.default_rng(0))
    np.testing.assert_allclose((counts + 1) * 5, np.rint((counts + 1) * 5), atol=1e-9)
    assert (counts[::3] == -1).all()
    many = PoissonGauss(tau=1e10, readout=0.0).observe(VALUES, np.random.default_rng(0))
    np.testing.assert_allclose(many, VALUES, atol=1e-3)


def test_no_noise_changes_nothing():
    assert NoNoise().observe(VALUES, np.random.default_rng(0)) is VALUES
    assert NoNoise().deviation(VALUES) == 0
    assert [is_noisy(config) for config in ({}, {"noise": "none"}, {"noise": "poisson_gauss"})] == [False, False, True]
