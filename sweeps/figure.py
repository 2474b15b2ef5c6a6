"""The picture of one trial: reference and prediction, rows image, gradient and Laplacian, one grey scale a row."""

import io
from collections.abc import Mapping

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[np.float32]

CLIPPED = 0.5
"""Per cent of the reference's Laplacian cut at each end of its scale: outliers would leave the rest grey."""


PANEL = 2.4
"""Inches of the longer side of a map; then of what stands around the maps, and of what is written beside them."""
LEFT, BETWEEN, BAR, RIGHT, TOP, ABOVE = 0.5, 0.12, 0.12, 0.6, 0.3, 0.3
CAPTION, LABEL = 2.1, 1.5
DPI = 150


def rows(fields: Mapping[str, Array]) -> list[tuple[str, Array, Array, tuple[float, float]]]:
    """(title with unit, reference (H, W[, 3]), prediction, scale) of the three rows, from ``fields.npz``."""
    maps = {
        prefix: [_image(fields[f"{prefix}image"]), _norm(fields[f"{prefix}gradient"])] for prefix in ("reference_", "")
    }
    gradient, predicted_gradient = maps["reference_"][1], maps[""][1]
    laplacian, predicted_laplacian = (_mean(fields[f"{prefix}laplacian"]) for prefix in ("reference_", ""))
    low, high = np.percentile(laplacian, [CLIPPED, 100 - CLIPPED])
    extent = max(abs(float(low)), abs(float(high))) or 1.0
    return [
        ("image", maps["reference_"][0], maps[""][0], (-1.0, 1.0)),
        ("|gradient|\nper unit of coordinate", gradient, predicted_gradient, (0.0, float(gradient.max()) or 1.0)),
        ("Laplacian\nper unit²", laplacian, predicted_laplacian, (-extent, extent)),
    ]


def draw(fields: Mapping[str, Array], scores: Mapping[str, float | None], title: str) -> bytes:
    """The PNG. ``scores`` are the trial's metrics: each prediction carries its PSNR and SSIM."""
    with matplotlib.rc_context({"font.size": 9, "font.family": "DejaVu Sans"}):
        return _png(_figure(fields, scores, title))


def _figure(fields: Mapping[str, Array], scores: Mapping[str, float | None], title: str) -> Figure:
    height, width = fields["image"].shape[:2]
    panel = PANEL * min(1.0, width / height), PANEL * min(1.0, height / width)
    column_width, row_height = max(panel[0], CAPTION), max(panel[1], LABEL)
    sheet = LEFT + 2 * column_width + 2 * BETWEEN + BAR + RIGHT, TOP + 3 * (row_height + ABOVE)
    figure = Figure(figsize=sheet, dpi=DPI)
    page = _page(figure)
    page.text(LEFT, 0.1, title, size=9, ha="left", va="top")
    families = ("image", "gradient", "laplacian")
    for row, ((name, *pair, scale), family) in enumerate(zip(rows(fields), families, strict=True)):
        top = TOP + row * (row_height + ABOVE) + 0.75 * ABOVE + (row_height - panel[1]) / 2
        captions = ("reference" if row == 0 else "", ("prediction: " if row == 0 else "") + _caption(scores, family))
        for column, (values, caption) in enumerate(zip(pair, captions, strict=True)):
            left = LEFT + column * (column_width + BETWEEN) + (column_width - panel[0]) / 2
            _map(page, _shown(values), (left, top, *panel), scale)
            page.text(left + panel[0] / 2, top - 0.04, caption, size=8, ha="center", va="bottom")
            if column == 0:
                page.text(
                    left - 0.06, top + panel[1] / 2, name, rotation=90, multialignment="center", ha="right", va="center"
                )
        _bar(page, (sheet[0] - RIGHT - BAR, top, BAR, panel[1]), scale)
    return figure


Box = tuple[float, float, float, float]
"""Left, top, width, height in inches, from the top left corner of the sheet."""


def _page(figure: Figure) -> Axes:
    """Axes over the whole sheet, in inches: a pair for each map would take longer than all else in the picture.

    Every place is given: a layout engine would draw all of it twice to find them.
    """
    width, height = figure.get_size_inches()
    page = figure.add_axes((0, 0, 1, 1))
    page.set_axis_off()
    page.set(xlim=(0, width), ylim=(height, 0))
    return page


def _map(page: Axes, values: Array, box: Box, scale: tuple[float, float]) -> None:
    left, top, width, height = box
    page.imshow(
        values,
        extent=(left, left + width, top + height, top),
        aspect="auto",
        cmap="gray",
        vmin=scale[0],
        vmax=scale[1],
        interpolation="nearest",
    )
    page.add_patch(Rectangle((left, top), width, height, fill=False, linewidth=0.8))


def _bar(page: Axes, box: Box, scale: tuple[float, float]) -> None:
    """The scale of a row, its numbers on the right."""
    left, top, width, height = box
    low, high = scale
    _map(page, np.linspace(high, low, 256, dtype=np.float32)[:, None], box, scale)
    right = left + width
    locator = MaxNLocator(nbins=max(1, int(height / 0.3)), steps=[1, 2, 2.5, 5, 10])
    ticks = [tick for tick in locator.tick_values(low, high) if low <= tick <= high]
    heights = [top + height * (high - tick) / (high - low) for tick in ticks]
    page.hlines(heights, right, right + 0.04, color="black", linewidth=0.8)
    for tick, y in zip(ticks, heights, strict=True):
        page.text(right + 0.07, y, f"{tick:g}".replace("-", "−"), size=7, ha="left", va="center")


def _caption(scores: Mapping[str, float | None], family: str) -> str:
    psnr, ssim = scores.get(f"{family}/psnr"), scores.get(f"{family}/ssim")
    parts = ["PSNR –" if psnr is None else f"PSNR {psnr:.1f} dB", "" if ssim is None else f"SSIM {ssim:.3f}"]
    return ", ".join(part for part in parts if part)


def _png(figure: Figure) -> bytes:
    canvas, buffer = FigureCanvasAgg(figure), io.BytesIO()
    canvas.draw()  # type: ignore[no-untyped-call]
    drawn = np.asarray(canvas.buffer_rgba())[:, :, :3]  # type: ignore[no-untyped-call]
    # One channel where all are the same takes a quarter of the time to compress.
    grey = bool((drawn == drawn[:, :, :1]).all())
    Image.fromarray(np.ascontiguousarray(drawn[:, :, 0] if grey else drawn)).save(buffer, "png", dpi=(DPI, DPI))
    return buffer.getvalue()


def _image(values: Array) -> Array:
    return values[:, :, 0] if values.shape[2] == 1 else values


def _shown(values: Array) -> Array:
    """Colours in matplotlib's [0, 1]; one channel as it is."""
    return values if values.ndim == 2 else np.clip((values + 1) / 2, 0, 1)


def _norm(gradient: Array) -> Array:
    """The norm over components and channels of (H, W, C, 2)."""
    return np.asarray(np.linalg.norm(gradient.reshape(*gradient.shape[:2], -1), axis=-1), dtype=np.float32)


def _mean(laplacian: Array) -> Array:
    """The mean over channels of (H, W, C)."""
    return np.asarray(laplacian.mean(axis=-1), dtype=np.float32)
