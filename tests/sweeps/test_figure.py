"""The picture of a trial: nothing lies on anything else, or beyond the sheet; its greys are the maps' values."""

import io
import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tiny import ROOT, command, only

from inr.panels import Panel
from inr.tasks.image import Image as Picture
from sweeps.record import drawing, figure

SCORES = {f"{name}/{score}": -12.345 for name in ("image", "gradient", "laplacian") for score in ("psnr", "ssim")}


def maps(shape: tuple[int, int], channels: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    layout = {"image": (*shape, channels), "gradient": (*shape, channels, 2), "laplacian": (*shape, channels)}
    return {
        prefix + name: ((0.3 if name == "image" else 1e5) * random.normal(size=size)).astype(np.float32)
        for prefix in ("", "reference_")
        for name, size in layout.items()
    }


def drawn(fields: dict[str, np.ndarray]) -> Image.Image:
    return Image.open(io.BytesIO(figure.draw(Picture.panels(fields), SCORES, "sine, image loss, step 1")))


@pytest.mark.parametrize("shape", [(32, 32), (8, 48), (48, 8), (32, 24)])
def test_everything_has_its_place(shape: tuple[int, int]) -> None:
    title = "triangle, image+gradient+laplacian loss, step 100000"
    (width, height), parts = figure.layout(Picture.panels(maps(shape, 1)), SCORES, title)
    ticks = [part for part in parts if part.picture.height == 1]
    boxes = [(p.left, p.top, p.left + p.picture.width, p.top + p.picture.height) for p in parts if p.picture.height > 1]
    # Six maps, three scales, a title, four captions, three names; a number beside every tick, two a scale or more.
    assert len(boxes) == 9 + 8 + len(ticks)
    assert len(ticks) >= 6
    for left, top, right, bottom in boxes:
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
    for (left, top, right, bottom), other in itertools.combinations(boxes, 2):
        assert left >= other[2] or other[0] >= right or top >= other[3] or other[1] >= bottom


def test_a_pixel_has_the_grey_of_its_value_on_the_scale_of_its_row() -> None:
    fields = maps((5, 7), 1)
    _, parts = figure.layout(Picture.panels(fields), SCORES, "")
    pictures = [part for part in parts if part.picture.width > 200 < part.picture.height]
    sheet = drawn(fields)
    assert sheet.mode == "L"
    pairs = zip(pictures[::2], pictures[1::2], strict=True)
    for row, places in zip(Picture.panels(fields), pairs, strict=True):
        low, high = row.scale
        for values, part in zip((row.reference, row.prediction), places, strict=True):
            for (i, j), value in np.ndenumerate(values):
                x = part.left + round((j + 0.5) * part.picture.width / 7)
                y = part.top + round((i + 0.5) * part.picture.height / 5)
                wanted = 255 * min(max((float(value) - low) / (high - low), 0), 1)
                assert sheet.getpixel((x, y)) == pytest.approx(wanted, abs=0.51), (row.title, i, j)


def test_colours_are_the_image_s_and_its_derivatives_are_grey() -> None:
    fields = maps((5, 7), 3)
    _, parts = figure.layout(Picture.panels(fields), SCORES, "")
    reference, _, gradient, *_ = (part for part in parts if part.picture.width > 200 < part.picture.height)
    sheet = drawn(fields)
    wanted = 255 * (np.clip(fields["reference_image"][2, 3], -1, 1) + 1) / 2
    place = reference.left + reference.picture.width // 2, reference.top + reference.picture.height // 2
    np.testing.assert_allclose(sheet.getpixel(place), wanted, atol=0.51)
    red, green, blue = sheet.getpixel((gradient.left + 50, gradient.top + 50))
    assert red == green == blue


@given(begin=st.floats(-10, 10), extent=st.floats(1e-6, 1e9), steps=st.integers(1, 12))
def test_a_scale_has_round_numbers_evenly_spaced_and_not_too_many(begin: float, extent: float, steps: int) -> None:
    low, high = begin * extent, (begin + 1) * extent
    numbers = drawing.round_numbers(low, high, steps)
    assert len(numbers) <= steps + 1
    assert all(low - 1e-6 * extent <= number <= high + 1e-6 * extent for number in numbers)
    if len(numbers) > 1:
        (step,) = {float(f"{b - a:.6g}") for a, b in itertools.pairwise(numbers)}
        assert f"{step:.3e}"[:4] in ("1.00", "2.00", "2.50", "5.00")


@pytest.mark.parametrize(
    ("scale", "numbers"),
    [((-1, 1), [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1]), ((0, 33), [0, 5, 10, 15, 20, 25, 30])],
)
def test_the_numbers_of_a_scale(scale: tuple[float, float], numbers: list[float]) -> None:
    assert drawing.round_numbers(*scale, 8) == pytest.approx(numbers)


def test_a_number_stands_beside_its_grey() -> None:
    low, high = 0.0, 33.0
    ramp = np.linspace(low, high, 64, dtype=np.float32).reshape(8, 8)
    panel = Panel("ramp", "", "ramp", "", ramp, ramp, (low, high))
    _, parts = figure.layout([panel], {}, "")
    (bar,) = (part for part in parts if part.picture.width < 30 and part.picture.height > 200)
    ticks = [part for part in parts if part.picture.height == 1]
    for tick, number in zip(ticks, drawing.round_numbers(low, high, 8), strict=True):
        # The two outer lines are the frame's.
        y = min(max(tick.top - bar.top, 1), bar.picture.height - 2)
        assert bar.picture.getpixel((8, y)) == pytest.approx(255 * (number - low) / (high - low), abs=2)


def test_a_line_covers_the_range_of_its_values_in_every_column() -> None:
    rising = np.linspace(-1, 1, 301)
    drawn_line = drawing.raster(rising, (-1.0, 1.0), 100, 50)
    tops = [int(np.argmin(column)) for column in drawn_line.T]
    assert (tops[0], tops[-1]) == (49, 0)
    assert all(0 <= before - after <= 2 for before, after in itertools.pairwise(tops))
    spike = np.zeros(1000)
    spike[617] = 1.0
    columns = np.flatnonzero(drawing.raster(spike, (-1.0, 1.0), 50, 40)[0] == 0)
    assert columns.size in (1, 2), "a single sample is seen, however many share a column"
    assert (drawing.raster(np.full(9, 3.0), (-1.0, 1.0), 20, 10) == 1).all(), "what lies beyond the scale is not drawn"


def test_lines_have_no_grey_bar_and_say_what_runs_along_them() -> None:
    line = np.sin(np.arange(400) / 9)
    panel = Panel("wave", "", "wave", "", line, line, (-1.0, 1.0), "both", "time, 0 to 1 s")
    (width, height), parts = figure.layout([panel, panel], {}, "title")
    assert not [part for part in parts if part.picture.width < 30 and part.picture.height > 150]
    assert all(p.left >= 0 and p.left + p.picture.width <= width and p.top + p.picture.height <= height for p in parts)
    lowest = max(parts, key=lambda part: part.top)
    assert lowest.picture.height < 30, "the words under the last row"


def test_a_score_that_means_nothing_is_a_dash() -> None:
    assert figure.caption_of({"laplacian/psnr": float("nan"), "laplacian/ssim": float("nan")}, "laplacian") == "PSNR –"
    assert figure.caption_of({"image/psnr": float("inf"), "image/ssim": -0.25}, "image") == "PSNR inf dB, SSIM −0.250"


def test_a_trial_with_its_figure_does_not_pay_for_matplotlib(tmp_path: Path) -> None:
    code = "import sys, run; code = run.main(sys.argv[1:]); sys.exit(code or 'matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", code, *command(tmp_path)], cwd=ROOT, check=True)
    assert only(tmp_path).figure.exists()
