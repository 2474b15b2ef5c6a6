"""The activation: a frozen dataclass that owns its formula, its jet, its initialisation, its hyperparameters."""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from inr.choices import Choice, parameters_of
from inr.moments import value_moment

if TYPE_CHECKING:  # jets are written with the methods of tensors, so that flags and plans do without torch
    from torch import Tensor

ScalarJet = Callable[["Tensor", int], "tuple[Tensor, ...]"]
"""z and an order → (f, f′, f″, f‴)[:order + 1] at z, for a function f of one input."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Activation(Choice, kind="activation"):
    """A scalar function φ, applied to every pre-activation z = Wa + b of a layer.

    A subclass is a frozen dataclass whose fields are its hyperparameters, see :class:`inr.choices.Choice`.
    """

    heading: ClassVar[str | None] = "hyperparameters of the activation"

    init: ClassVar[str]
    """The initialisation law that suits it, a name in :mod:`inr.initialisation`."""
    reference: ClassVar[str]
    """The paper that proposed it."""
    vanishes_from: ClassVar[int | None] = None
    """Derivatives of this order and above are zero almost everywhere; None if none is."""
    period: ClassVar[float | None] = None
    """The period of φ in u = factor · z; None for an activation that does not repeat itself."""
    of_uniform_phase: ClassVar[str] = "φ of a uniform phase"
    """The name of the distribution of φ(u) where u is uniform over a period."""
    outputs: ClassVar[int] = 1
    """Numbers that it makes for each feature, side by side."""
    complex: ClassVar[bool] = False
    """True if its two outputs are the real and the imaginary part of a number: the map behind it is complex."""
    fixed: ClassVar[bool] = False
    """True behind a map that is not trained, as that of an encoding."""

    @property
    def inputs(self) -> int:
        """Numbers that the linear map before it gives for each feature, side by side: z = [z₁ | z₂ | …]."""
        return 1

    learned: tuple[str, ...] = dataclasses.field(default=(), compare=False, repr=False)
    """The hyperparameters that a network trains, which are tensors then; no parameter."""

    trains: ClassVar[tuple[str, ...]] = ()
    """The fields that are always trained, as :meth:`drawn` gives them; no parameters."""

    @classmethod
    def learnable(cls) -> tuple[str, ...]:
        """The hyperparameters that can be trained: the numbers on which φ depends."""
        return tuple(parameter.name for parameter in parameters_of(cls) if parameter.type is float)

    def jet(self, z: "Tensor", order: int) -> "tuple[Tensor, ...]":
        """(φ, φ′, φ″, φ‴)[:order + 1] at ``z``, each of its shape, in closed form; 0 ≤ order ≤ 3.

        The third derivative is there because training on a Laplacian differentiates φ″ once more. An activation of
        several inputs or outputs has no jet, and gives its :meth:`factors` instead.
        """
        raise NotImplementedError(f"{type(self).__name__} gives no jet of one input: take its factors")

    def factors(self) -> tuple[tuple[ScalarJet, ...], ...]:
        """Jets f, outputs × inputs of them: output i is Πₚ fᵢₚ(zₚ)."""
        return ((self.jet,),)

    def constants(self, width: int) -> dict[str, NDArray[np.float64]]:
        """Field → the values that ``width`` neurons of a layer have there, where each has its own; none by default.

        Such a field does not count in comparisons, and is no parameter. The network keeps the values with its weights
        and does not train them.
        """
        return {}

    def drawn(self, width: int, rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
        """Draw the values with which the fields of :attr:`trains` begin, for a layer of ``width`` neurons."""
        return {}

    def known_moments(self) -> tuple[float, float] | None:
        """E[φ²] and E[(∂φ/∂u)²], u = factor · z, where they are known without quadrature; None by default."""
        return None

    @property
    def frequency(self) -> float | None:
        """ω₀, the factor on z inside φ; None for an activation without one."""
        return None

    @property
    def factor(self) -> float:
        """The factor on z inside φ, by which initialisation laws divide: the frequency, 1 without one."""
        return 1.0 if self.frequency is None else self.frequency

    def in_first_layer(self) -> Self:
        """The activation as the first layer uses it."""
        return self

    @property
    def second_moment(self) -> float:
        """E[φ(z)²] where every factor · zₚ ~ N(0, 1); of several outputs the mean, of a complex one E[|φ(z)|²]."""
        return value_moment(self) * (self.outputs if self.complex else 1)
