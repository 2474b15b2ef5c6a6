"""The radial spectrum of a picture against sums that are written out, and against what is known of waves and noise."""

import numpy as np
import pytest

from inr.spectra import radial_power


def slow(picture: np.ndarray) -> np.ndarray:
    """Every frequency by its own sum over the pixels, every ring by its own mean."""
    rows, columns, channels = picture.shape
    window = np.array(
        [
            [np.sin(np.pi * (i + 0.5) / rows) ** 2 * np.sin(np.pi * (j + 0.5) / columns) ** 2 for j in range(columns)]
            for i in range(rows)
        ]
    )
    rings = min(rows, columns) // 2
    found: list[list[float]] = [[] for _ in range(rings)]
    for u in range(-(rows // 2), (rows + 1) // 2):
        for v in range(-(columns // 2), (columns + 1) // 2):
            distance = np.hypot(u / rows, v / columns)
            if distance <= 0.5:
                i, j = np.mgrid[:rows, :columns]
                wave = np.exp(-2j * np.pi * (u * i / rows + v * j / columns))
                means = [np.average(picture[..., c], weights=window) for c in range(channels)]
                sums = [((picture[..., c] - means[c]) * window * wave).sum() for c in range(channels)]
                found[min(int(distance * 2 * rings), rings - 1)].append(sum(abs(s) ** 2 for s in sums))
    return np.array([np.mean(ring) for ring in found])


@pytest.mark.parametrize("shape", [(8, 8, 1), (9, 12, 3), (16, 7, 1)])
def test_it_is_the_mean_over_rings_of_every_frequency(shape: tuple[int, int, int]) -> None:
    picture = np.random.default_rng(0).normal(size=shape)
    middles, power = radial_power(picture)
    np.testing.assert_allclose(power, slow(picture), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(middles, (np.arange(len(power)) + 0.5) / len(power) / 2)


@pytest.mark.parametrize("angle", [0.0, 0.4, np.pi / 2])
@pytest.mark.parametrize("frequency", [0.1, 0.26, 0.4])
def test_a_wave_stands_at_its_frequency_whatever_its_direction(frequency: float, angle: float) -> None:
    i, j = np.mgrid[:64, :96]
    wave = np.sin(2 * np.pi * frequency * (np.cos(angle) * i + np.sin(angle) * j))
    middles, power = radial_power(5.0 + wave)
    assert middles[power.argmax()] == pytest.approx(frequency, abs=0.5 / 32)
    far = np.abs(middles - frequency) > 4 / 64
    assert power[far].max() < 1e-4 * power.max()


def test_noise_is_flat_and_as_strong_as_its_variance() -> None:
    noise = np.random.default_rng(1).normal(scale=0.5, size=(96, 96, 40))
    _, power = radial_power(noise)
    expected = 40 * 0.25 * 96**2 * (3 / 8) ** 2  # the mean square of the window is 3/8 along each axis
    assert power[4:].mean() == pytest.approx(expected, rel=0.02)
    assert np.abs(power[4:] / expected - 1).max() < 0.1
