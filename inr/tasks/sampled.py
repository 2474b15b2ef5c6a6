"""Tasks that fit samples on a regular grid, and the derivatives that the samples imply."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from inr.alignment import align
from inr.doc import Doc
from inr.errors import InputError, UsageError
from inr.holdouts import Holdout, Whole
from inr.jet import Ask, laplacian
from inr.operators import Operator, Sobel, TargetDerivatives
from inr.parameters import Resolves
from inr.signals import Signal
from inr.tasks.base import Group, Problem, Work
from inr.tasks.samples import Maps, Reference, Samples, training_points
from inr.tasks.scoring import SampleJudge
from inr.terms import Difference
from inr.units import UNITS, LossUnits, Normalised, Physical

Array = NDArray[np.float64]


def _units(name: str, config: Mapping[str, Any]) -> str:
    """Undivided units are physical ones where no discrete operator has a part in the loss."""
    divided = config["loss"] == config["task"].terms[0] or config["operator"].operator() is None
    return Physical.name() if divided and UNITS[name].undivided else name


@dataclass(frozen=True, kw_only=True)
class Sampled(Samples, abstract=True):
    """Values on a grid, their gradient and their Laplacian: the three terms of the loss, in this order."""

    score: ClassVar[str]
    """The score of the values by which trials are ranked."""

    operator: Annotated[
        TargetDerivatives,
        Doc("discrete derivatives of the target; raw: the original study's; analytic: exact, closed forms only"),
    ] = Sobel()
    loss_units: Annotated[
        LossUnits,
        Resolves(_units),
        Doc("each term over its target's variance; per unit of coordinate; or in the operator's undivided units"),
    ] = Normalised()
    holdout: Annotated[Holdout, Doc("samples kept from training: every second, or a share")] = Whole()

    @classmethod
    @abstractmethod
    def families(cls, maps: Maps) -> dict[str, Array]:
        """Give the derivatives that are scored, by family."""

    @property
    def facts(self) -> Mapping[str, float]:
        """Give the numbers that panels and files need beside the maps; none by default."""
        return {}

    @property
    def training_terms(self) -> tuple[Difference, ...]:
        """The terms whose weight is not 0."""
        return tuple(term for term in self._differences() if self.weights[term.name])

    def work(self) -> tuple[Work, ...]:
        """Count the samples at the hold-out's stride."""
        points = float(np.prod([-(-side // self.holdout.stride) for side in self.sides]))
        return (Work(points, points * self.holdout.share, self.training_terms),)

    def check(self) -> None:
        """See the base class."""
        super().check()
        given = getattr(self, self.subject)
        if self.operator.operator() is None and given not in self.closed_forms():
            raise UsageError(
                f"--operator={self.operator} got --{self.subject}={given}, which has no closed form: "
                f"expected one of {', '.join(self.closed_forms())}, or a discrete operator"
            )
        derived = any(term.order for term in self.training_terms)
        if self.holdout.scattered and derived and self.operator.operator() is not None:
            raise UsageError(
                f"--holdout={self.holdout} got --loss={self.loss}: a discrete derivative would see held-out samples; "
                f"use --holdout=grid, --loss={self.terms[0]} or --operator=analytic"
            )

    def problem(self, seed: int) -> Problem:
        """See the base class."""
        return self.fitted_to(self.signal(), seed)

    def fitted_to(self, signal: Signal, seed: int) -> Problem:
        """Make the problem of a signal that is given, instead of the one that the parameters name."""
        operator, stride = self.operator.operator(), self.holdout.stride
        reference = Reference.of(signal, operator)
        chosen = self.holdout.split(signal.shape[:-1], seed)
        points, every = training_points(signal, reference, chosen.trained, stride, self.terms)
        data = {name: every[name] for name in (*self.weights, "inside")}
        group = self.group(points, data, operator, stride * signal.spacing)
        # A term without a weight leaves its part of the signal free, as if it were not there.
        physical = {t.name: group.weights[t.name] * group.per_residual[t.name] for t in self.training_terms}
        judge = SampleJudge.of(self, signal, reference, chosen, physical)
        return Problem(
            channels=signal.shape[-1],
            groups=(group,),
            points=signal.coordinates.reshape(-1, self.dimensions),
            ask=Ask(gradient=True, second=(laplacian(self.dimensions),)),
            judge=judge,
            data_hash=signal.data_hash,
            data_shape=signal.shape,
            notes=signal.notes,
        )

    @classmethod
    def ranked_by(cls, trained: tuple[str, ...]) -> str:
        """Name the metric that ranks trials whose loss trains these terms; higher is better.

        A loss without values leaves part of them free, so the aligned prediction is scored.
        """
        return f"{cls.terms[0]}/{cls.score}{'' if cls.terms[0] in trained else '_aligned'}"

    @classmethod
    def rank_by(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        return cls.ranked_by(cls.trained(config))

    @classmethod
    def aligned(cls, fields: Mapping[str, NDArray[Any]], config: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """See the base class."""
        trained, value = cls.trained(config), cls.terms[0]
        order = min((cls.terms.index(term) for term in trained if term in cls.terms), default=0)
        return {**fields, value: align(fields[value], fields[f"reference_{value}"], order)}

    def _differences(self) -> list[Difference]:
        places = {term: part for part, term in enumerate(self.terms)}
        return [Difference(term, self.dimensions, places[term]) for term in self.weights]

    def group(
        self, points: Array, data: Mapping[str, NDArray[Any]], operator: Operator | None, spacing: float
    ) -> Group:
        """The group of all terms of the loss whose derivatives are computed anyway."""
        order = max(term.order for term in self.training_terms)
        per_residual = {}
        for term in self._differences():
            target = data[term.name] if term.part == 0 else data[term.name][data["inside"]]
            if target.size == 0:
                raise InputError(f"the {term.name} loss has no sample inside the operator's border: use more samples")
            scale = self.loss_units.scale(term.name, target, _gain(term.part, operator, spacing))
            per_residual[term.name] = scale / target.size
        terms = tuple(term for term in self._differences() if term.order <= order)
        return Group(terms, self.weights, per_residual, points, data)


def _gain(part: int, operator: Operator | None, spacing: float) -> float:
    """The operator's undivided response to a derivative of one per unit of coordinate; 1 where it is not used."""
    if operator is None or part == 0:
        return 1.0
    return operator.gradient_gain(spacing) if part == 1 else operator.laplacian_gain(spacing)
