"""Random points of the picture's three terms, as groups and batches, for tests of losses and gradients."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from inr.batch import Batch, scales, term_losses, total
from inr.jet import Jet, union
from inr.tasks.base import Group
from inr.tasks.closing import NOTHING
from inr.tasks.image import Image
from inr.terms import Difference

TERMS = Image.terms
ORDERS = {term: order for order, term in enumerate(TERMS)}


def ask_of(terms: tuple[str, ...]) -> Any:
    """What some of the picture's terms ask for."""
    return union(*(Difference(term, 2, ORDERS[term]).ask for term in terms))


def differences(terms: tuple[str, ...]) -> tuple[Difference, ...]:
    return tuple(Difference(term, 2, ORDERS[term]) for term in terms)


@dataclass(frozen=True)
class TrainingPoints:
    """Coordinates (P, 2), image (P, C), gradient (P, C, 2), Laplacian (P, C), and where derivatives count (P,)."""

    coordinates: np.ndarray
    image: np.ndarray
    gradient: np.ndarray
    laplacian: np.ndarray
    inside: np.ndarray

    def data(self, terms: tuple[str, ...]) -> dict[str, np.ndarray]:
        return {name: getattr(self, name) for name in (*terms, "inside")}


def batch_of(points: TrainingPoints, terms: tuple[str, ...], dtype: torch.dtype = torch.float64) -> Batch:
    return Batch.of(Group((), {}, {}, points.coordinates, points.data(terms)), dtype, "cpu")


class Loss:
    """The picture's loss over points, and what tests ask of it."""

    def __init__(self, group: Group) -> None:
        self.group, self.weights, self.per_residual = group, group.weights, group.per_residual
        self.terms, self.ask = group.terms, group.ask
        self.order = max(term.order for term in group.terms)

    def scales(self) -> torch.Tensor:
        return scales(self.group)

    def named(self, squares: torch.Tensor) -> dict[str, float]:
        losses = term_losses(self.group, squares)
        return {f"loss/{term}": value for term, value in losses.items()} | {"loss": total(losses, self.weights)}


def make_loss(points: TrainingPoints, weights: dict[str, float], units: Any, operator: Any, spacing: float) -> Loss:
    task = Image(
        loss="+".join(term for term in TERMS if term in weights),
        loss_units=units,
        **{f"{term}_weight": weight for term, weight in weights.items()},
    )
    return Loss(task.group(points.coordinates, points.data(tuple(weights)), operator, spacing))


def truth(judge: Any) -> Jet[np.ndarray]:
    """The reference as a prediction, point by point."""
    value, gradient, laplacian = judge.reference.maps
    points = value.size // value.shape[-1]
    return Jet(
        value.reshape(points, -1), gradient.reshape(points, value.shape[-1], -1), laplacian.reshape(points, -1, 1)
    )


def closed(problem: Any) -> Any:
    """What is measured after the last step of a network that is sin(3x + 5y); nothing where nothing is."""
    if problem.closing is None:
        return NOTHING
    points = np.concatenate([*problem.closing.parts()])
    return problem.closing.measure(np.tile(np.sin(points @ [[3.0], [5.0]]), problem.channels), 100)
