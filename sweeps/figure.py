"""The picture of one trial: reference and prediction, rows image, gradient and Laplacian, one grey scale a row."""

import io
from collections.abc import Mapping

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

Array = NDArray[np.float32]

CLIPPED = 0.5
"""Per cent of the reference's Laplacian cut at each end of its scale: outliers would leave the rest grey."""


PANEL = 2.4
"""Inches of the longer side of a map; then of what stands around the maps, and of what is written beside them."""
LEFT, BETWEEN, BAR, RIGHT, TOP, ABOVE = 0.5, 0.12, 0.12, 0.6, 0.3, 0.3
CAPTION, LABEL = 2.1, 1.5


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
    # Every place is given, in inches: a layout engine would draw all of it twice to find them.
    column_width, row_height = max(panel[0], CAPTION), max(panel[1], LABEL)
    sheet = LEFT + 2 * column_width + 2 * BETWEEN + BAR + RIGHT, TOP + 3 * (row_height + ABOVE)
    figure = Figure(figsize=sheet, dpi=150)
    figure.suptitle(title, fontsize=9, x=LEFT / sheet[0], y=1 - 0.1 / sheet[1], ha="left", va="top")
    families = ("image", "gradient", "laplacian")

    def axes(left: float, row: int, width: float) -> Axes:
        bottom = sheet[1] - TOP - (row + 1) * (row_height + ABOVE) + ABOVE / 4 + (row_height - panel[1]) / 2
        return figure.add_axes((left / sheet[0], bottom / sheet[1], width / sheet[0], panel[1] / sheet[1]))

    for row, ((name, *pair, (low, high)), family) in enumerate(zip(rows(fields), families, strict=True)):
        captions = ("reference" if row == 0 else "", ("prediction: " if row == 0 else "") + _caption(scores, family))
        for column, (values, caption) in enumerate(zip(pair, captions, strict=True)):
            left = LEFT + column * (column_width + BETWEEN) + (column_width - panel[0]) / 2
            place = axes(left, row, panel[0])
            drawn = place.imshow(_shown(values), cmap="gray", vmin=low, vmax=high, interpolation="nearest")
            place.set(xticks=[], yticks=[])
            place.set_title(caption, fontsize=8, pad=3)
            if column == 0:
                place.set_ylabel(name)
        bar = figure.colorbar(drawn, cax=axes(sheet[0] - RIGHT - BAR, row, BAR))
        bar.ax.tick_params(labelsize=7)
    return figure


def _caption(scores: Mapping[str, float | None], family: str) -> str:
    psnr, ssim = scores.get(f"{family}/psnr"), scores.get(f"{family}/ssim")
    parts = ["PSNR –" if psnr is None else f"PSNR {psnr:.1f} dB", "" if ssim is None else f"SSIM {ssim:.3f}"]
    return ", ".join(part for part in parts if part)


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
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
