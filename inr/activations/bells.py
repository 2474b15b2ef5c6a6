"""Bells: activations that decay on both sides, and their relatives."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from annotated_types import Gt, Le

from inr.activations import jets
from inr.activations.base import Activation
from inr.activations.periodic import Periodic
from inr.doc import Doc

if TYPE_CHECKING:
    from torch import Tensor


Scale = Annotated[float, Gt(0), Le(1e6), Doc("scale s on z inside the bell")]
"""The type of ``scale``, for classes with another default."""


@dataclass(frozen=True, kw_only=True)
class Scaled(Activation, abstract=True):
    """An activation with a scale s on z inside a bell."""

    scale: Scale = 10.0


@dataclass(frozen=True, kw_only=True)
class Gaussian(Scaled):
    """φ(z) = exp(−(s z)²). Ramasinghe & Lucey write σ = 1 / (√2 s); s = 10 is WIRE's default, FINER takes 30."""

    init: ClassVar[str] = "pytorch"
    reference: ClassVar[str] = "Ramasinghe & Lucey 2022, arXiv:2111.15135"

    @property
    def factor(self) -> float:
        """The scale."""
        return self.scale

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class."""
        return jets.scaled(jets.gaussian(self.scale * z, order), self.scale)


@dataclass(frozen=True, kw_only=True)
class Shaped(Activation, abstract=True):
    """An activation with the parameter a of Ramasinghe & Lucey 2022."""

    a: Annotated[float, Gt(0), Le(1e6), Doc("a in the formula of the activation")] = 1.0

    init: ClassVar[str] = "pytorch"
    reference: ClassVar[str] = "Ramasinghe & Lucey 2022, arXiv:2111.15135"


@dataclass(frozen=True, kw_only=True)
class Quadratic(Shaped):
    """φ(z) = 1 / (1 + (a z)²)."""

    @property
    def factor(self) -> float:
        """The parameter a."""
        return self.a

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class."""
        u = self.a * z
        f = 1 / (1 + u * u)
        ff, uu = f * f, u * u
        own = (f, -2 * u * ff, (8 * uu * f - 2) * ff, 24 * u * (1 - 2 * uu * f) * ff * f)
        return jets.scaled(own[: order + 1], self.a)


@dataclass(frozen=True, kw_only=True)
class Multiquadratic(Shaped):
    """φ(z) = 1 / √(1 + (a z)²)."""

    @property
    def factor(self) -> float:
        """The parameter a."""
        return self.a

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class."""
        u = self.a * z
        square = 1 / (1 + u * u)
        f = square.sqrt()
        cube, share = f * square, u * u * square
        own = (f, -u * cube, (3 * share - 1) * cube, u * (9 - 15 * share) * cube * square)
        return jets.scaled(own[: order + 1], self.a)


@dataclass(frozen=True, kw_only=True)
class Laplacian(Shaped):
    """φ(z) = exp(−|z| / a); φ′ jumps at 0, and φ″ there is that of the sides, without the jump's impulse."""

    @property
    def factor(self) -> float:
        """1 / a."""
        return 1 / self.a

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class."""
        bell, sign = (-z.abs() / self.a).exp(), z.sign()
        return jets.scaled((bell, -sign * bell, bell, -sign * bell)[: order + 1], 1 / self.a)


@dataclass(frozen=True, kw_only=True)
class SuperGaussian(Shaped):
    """φ(z) = exp(−z² / 2a²)ᵇ."""

    b: Annotated[float, Gt(0), Le(1e6), Doc("power b of the bell")] = 2.0

    @property
    def factor(self) -> float:
        """√(b / 2) / a."""
        return float((self.b / 2) ** 0.5 / self.a)

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class: a Gaussian of scale √(b / 2) / a."""
        scale = (self.b / 2) ** 0.5 / self.a
        return jets.scaled(jets.gaussian(scale * z, order), scale)


@dataclass(frozen=True, kw_only=True)
class ExpSin(Shaped):
    """φ(z) = exp(−sin(a z)), the sign as in the public code of kwea123."""

    period: ClassVar[float] = 2 * math.pi

    @property
    def factor(self) -> float:
        """The parameter a."""
        return self.a

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class."""
        inner = jets.sine(self.a * z, order)
        value = (-inner[0]).exp()
        outer = (value, -value, value, -value)[: order + 1]
        return jets.scaled(jets.chain(outer, inner), self.a)


@dataclass(frozen=True, kw_only=True)
class Sinc(Periodic):
    """φ(z) = sin(u) / u, u = ω₀ z, and 1 at 0. The paper's sinc(ω z) has ω₀ = π ω."""

    init: ClassVar[str] = "pytorch"
    reference: ClassVar[str] = "Saratchandran et al. 2024, arXiv:2402.05427"

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class."""
        return jets.scaled(jets.sinc(self.omega_0 * z, order), self.omega_0)
