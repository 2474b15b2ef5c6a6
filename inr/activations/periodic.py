"""The sine of SIREN, and what every activation with a frequency shares."""

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

import numpy as np
from annotated_types import Gt, Le
from numpy.typing import NDArray

from inr.activations.base import Activation
from inr.doc import Doc

if TYPE_CHECKING:
    from torch import Tensor


Frequency = Annotated[float, Gt(0), Le(1e6), Doc("frequency ω₀ inside the activation, for all layers")]
"""The type of ``omega_0``, for classes with another default."""


@dataclass(frozen=True, kw_only=True)
class Periodic(Activation, abstract=True):
    """An activation of u = ω₀ z. The bias inside z is multiplied too, as in the SIREN authors' code."""

    omega_0: Frequency = 30.0
    first_omega_0: Annotated[float, Gt(0), Le(1e6), Doc("frequency of the first layer (default: omega_0)")] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.first_omega_0 is None:
            object.__setattr__(self, "first_omega_0", self.omega_0)

    @classmethod
    def learnable(cls) -> tuple[str, ...]:
        """See the base class; the first layer's ω₀ is trained as its omega_0."""
        return tuple(name for name in super().learnable() if name != "first_omega_0")

    @property
    def frequency(self) -> float:
        """ω₀."""
        return self.omega_0

    def in_first_layer(self) -> Self:
        """Return the activation with ω₀ = first_omega_0."""
        return dataclasses.replace(self, omega_0=self.first_omega_0)


@dataclass(frozen=True, kw_only=True)
class Sine(Periodic):
    """φ(z) = sin(ω₀ z)."""

    init: ClassVar[str] = "paper"
    reference: ClassVar[str] = "Sitzmann et al. 2020, arXiv:2006.09661, eq. 5"
    period: ClassVar[float] = 2 * math.pi
    of_uniform_phase: ClassVar[str] = "arcsine"

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """Sin, ω₀ cos, −ω₀² sin, −ω₀³ cos of ω₀ z."""
        w = self.omega_0
        u = w * z
        sin = u.sin()
        if order == 0:
            return (sin,)
        cos = u.cos()
        # Products, not powers: a compiled kernel would take the power anew for every vector of values.
        return (sin, w * cos, -w * w * sin, -w * w * w * cos)[: order + 1]


@dataclass(frozen=True, kw_only=True)
class Msa(Activation):
    """φ(z) = sin(f z) / f, a frequency f for each neuron of a layer, from the lowest to the highest in equal ratios.

    Multi-scale sine activation. Its README says sin(f z), its code divides by f, and so does this. φ′ stays within ±1,
    φ″ within ±f and φ‴, by which a Laplacian is trained, within ±f²: 1e10 at the published 10 … 100,000. That is finite
    in float32, but a Laplacian loss then learns nothing (camera at 16 pixels: 49 after 20 steps, against 0.09 with
    --highest_frequency=1000), and float32 rounds the argument f z by up to 0.006. With a Laplacian give 1000 or less.
    """

    lowest_frequency: Annotated[float, Gt(0), Le(1e6), Doc("frequency of a layer's first neuron")] = 10.0
    highest_frequency: Annotated[float, Gt(0), Le(1e6), Doc("frequency of a layer's last neuron")] = 1e5
    frequencies: Any = dataclasses.field(default=None, compare=False, repr=False)
    """f of every neuron (n,), from :meth:`constants`; no parameter."""

    init: ClassVar[str] = "pytorch"
    reference: ClassVar[str] = "Han et al. 2026, AAAI 40(26), 21567; code msa-inr 0.1.2"

    @classmethod
    def learnable(cls) -> tuple[str, ...]:
        """Give none: the frequencies are constants."""
        return ()

    def constants(self, width: int) -> dict[str, NDArray[np.float64]]:
        """Give each neuron its frequency."""
        return {"frequencies": np.geomspace(self.lowest_frequency, self.highest_frequency, width)}

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """Sin / f, cos, −f sin, −f² cos of f z; the last axis of z is that of the neurons."""
        f = self.frequencies
        u = f * z
        sin = u.sin()
        if order == 0:
            return (sin / f,)
        cos = u.cos()
        return (sin / f, cos, -f * sin, -f * f * cos)[: order + 1]
