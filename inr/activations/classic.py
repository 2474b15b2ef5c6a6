"""Activations of ordinary networks."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from inr.activations.base import Activation

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Relu(Activation):
    """φ(z) = max(0, z); φ′ is the unit step (0 at 0, as PyTorch has it), φ″ = 0 almost everywhere."""

    init: ClassVar[str] = "unit_variance"
    reference: ClassVar[str] = "Nair & Hinton 2010; initialisation He et al. 2015, arXiv:1502.01852"
    vanishes_from: ClassVar[int | None] = 2

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class; the second and third derivatives are zeros."""
        zero = z.new_zeros(z.shape)
        return (z.relu(), (z > 0).to(z.dtype), zero, zero)[: order + 1]
