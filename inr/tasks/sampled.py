"""Tasks that fit samples on a regular grid, and the derivatives that the samples imply."""

from dataclasses import dataclass

import numpy as np

from inr.errors import UsageError
from inr.signals import Signal
from inr.tasks.base import Problem, Work
from inr.tasks.derived import Derived
from inr.tasks.samples import Reference, training_points
from inr.tasks.scoring import SampleJudge
from inr.tasks.shared import Parted


@dataclass(frozen=True, kw_only=True)
class Sampled(Parted, Derived, abstract=True):
    """Values on a grid, their gradient and their Laplacian: the three terms of the loss, in this order."""

    def work(self) -> tuple[Work, ...]:
        """Count the samples at the hold-out's stride."""
        points = float(np.prod([-(-side // self.holdout.stride) for side in self.sides]))
        return (Work(points, points * self.holdout.share, self.training_terms),)

    def check(self) -> None:
        """See the base class."""
        super().check()
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
        points, every = training_points(signal, reference, chosen.trained, stride, self.maps)
        data = {name: every[name] for name in (*self.weights, "inside")}
        group = self.group(points, data, operator, stride * signal.spacing)
        judge = SampleJudge.of(self, signal, reference, chosen, self.physical_weights(group))
        return self.judged(signal, (group,), judge)
