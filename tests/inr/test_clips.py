"""Clips: closed forms against their symmetries, files against what was written, one sentence for a mistake."""

import cv2
import numpy as np
import pytest

from inr.errors import InputError, UsageError
from inr.signals import CLIPS, check_clip, load_clip
from inr.signals.clips import ORBITS
from inr.tasks.movies import movie

every_clip = pytest.mark.parametrize("name", CLIPS)


def written(path, frames, rate=12.0, codec="FFV1"):
    """A file without loss (in AVI) of frames (F, H, W, 3) of 8 bits, RGB."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), rate, frames.shape[2:0:-1])
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[..., ::-1]))
    writer.release()
    return str(path)


def noise(count=6, height=24, width=32):
    return np.random.default_rng(0).integers(0, 256, (count, height, width, 3), dtype=np.uint8)


@every_clip
@pytest.mark.parametrize("channels", ["gray", "rgb"])
def test_a_closed_form_is_a_clip_that_moves_within_its_range(name, channels):
    clip = load_clip(name, 7, 20, channels)
    assert clip.values.shape == (7, 20, 20, 3 if channels == "rgb" else 1)
    assert clip.values.dtype == np.float32
    assert np.abs(clip.values).max() <= 1
    assert np.abs(np.diff(clip.values, axis=0)).max(axis=(1, 2, 3)).min() > 0.1
    assert clip.data_hash == load_clip(name, 7, 20, channels).data_hash != load_clip(name, 8, 20, channels).data_hash


@every_clip
def test_two_grids_sample_one_function(name):
    coarse, fine = load_clip(name, 4, 11, "gray"), load_clip(name, 7, 21, "gray")
    np.testing.assert_allclose(fine.values[::2, ::2, ::2], coarse.values, atol=1e-6)
    for axis, expected in zip(fine.axes, (7, 21, 21), strict=True):
        np.testing.assert_allclose(axis, np.linspace(-1, 1, expected))


@every_clip
def test_grey_is_the_first_colour(name):
    np.testing.assert_array_equal(
        load_clip(name, 3, 9, "gray").values[..., 0], load_clip(name, 3, 9, "rgb").values[..., 0]
    )


def test_waves_at_one_place_are_a_sum_of_five_frequencies():
    times = np.linspace(-1, 1, 4001)
    values = CLIPS["waves"](times, np.zeros(1), np.zeros(1), 0.0)
    draws = np.random.default_rng(0).uniform([4, 0, 1, 0], [14, 2 * np.pi, 5, 2 * np.pi], (5, 4))
    basis = np.concatenate([[np.sin(w * times), np.cos(w * times)] for _, _, w, _ in draws]).T
    left = values - basis @ np.linalg.lstsq(basis, values)[0]
    assert np.abs(left).max() < 1e-9


def test_a_bump_is_where_its_orbit_is():
    for radius, _, start, speed in ORBITS:
        for time in (-0.7, 0.2):
            place = radius * np.sin(start + speed * time), radius * np.cos(start + speed * time)
            assert CLIPS["orbits"](np.array(time), *map(np.array, place), 0.0) == pytest.approx(1)
    assert CLIPS["orbits"](np.array(0.0), np.array(-1.0), np.array(-1.0), 0.0) < -0.9


def test_a_file_is_read_as_it_was_written(tmp_path):
    frames = noise()
    clip = load_clip(written(tmp_path / "a.avi", frames), 4, 32, "rgb")
    assert clip.rate == 12
    assert clip.notes == ()
    np.testing.assert_allclose(clip.values, frames[:4] / 127.5 - 1, atol=2e-2)  # the codec stores YUV
    times, rows, columns = clip.axes
    assert (times[0], times[-1], columns[0], columns[-1]) == (-1, 1, -1, 1)
    np.testing.assert_allclose(np.diff(rows), columns[1] - columns[0])
    assert rows[0] == -rows[-1]


def test_a_file_is_shrunk_frame_by_frame(tmp_path):
    frames = noise().repeat(2, axis=1).repeat(2, axis=2)
    clip = load_clip(written(tmp_path / "a.avi", frames), 9, 32, "gray")
    assert clip.values.shape == (6, 24, 32, 1)
    luma = noise() @ [0.2125, 0.7154, 0.0721] / 127.5 - 1
    np.testing.assert_allclose(clip.values[..., 0], luma, atol=2e-2)
    assert "has 6 frames, less than the 9 asked for" in clip.notes[0]


def test_a_movie_can_be_read_again(tmp_path):
    smooth = np.stack([load_clip("disc", 5, 64, "rgb").values])[0]
    levels = np.rint(127.5 * (smooth + 1)).astype(np.uint8)
    (tmp_path / "a.mp4").write_bytes(movie(levels, 10.0))
    again = load_clip(str(tmp_path / "a.mp4"), 5, 64, "rgb")
    assert again.rate == 10
    assert np.abs(again.values - smooth).mean() < 0.1


@pytest.mark.parametrize(("sides", "expected"), [((9, 12), (72, 96)), ((101, 120), (102, 120))])
def test_a_movie_has_even_sides_and_is_not_tiny(tmp_path, sides, expected):
    path = tmp_path / "a.mp4"
    path.write_bytes(movie(np.zeros((3, *sides), np.uint8), 24.0))
    capture = cv2.VideoCapture(str(path))
    assert (capture.get(cv2.CAP_PROP_FRAME_HEIGHT), capture.get(cv2.CAP_PROP_FRAME_WIDTH)) == expected
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 3


def test_what_is_no_clip_is_refused_in_a_sentence(tmp_path, capfd):
    def refused(path, said):
        with pytest.raises(InputError, match=said):
            load_clip(str(path), 5, 24, "gray")

    (tmp_path / "text.mp4").write_text("no clip at all")
    refused(tmp_path / "text.mp4", "no video of which OpenCV can decode a frame; give an MP4, AVI or MKV file")
    refused(tmp_path / "none.mp4", "there is no such file; check the path")
    refused(tmp_path, "it is a folder; give the path of a file inside it")
    one = written(tmp_path / "one.avi", noise(1))
    refused(one, "it is a clip of one frame, expected 2 or more; give a longer clip, or fit the frame as a picture")
    refused(written(tmp_path / "grey.avi", np.full((4, 24, 32, 3), 128, np.uint8)), "all its pixels are equal")
    narrow = written(tmp_path / "narrow.avi", noise(3, 8, 64))
    refused(narrow, "its 8x64 pixels become 3x24 at size 24")
    assert capfd.readouterr().err == ""


def test_a_near_miss_is_named():
    with pytest.raises(UsageError, match=r"clip is 'orbit'; expected .*; did you mean 'orbits'"):
        check_clip("orbit")
