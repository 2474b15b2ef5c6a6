"""Tasks whose loss compares values, gradients and Laplacians with the maps of a reference on a grid."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from inr.alignment import align
from inr.choices import flat
from inr.doc import Doc
from inr.errors import InputError, UsageError
from inr.jet import Ask, laplacian
from inr.operators import Operator, Sobel, TargetDerivatives
from inr.parameters import Resolves
from inr.signals import Signal
from inr.tasks.base import Group, Problem
from inr.tasks.closing import Closing
from inr.tasks.samples import Maps, Samples
from inr.tasks.scoring import SampleJudge
from inr.terms import Difference
from inr.units import UNITS, LossUnits, Normalised, Physical

Array = NDArray[np.float64]


def _units(name: str, config: Mapping[str, Any]) -> str:
    """Undivided units are physical ones where no discrete operator has a part in the loss."""
    orders = map(config["task"].order_of, config["loss"].split("+"))
    divided = not any(orders) or config["operator"].operator() is None
    return Physical.name() if divided and UNITS[name].undivided else name


@dataclass(frozen=True, kw_only=True)
class Derived(Samples, abstract=True):
    """Values on a grid and the derivatives that an operator takes of them."""

    maps: ClassVar[tuple[str, str, str]]
    """The names of values, gradient and Laplacian in ``fields.npz``; the first is their family's too."""
    score: ClassVar[str]
    """The score of the values by which trials are ranked."""
    interpolations: ClassVar[tuple[str, ...]] = ("bilinear",)
    """The methods of :mod:`inr.interpolation` whose answers stand beside held-out samples."""

    operator: Annotated[
        TargetDerivatives,
        Doc("discrete derivatives of the target; raw: the original study's; analytic: exact, closed forms only"),
    ] = Sobel()
    loss_units: Annotated[
        LossUnits,
        Resolves(_units),
        Doc("each term over its target's variance; per unit of coordinate; or in the operator's undivided units"),
    ] = Normalised()

    @classmethod
    @abstractmethod
    def families(cls, maps: Maps) -> dict[str, Array]:
        """Give the derivatives that are scored, by family."""

    @classmethod
    def remarks(cls, prediction: Array, truth: Array) -> tuple[str, ...]:
        """Give sentences on predicted values (*grid, C) that the scores do not say; none by default."""
        return ()

    @classmethod
    def order_of(cls, term: str) -> int:
        """Return the order of the derivative that a term of the loss compares."""
        return cls.maps.index(term)

    @property
    def facts(self) -> Mapping[str, float]:
        """Give the numbers that panels and files need beside the maps; none by default."""
        return {}

    @property
    def differences(self) -> tuple[Difference, ...]:
        """The terms of the loss."""
        return tuple(Difference(term, self.dimensions, self.order_of(term)) for term in self.weights)

    @property
    def training_terms(self) -> tuple[Difference, ...]:
        """The terms whose weight is not 0."""
        return tuple(term for term in self.differences if self.weights[term.name])

    def physical_weights(self, *groups: Group) -> dict[str, float]:
        """Give the factor of each squared residual of the terms that train, per unit of coordinate.

        A term without a weight is missing: it leaves its part of the signal free, as if it were not there.
        """
        found = {name: scale * group.weights[name] for group in groups for name, scale in group.per_residual.items()}
        return {name: found[name] for name, weight in self.weights.items() if weight}

    def check(self) -> None:
        """See the base class."""
        super().check()
        config = flat(self)
        if self.operator.operator() is None and (name := self.sampled_only(config)):
            raise UsageError(
                f"--operator={self.operator} got --{name}={config[name]}, which has no closed form: "
                f"expected one of {', '.join(self.closed_forms())}, or a discrete operator"
            )

    def judged(self, signal: Signal, groups: tuple[Group, ...], judge: SampleJudge) -> Problem:
        """Make the problem of a signal whose three maps are judged at its samples."""
        return Problem(
            channels=signal.shape[-1],
            groups=groups,
            points=signal.coordinates.reshape(-1, self.dimensions),
            ask=Ask(gradient=True, second=(laplacian(self.dimensions),)),
            judge=judge,
            data_hash=signal.data_hash,
            data_shape=signal.shape,
            notes=signal.notes,
            spacing=(signal.spacing,) * self.dimensions,
            closing=self.closing(signal, self.lowest_order(judge.trained)),
        )

    def closing(self, signal: Signal, order: int) -> Closing | None:
        """Give what is measured after the last step; nothing by default.

        ``order`` is the lowest order of derivative that the loss compares.
        """
        return None

    @classmethod
    def lowest_order(cls, trained: tuple[str, ...]) -> int:
        """Return the lowest order of derivative that a loss of these terms compares."""
        return min((cls.order_of(term) for term in trained if term in cls.terms), default=0)

    @classmethod
    def ranked_by(cls, trained: tuple[str, ...]) -> str:
        """Name the metric that ranks trials whose loss trains these terms; higher is better.

        A loss without values leaves part of them free, so the aligned prediction is scored.
        """
        return f"{cls.maps[0]}/{cls.score}{'_aligned' if cls.lowest_order(trained) else ''}"

    @classmethod
    def rank_by(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        return cls.ranked_by(cls.trained(config))

    @classmethod
    def aligned(cls, fields: Mapping[str, NDArray[Any]], config: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """See the base class."""
        value = cls.maps[0]
        order = cls.lowest_order(cls.trained(config))
        return {**fields, value: align(fields[value], fields[f"reference_{value}"], order)}

    def group(
        self, points: Array, data: Mapping[str, NDArray[Any]], operator: Operator | None, spacing: float
    ) -> Group:
        """Group the points (P, D) under all terms whose targets are in ``data`` and whose derivatives are computed."""
        terms = tuple(term for term in self.differences if term.name in data)
        order = max(term.order for term in terms if self.weights[term.name])
        per_residual = {term.name: self._per_residual(term, data, operator, spacing) for term in terms}
        computed = tuple(term for term in terms if term.order <= order)
        return Group(computed, self.weights, per_residual, points, data)

    def _per_residual(
        self, term: Difference, data: Mapping[str, NDArray[Any]], operator: Operator | None, spacing: float
    ) -> float:
        target = data[term.name] if term.part == 0 else data[term.name][data[term.where]]
        if target.size == 0:
            raise InputError(f"the {term.name} loss has no sample inside the operator's border: use more samples")
        return self.loss_units.scale(term.name, target, _gain(term.part, operator, spacing)) / target.size


def _gain(part: int, operator: Operator | None, spacing: float) -> float:
    """The operator's undivided response to a derivative of one per unit of coordinate; 1 where it is not used."""
    if operator is None or part == 0:
        return 1.0
    return operator.gradient_gain(spacing) if part == 1 else operator.laplacian_gain(spacing)
