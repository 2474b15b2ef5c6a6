"""The metrics of samples on a grid: predictions against the reference, under the names of records and tables.

Derivatives are the network's own, exact ones, against the reference's; ``discrete_…`` is the reference's operator
applied to the predicted values; ``exact_…`` is against a closed form's own derivatives. ``data_range`` is the range
that the scores used; ``psnr_zero`` and ``ssim_zero`` are an all-zero map's, ``psnr_ceiling`` is the best that the
operator's targets allow, ``psnr_bilinear`` is the interpolation's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from inr import metrics
from inr.alignment import align, ceiling
from inr.families import FAMILIES, VARIANTS
from inr.holdouts import Split
from inr.interpolation import interpolate
from inr.jet import Jet
from inr.scores import SCORES
from inr.signals import Signal
from inr.tasks.base import Judge
from inr.tasks.samples import Maps, Reference, differentiate

Array = NDArray[np.float64]

VALUE_RANGE = 2.0
"""Values are fitted in [-1, 1]."""


class Scored(Protocol):
    """The questions of a judge to a task."""

    terms: ClassVar[tuple[str, ...]]

    @property
    def facts(self) -> Mapping[str, float]:
        """Give the numbers that panels and files need beside the maps."""

    @classmethod
    def families(cls, maps: Maps) -> dict[str, Array]:
        """Give the derivatives that are scored, by family."""

    @classmethod
    def ranked_by(cls, trained: tuple[str, ...]) -> str:
        """Name the metric that ranks trials whose loss trains these terms."""


@dataclass(frozen=True, eq=False)
class SampleJudge(Judge):
    """Scores predictions against one reference; what does not depend on the prediction is computed once."""

    task: Scored
    signal: Signal
    reference: Reference
    split: Split
    trained: tuple[str, ...]
    constants: Mapping[str, float]

    @classmethod
    def of(
        cls, task: Scored, signal: Signal, reference: Reference, split: Split, weights: Mapping[str, float]
    ) -> "SampleJudge":
        """Make the judge of trials that train the terms of ``weights`` (physical, per squared residual)."""
        constants = {
            **_zero_scores(task, reference),
            **_ceiling(task, signal, reference, split, weights),
            **_baseline(signal, split),
        }
        return cls(task, signal, reference, split, tuple(weights), constants)

    @property
    def rank_by(self) -> str:
        """The task's metric for the terms that train."""
        return self.task.ranked_by(self.trained)

    def scores(self, prediction: Jet[Array]) -> dict[str, float]:
        """See the base class."""
        maps, value = self._maps(prediction), self.task.terms[0]
        return {
            **_scores(value, maps.value, self.signal.values, VALUE_RANGE),
            **self._derivatives("", maps, self.reference.maps, self.reference.border),
            **self._discrete(maps),
            **self._exact(maps),
            **self._parts(maps),
            **self._aligned(maps),
            **self.constants,
        }

    def fields(self, prediction: Jet[Array]) -> dict[str, NDArray[Any]]:
        """Give the three maps and the reference's, by term, with the spacing and the border."""
        maps = {"": self._maps(prediction), "reference_": self.reference.maps}
        arrays = {
            prefix + term: array.astype(np.float32)
            for prefix, three in maps.items()
            for term, array in zip(self.task.terms, three, strict=True)
        }
        scalars = {"spacing": self.reference.spacing, "border": self.reference.border, **self.task.facts}
        return {**arrays, **{name: np.asarray(value) for name, value in scalars.items()}}

    def _maps(self, jet: Jet[Array]) -> Maps:
        """The prediction on the grid."""
        assert jet.gradient is not None
        assert jet.second is not None
        shape = self.signal.shape
        return Maps(jet.value.reshape(shape), jet.gradient.reshape(*shape, -1), jet.second.reshape(shape))

    def _derivatives(self, prefix: str, prediction: Maps, truth: Maps, border: int) -> dict[str, float]:
        found: dict[str, float] = {}
        true = self._inner(truth, border)
        for name, predicted in self._inner(prediction, border).items():
            found |= _scores(prefix + name, predicted, true[name], metrics.reference_range(true[name]))
        return found

    def _inner(self, maps: Maps, border: int) -> dict[str, Array]:
        return _inner(self.task, maps, border)

    def _discrete(self, prediction: Maps) -> dict[str, float]:
        if self.reference.operator is None:
            return {}
        seen = differentiate(prediction.value, self.reference.operator, self.reference.spacing)
        return self._derivatives("discrete_", seen, self.reference.maps, self.reference.border)

    def _exact(self, prediction: Maps) -> dict[str, float]:
        if self.signal.gradient is None or self.signal.laplacian is None:
            return {}
        truth = Maps(self.signal.values, self.signal.gradient, self.signal.laplacian)
        return self._derivatives("exact_", prediction, truth, border=0)

    def _parts(self, prediction: Maps) -> dict[str, float]:
        if not self.split.held_out.any():
            return {}
        found: dict[str, float] = {}
        for name, mask in (("trained", self.split.trained), ("held_out", self.split.held_out)):
            found |= _scores(name, prediction.value[mask], self.signal.values[mask], VALUE_RANGE)
        return found

    def _aligned(self, prediction: Maps) -> dict[str, float]:
        value, first, _ = self.task.terms
        if value in self.trained:
            return {}
        aligned = align(prediction.value, self.signal.values, 1 if first in self.trained else 2)
        return {f"{name}_aligned": s for name, s in _scores(value, aligned, self.signal.values, VALUE_RANGE).items()}


def _scores(family: str, prediction: Array, truth: Array, data_range: float) -> dict[str, float]:
    """Every score of the family, by name."""
    return {f"{family}/{score.name}": score.measure(prediction, truth, data_range) for score in FAMILIES[family].scores}


def _inner(task: Scored, maps: Maps, border: int) -> dict[str, Array]:
    """The derivatives that are scored, by family, without the ring of ``border`` samples."""
    axes = maps.value.ndim - 1
    return {name: metrics.interior(array, border, axes) for name, array in task.families(maps).items()}


def _zero_scores(task: Scored, reference: Reference) -> dict[str, float]:
    """Ranges, and what an all-zero map scores: the floor below which a derivative says nothing."""
    scores = {f"{task.terms[0]}/data_range": VALUE_RANGE}
    for name, truth in _inner(task, reference.maps, reference.border).items():
        data_range, nothing = metrics.reference_range(truth), np.zeros_like(truth)
        scores[f"{name}/data_range"] = data_range
        for score in FAMILIES[name].scores:
            if score.name in VARIANTS["zero"].scores:
                scores[f"{name}/{score.name}_zero"] = SCORES[score.name].measure(nothing, truth, data_range)
    return scores


def _ceiling(
    task: Scored, signal: Signal, reference: Reference, split: Split, weights: Mapping[str, float]
) -> dict[str, float]:
    """Empty if the targets are exact, or if a grid hold-out computes them on the coarser grid."""
    if reference.operator is None or set(weights) == {task.terms[0]} or split.held_out.any():
        return {}
    by_order = [weights.get(term, 0.0) for term in task.terms]
    best = ceiling(signal.values, reference.operator, by_order, reference.spacing)
    return {f"{task.terms[0]}/psnr_ceiling": metrics.psnr(best, signal.values, VALUE_RANGE)}


def _baseline(signal: Signal, split: Split) -> dict[str, float]:
    if not split.held_out.any():
        return {}
    guess = interpolate(signal.values, split.trained, split.held_out)
    return {"held_out/psnr_bilinear": metrics.psnr(guess, signal.values[split.held_out], VALUE_RANGE)}
