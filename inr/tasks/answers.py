"""The scores that stand beside a prediction's, of answers without a network.

``psnr_ceiling`` is the best that the targets allow, ``psnr_solve`` and ``ssim_solve`` are those of a classical solution
of Poisson's equation, ``psnr_bilinear`` is the interpolation's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from inr.alignment import align
from inr.ceiling import ceiling
from inr.holdouts import Mask, Split
from inr.interpolation import Interpolation
from inr.poisson import dirichlet, halfway, neumann
from inr.signals import Signal
from inr.tasks.measures import measured
from inr.tasks.samples import Reference

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Known:
    """The samples (*grid) whose values a loss compares, and those at which a Laplacian may be asked for."""

    values: Mask
    laplacians: Mask


@dataclass(frozen=True, eq=False)
class Targets:
    """The maps with which a loss compares a network."""

    signal: Signal
    reference: Reference
    split: Split
    weights: Sequence[float]
    """Those of values, gradients and Laplacians, physical, per squared residual."""
    known: Known | None = None
    interpolations: Mapping[str, Interpolation] = field(default_factory=dict)
    """Variant → the method whose answer stands beside held-out samples."""

    @property
    def derived(self) -> bool:
        """True of a loss of derivatives, all of them taken on the grid itself."""
        return any(self.weights[1:]) and not self.split.held_out.any()

    @property
    def order(self) -> int:
        """The lowest order of derivative that the loss compares."""
        return next(order for order, weight in enumerate(self.weights) if weight)


def answers(family: str, targets: Targets) -> dict[str, float]:
    """Score every answer that the targets have, under the names of a family of values."""
    return {
        **_ceiling(family, targets),
        **_solution(family, targets),
        **_interpolation(targets),
    }


def _ceiling(family: str, targets: Targets) -> dict[str, float]:
    """Empty if the targets are exact."""
    if targets.reference.operator is None or not targets.derived:
        return {}
    known = targets.known.values if targets.known else None
    best = ceiling(targets.reference.maps.as_picture(), targets.weights, targets.reference.spacing, known)
    truth = targets.signal.values
    return measured(family, best.reshape(truth.shape), truth, variant="ceiling")


def _solution(family: str, targets: Targets) -> dict[str, float]:
    """Empty if the loss compares all values: there is nothing to solve."""
    if not targets.derived or (targets.weights[0] and not targets.known):
        return {}
    truth = targets.signal.values
    found = align(solved(targets).reshape(truth.shape), truth, targets.order)
    return measured(family, found, truth, variant="solve")


def solved(targets: Targets) -> Array:
    """Solve Poisson's equation for the targets: by cosine modes, or, where values are known, by a sparse matrix."""
    value, gradient, laplacian = targets.reference.maps.as_picture()
    edges, weights, h = halfway(gradient), targets.weights[1:], targets.reference.spacing
    if not targets.weights[0] or targets.known is None:
        return neumann(edges, laplacian, weights, h)
    counted = targets.known.laplacians & (weights[1] > 0)
    return dirichlet(edges, laplacian, counted, weights, h, targets.known.values, value)


def _interpolation(targets: Targets) -> dict[str, float]:
    split, truth = targets.split, targets.signal.values
    if not split.held_out.any():
        return {}
    found: dict[str, float] = {}
    for name, method in targets.interpolations.items():
        guess = method(truth, split.trained, split.held_out)
        found |= measured("held_out", guess, truth[split.held_out], variant=name)
    return found
