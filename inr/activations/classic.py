"""Activations of ordinary networks."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from annotated_types import Ge, Lt

from inr.activations import jets
from inr.activations.base import Activation
from inr.doc import Doc

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


@dataclass(frozen=True, kw_only=True)
class LeakyRelu(Activation):
    """φ(z) = z for z > 0, a z below; φ″ = 0 almost everywhere."""

    negative_slope: Annotated[float, Ge(0), Lt(1), Doc("slope a of the negative side")] = 0.01

    init: ClassVar[str] = "unit_variance"
    reference: ClassVar[str] = "Maas et al. 2013; initialisation He et al. 2015, arXiv:1502.01852"
    vanishes_from: ClassVar[int | None] = 2

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class; the second and third derivatives are zeros."""
        above, zero = (z > 0).to(z.dtype), z.new_zeros(z.shape)
        slope = above + self.negative_slope * (1 - above)
        return (slope * z, slope, zero, zero)[: order + 1]


@dataclass(frozen=True, kw_only=True)
class Elu(Activation):
    """φ(z) = z for z > 0, exp(z) − 1 below; φ″ jumps at 0."""

    init: ClassVar[str] = "unit_variance"
    reference: ClassVar[str] = "Clevert et al. 2016, arXiv:1511.07289"

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class."""
        return _exponential_below(z, order, 1.0)


SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
"""λ and α of the paper: the fixed point of mean 0 and variance 1."""


@dataclass(frozen=True, kw_only=True)
class Selu(Activation):
    """φ(z) = λ z for z > 0, λ α (exp(z) − 1) below; φ′ and φ″ jump at 0. Without the paper's dropout."""

    init: ClassVar[str] = "unit_variance"
    reference: ClassVar[str] = "Klambauer et al. 2017, arXiv:1706.02515"

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class."""
        return tuple(SELU_SCALE * derivative for derivative in _exponential_below(z, order, SELU_ALPHA))


def _exponential_below(z: "Tensor", order: int, alpha: float) -> "tuple[Tensor, ...]":
    """The jet of z above 0 and of α (exp(z) − 1) below."""
    above, below = (z > 0).to(z.dtype), (z <= 0).to(z.dtype)
    low = z.clamp(max=0)
    tail = alpha * below * low.exp()
    return (z.relu() + alpha * low.expm1(), above + tail, tail, tail)[: order + 1]


@dataclass(frozen=True, kw_only=True)
class Softplus(Activation):
    """φ(z) = log(1 + exp z)."""

    init: ClassVar[str] = "unit_variance"
    reference: ClassVar[str] = "Dugas et al. 2001"

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class; the derivative is the sigmoid."""
        value = z.relu() + (-z.abs()).exp().log1p()  # exp never overflows
        return (value, *jets.sigmoid(z, order - 1)) if order else (value,)


@dataclass(frozen=True, kw_only=True)
class Tanh(Activation):
    """φ(z) = tanh z."""

    init: ClassVar[str] = "unit_variance"
    reference: ClassVar[str] = "LeCun et al. 1998; its own law is Glorot & Bengio 2010"

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class."""
        return jets.tanh(z, order)


@dataclass(frozen=True, kw_only=True)
class Sigmoid(Activation):
    """φ(z) = 1 / (1 + exp(−z))."""

    init: ClassVar[str] = "unit_variance"
    reference: ClassVar[str] = "Rumelhart et al. 1986; its own law is Glorot & Bengio 2010"

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class."""
        return jets.sigmoid(z, order)


@dataclass(frozen=True, kw_only=True)
class Silu(Activation):
    """φ(z) = z / (1 + exp(−z)), also called swish."""

    init: ClassVar[str] = "pytorch"
    reference: ClassVar[str] = "Ramachandran et al. 2017, arXiv:1710.05941; Elfwing et al. 2018"

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class."""
        return jets.product(_identity(z, order), jets.sigmoid(z, order))


@dataclass(frozen=True, kw_only=True)
class Gelu(Activation):
    """φ(z) = z Φ(z), Φ the distribution function of the standard normal; not its tanh approximation."""

    init: ClassVar[str] = "pytorch"
    reference: ClassVar[str] = "Hendrycks & Gimpel 2016, arXiv:1606.08415"

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class."""
        below = 0.5 * (1 + (z / math.sqrt(2)).erf())
        density = (-z * z / 2).exp() / math.sqrt(2 * math.pi)
        distribution = (below, density, -z * density, (z * z - 1) * density)[: order + 1]
        return jets.product(_identity(z, order), distribution)


def _identity(z: "Tensor", order: int) -> "tuple[Tensor, ...]":
    zero = z.new_zeros(z.shape)
    return (z, zero + 1, zero, zero)[: order + 1]
