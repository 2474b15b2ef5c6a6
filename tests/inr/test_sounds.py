"""Sounds: derivatives against differences, files against what was written, one sentence for a mistake."""

import numpy as np
import pytest

from inr.errors import InputError, UsageError
from inr.signals import SOUNDS, check_sound, sound_signal

soundfile = pytest.importorskip("soundfile")
every_sound = pytest.mark.parametrize("name", SOUNDS)


def tone(rate, seconds, frequency=440.0, channels=1):
    wave = 0.25 * np.sin(2 * np.pi * frequency * np.arange(round(rate * seconds)) / rate)
    return np.repeat(wave[:, None], channels, axis=1)


@every_sound
def test_derivatives_are_those_of_the_closed_form(name):
    time, step, seconds = np.linspace(0, 0.2, 400), 1e-6, 0.2
    value, first, second = SOUNDS[name](time, seconds)
    before, after = (SOUNDS[name](time + shift, seconds) for shift in (-step, step))
    np.testing.assert_allclose(first, (after[0] - before[0]) / (2 * step), atol=1e-4 * np.abs(first).max())
    np.testing.assert_allclose(second, (after[1] - before[1]) / (2 * step), atol=1e-4 * np.abs(second).max())
    assert np.abs(value).max() <= 1


@every_sound
@pytest.mark.parametrize(("rate", "seconds"), [(8000, 0.5), (11025, 0.1)])
def test_a_signal_has_its_derivatives_per_unit_of_coordinate(name, rate, seconds):
    signal = sound_signal(name, rate, seconds)
    count = round(rate * seconds)
    assert signal.shape == (count, 1)
    assert signal.coordinates.shape == (count, 1)
    assert (signal.coordinates[0, 0], signal.coordinates[-1, 0]) == (-1.0, 1.0)
    fine = sound_signal(name, 64 * rate, (count - 1) / rate + 1 / (64 * rate))  # the same span, 64 times as dense
    np.testing.assert_allclose(fine.values[::64], signal.values, atol=1e-9)
    slope = np.gradient(fine.values[:, 0], fine.spacing)[::64]
    scale = np.abs(signal.gradient).max()
    np.testing.assert_allclose(signal.gradient[1:-1, 0, 0], slope[1:-1], atol=2e-3 * scale)
    bend = np.gradient(fine.gradient[:, 0, 0], fine.spacing)[::64]
    np.testing.assert_allclose(signal.laplacian[1:-1, 0], bend[1:-1], atol=2e-3 * np.abs(signal.laplacian).max())


@pytest.mark.parametrize(("ending", "subtype"), [("wav", "FLOAT"), ("flac", "PCM_24")])
def test_a_file_is_read_as_it_was_written(tmp_path, ending, subtype):
    path = tmp_path / f"tone.{ending}"
    soundfile.write(path, tone(8000, 0.25), 8000, subtype=subtype)
    signal = sound_signal(str(path), 8000, 0.125)
    assert signal.shape == (1000, 1)
    np.testing.assert_allclose(signal.values, tone(8000, 0.125) / 0.25, atol=1e-6)
    assert signal.gradient is None
    assert "0.25" in signal.notes[0]


def test_a_file_is_mixed_and_resampled(tmp_path):
    path = tmp_path / "stereo.wav"
    soundfile.write(path, tone(44100, 0.5, channels=2) * [1.0, 0.0], 44100, subtype="DOUBLE")
    signal = sound_signal(str(path), 8000, 0.5)
    inner = slice(100, -100)  # the filter of the resampling reaches over the ends
    expected = tone(8000, 0.5)[inner] / 0.25
    np.testing.assert_allclose(signal.values[inner] / np.abs(signal.values[inner]).max(), expected, atol=5e-3)


def test_a_short_file_is_taken_whole_and_said(tmp_path):
    path = tmp_path / "short.wav"
    soundfile.write(path, tone(8000, 0.1), 8000)
    signal = sound_signal(str(path), 8000, 0.5)
    assert signal.shape == (800, 1)
    assert "lasts 0.1 s, less than the 0.5 s asked for" in signal.notes[1]


@pytest.mark.parametrize("silence", [np.zeros(800), np.full(800, 0.3), np.zeros(3)], ids=len)
def test_silence_is_refused(tmp_path, silence):
    path = tmp_path / "silent.wav"
    soundfile.write(path, silence, 8000)
    with pytest.raises(InputError, match="silent or too short"):
        sound_signal(str(path), 8000, 0.5)


def test_what_is_no_sound_file_is_refused(tmp_path):
    path = tmp_path / "picture.wav"
    path.write_bytes(b"no sound at all")
    with pytest.raises(InputError, match="no sound file that soundfile can read"):
        sound_signal(str(path), 8000, 0.5)
    with pytest.raises(InputError, match="there is no such file"):
        sound_signal(str(tmp_path / "none.wav"), 8000, 0.5)


def test_too_few_samples_are_refused():
    with pytest.raises(InputError, match="are 4 samples: give 8 or more"):
        sound_signal("chirp", 8, 0.5)


def test_a_near_miss_is_named():
    with pytest.raises(UsageError, match="did you mean 'chirp'"):
        check_sound("chrip")
