"""Partial Fourier sums of the triangle, the square and the sawtooth wave, with n_modes harmonics."""

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from annotated_types import Ge, Le

from inr.activations.periodic import Periodic
from inr.doc import Doc
from inr.parameters import OneOf, Since

if TYPE_CHECKING:
    from torch import Tensor


Coefficients = list[tuple[int, float]]
"""Harmonic k and coefficient aₖ of every term."""


def _published(terms: Coefficients, crest: float) -> float:
    return 1.0


def _unit_peak(terms: Coefficients, crest: float) -> float:
    return 1 / abs(sum(a * math.sin(k * crest) for k, a in terms))


def _unit_variance(terms: Coefficients, crest: float) -> float:
    return math.sqrt(2 / sum(a * a for _, a in terms))


AMPLITUDES = {"published": _published, "unit_peak": _unit_peak, "unit_variance": _unit_variance}
"""Name → the factor c, of the terms and of the u at which |Σ aₖ sin(k u)| is largest."""


@dataclass(frozen=True, kw_only=True)
class Harmonics(Periodic, abstract=True):
    """φ(z) = Σ aₖ sin(k ω₀ z) over n_modes harmonics k = 1, 1 + s, 1 + 2s, …, of period 2π/ω₀.

    One sine and one cosine are computed whatever n_modes is. The next harmonic follows by rotation through s u,
    sin((k+s)u) = sin(ku) cos su + cos(ku) sin su and likewise for the cosine, so memory does not grow with n_modes.
    """

    n_modes: Annotated[int, Ge(1), Le(1024), Doc("number of harmonics in the Fourier sum")] = 4

    period: ClassVar[float] = 2 * math.pi
    stride: ClassVar[int]
    """s, from a harmonic to the next: 2 where the wave has odd ones only."""

    @property
    def harmonics(self) -> range:
        """The k of the sum."""
        return range(1, 1 + self.stride * self.n_modes, self.stride)

    @abstractmethod
    def terms(self) -> "list[tuple[int, float | Tensor]]":
        """Return k and aₖ of every term; aₖ may be a tensor, one number a neuron."""

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """Compute φ and its first ``order`` derivatives at z, each in the shape of z.

        The terms are aₖ sin, ω₀k aₖ cos, −(ω₀k)² aₖ sin and −(ω₀k)³ aₖ cos.
        """
        u, (first, *others) = self.omega_0 * z, self.terms()
        sin, cos = u.sin(), u.cos()
        by = (2 * sin * cos, 1 - 2 * sin * sin) if self.stride == 2 else (sin, cos)
        sums = [f * harmonic for f, harmonic in self._waves(*first, sin, cos, order)]
        for k, a in others:
            sin, cos = (sin * by[1]).addcmul(cos, by[0]), (cos * by[1]).addcmul(sin, by[0], value=-1)
            waves = self._waves(k, a, sin, cos, order)
            sums = [_plus(total, f, harmonic) for total, (f, harmonic) in zip(sums, waves, strict=True)]
        return tuple(sums)

    def _waves(
        self, k: int, a: "float | Tensor", sin: "Tensor", cos: "Tensor", order: int
    ) -> "list[tuple[float | Tensor, Tensor]]":
        w = self.omega_0 * k
        return [(a, sin), (a * w, cos), (-a * w**2, sin), (-a * w**3, cos)][: order + 1]


@dataclass(frozen=True, kw_only=True)
class FourierSum(Harmonics, abstract=True):
    """φ(z) = c Σ aₖ sin(k ω₀ z) with fixed aₖ.

    ``amplitude`` says what c is: 1, or what makes the largest |φ| 1, or the variance of φ over a period 1. Over a
    period, since that is a property of the wave: E[φ(z)²] of a normal z depends on ω₀ and on the layer, and the law
    ``unit_variance`` divides by it anyway.
    """

    amplitude: Annotated[
        str,
        OneOf(AMPLITUDES),
        Since("published"),
        Doc("of the Fourier sum: published, or of unit peak, or of unit variance over a period"),
    ] = "published"

    @abstractmethod
    def coefficient(self, k: int) -> float:
        """Return the published coefficient aₖ of sin(k u)."""

    @abstractmethod
    def crest(self) -> float:
        """Return the u in (0, π) at which |Σ aₖ sin(k u)| is largest."""

    def terms(self) -> "list[tuple[int, float | Tensor]]":
        """Return k and c aₖ of every term."""
        published = [(k, self.coefficient(k)) for k in self.harmonics]
        gain = AMPLITUDES[self.amplitude](published, self.crest())
        return [(k, gain * a) for k, a in published]


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
    stride: ClassVar[int] = 2

    def coefficient(self, k: int) -> float:
        """Return 4 / (π k)."""
        return 4 / (math.pi * k)

    def crest(self) -> float:
        """Return π / 2n: the derivative of the sum is sin(2n u) / sin u."""
        return math.pi / (2 * self.n_modes)


@dataclass(frozen=True, kw_only=True)
class Triangle(FourierSum):
    """φ(z) = (8/π²) Σ (−1)^((k−1)/2) sin(k ω₀ z) / k², k = 1, 3, …, 2 n_modes − 1."""

    init: ClassVar[str] = "unit_variance"
    reference: ClassVar[str] = "siren_exps (antidianuj), auxils.py; Fourier series of the triangle wave"
    stride: ClassVar[int] = 2

    def coefficient(self, k: int) -> float:
        """Return ±8 / (π k)², alternating in sign."""
        sign = 1 if k % 4 == 1 else -1
        return sign * 8 / (math.pi * k) ** 2

    def crest(self) -> float:
        """Return π / 2, where all terms are positive."""
        return math.pi / 2


@dataclass(frozen=True, kw_only=True)
class Sawtooth(FourierSum):
    """φ(z) = (2/π) Σ (−1)^(k−1) sin(k ω₀ z) / k, k = 1, 2, …, n_modes: z ω₀/π on (−π/ω₀, π/ω₀), repeated."""

    init: ClassVar[str] = "unit_variance"
    reference: ClassVar[str] = "Fourier series of the sawtooth wave; as an activation it is this project's"
    stride: ClassVar[int] = 1

    def coefficient(self, k: int) -> float:
        """Return ±2 / (π k), alternating in sign."""
        return (1 if k % 2 else -1) * 2 / (math.pi * k)

    def crest(self) -> float:
        """Return π − π/(n + 1): in v = π − u the derivative is cos((n + 1) v/2) sin(n v/2) / sin(v/2)."""
        return math.pi - math.pi / (self.n_modes + 1)
