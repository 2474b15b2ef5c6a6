"""Gabor wavelets: of two real inputs, and of a complex one (WIRE)."""

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from inr.activations import jets
from inr.activations.base import ScalarJet
from inr.activations.bells import Scale, Scaled
from inr.activations.periodic import Frequency, Periodic

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class RealGabor(Periodic, Scaled):
    """φ(z) = cos(ω₀ z₁) exp(−(s z₂)²) of two linear maps z₁ and z₂ of the features."""

    omega_0: Frequency = 10.0
    scale: Scale = 10.0

    init: ClassVar[str] = "pytorch"
    reference: ClassVar[str] = "Saragadam et al. 2023, arXiv:2301.05187; the real layer of their code"

    @property
    def inputs(self) -> int:
        """Two."""
        return 2

    def factors(self) -> tuple[tuple[ScalarJet, ...], ...]:
        """Give the cosine of z₁, and the bell of z₂."""
        return ((self._wave, self._bell),)

    def _wave(self, z: "Tensor", order: int) -> jets.Jet:
        return jets.scaled(jets.cosine(self.omega_0 * z, order), self.omega_0)

    def _bell(self, z: "Tensor", order: int) -> jets.Jet:
        return jets.scaled(jets.gaussian(self.scale * z, order), self.scale)


@dataclass(frozen=True, kw_only=True)
class Wire(Periodic, Scaled):
    """φ(z) = exp(jω₀z − |s z|²) of complex z; in the first layer of real z, whose weights are real.

    As real numbers, of z = x + jy: e^(−(s x)²) cos(ω₀x) and e^(−(s x)²) sin(ω₀x), both times e^(−ω₀y − (s y)²). The
    maps behind it are complex, and the last gives the real part. --hidden_features counts complex numbers, each of
    whose weights is two parameters; the authors divide the width by √2, for as many as a real network has. A complex
    last bias would have a part without effect, which is left out. ω₀ = 20, s = 30 is for pictures, 4 and 4 for
    denoising, 20 and 10 FINER's run. |φ| reaches exp(ω₀² / 4s²): above ω₀ = 18 s that is more than
    float32 holds. From about 12 s on it is the squares in its second derivatives, and a layer behind has arguments
    at which φ is 0: the trial diverges, or learns nothing.
    """

    omega_0: Frequency = 20.0
    scale: Scale = 30.0
    first: bool = dataclasses.field(default=False, compare=False)
    """True in the first layer; no parameter."""

    init: ClassVar[str] = "pytorch"
    reference: ClassVar[str] = "Saragadam et al. 2023, arXiv:2301.05187"
    outputs: ClassVar[int] = 2
    complex: ClassVar[bool] = True

    @property
    def inputs(self) -> int:
        """Two, the real and the imaginary part; one in the first layer."""
        return 1 if self.first else 2

    @property
    def factor(self) -> float:
        """√(ω₀² + s²): within 1 / factor of 0 lie the bell and less than a period of the wave."""
        root: float = (self.omega_0 * self.omega_0 + self.scale * self.scale) ** 0.5
        return root

    def in_first_layer(self) -> Self:
        """Return the activation of real z, with ω₀ = first_omega_0."""
        return dataclasses.replace(self, omega_0=self.first_omega_0, first=True)

    def factors(self) -> tuple[tuple[ScalarJet, ...], ...]:
        """Give the waves under their bell of x, and the decay of y."""
        decay = () if self.first else (self._decay,)
        return (self._cosine, *decay), (self._sine, *decay)

    def _cosine(self, x: "Tensor", order: int) -> jets.Jet:
        return jets.product(jets.scaled(jets.cosine(self.omega_0 * x, order), self.omega_0), self._bell(x, order))

    def _sine(self, x: "Tensor", order: int) -> jets.Jet:
        return jets.product(jets.scaled(jets.sine(self.omega_0 * x, order), self.omega_0), self._bell(x, order))

    def _bell(self, x: "Tensor", order: int) -> jets.Jet:
        return jets.scaled(jets.gaussian(self.scale * x, order), self.scale)

    def _decay(self, y: "Tensor", order: int) -> jets.Jet:
        """The jet of exp(−ω₀y − (s y)²)."""
        w, ss = self.omega_0, self.scale * self.scale
        f, p = (-y * (w + ss * y)).exp(), -w - 2 * ss * y
        return (f, p * f, (p * p - 2 * ss) * f, (p * p - 6 * ss) * p * f)[: order + 1]
