"""Partial Fourier sums of the triangle and the square wave, with n_modes odd harmonics."""

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from annotated_types import Ge, Le

from inr.activations.periodic import Periodic
from inr.doc import Doc

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class FourierSum(Periodic, abstract=True):
    """φ(z) = Σ aₖ sin(k ω₀ z) over k = 1, 3, …, 2 n_modes − 1, of period 2π/ω₀.

    One sine and one cosine are computed whatever n_modes is. The next harmonic follows by rotation through 2u,
    sin((k+2)u) = sin(ku) cos 2u + cos(ku) sin 2u and likewise for the cosine, so memory does not grow with n_modes.
    """

    n_modes: Annotated[int, Ge(1), Le(1024), Doc("number of harmonics in the Fourier sum")] = 4

    @abstractmethod
    def amplitude(self, k: int) -> float:
        """Return the coefficient aₖ of sin(k u), for odd k."""

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """Compute φ and its first ``order`` derivatives at z, each in the shape of z.

        The terms are aₖ sin, ω₀k aₖ cos, −(ω₀k)² aₖ sin and −(ω₀k)³ aₖ cos.
        """
        u = self.omega_0 * z
        sin, cos = u.sin(), u.cos()
        sin2, cos2 = 2 * sin * cos, 1 - 2 * sin * sin
        sums = [f * harmonic for f, harmonic in self._terms(1, sin, cos, order)]
        for k in range(3, 2 * self.n_modes, 2):
            sin, cos = (sin * cos2).addcmul(cos, sin2), (cos * cos2).addcmul(sin, sin2, value=-1)
            terms = self._terms(k, sin, cos, order)
            sums = [_plus(total, f, harmonic) for total, (f, harmonic) in zip(sums, terms, strict=True)]
        return tuple(sums)

    def _terms(self, k: int, sin: "Tensor", cos: "Tensor", order: int) -> "list[tuple[float, Tensor]]":
        a, w = self.amplitude(k), self.omega_0 * k
        return [(a, sin), (a * w, cos), (-a * w**2, sin), (-a * w**3, cos)][: order + 1]


def _plus(total: "Tensor", factor: "float | Tensor", harmonic: "Tensor") -> "Tensor":
    """Total + factor · harmonic. An eager step saves a pass over memory; ``add`` takes no tensor as its factor."""
    if isinstance(factor, float):
        return total.add(harmonic, alpha=factor)
    return total + factor * harmonic


@dataclass(frozen=True, kw_only=True)
class Square(FourierSum):
    """φ(z) = (4/π) Σ sin(k ω₀ z) / k, k = 1, 3, …, 2 n_modes − 1; at one mode a sine of amplitude 4/π."""

    init: ClassVar[str] = "unit_variance"
    reference: ClassVar[str] = "siren_exps (antidianuj), auxils.py; Fourier series of the square wave"

    def amplitude(self, k: int) -> float:
        """Return 4 / (π k)."""
        return 4 / (math.pi * k)


@dataclass(frozen=True, kw_only=True)
class Triangle(FourierSum):
    """φ(z) = (8/π²) Σ (−1)^((k−1)/2) sin(k ω₀ z) / k², k = 1, 3, …, 2 n_modes − 1."""

    init: ClassVar[str] = "unit_variance"
    reference: ClassVar[str] = "siren_exps (antidianuj), auxils.py; Fourier series of the triangle wave"

    def amplitude(self, k: int) -> float:
        """Return ±8 / (π k)², alternating in sign."""
        sign = 1 if k % 4 == 1 else -1
        return sign * 8 / (math.pi * k) ** 2
