"""The weighted sum of image, gradient and Laplacian losses, each in comparable units."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from inr.errors import InputError
from inr.jet import Ask, Jet
from inr.operators import Operator
from inr.problem import TrainingPoints
from inr.terms import ORDERS, ask_of, order_of
from inr.units import LossUnits


@dataclass(frozen=True, eq=False)
class Batch:
    """Points on the device: coordinates (P, 2), targets by term, and the points at which derivatives count (P,)."""

    coordinates: Tensor
    targets: dict[str, Tensor]
    inside: Tensor

    @classmethod
    def of(cls, points: TrainingPoints, terms: tuple[str, ...], dtype: torch.dtype, device: str) -> "Batch":
        """The training points as tensors; targets of the given terms only."""

        def tensor(array: np.ndarray) -> Tensor:
            return torch.as_tensor(array, dtype=dtype, device=device)

        targets = {term: tensor(getattr(points, term)) for term in terms}
        return cls(tensor(points.coordinates), targets, tensor(points.inside))

    def __getitem__(self, index: slice | Tensor) -> "Batch":
        targets = {term: target[index] for term, target in self.targets.items()}
        return Batch(self.coordinates[index], targets, self.inside[index])

    def __len__(self) -> int:
        return len(self.coordinates)


@dataclass(frozen=True)
class Loss:
    """Σ_t weight_t · scale_t · mean over points, channels and components of (prediction − target)².

    ``per_residual[t]`` is scale_t over the number of residuals of the whole training set, so that the sum of the
    losses of any chunks that make it up is its loss.
    """

    weights: Mapping[str, float]
    per_residual: Mapping[str, float]

    @property
    def order(self) -> int:
        """The highest derivative that training has to compute, see :func:`inr.terms.order_of`."""
        return order_of(self.weights)

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms that are computed: those that need no derivative beyond :attr:`order`."""
        return tuple(term for term in self.weights if ORDERS[term] <= self.order)

    @property
    def ask(self) -> Ask:
        """What the terms that are computed ask of the network."""
        return ask_of(self.terms)

    def scales(self) -> Tensor:
        """The factor of each term's sum of squared residuals in the loss, (T,), float64."""
        return torch.tensor([self.weights[t] * self.per_residual[t] for t in self.terms], dtype=torch.float64)

    def named(self, squares: Tensor) -> dict[str, float]:
        """``loss/term``, unweighted, and their weighted total ``loss``, of sums of squared residuals (T,)."""
        values = {t: self.per_residual[t] * float(square) for t, square in zip(self.terms, squares, strict=True)}
        total = sum(self.weights[term] * value for term, value in values.items())
        return {**{f"loss/{term}": value for term, value in values.items()}, "loss": total}


def squares_and_gradient(
    terms: tuple[str, ...], scales: Tensor, prediction: Jet[Tensor], batch: Batch
) -> tuple[Tensor, Jet[Tensor]]:
    """Each term's sum of squared residuals S_t (T,), and the gradient of Σ scale_t S_t by the prediction.

    The prediction's only second-order operator is the Laplacian.
    """
    laplacian = None if prediction.second is None else prediction.second[..., 0]
    predicted = {"image": prediction.value, "gradient": prediction.gradient, "laplacian": laplacian}
    gradients = {term: None if values is None else torch.zeros_like(values) for term, values in predicted.items()}
    squares = []
    for term, scale in zip(terms, scales.unbind(), strict=True):
        values = predicted[term]
        assert values is not None
        residuals = values - batch.targets[term]
        if term != "image":
            residuals = residuals * batch.inside.view(-1, *[1] * (residuals.dim() - 1))
        squares.append(residuals.square().sum())
        gradients[term] = 2 * scale * residuals
    value, gradient, second = gradients["image"], gradients["gradient"], gradients["laplacian"]
    assert value is not None
    return torch.stack(squares), Jet(value, gradient, None if second is None else second[..., None])


def make_loss(
    points: TrainingPoints,
    weights: Mapping[str, float],
    units: LossUnits,
    operator: Operator | None,
    spacing: float,
) -> Loss:
    """Make the loss of ``weights`` over the training points, in ``units``.

    ``operator`` took the targets' derivatives at ``spacing``; None where they are exact. Raises :class:`InputError`
    where a target has no point, or no scale.
    """
    per_residual = {}
    for term in weights:
        target = getattr(points, term) if term == "image" else getattr(points, term)[points.inside]
        if target.size == 0:
            raise InputError(f"the {term} loss has no pixel inside the operator's border: use a larger --size")
        per_residual[term] = units.scale(term, target, _gain(term, operator, spacing)) / target.size
    return Loss(dict(weights), per_residual)


def _gain(term: str, operator: Operator | None, spacing: float) -> float:
    if operator is None or term == "image":
        return 1.0
    return operator.gradient_gain(spacing) if term == "gradient" else operator.laplacian_gain(spacing)
