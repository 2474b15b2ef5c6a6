"""The scores and maps of a picture that is found from means over areas, inside and outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inr.jet import Jet
from inr.metrics import psnr
from inr.signals import Signal
from inr.tasks.base import Array, Judge
from inr.tasks.measures import VALUE_RANGE, measured
from inr.upsampling import METHODS, area_means

EXTENT = 2.0
"""The network is also looked at on [-EXTENT, EXTENT]², of which the picture is [-1, 1]²."""


@dataclass(frozen=True, eq=False)
class UpscaledJudge(Judge):
    """Scores a picture at full resolution, its means, and its energy outside."""

    whole: Signal
    means: Array
    factor: int
    beyond: NDArray[np.bool_]
    """The points of the wide grid that are outside the picture, (H, W)."""
    answers: Mapping[str, Array]
    """Classical method → its picture."""
    constants: Mapping[str, float]

    rank_by = "high/psnr"

    @classmethod
    def of(cls, whole: Signal, means: Array, factor: int) -> "UpscaledJudge":
        """Compute the classical answers once."""
        answers = {name: method(means, factor) for name, method in METHODS.items()}
        constants = {"high/data_range": VALUE_RANGE, "low/data_range": VALUE_RANGE}
        for name, answer in answers.items():
            constants |= measured("high", answer, whole.values, variant=name)
        ends = whole.coordinates[-1, -1]
        beyond = (np.abs(EXTENT * whole.coordinates) > ends * (1 + 1e-9)).any(axis=-1)
        return cls(whole, means, factor, beyond, answers, constants)

    def scores(self, prediction: Jet[Array]) -> dict[str, float]:
        """See the base class."""
        inside, wide = self._maps(prediction)
        return {
            **measured("high", inside, self.whole.values),
            **measured("low", area_means(inside, self.factor), self.means),
            **measured("outside", wide[self.beyond], self.whole.values),
            **self.constants,
        }

    def fields(self, prediction: Jet[Array]) -> dict[str, NDArray[Any]]:
        """Give both resolutions, the wide map, and the best classical answer, with the truth of each."""
        inside, wide = self._maps(prediction)
        best = max(self.answers, key=lambda name: psnr(self.answers[name], self.whole.values, VALUE_RANGE))
        maps = {"image": inside, "low": area_means(inside, self.factor), "outside": wide}
        true = {"image": self.whole.values, "low": self.means, "outside": self._framed()}
        arrays = {**maps, **{f"reference_{name}": array for name, array in true.items()}, "answer": self.answers[best]}
        return {**{name: array.astype(np.float32) for name, array in arrays.items()}, "answer_name": np.array(best)}

    def _maps(self, prediction: Jet[Array]) -> tuple[Array, Array]:
        """The prediction on the picture's grid and on the wide one, (H, W, C) each."""
        inside, wide = prediction.value.reshape(2, *self.whole.shape)
        return inside, wide

    def _framed(self) -> Array:
        """The picture on the wide grid, at its nearest samples, in a frame of 0."""
        framed = np.zeros(self.whole.shape)
        places = EXTENT * (np.argwhere(~self.beyond) - (np.array(self.beyond.shape) - 1) / 2)
        nearest = np.floor(places + np.array(self.beyond.shape) / 2).astype(int)
        framed[~self.beyond] = self.whole.values[tuple(nearest.T)]
        return framed
