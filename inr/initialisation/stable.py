"""Laws that keep a variance or the size of a gradient from layer to layer, whatever φ, by its moments."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, final

from annotated_types import Ge, Gt, Le

from inr.activations import Activation
from inr.doc import Doc
from inr.initialisation.base import Initialisation, Place, first_periodic, uniform
from inr.moments import gradient_gain, slope_moment, value_moment
from inr.parameters import Since

if TYPE_CHECKING:
    from torch import Generator, Tensor


@final
@dataclass(frozen=True, kw_only=True)
class UnitVariance(Initialisation):
    """U(±σ √(3/(n E[φ(σξ)²]))/ω₀), ξ ~ N(0, 1): keeps Var(ω₀ z) = σ² from layer to layer; hidden biases are zero.

    Published as VI3NR (Koneputugodage et al. 2025, CVPR), which draws the moment; here it is computed. σ is
    ``init_sigma``. For ReLU it is He's law (arXiv:1502.01852) drawn uniformly, U(±√(6/n)), at every σ.
    Where layers differ, the moment is that of the activation before the map, and ω₀ that of the one behind it.
    A frequency keeps SIREN's first layer. Without one the first bound is σ times that of σ = 1; ReLU, which keeps any
    variance, so keeps that of its first layer, √(2/3) σ of uniform coordinates.
    PyTorch's bias, multiplied by ω₀ = 30, would alone have a standard deviation of about 1 at width 256.
    """

    init_sigma: Annotated[
        float,
        Gt(0),
        Le(100),
        Since(1.0),
        Doc("standard deviation that the pre-activations (times ω₀) shall have"),
    ] = 1.0

    def fill(self, weight: "Tensor", bias: "Tensor", place: Place, generator: "Generator") -> None:
        """Fill by the law."""
        phi, source = place.activation, place.source
        if place.first and phi.frequency is not None:
            return first_periodic(weight, bias, generator)
        moment = _parts(source) * value_moment(source, 1.0 if place.first else self.init_sigma)
        bound = math.sqrt(3 / (weight.shape[1] * moment)) / phi.factor
        uniform(weight, self.init_sigma * bound, generator)
        bias.zero_()


SMALL = 1e-3
"""The deviation at which the limit of small pre-activations is taken."""
LARGEST = 10.0
"""The largest deviation at which a gain of one is looked for."""
TOLERANCE = 1e-3
"""A gain that is no further from one is one."""


@final
@dataclass(frozen=True, kw_only=True)
class UnitGradient(Initialisation):
    """U(±√(3/(n E[φ′(σξ)²]))/ω₀): keeps the size of a gradient; biases N(0, σ² (1 − 1/g(σ)²))/ω₀ keep Var(ω₀ z) = σ².

    Combette et al. (ICLR 2026, arXiv:2512.06427) for every φ. They recommend the limit of small σ, for the sine
    U(±√(3/n)) without biases, which is the default. g is :func:`inr.moments.gradient_gain`. Where it is below one at
    ``gradient_sigma``, no variance of biases can do both, and σ is the least above it with g(σ) = 1: 1.1 for a
    Gaussian; where there is none up to 10 (softplus), it is 10. The first layer is as that of unit_variance. Where
    layers differ, E[φ′²] and g are those of the activation before the map, and σ is the least that serves all.
    """

    gradient_sigma: Annotated[
        float, Ge(0), Le(10), Doc("standard deviation of the pre-activations (times ω₀); 0: the limit of small ones")
    ] = 0.0

    def fill(self, weight: "Tensor", bias: "Tensor", place: Place, generator: "Generator") -> None:
        """Fill by the law."""
        phi, source = place.activation, place.source
        if place.first and phi.frequency is not None:
            return first_periodic(weight, bias, generator)
        sigma = max(map(self.deviation, dict.fromkeys((*place.of_network, phi))))
        moment = _parts(source) * slope_moment(source, sigma)
        uniform(weight, math.sqrt(3 / (weight.shape[1] * moment)) / phi.factor, generator)
        gain = gradient_gain(source, sigma)
        missing = sigma * math.sqrt(1 - gain**-2) if gain > 1 + TOLERANCE else 0.0
        bias.normal_(0.0, missing / phi.factor, generator=generator)

    def deviation(self, phi: Activation) -> float:
        """Return σ, the least from ``gradient_sigma`` on at which a layer that keeps it does not shrink a gradient."""
        low = max(self.gradient_sigma, SMALL)
        if gradient_gain(phi, low) >= 1 - TOLERANCE:
            return low
        steps = [min(low * 1.1**k, LARGEST) for k in range(math.ceil(math.log(LARGEST / low, 1.1)) + 1)]
        high = next((sigma for sigma in steps if gradient_gain(phi, sigma) >= 1), LARGEST)
        low = high / 1.1
        for _ in range(30):
            middle = (low + high) / 2
            low, high = (low, middle) if gradient_gain(phi, middle) >= 1 else (middle, high)
        return high


def _parts(phi: Activation) -> int:
    """Count the numbers that make one feature: two of a complex one, whose square is that of both."""
    return phi.outputs if phi.complex else 1
