"""The metrics of samples on a grid: predictions against the reference, under the names of records and tables.

Derivatives are the network's own, exact ones, against the reference's; ``discrete_…`` is the reference's operator
applied to the predicted values; ``exact_…`` is against a closed form's own derivatives. ``data_range`` is the range
that the scores used; ``psnr_zero`` and ``ssim_zero`` are an all-zero map's. What stands beside the values without a
network is in :mod:`inr.tasks.answers`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from inr import metrics
from inr.alignment import align
from inr.holdouts import Split
from inr.interpolation import Interpolation
from inr.jet import Jet
from inr.signals import Signal
from inr.tasks.answers import Known, Targets, answers
from inr.tasks.base import Judge
from inr.tasks.measures import VALUE_RANGE, measured
from inr.tasks.samples import Maps, Reference, differentiate

Array = NDArray[np.float64]


class Scored(Protocol):
    """The questions of a judge to a task."""

    maps: ClassVar[tuple[str, str, str]]
    interpolations: ClassVar[Mapping[str, Interpolation]]

    @property
    def facts(self) -> Mapping[str, float]:
        """Give the numbers that panels and files need beside the maps."""

    @classmethod
    def families(cls, maps: Maps) -> dict[str, Array]:
        """Give the derivatives that are scored, by family."""

    @classmethod
    def order_of(cls, term: str) -> int:
        """Return the order of the derivative that a term of the loss compares."""

    @classmethod
    def lowest_order(cls, trained: tuple[str, ...]) -> int:
        """Return the lowest order of derivative that a loss of these terms compares."""

    @classmethod
    def ranked_by(cls, trained: tuple[str, ...]) -> str:
        """Name the metric that ranks trials whose loss trains these terms."""

    @classmethod
    def remarks(cls, prediction: Array, truth: Array) -> tuple[str, ...]:
        """Give sentences on predicted values that the scores do not say."""


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
        cls,
        task: Scored,
        signal: Signal,
        reference: Reference,
        split: Split,
        weights: Mapping[str, float],
        known: Known | None = None,
    ) -> "SampleJudge":
        """Make the judge of trials that train the terms of ``weights`` (physical, per squared residual).

        ``known`` tells of a loss that compares values at some samples only.
        """
        by_order = [0.0, 0.0, 0.0]
        for term, weight in weights.items():
            by_order[task.order_of(term)] += weight
        targets = Targets(signal, reference, split, by_order, known, task.interpolations)
        return cls(
            task,
            signal,
            reference,
            split,
            tuple(weights),
            {**_zero_scores(task, reference), **answers(task.maps[0], targets)},
        )

    @property
    def rank_by(self) -> str:
        """The task's metric for the terms that train."""
        return self.task.ranked_by(self.trained)

    def scores(self, prediction: Jet[Array]) -> dict[str, float]:
        """See the base class."""
        maps, value = self._maps(prediction), self.task.maps[0]
        return {
            **measured(value, maps.value, self.signal.values, VALUE_RANGE),
            **self._derivatives("", maps, self.reference.maps, self.reference.border),
            **self._discrete(maps),
            **self._exact(maps),
            **self._parts(maps),
            **self._aligned(maps),
            **self.constants,
        }

    def fields(self, prediction: Jet[Array]) -> dict[str, NDArray[Any]]:
        """Give the three maps and the reference's, by name, with the spacing and the border."""
        maps = {"": self._maps(prediction), "reference_": self.reference.maps}
        arrays = {
            prefix + name: array.astype(np.float32)
            for prefix, three in maps.items()
            for name, array in zip(self.task.maps, three, strict=True)
        }
        scalars = {"spacing": self.reference.spacing, "border": self.reference.border, **self.task.facts}
        return {**arrays, **{name: np.asarray(value) for name, value in scalars.items()}}

    def notes(self, prediction: Jet[Array]) -> tuple[str, ...]:
        """See the base class."""
        return self.task.remarks(prediction.value.reshape(self.signal.shape), self.signal.values)

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
            found |= measured(prefix + name, predicted, true[name], metrics.reference_range(true[name]))
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
            found |= measured(name, prediction.value[mask], self.signal.values[mask], VALUE_RANGE)
        return found

    def _aligned(self, prediction: Maps) -> dict[str, float]:
        order = self.task.lowest_order(self.trained)
        if order == 0:
            return {}
        aligned = align(prediction.value, self.signal.values, order)
        return measured(self.task.maps[0], aligned, self.signal.values, variant="aligned")


def _inner(task: Scored, maps: Maps, border: int) -> dict[str, Array]:
    """The derivatives that are scored, by family, without the ring of ``border`` samples."""
    axes = maps.value.ndim - 1
    return {name: metrics.interior(array, border, axes) for name, array in task.families(maps).items()}


def _zero_scores(task: Scored, reference: Reference) -> dict[str, float]:
    """Ranges, and what an all-zero map scores: the floor below which a derivative says nothing."""
    scores = {f"{task.maps[0]}/data_range": VALUE_RANGE}
    for name, truth in _inner(task, reference.maps, reference.border).items():
        data_range = metrics.reference_range(truth)
        scores[f"{name}/data_range"] = data_range
        scores |= measured(name, np.zeros_like(truth), truth, data_range, "zero")
    return scores
