"""Penalties on the derivatives of a picture's network, at points drawn anew for every step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from inr.jet import Ask, Jet
from inr.signals import Signal
from inr.tasks.base import Drawn, Group
from inr.terms import Term

SMOOTHING = 1e-12
"""Added to the square of a norm, in units of its derivatives: the norm then has a derivative at 0."""


@final
@dataclass(frozen=True)
class Variation(Term):
    """The absolute value of each partial derivative: the anisotropic total variation, as SIREN's script has it."""

    ask = Ask(gradient=True)

    def residuals(self, jet: Jet[Any], data: Mapping[str, Any]) -> Any:
        """Give the gradient (P, C, 2)."""
        return jet.gradient

    def penalty(self, residuals: Any) -> Any:
        """Give the absolute value."""
        return residuals.abs()


@final
@dataclass(frozen=True)
class HessianDiagonal(Term):
    """The norm √(u_xx² + u_yy²).

    The Hessian's Frobenius norm adds 2 u_xy² under the root. Of a function without borders the mean of u_xy² is that of
    u_xx u_yy, so that in the root of the mean square this norm is between 1/√2 of the Frobenius norm and all of it.
    """

    ask = Ask(second=((1.0, 0.0), (0.0, 1.0)))

    def residuals(self, jet: Jet[Any], data: Mapping[str, Any]) -> Any:
        """Compute the norm (P, C)."""
        bends: Any = jet.second
        return (bends.square().sum(-1) + SMOOTHING).sqrt()

    def penalty(self, residuals: Any) -> Any:
        """Give the norm itself."""
        return residuals


SMOOTH: tuple[Term, ...] = (Variation("variation"), HessianDiagonal("hessian_diagonal"))


def smooth_points(pixels: int) -> int:
    """Count the points of a step: half as many as there are pixels, as in SIREN's script."""
    return pixels // 2


def smooth_group(terms: tuple[Term, ...], weights: Mapping[str, float], signal: Signal) -> Group:
    """Make the group of some of :data:`SMOOTH`, each a mean over points uniform on the picture, and its residuals."""
    rows, columns, channels = signal.shape
    count, ends = smooth_points(rows * columns), signal.coordinates[-1, -1]

    def draw(rng: np.random.Generator, share: float) -> Drawn:
        return Drawn(ends * rng.uniform(-1, 1, (count, 2)), {})

    values = count * channels
    per_residual = {term.name: 1 / (values * (2 if term.ask.gradient else 1)) for term in terms}
    points, nothing = draw(np.random.default_rng(0), 0.0)
    return Group(terms, weights, per_residual, points, nothing, draw)
