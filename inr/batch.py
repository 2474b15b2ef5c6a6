"""The points of a group as tensors, and the named losses of a step."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from inr.tasks.base import Drawn, Group


@dataclass(frozen=True, eq=False)
class Batch:
    """Points on the device: coordinates (P, D), and what residuals need at them, (P, …) by name."""

    coordinates: Tensor
    data: dict[str, Tensor]

    @classmethod
    def of(cls, points: Group | Drawn, dtype: torch.dtype, device: str) -> "Batch":
        """Move points and their data to the device."""
        data = {name: torch.as_tensor(values, dtype=dtype, device=device) for name, values in points.data.items()}
        return cls(torch.as_tensor(points.points, dtype=dtype, device=device), data)

    def __getitem__(self, index: slice | Tensor) -> "Batch":
        return Batch(self.coordinates[index], {name: values[index] for name, values in self.data.items()})

    def __len__(self) -> int:
        return len(self.coordinates)


def scales(group: Group) -> Tensor:
    """The factor of each term's sum of penalties in the loss, (T,), float64."""
    factors = [group.weights[term.name] * group.per_residual[term.name] for term in group.terms]
    return torch.tensor(factors, dtype=torch.float64)


def term_losses(group: Group, sums: Tensor) -> dict[str, float]:
    """Name the unweighted loss of each term of a group, of its sum of penalties (T,)."""
    named = zip(group.terms, sums, strict=True)
    return {term.name: group.per_residual[term.name] * float(s) for term, s in named}


def total(losses: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Add the losses of terms under their weights."""
    return sum(weights[term] * value for term, value in losses.items())
