"""SIREN's law, and the laws that change its scale or its frequencies."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, final

from annotated_types import Ge, Gt, Le

from inr.doc import Doc
from inr.initialisation.base import Initialisation, Place, default_bias, first_periodic, uniform

if TYPE_CHECKING:
    from torch import Generator, Tensor


def _siren(weight: "Tensor", bias: "Tensor", place: Place, generator: "Generator", scale: float = 1.0) -> None:
    """Fill by SIREN's law, the weights times ``scale``."""
    if place.first:
        return first_periodic(weight, bias, generator, scale)
    uniform(weight, scale * (math.sqrt(6 / weight.shape[1]) / place.activation.factor), generator)
    default_bias(weight, bias, generator)


@final
class Paper(Initialisation):
    """SIREN (arXiv:2006.09661, section 3.2): U(±√(6/n)/ω₀), the first layer U(±1/n), PyTorch's bias."""

    def fill(self, weight: "Tensor", bias: "Tensor", place: Place, generator: "Generator") -> None:
        """Fill by the law."""
        _siren(weight, bias, place, generator)


@final
@dataclass(frozen=True, kw_only=True)
class WeightScaling(Initialisation):
    """SIREN's law with all weights but the last map's times α (Yeom et al. 2025, arXiv:2410.04779)."""

    weight_scale: Annotated[float, Gt(0), Le(1e3), Doc("factor α on SIREN's weights, but for the last map's")] = 2.5

    def fill(self, weight: "Tensor", bias: "Tensor", place: Place, generator: "Generator") -> None:
        """Fill by the law."""
        _siren(weight, bias, place, generator, 1.0 if place.last else self.weight_scale)


@final
@dataclass(frozen=True, kw_only=True)
class Winner(Initialisation):
    """SIREN's law with N(0, (S₀/ω₀)²) added to the first weights, N(0, (S₁/ω₀)²) to the second (arXiv:2509.09719).

    The paper takes both from the spectral centroid c of the data, in cycles a sample: of a picture (read as one line of
    pixels) S₀ = 50 (1 − exp(−5c)) and S₁ = 0.4 c, of a sound S₀ = 3500 (1 − exp(−7c)) and S₁ = 3 c. A law does not see
    the data, so they are parameters here; the defaults are those of a picture of c = 0.1.
    """

    first_noise: Annotated[float, Ge(0), Le(1e5), Doc("S₀: noise of the first weights, times ω₀")] = 20.0
    second_noise: Annotated[float, Ge(0), Le(1e5), Doc("S₁: noise of the second weights, times ω₀")] = 0.04

    def fill(self, weight: "Tensor", bias: "Tensor", place: Place, generator: "Generator") -> None:
        """Fill by the law."""
        _siren(weight, bias, place, generator)
        hidden = place.second and not place.last
        if place.first or hidden:
            phi = place.activation.in_first_layer() if place.first else place.activation
            noise = weight.new_empty(weight.shape).normal_(generator=generator)
            weight.add_(noise, alpha=(self.first_noise if place.first else self.second_noise) / phi.factor)


@final
@dataclass(frozen=True, kw_only=True)
class Tuner(Initialisation):
    """SIREN's law with whole frequencies in the first layer: ω₀ W = πk, k integers (Novello et al. 2025, TUNER).

    The period is that of the coordinates [-1, 1]. The share ``low_share`` of the neurons has no |k| above
    ``low_limit``, the others reach the band limit ω₀/3. The paper also holds the first layer fixed and clamps the
    hidden weights after every step; that is no part of a law of the beginning, and is not done here.
    """

    low_limit: Annotated[int, Ge(1), Le(10**6), Doc("largest |k| of the low frequencies, in half cycles a unit")] = 12
    low_share: Annotated[float, Ge(0), Le(1), Doc("share of the neurons with low frequencies")] = 0.7

    def fill(self, weight: "Tensor", bias: "Tensor", place: Place, generator: "Generator") -> None:
        """Fill by the law."""
        _siren(weight, bias, place, generator)
        if place.first:
            factor = place.activation.in_first_layer().factor
            band = max(1, round(factor / 3))
            low, count = min(self.low_limit, band), round(self.low_share * len(weight))
            for part, limit in ((weight[:count], low), (weight[count:], band)):
                part.random_(-limit, limit + 1, generator=generator).mul_(math.pi / factor)
