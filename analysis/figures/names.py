"""Columns in words, with their units."""

from collections.abc import Iterable

import pandas as pd

from analysis.rows import config_columns

FAMILIES = {
    "image": "image",
    "gradient": "gradient (network)",
    "gradient_magnitude": "gradient magnitude (network)",
    "laplacian": "Laplacian (network)",
    "discrete_gradient": "gradient (operator on the image)",
    "discrete_gradient_magnitude": "gradient magnitude (operator on the image)",
    "discrete_laplacian": "Laplacian (operator on the image)",
    "exact_gradient": "gradient (exact field)",
    "exact_laplacian": "Laplacian (exact field)",
    "held_out": "held-out pixels",
    "trained": "trained pixels",
}
SCORES = {
    "psnr": "PSNR of the {}, dB",
    "psnr_aligned": "PSNR of the aligned {}, dB",
    "ssim": "SSIM of the {}",
    "ssim_aligned": "SSIM of the aligned {}",
    "nrmse": "NRMSE of the {}",
    "correlation": "correlation of the {}",
}
PARAMETERS = {
    "omega_0": "ω₀, rad per unit",
    "first_omega_0": "ω₀ of the first layer, rad per unit",
    "n_modes": "harmonics n_modes",
    "hidden_features": "width",
    "seconds": "training time, s",
    "parameters": "trainable parameters",
    "step": "training step",
    "quality": "PSNR of the image*, dB",
}
LOSSES = {
    "image": "image",
    "gradient": "gradient",
    "laplacian": "Laplacian",
    "image+gradient": "image + gradient",
    "image+laplacian": "image + Laplacian",
    "gradient+laplacian": "gradient + Laplacian",
    "image+gradient+laplacian": "all three",
}
"""In the order of the original study: the single losses, then their combinations."""


QUALITY = "*aligned where the loss has no image term"
"""The footnote of every picture of ``quality``."""


def label(column: str) -> str:
    """An axis label, with the unit."""
    family, _, score = column.partition("/")
    if score in SCORES:
        return SCORES[score].format(FAMILIES.get(family, family))
    return PARAMETERS.get(column, column)


def loss_label(loss: str) -> str:
    """The name of a loss."""
    return f"loss: {LOSSES.get(loss, loss)}"


def letters(loss: str) -> str:
    """The terms of a loss, a letter each: IGL."""
    return "".join(term[:1].upper() for term in loss.split("+"))


def losses(present: Iterable[str]) -> list[str]:
    """In the study's order."""
    order = list(LOSSES)
    return sorted(set(present), key=lambda loss: (order.index(loss) if loss in order else len(order), loss))


def setting(value: object) -> str:
    """A value as a flag takes it: 30, not 30.0."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)


DERIVED = {"quality", "seconds", "parameters"}
"""Columns that the pictures add."""


def varying(frame: pd.DataFrame) -> dict[str, int]:
    """Config column → number of its values, where there are several (an absent value is none)."""
    counts = {name: int(frame[name].nunique()) for name in config_columns(frame) if name not in DERIVED}
    return {name: count for name, count in counts.items() if count > 1}
