"""The picture of one trial: reference and prediction, rows image, gradient and Laplacian, one grey scale a row."""

import io
from collections.abc import Mapping

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

Array = NDArray[np.float32]

CLIPPED = 0.5
"""Per cent of the reference's Laplacian cut at each end of its scale: outliers would leave the rest grey."""


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
    panel = 2.4 * min(1.0, width / height), 2.4 * min(1.0, height / width)
    figure = Figure(figsize=(2 * panel[0] + 2.2, 3 * (panel[1] + 0.32) + 0.6), dpi=150, layout="constrained")
    axes = figure.subplots(3, 2)
    figure.suptitle(title, fontsize=9)
    families = ("image", "gradient", "laplacian")
    for line, (name, reference, prediction, (low, high)), family in zip(axes, rows(fields), families, strict=True):
        for axis, values in zip(line, (reference, prediction), strict=True):
            drawn = axis.imshow(_shown(values), cmap="gray", vmin=low, vmax=high, interpolation="nearest")
            axis.set_xticks([])
            axis.set_yticks([])
        line[0].set_ylabel(name)
        line[1].set_title(_caption(scores, family), fontsize=8)
        bar = figure.colorbar(drawn, ax=list(line), shrink=0.92, pad=0.02)
        bar.ax.tick_params(labelsize=7)
    axes[0][0].set_title("reference", fontsize=8)
    axes[0][1].set_title("prediction: " + axes[0][1].get_title(), fontsize=8)
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
