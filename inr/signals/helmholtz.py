"""The Helmholtz equation in the plane: the perfectly matched layer, and solutions without a network.

The equation is ∂₁(s₂/s₁ ∂₁u) + ∂₂(s₁/s₂ ∂₂u) + s₁s₂k²u = -g, with sⱼ = 1 outside the layer. Its time is exp(-iωt):
an outgoing wave is a Hankel function of the first kind, and the layer damps it by sⱼ = 1 + i a (d/L)², d deep in it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

REACH = 6.0
"""Widths from its centre beyond which a source is below 2e-8 of its peak."""
TAIL = 9.0
"""Widths from its centre beyond which a source adds nothing to the field."""
ORDER = 48
"""Nodes of the quadratures inside the source."""


@dataclass(frozen=True)
class Layer:
    """A perfectly matched layer along the border of [-1, 1]²."""

    width: float
    """L"""
    strength: float
    """a"""

    def stretch(self, x: Array) -> tuple[Complex, Complex]:
        """Compute s and its derivative at coordinates of one axis, of any shape."""
        deep = self._depth(x)
        s = 1 + 1j * self.strength * (deep / self.width) ** 2
        slope = 2j * self.strength * deep * np.sign(x) / self.width**2
        return np.asarray(s, np.complex128), np.asarray(slope, np.complex128)

    def position(self, x: Array) -> Complex:
        """Compute the complex coordinate ∫ s, which is x outside the layer."""
        return np.asarray(x + 1j * self.strength * np.sign(x) * self._depth(x) ** 3 / (3 * self.width**2))

    def holds(self, points: Array) -> NDArray[np.bool_]:
        """Mark the points (…, 2) inside the layer's frame, where the equation is Helmholtz's."""
        return np.asarray((np.abs(points) <= 1 - self.width + 1e-12).all(axis=-1))

    def _depth(self, x: Array) -> Array:
        return np.maximum(np.abs(x) - (1 - self.width), 0.0)

    def coefficients(self, points: Array, wave_number: float) -> Complex:
        """Compute the coefficients (P, 5) of u₁, u₂, u₁₁, u₂₂ and u at points (P, 2)."""
        (s, slope) = self.stretch(points)
        first, second = s.T
        down, along = slope.T
        return np.stack(
            [
                -second * down / first**2,
                -first * along / second**2,
                second / first,
                first / second,
                first * second * wave_number**2,
            ],
            axis=-1,
        )


def source(points: Array, width: float) -> Array:
    """Compute the source g at points (…, 2): a Gaussian of standard deviation ``width`` and integral 1."""
    return np.asarray(np.exp(-np.square(points / width).sum(-1) / 2) / (2 * np.pi * width**2))


def field(points: Array, wave_number: float, width: float, layer: Layer) -> Complex:
    """Compute the field of the source at points (…, 2), in the layer too.

    Beyond the source it is exp(-(kw)²/2) i/4 H₀⁽¹⁾(kr): the first factor is the Gaussian's Fourier transform at k.
    In the layer r is complex. Inside the source it is the integral over the rings of a round source.
    """
    from scipy.special import hankel1

    radius = np.sqrt(np.square(layer.position(points)).sum(-1))
    near = np.abs(radius) < TAIL * width
    found = np.empty(radius.shape, np.complex128)
    found[~near] = np.exp(-((wave_number * width) ** 2) / 2) * 0.25j * hankel1(0, wave_number * radius[~near])
    found[near] = _inside(radius[near].real, wave_number, width)
    return found


def _inside(radius: Array, wave_number: float, width: float) -> Complex:
    """u(r) = iπ/2 (H₀(kr) ∫₀ʳ J₀(kρ) g ρ dρ + J₀(kr) ∫ᵣ H₀(kρ) g ρ dρ), by Gauss' quadrature, at radii (P,)."""
    from scipy.special import hankel1, jv

    def integral(function: Any, low: Array, high: Array) -> Complex:
        # ρ = low + (high - low) x³ crowds the nodes at the logarithm of H₀.
        x, weights = np.polynomial.legendre.leggauss(ORDER)
        x, weights = (x + 1) / 2, weights / 2
        rho = low[:, None] + (high - low)[:, None] * x**3
        density = np.exp(-((rho / width) ** 2) / 2) / (2 * np.pi * width**2)
        steps = 3 * x**2 * (high - low)[:, None]
        return np.asarray((weights * steps * function(0, wave_number * rho) * density * rho).sum(-1))

    r = np.maximum(radius, 1e-9 * width)
    within = integral(jv, np.zeros_like(r), r)
    beyond = integral(hankel1, r, np.full_like(r, TAIL * width))
    return np.asarray(0.5j * np.pi * (hankel1(0, wave_number * r) * within + jv(0, wave_number * r) * beyond))


def poured(nodes: int, width: float) -> Array:
    """Compute the mean of the source over the cell of each node of a grid (nodes, nodes): its integral stays 1."""
    from scipy.special import ndtr

    spacing = 2 / (nodes - 1)
    edges = (np.linspace(-1 - spacing / 2, 1 + spacing / 2, nodes + 1)) / width
    share = np.diff(ndtr(edges)) / spacing
    return np.asarray(np.multiply.outer(share, share))


def differences(layer: Layer | None, wave_number: float, right: NDArray[Any]) -> Complex:
    """Solve L u = ``right`` (N, N) on the grid of [-1, 1]² by five-point differences, u = 0 at the border.

    A sparse direct solve; None is no layer.
    """
    from scipy.sparse import diags, kron
    from scipy.sparse.linalg import spsolve

    nodes = len(right)
    spacing, inner = 2 / (nodes - 1), nodes - 2
    side = np.linspace(-1, 1, nodes)
    between = (side[1:] + side[:-1]) / 2
    s, halves = (np.ones(len(x)) if layer is None else layer.stretch(x)[0] for x in (side[1:-1], between))
    flux = 1 / (halves * spacing**2)
    bend = diags([flux[1:-1], -(flux[1:] + flux[:-1]), flux[1:-1]], [-1, 0, 1])
    scale = diags(s)
    matrix = kron(bend, scale) + kron(scale, bend) + wave_number**2 * kron(scale, scale)
    solution = np.zeros(right.shape, np.complex128)
    solution[1:-1, 1:-1] = spsolve(matrix.tocsc(), right[1:-1, 1:-1].ravel()).reshape(inner, inner)
    return solution
