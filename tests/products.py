"""Activations of several inputs and outputs by their formulas; those for tests only stand in no registry."""

import math
from dataclasses import dataclass
from typing import ClassVar

import torch

from inr.activations import gabor
from inr.activations.base import ScalarJet
from inr.activations.periodic import Periodic

SPREAD = 0.7


@dataclass(frozen=True, kw_only=True)
class RealGabor(Periodic, abstract=True):
    """φ(z₁, z₂) = cos(ω₀ z₁) exp(−(s z₂)²)."""

    init: ClassVar[str] = "pytorch"
    inputs: ClassVar[int] = 2

    def factors(self):
        return ((cosine(self.omega_0), exponential(0.0, SPREAD**2)),)

    def value(self, z):
        """Its formula."""
        z1, z2 = z.chunk(2, -1)
        return torch.cos(self.omega_0 * z1) * torch.exp(-((SPREAD * z2) ** 2))


@dataclass(frozen=True, kw_only=True)
class ComplexGabor(Periodic, abstract=True):
    """φ(z) = exp(jω₀z − |s z|²) of z = z₁ + j z₂, as its real and its imaginary part (WIRE, arXiv:2301.05187)."""

    init: ClassVar[str] = "pytorch"
    inputs: ClassVar[int] = 2
    outputs: ClassVar[int] = 2

    def factors(self):
        w, bell, decay = self.omega_0, exponential(0.0, SPREAD**2), exponential(self.omega_0, SPREAD**2)
        return (times(cosine(w), bell), decay), (times(sine(w), bell), decay)

    def value(self, z):
        """Its formula, in complex numbers."""
        z = torch.complex(*z.chunk(2, -1))
        a = torch.exp(1j * self.omega_0 * z - (SPREAD * z.abs()) ** 2)
        return torch.cat([a.real, a.imag], -1)


def value_of(phi, z):
    """The value of an activation by its formula; of several inputs or outputs, not by its factors."""
    if isinstance(phi, gabor.RealGabor):
        z1, z2 = z.chunk(2, -1)
        return torch.cos(phi.omega_0 * z1) * torch.exp(-((phi.scale * z2) ** 2))
    if isinstance(phi, gabor.Wire):
        z = torch.complex(*((z, torch.zeros_like(z)) if phi.first else z.chunk(2, -1)))
        a = torch.exp(1j * phi.omega_0 * z - phi.scale**2 * (z.real**2 + z.imag**2))
        return torch.cat([a.real, a.imag], -1)
    return phi.value(z) if hasattr(phi, "value") else phi.jet(z, 0)[0]


def sine(w) -> ScalarJet:
    """Sin(w z)."""
    return lambda z, order: _quarter_turns(w, z)[: order + 1]


def cosine(w) -> ScalarJet:
    """Cos(w z), a quarter turn ahead of the sine."""
    return lambda z, order: tuple(f / w for f in _quarter_turns(w, z)[1 : order + 2])


def _quarter_turns(w, z):
    """The derivatives of sin(w z), from the 0th to the 4th."""
    sin, cos = torch.sin(w * z), torch.cos(w * z)
    return sin, w * cos, -(w**2) * sin, -(w**3) * cos, w**4 * sin


def exponential(a, b) -> ScalarJet:
    """Exp(−a z − b z²)."""

    def jet(z, order):
        e, p = torch.exp(-a * z - b * z * z), -a - 2 * b * z
        return (e, p * e, (p * p - 2 * b) * e, (p * p * p - 6 * b * p) * e)[: order + 1]

    return jet


def times(f: ScalarJet, g: ScalarJet) -> ScalarJet:
    """The product of two functions of one input, by Leibniz's rule."""

    def jet(z, order):
        left, right = f(z, order), g(z, order)
        return tuple(sum(math.comb(n, k) * left[k] * right[n - k] for k in range(n + 1)) for n in range(order + 1))

    return jet
