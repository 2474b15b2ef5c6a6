"""Sines whose argument, amplitude or frequency is bent: the rivals of SIREN."""

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from annotated_types import Gt, Le

from inr.activations import jets
from inr.activations.bells import Scale, Scaled
from inr.activations.periodic import Frequency, Periodic
from inr.doc import Doc

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class HSiren(Periodic):
    """φ(z) = sin(ω₀ sinh(2 z)) in the first layer, sin(ω₀ z) in the others.

    A public re-implementation takes sinh(z) in every layer; this is the paper's. sinh overflows no float32 below
    |z| = 44; coordinates of [-1, 1] and SIREN's first layer stay below 2.
    """

    first: bool = dataclasses.field(default=False, compare=False)
    """True in the first layer; no parameter."""

    init: ClassVar[str] = "paper"
    reference: ClassVar[str] = "Gao & Jaiman 2024, arXiv:2410.04716"

    def in_first_layer(self) -> Self:
        """Return the activation of the first layer, with ω₀ = first_omega_0."""
        return dataclasses.replace(self, omega_0=self.first_omega_0, first=True)

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class."""
        w = self.omega_0
        if not self.first:
            return jets.scaled(jets.sine(w * z, order), w)
        sinh, cosh = w * (2 * z).sinh(), 2 * w * (2 * z).cosh()
        return jets.chain(jets.sine(sinh, order), (sinh, cosh, 4 * sinh, 4 * cosh))


@dataclass(frozen=True, kw_only=True)
class Finer(Periodic):
    """φ(z) = sin(ω₀ (|z| + 1) z); φ″ jumps at 0.

    The factor |z| + 1 is differentiated with the rest (the authors' code detaches it). Biases are those of the law: the
    authors' images take PyTorch's too, their surfaces U(±1) in the first layer.
    """

    init: ClassVar[str] = "paper"
    reference: ClassVar[str] = "Liu et al. 2024, arXiv:2312.02434"

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class."""
        return _finer(z, order, self.omega_0)


def _finer(z: "Tensor", order: int, w: float) -> "tuple[Tensor, ...]":
    """The jet of sin(w (|z| + 1) z)."""
    size = z.abs()
    inner = (w * (size + 1) * z, w * (1 + 2 * size), 2 * w * z.sign(), z.new_zeros(()))
    return jets.chain(jets.sine(inner[0], order), inner)


@dataclass(frozen=True, kw_only=True)
class FinerGauss(Periodic, Scaled):
    """φ(z) = exp(−(s sin(ω₀ (|z| + 1) z))²); φ″ jumps at 0."""

    omega_0: Frequency = 10.0
    scale: Scale = 3.0

    init: ClassVar[str] = "paper"
    reference: ClassVar[str] = "Zhu et al. 2024, arXiv:2407.19434"

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class."""
        inner = _finer(z, order, self.omega_0)
        return jets.chain(jets.scaled(jets.gaussian(self.scale * inner[0], order), self.scale), inner)


@dataclass(frozen=True, kw_only=True)
class FinerWavelet(Periodic, Scaled):
    """φ(z) = cos(ω_w f) exp(−(s f)²) of f = sin(ω₀ (|z| + 1) z); φ″ jumps at 0.

    The real part of FINER++'s complex Gabor wavelet, between real linear maps: the authors' maps are complex after the
    first. Their weights are those of SIREN's law for the frequency ω₀ ω_w.
    """

    omega_0: Frequency = 5.0
    scale: Scale = 2.0
    wavelet_omega: Annotated[float, Gt(0), Le(1e6), Doc("frequency ω_w of the wavelet")] = 4.0

    init: ClassVar[str] = "paper"
    reference: ClassVar[str] = "Zhu et al. 2024, arXiv:2407.19434"

    @property
    def factor(self) -> float:
        """ω₀ ω_w."""
        return self.omega_0 * self.wavelet_omega

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class."""
        inner = _finer(z, order, self.omega_0)
        wave = jets.scaled(jets.cosine(self.wavelet_omega * inner[0], order), self.wavelet_omega)
        bell = jets.scaled(jets.gaussian(self.scale * inner[0], order), self.scale)
        return jets.chain(jets.product(wave, bell), inner)


@dataclass(frozen=True, kw_only=True)
class Hosc(Periodic):
    """φ(z) = tanh(β sin(ω₀ z)): for large β a square wave."""

    beta: Annotated[float, Gt(0), Le(1e3), Doc("sharpness β of the oscillation")] = 8.0

    init: ClassVar[str] = "unit_variance"
    reference: ClassVar[str] = "Serrano et al. 2024, arXiv:2401.10967; with ω₀ arXiv:2601.07870"
    period: ClassVar[float] = 2 * math.pi

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class."""
        wave = jets.sine(self.omega_0 * z, order)
        outer = jets.scaled(jets.tanh(self.beta * wave[0], order), self.beta)
        return jets.scaled(jets.chain(outer, wave), self.omega_0)


FLOOR = 0.01
"""δ of SPDER's amplitude: with δ = 0, φ″ is infinite at 0. It changes φ by less than 0.001."""


@dataclass(frozen=True, kw_only=True)
class Spder(Periodic):
    """φ(z) = sin(u) √|u|, u = ω₀ z, with |u| as √(u² + δ²), δ = 0.01: the published φ″ is infinite at 0."""

    init: ClassVar[str] = "paper"
    reference: ClassVar[str] = "Shah & Sitawarin 2023, arXiv:2306.15242"

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class."""
        u = self.omega_0 * z
        square = u * u + FLOOR * FLOOR
        root = square.sqrt().sqrt()
        by = root / square  # square to the power of −3/4
        share = u * u / square
        amplitude = (root, u * by / 2, (0.5 - 0.75 * share) * by, u * (2.625 * share - 2.25) * by / square)
        return jets.scaled(jets.product(amplitude[: order + 1], jets.sine(u, order)), self.omega_0)
