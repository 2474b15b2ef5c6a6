"""Sums of sines whose numbers are trained with the weights."""

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from inr.activations.fourier import Harmonics
from inr.activations.periodic import Periodic
from inr.doc import Doc

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Staf(Periodic):
    """φ(z) = Σ bᵢ sin(wᵢ z + pᵢ) over n_sines terms; b, w and p are trained and shared by a layer's neurons.

    They begin as published: wᵢ of U(0, ω₀), pᵢ of U(±π), bᵢ the signed root of a Laplace variable of scale 1/2τ, drawn
    from the trial's seed. ω₀ is that of the draw and is not trained itself. The authors' skip connection for images and
    their first ω₀ of 60 in some runs are left to the user.
    """

    n_sines: Annotated[int, Ge(1), Le(256), Doc("number τ of sines in a trainable sum")] = 5
    amplitudes: Any = dataclasses.field(default=None, compare=False, repr=False)
    rates: Any = dataclasses.field(default=None, compare=False, repr=False)
    phases: Any = dataclasses.field(default=None, compare=False, repr=False)

    init: ClassVar[str] = "pytorch"
    reference: ClassVar[str] = "STAF: Sinusoidal Trainable Activation Functions, openreview.net/forum?id=ZDmBPYptbL"
    trains: ClassVar[tuple[str, ...]] = ("amplitudes", "rates", "phases")

    @classmethod
    def learnable(cls) -> tuple[str, ...]:
        """Give none: its sines are trained anyway."""
        return ()

    def drawn(self, width: int, rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
        """Draw b, w and p, (n_sines,) each."""
        laplace = rng.laplace(0, 1 / (2 * self.n_sines), self.n_sines)
        rates = self.omega_0 * rng.uniform(size=self.n_sines)
        phases = rng.uniform(-math.pi, math.pi, self.n_sines)
        return {"amplitudes": np.sign(laplace) * np.sqrt(np.abs(laplace)), "rates": rates, "phases": phases}

    def known_moments(self) -> tuple[float, float]:
        """1/4 and 1/12, the means over the draws: τ terms of E[bᵢ²] = 1/2τ, E[wᵢ²] = ω₀²/3, and a uniform phase."""
        return 1 / 4, 1 / 12

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """See the class."""
        sums: list[Tensor] = []
        for b, w, p in zip(self.amplitudes.unbind(), self.rates.unbind(), self.phases.unbind(), strict=True):
            u = w * z + p
            sin, cos = b * u.sin(), b * u.cos()
            term = [sin, w * cos, -w * w * sin, -w * w * w * cos][: order + 1]
            sums = [a + t for a, t in zip(sums, term, strict=True)] if sums else term
        return tuple(sums)


@dataclass(frozen=True, kw_only=True)
class Comb(Harmonics):
    """φ(z) = Σ cₖ sin(k ω₀ z), k = 1, 3, …, 2 n_modes − 1, with Σ cₖ² = 1; c is trained, for each neuron its own.

    The trainable superset of square and triangle. What is trained is divided by its norm, so that E[φ²] stays that of a
    sine over a period, and SIREN's weights suit it. Our own choice is that it begins as SIREN's sine, c₁ = 1. Its
    author notes that it helps at 2 to 4 layers and hurts at 8.
    """

    coefficients: Any = dataclasses.field(default=None, compare=False, repr=False)

    init: ClassVar[str] = "paper"
    reference: ClassVar[str] = "HarmonicComb of DarkbyteAT/ondes, 2026"
    trains: ClassVar[tuple[str, ...]] = ("coefficients",)
    stride: ClassVar[int] = 2

    def drawn(self, width: int, rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
        """Give c, (n_modes, width): the first harmonic alone."""
        return {"coefficients": np.eye(self.n_modes, 1).repeat(width, axis=1)}

    def terms(self) -> "list[tuple[int, float | Tensor]]":
        """Return k and cₖ of every term, the norm of which is 1."""
        c = self.coefficients
        unit = c / (c * c).sum(0).sqrt()
        return list(zip(self.harmonics, unit.unbind(), strict=True))
