"""Formulas of the scores of a surface and of its signed distance.

Surfaces are compared by what the points of each find on the other: an array (n, 2) of the distance to it, and of
|cos| of the angle between the normals at the point and at its nearest neighbour there. The scores of a surface that
does not exist are nan, as are those of a distance that is not finite.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def rmse(prediction: ArrayLike, reference: ArrayLike) -> float:
    """Compute √ mean (p − r)²."""
    return float(np.sqrt(np.mean((_array(prediction) - _array(reference)) ** 2)))


def mae(prediction: ArrayLike, reference: ArrayLike) -> float:
    """Compute mean |p − r|."""
    return float(np.mean(np.abs(_array(prediction) - _array(reference))))


def iou(prediction: ArrayLike, reference: ArrayLike) -> float:
    """Compute the intersection over the union of two solids, inside where their signed distances are below zero.

    nan where both are empty.
    """
    p, r = _array(prediction) < 0, _array(reference) < 0
    union = np.count_nonzero(p | r)
    return np.count_nonzero(p & r) / union if union else np.nan


def chamfer(prediction: ArrayLike, reference: ArrayLike) -> float:
    """Compute ½ (mean d₁ + mean d₂), the Chamfer distance of SIREN's successors (DiGS, arXiv:2106.10811)."""
    return sum(_means(prediction, reference, 0)) / 2


def chamfer_squared(prediction: ArrayLike, reference: ArrayLike) -> float:
    """Compute mean d₁² + mean d₂², the Chamfer distance of DeepSDF (arXiv:1901.05103)."""
    return sum(_means(prediction, reference, 0, power=2))


def hausdorff(prediction: ArrayLike, reference: ArrayLike) -> float:
    """Compute max(max d₁, max d₂), the distance of Hausdorff, both ways."""
    one, other = _array(prediction), _array(reference)
    return float(max(one[:, 0].max(), other[:, 0].max())) if len(one) and len(other) else np.nan


def normal_consistency(prediction: ArrayLike, reference: ArrayLike) -> float:
    """Compute ½ (mean |cos₁| + mean |cos₂|): 1 where the normals agree (Mescheder et al. 2019, arXiv:1812.03828)."""
    return sum(_means(prediction, reference, 1)) / 2


def _means(prediction: ArrayLike, reference: ArrayLike, column: int, power: int = 1) -> tuple[float, float]:
    """The mean of a column's power, of either surface; nan where one of them is empty."""
    one, other = _array(prediction)[:, column] ** power, _array(reference)[:, column] ** power
    return (float(one.mean()), float(other.mean())) if len(one) and len(other) else (np.nan, np.nan)


def _array(values: ArrayLike) -> Array:
    return np.asarray(values, dtype=np.float64)
