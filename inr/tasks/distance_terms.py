"""The terms of a signed distance: its surface, what lies off it, its normals, its slope, its Laplacian."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from inr.jet import Ask, Jet, laplacian
from inr.terms import Term

STEEP = 100.0
"""The rate at which the penalty of a value off the surface falls."""
FLAT, BENT = 0.1, 50.0
"""DiGS's clamp of |ΔΦ|: below and beyond, it is not penalised further."""
TINY = 1e-20
"""Added to a squared length, whose root then has a derivative at zero: a network of ReLUs has flat parts."""


def _length(vectors: Any) -> Any:
    """The lengths (P,) of vectors (P, D)."""
    return ((vectors * vectors).sum(-1) + TINY) ** 0.5


@final
@dataclass(frozen=True)
class Surface(Term):
    """|Φ| at points of the surface."""

    ask = Ask()

    def residuals(self, jet: Jet[Any], data: Mapping[str, Any]) -> Any:
        """Give Φ, (P, 1)."""
        return jet.value

    def penalty(self, residuals: Any) -> Any:
        """Compute |Φ|."""
        return residuals.abs()


@final
@dataclass(frozen=True)
class OffSurface(Term):
    """exp(−100 |Φ|) at points of the box: no further surface."""

    ask = Ask()

    def residuals(self, jet: Jet[Any], data: Mapping[str, Any]) -> Any:
        """Give Φ, (P, 1)."""
        return jet.value

    def penalty(self, residuals: Any) -> Any:
        """Compute exp(−100 |Φ|)."""
        return (-STEEP * residuals.abs()).exp()


@final
@dataclass(frozen=True)
class Normal(Term):
    """1 − cos(∇Φ, n) at points of the surface, with normals ``data["normals"]`` (P, D)."""

    ask = Ask(gradient=True)

    def residuals(self, jet: Jet[Any], data: Mapping[str, Any]) -> Any:
        """Compute 1 − cos, (P,)."""
        assert jet.gradient is not None
        gradient = jet.gradient[:, 0]
        return 1 - (gradient * data["normals"]).sum(-1) / _length(gradient)

    def penalty(self, residuals: Any) -> Any:
        """Give 1 − cos itself, which is not negative."""
        return residuals


@final
@dataclass(frozen=True)
class Eikonal(Term):
    """| |∇Φ| − 1 | at all points."""

    ask = Ask(gradient=True)

    def residuals(self, jet: Jet[Any], data: Mapping[str, Any]) -> Any:
        """Compute |∇Φ| − 1, (P,)."""
        assert jet.gradient is not None
        return _length(jet.gradient[:, 0]) - 1

    def penalty(self, residuals: Any) -> Any:
        """Compute the absolute value."""
        return residuals.abs()


@final
@dataclass(frozen=True)
class Divergence(Term):
    """|ΔΦ| at points of the box, clamped to [0.1, 50] (Ben-Shabat et al. 2022, arXiv:2106.10811)."""

    dimensions: int

    @property
    def ask(self) -> Ask:
        """The Laplacian."""
        return Ask(second=(laplacian(self.dimensions),))

    def residuals(self, jet: Jet[Any], data: Mapping[str, Any]) -> Any:
        """Give ΔΦ, (P, 1, 1)."""
        return jet.second

    def penalty(self, residuals: Any) -> Any:
        """Compute the clamped absolute value."""
        return residuals.abs().clamp(FLAT, BENT)
