"""Pulses of signal processing and of splines: the raised cosine, the linear B-spline wavelet."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from annotated_types import Ge, Gt, Le

from inr.activations import jets
from inr.activations.base import Activation
from inr.activations.bells import Scale, Scaled
from inr.doc import Doc

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class RaisedCosine(Activation):
    """φ(z) = sinc(z/T) cos(πβ z/T) / (1 − (2β z/T)²) cos(2πζ z) / T, with sinc(x) = sin(πx) / (πx).

    The real part of COSMO's complex pulse, between real linear maps. Left out are the network that predicts T and ζ
    from the picture, and the division of pre-activations and values by their modulus. Without that division the
    authors' U(±1/n) lets the signal fade, so the weights keep the variance instead. T, β and ζ are the published
    defaults of FLAIR (arXiv:2508.13544), which has the same pulse; COSMO's network gives T in (0.5, 5) and ζ in (0, 3).

    The poles at |z| = T/2β can be removed: cos(πw/2) / (1 − w²) is π/4 (sinc((1 − w)/2) + sinc((1 + w)/2)), w = 2βz/T.
    The authors add 1e-8 to the denominator.
    """

    pulse_period: Annotated[float, Gt(0), Le(1e6), Doc("period T of the pulse, in units of z")] = 1.0
    roll_off: Annotated[float, Ge(0), Le(1), Doc("roll-off β of the pulse")] = 0.05
    modulation: Annotated[float, Ge(0), Le(1e6), Doc("frequency ζ of the pulse, in periods a unit of z")] = 1.0

    init: ClassVar[str] = "unit_variance"
    reference: ClassVar[str] = "Thennakoon et al. 2025, COSMO-INR, arXiv:2505.11640; FLAIR, arXiv:2508.13544"

    @property
    def factor(self) -> float:
        """1 / T."""
        return 1 / self.pulse_period

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class."""
        rate = 1 / self.pulse_period
        pulse = jets.scaled(jets.sinc(math.pi * rate * z, order), math.pi * rate)
        slow = math.pi * self.roll_off * rate  # π w / 2 = slow · z
        sides = zip(
            jets.scaled(jets.sinc(math.pi / 2 - slow * z, order), -slow),
            jets.scaled(jets.sinc(math.pi / 2 + slow * z, order), slow),
            strict=True,
        )
        roll = tuple(math.pi / 4 * rate * (left + right) for left, right in sides)
        turn = 2 * math.pi * self.modulation
        wave = jets.scaled(jets.cosine(turn * z, order), turn)
        return jets.product(jets.product(pulse, roll), wave)


@dataclass(frozen=True, kw_only=True)
class BwRelu(Scaled):
    """φ(z) = ψ(s z), ψ the linear B-spline wavelet on [0, 3], a sum of ReLUs; φ″ = 0 almost everywhere.

    ψ is 1/12, −6/12, 10/12, −6/12, 1/12 at ½, 1, … 2½ and linear between: seven ReLUs as published. It is symmetric
    about 3/2, so three ReLUs of the distance from the nearer end do, which far from 0 do not cancel one another. The
    authors' s is 9 for signals and 3 for tomography and super-resolution; their networks have a width of 300.
    """

    scale: Scale = 3.0

    init: ClassVar[str] = "pytorch"
    reference: ClassVar[str] = "Shenouda, Zhou & Nowak 2024, arXiv:2406.02529"
    vanishes_from: ClassVar[int | None] = 2

    @property
    def factor(self) -> float:
        """The scale."""
        return self.scale

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class; the second and third derivatives are zeros."""
        from_middle = self.scale * z - 1.5
        end = (1.5 - from_middle.abs()).relu()
        value = end / 6 - 4 / 3 * (end - 0.5).relu() + 23 / 6 * (end - 1).relu()
        steps = ((end > knot).to(z.dtype) * change for knot, change in ((0.0, 1 / 6), (0.5, -4 / 3), (1.0, 23 / 6)))
        slope = -self.scale * from_middle.sign() * sum(steps, z.new_zeros(()))
        zero = z.new_zeros(z.shape)
        return (value, slope, zero, zero)[: order + 1]
