"""The scores of a family, measured on arrays of its kind."""

import numpy as np
from numpy.typing import NDArray

from inr.families import FAMILIES, VARIANTS

Array = NDArray[np.float64]

VALUE_RANGE = 2.0
"""Values are fitted in [-1, 1]."""


def measured(
    family: str, prediction: Array, truth: Array, data_range: float = VALUE_RANGE, variant: str = ""
) -> dict[str, float]:
    """Compute every score of a family, by name; of a variant, such as a classical answer, the scores that have it."""
    known = FAMILIES[family]
    scores = [score for score in known.scores if not variant or VARIANTS[variant] in known.variants_of(score)]
    ending = f"_{variant}" if variant else ""
    return {f"{family}/{score.name}{ending}": score.measure(prediction, truth, data_range) for score in scores}
