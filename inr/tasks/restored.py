"""The scores and maps of a picture that is restored, beside those of methods without a network."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inr.interpolation import interpolate
from inr.jet import Jet
from inr.metrics import psnr
from inr.restoration import biharmonic, non_local_means, total_variation
from inr.tasks.base import Array, Judge
from inr.tasks.measures import VALUE_RANGE, measured

Mask = NDArray[np.bool_]

METHODS = ("bilinear", "biharmonic", "tv", "nlm")
"""Methods without a network, by the variants of their scores."""
TV_STRENGTHS = (0.01, 0.03, 0.1, 0.2, 0.4)
NLM_STRENGTHS = (0.4, 0.7, 1.0, 1.4)
"""A method counts with the strength that is best by the truth, as a network's hyperparameters are chosen."""


def answers(observed: Array, kept: Mask, deviation: float) -> Iterator[tuple[str, Array]]:
    """Compute the answers of every method that applies to the data (H, W, C), one for each of its strengths.

    ``deviation`` is that of the noise, 0 without one. Total variation and non-local means begin at what the biharmonic
    equation fills in.
    """
    filled = observed
    if not kept.all():
        linear, filled = observed.copy(), biharmonic(observed, kept)
        linear[~kept] = interpolate(observed, kept, ~kept)
        yield from (("bilinear", linear), ("biharmonic", filled))
    yield from (("tv", total_variation(observed, kept, strength, filled)) for strength in TV_STRENGTHS)
    if deviation:
        yield from (("nlm", non_local_means(filled, deviation, strength)) for strength in NLM_STRENGTHS)


@dataclass(frozen=True, eq=False)
class RestoredJudge(Judge):
    """Scores a picture at its missing pixels, at its kept ones, and as a whole, always against the clean truth."""

    truth: Array
    observed: Array
    kept: Mask
    answer: tuple[str, Array]
    """The classical method that is best, and its picture."""
    constants: Mapping[str, float]

    @classmethod
    def of(cls, truth: Array, observed: Array, kept: Mask, deviation: float) -> "RestoredJudge":
        """Compute the classical answers once."""
        counted = np.ones_like(kept) if kept.all() else ~kept
        found: dict[str, tuple[float, Array]] = {}
        for name, picture in answers(observed, kept, deviation):
            score = psnr(picture[counted], truth[counted], VALUE_RANGE)
            if name not in found or score > found[name][0]:
                found[name] = score, picture
        constants = {"restored/data_range": VALUE_RANGE}
        for name, (_, picture) in found.items():
            constants |= _parts(picture, truth, kept, name)
        if deviation:
            constants |= measured("observed", observed[kept], truth[kept], variant="noisy")
        best = max(found, key=lambda name: found[name][0])
        return cls(truth, observed, kept, (best, found[best][1]), constants)

    @property
    def rank_by(self) -> str:
        """The PSNR of the missing pixels; of the whole picture where none is missing."""
        return "restored/psnr" if self.kept.all() else "missing/psnr"

    def scores(self, prediction: Jet[Array]) -> dict[str, float]:
        """See the base class."""
        picture = prediction.value.reshape(self.truth.shape)
        seen = measured("observed", picture[self.kept], self.truth[self.kept])
        return {**_parts(picture, self.truth, self.kept), **seen, **self.constants}

    def fields(self, prediction: Jet[Array]) -> dict[str, NDArray[Any]]:
        """Give the picture, the truth, the data, where they count, and the best classical answer."""
        name, answer = self.answer
        maps = {
            "image": prediction.value.reshape(self.truth.shape),
            "reference_image": self.truth,
            "observed": self.observed * self.kept[..., None],
            "answer": answer,
        }
        arrays: dict[str, NDArray[Any]] = {key: array.astype(np.float32) for key, array in maps.items()}
        return {**arrays, "kept": self.kept, "answer_name": np.array(name)}


def _parts(picture: Array, truth: Array, kept: Mask, variant: str = "") -> dict[str, float]:
    """The scores of the whole, and of the missing pixels where there are some."""
    whole = measured("restored", picture, truth, variant=variant)
    return whole if kept.all() else {**measured("missing", picture[~kept], truth[~kept], variant=variant), **whole}
