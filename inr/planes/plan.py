"""A plan: a way to compute a jet of a network, and back from its gradient to that of the parameters."""

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from torch import Tensor

from inr.jet import Jet
from inr.planes.cost import PRODUCTS
from inr.planes.layer import Layers

Kept = TypeVar("Kept")


class Plan(ABC, Generic[Kept]):
    """A way to compute a jet of a network, forward and backward, without autograd.

    Both passes are functions of tensors, which ``torch.compile`` takes as a whole. A plan is a value: it holds no
    tensor, and nothing of a network but the shape of what is asked.
    """

    @property
    @abstractmethod
    def planes(self) -> int:
        """Number of planes that pass a layer."""

    @property
    def products(self) -> int:
        """Cost in matrix products of a layer over the points, forward and backward together."""
        return PRODUCTS * self.planes

    @abstractmethod
    def forward(self, layers: Layers, x: Tensor) -> tuple[Jet[Tensor], Kept]:
        """Compute the jet at coordinates ``x`` (P, D), and what the backward pass needs."""

    @abstractmethod
    def backward(self, layers: Layers, kept: Kept, g: Jet[Tensor]) -> list[Tensor]:
        """Compute the gradient of a number by the parameters, from its gradient ``g`` by the jet.

        The gradients come in the order of :func:`inr.planes.layer.parameters_of`.
        """
