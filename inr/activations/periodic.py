"""The sine of SIREN, and what every activation with a frequency shares."""

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from annotated_types import Gt, Le

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
