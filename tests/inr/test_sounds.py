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


WRONG = {
    "zeros": (np.zeros(800), "its first 0.1 s are silent; give another sound or more --seconds"),
    "a constant": (np.full(800, 0.3), "its first 0.1 s are silent"),
    "a late start": (np.r_[np.zeros(8000), tone(8000, 0.1)[:, 0]], "its first 0.5 s are silent"),
    "three": (np.ones(3), "it has 3 samples at 8000 a second, expected 8 or more; give a longer sound"),
    "none": (np.ones(0), "it has 0 samples at 8000 a second"),
    "no numbers": (np.r_[np.ones(800), np.nan], "it has samples that are no finite numbers; save it again"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_learnt_is_refused(tmp_path, name):
    path, (samples, said) = tmp_path / "wrong.wav", WRONG[name]
    soundfile.write(path, samples, 8000, subtype="DOUBLE")
    with pytest.raises(InputError, match=f"^cannot fit '.*wrong.wav': {said}"):
        sound_signal(str(path), 8000, 0.5)


@pytest.mark.parametrize("ending", ["wav", "raw", "mp3"])
def test_what_is_no_sound_file_is_refused(tmp_path, ending):
    path = tmp_path / f"picture.{ending}"
    path.write_bytes(b"no sound at all")
    with pytest.raises(InputError, match="no sound file that soundfile can read; give a WAV or FLAC file"):
        sound_signal(str(path), 8000, 0.5)
    with pytest.raises(InputError, match="there is no such file; check the path"):
        sound_signal(str(tmp_path / f"none.{ending}"), 8000, 0.5)
    with pytest.raises(InputError, match="it is a folder; give the path of a file inside it"):
        sound_signal(str(tmp_path), 8000, 0.5)


def test_only_the_seconds_that_are_asked_for_are_read(tmp_path, monkeypatch):
    path, counts = tmp_path / "long.flac", []
    soundfile.write(path, tone(8000, 20), 8000)
    read = soundfile.SoundFile.read
    monkeypatch.setattr(
        soundfile.SoundFile, "read", lambda file, count, **more: [counts.append(count), read(file, count, **more)][1]
    )
    assert sound_signal(str(path), 4000, 0.5).shape == (2000, 1)
    assert counts == [4000]


def test_too_few_samples_are_refused():
    with pytest.raises(InputError, match="are 4 samples: give 8 or more"):
        sound_signal("chirp", 8, 0.5)


def test_a_near_miss_is_named():
    with pytest.raises(UsageError, match="did you mean 'chirp'"):
        check_sound("chrip")
