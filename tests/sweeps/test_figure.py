"""The picture of a trial: nothing lies on anything else, or beyond the sheet, whatever the image's shape."""

import itertools

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from sweeps import figure

SCORES = {f"{name}/{score}": -12.345 for name in ("image", "gradient", "laplacian") for score in ("psnr", "ssim")}


@pytest.mark.parametrize("shape", [(32, 32), (8, 48), (48, 8), (32, 24)])
def test_everything_has_its_place(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    layout = {"image": (*shape, 1), "gradient": (*shape, 1, 2), "laplacian": (*shape, 1)}
    fields = {
        prefix + name: 1e5 * random.normal(size=size).astype(np.float32)
        for prefix in ("", "reference_")
        for name, size in layout.items()
    }
    with matplotlib.rc_context({"font.size": 9, "font.family": "DejaVu Sans"}):
        drawn = figure._figure(fields, SCORES, "triangle, image+gradient+laplacian loss, step 100000")
        FigureCanvasAgg(drawn).draw()
        (page,) = drawn.axes
        maps = [image.get_window_extent() for image in page.images]
        texts = [text.get_window_extent() for text in page.texts if text.get_text()]
    sheet, parts = drawn.bbox, [*maps, *texts]
    assert len(maps) == 9  # a reference, a prediction and a scale a row
    assert len(texts) > 8 + 3 * 2  # the title, captions, names of the rows; the numbers of the scales
    for part in parts:
        assert sheet.x0 <= part.x0 < part.x1 <= sheet.x1
        assert sheet.y0 <= part.y0 < part.y1 <= sheet.y1
    for one, other in itertools.combinations(parts, 2):
        assert not one.overlaps(other)
