"""The metrics of a trial: the predicted maps against the reference, under the names of records and tables.

:mod:`inr.image_families` declares the families and their words, :mod:`inr.scores` the scores. ``gradient`` and
``laplacian`` are the network's exact derivatives against the reference's; ``discrete_…`` is the reference's operator
applied to the predicted image; ``exact_…`` is against a closed-form field's own. ``data_range`` is the range that the
scores used; ``psnr_zero`` and ``ssim_zero`` are an all-zero map's, ``psnr_ceiling`` is the best that the operator's
targets allow, ``psnr_bilinear`` is the interpolation's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator, NearestNDInterpolator, RegularGridInterpolator
from scipy.spatial import QhullError

from inr import metrics
from inr.alignment import align, ceiling
from inr.families import VARIANTS
from inr.holdouts import Split
from inr.image_families import ranked_by
from inr.problem import Maps, Reference, differentiate
from inr.scores import MAP, PIXELS, SCORES, scores_of
from inr.signals import Signal

Array = NDArray[np.float64]

IMAGE_RANGE = 2.0
"""Images are fitted in [-1, 1]."""


@dataclass(frozen=True, eq=False)
class Judge:
    """Scores predictions against one reference; what does not depend on the prediction is computed once."""

    signal: Signal
    reference: Reference
    split: Split
    terms: tuple[str, ...]
    constants: Mapping[str, float]

    @classmethod
    def of(cls, signal: Signal, reference: Reference, split: Split, weights: Mapping[str, float]) -> "Judge":
        """Make the judge of trials whose loss has the terms of ``weights`` (physical, per squared residual)."""
        constants = {
            **_zero_scores(reference),
            **_ceiling(signal, reference, split, weights),
            **_baseline(signal, split),
        }
        return cls(signal, reference, split, tuple(weights), constants)

    @property
    def rank_by(self) -> str:
        """The metric by which trials of this loss are ranked, higher is better."""
        return ranked_by(self.terms)

    def scores(self, prediction: Maps) -> dict[str, float]:
        """Compute every metric of the predicted maps; nan where one means nothing (see :mod:`inr.metrics`)."""
        families = {
            "image": _scores(MAP, prediction.image, self.signal.values, IMAGE_RANGE),
            **self._derivatives("", prediction, self.reference.maps, self.reference.border),
            **self._discrete(prediction),
            **self._exact(prediction),
            **self._pixels(prediction),
        }
        flat = {f"{family}/{name}": value for family, scores in families.items() for name, value in scores.items()}
        return {**flat, **self._aligned(prediction), **self.constants}

    def _derivatives(self, prefix: str, prediction: Maps, truth: Maps, border: int) -> dict[str, dict[str, float]]:
        pairs = _derivative_pairs(prediction, truth, border)
        return {f"{prefix}{name}": _scores(MAP, p, r, metrics.reference_range(r)) for name, (p, r) in pairs.items()}

    def _discrete(self, prediction: Maps) -> dict[str, dict[str, float]]:
        if self.reference.operator is None:
            return {}
        seen = differentiate(prediction.image, self.reference.operator, self.reference.spacing)
        return self._derivatives("discrete_", seen, self.reference.maps, self.reference.border)

    def _exact(self, prediction: Maps) -> dict[str, dict[str, float]]:
        if self.signal.gradient is None or self.signal.laplacian is None:
            return {}
        truth = Maps(self.signal.values, self.signal.gradient, self.signal.laplacian)
        return self._derivatives("exact_", prediction, truth, border=0)

    def _pixels(self, prediction: Maps) -> dict[str, dict[str, float]]:
        if not self.split.held_out.any():
            return {}
        masks = {"trained": self.split.trained, "held_out": self.split.held_out}
        image, truth = prediction.image, self.signal.values
        return {name: _scores(PIXELS, image[mask], truth[mask], IMAGE_RANGE) for name, mask in masks.items()}

    def _aligned(self, prediction: Maps) -> dict[str, float]:
        if "image" in self.terms:
            return {}
        aligned = align(prediction.image, self.signal.values, self.terms)
        scores = _scores(MAP, aligned, self.signal.values, IMAGE_RANGE)
        return {f"image/{name}_aligned": value for name, value in scores.items()}


def _derivative_pairs(prediction: Maps, truth: Maps, border: int) -> dict[str, tuple[Array, Array]]:
    """Family → (predicted, true) map, without the ring of ``border`` pixels."""
    gradients = [metrics.interior(maps.gradient, border) for maps in (prediction, truth)]
    laplacians = [metrics.interior(maps.laplacian, border) for maps in (prediction, truth)]
    return {
        "gradient": (gradients[0], gradients[1]),
        "gradient_magnitude": (metrics.magnitude(gradients[0]), metrics.magnitude(gradients[1])),
        "laplacian": (laplacians[0], laplacians[1]),
    }


def _scores(kind: str, prediction: Array, truth: Array, data_range: float) -> dict[str, float]:
    """Every score that applies to the kind of data: maps (H, W, …), or scattered pixels (P, C)."""
    return {score.name: score.measure(prediction, truth, data_range) for score in scores_of(kind)}


def _zero_scores(reference: Reference) -> dict[str, float]:
    """Ranges, and what an all-zero map scores: the floor below which a derivative says nothing."""
    scores = {"image/data_range": IMAGE_RANGE}
    for name, (_, truth) in _derivative_pairs(reference.maps, reference.maps, reference.border).items():
        data_range, nothing = metrics.reference_range(truth), np.zeros_like(truth)
        scores[f"{name}/data_range"] = data_range
        for score in VARIANTS["zero"].scores:
            scores[f"{name}/{score}_zero"] = SCORES[score].measure(nothing, truth, data_range)
    return scores


def _ceiling(signal: Signal, reference: Reference, split: Split, weights: Mapping[str, float]) -> dict[str, float]:
    """Empty if the targets are exact, or if a grid hold-out computes them on the coarser grid."""
    if reference.operator is None or set(weights) == {"image"} or split.held_out.any():
        return {}
    best = ceiling(signal.values, reference.operator, weights, reference.spacing)
    return {"image/psnr_ceiling": metrics.psnr(best, signal.values, IMAGE_RANGE)}


def _baseline(signal: Signal, split: Split) -> dict[str, float]:
    if not split.held_out.any():
        return {}
    guess = _interpolate(signal, split)
    return {"held_out/psnr_bilinear": metrics.psnr(guess, signal.values[split.held_out], IMAGE_RANGE)}


def _interpolate(signal: Signal, split: Split) -> Array:
    """The held-out pixels (P, C) from the trained ones: bilinear on a grid, linear on triangles for scattered ones.

    Outside the trained pixels' hull the nearest point of the grid, or the nearest pixel, counts.
    """
    rows, columns = np.nonzero(split.trained)
    wanted = np.argwhere(split.held_out)
    if len(rows) == len(np.unique(rows)) * len(np.unique(columns)):
        axes = np.unique(rows), np.unique(columns)
        grid = signal.values[np.ix_(*axes)]
        low, high = ([axis[end] for axis in axes] for end in (0, -1))
        return np.asarray(RegularGridInterpolator(axes, grid)(np.clip(wanted, low, high)))
    known = np.argwhere(split.trained)
    nearest = NearestNDInterpolator(known, signal.values[split.trained])(wanted)
    try:
        linear = LinearNDInterpolator(known, signal.values[split.trained])(wanted)
    except QhullError:  # too few pixels, or all on one line: there are no triangles
        return np.asarray(nearest, dtype=np.float64)
    return np.asarray(np.where(np.isnan(linear), nearest, linear), dtype=np.float64)
