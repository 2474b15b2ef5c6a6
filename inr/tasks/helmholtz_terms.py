"""The terms of the Helmholtz equation: a linear equation whose coefficients are data at each point, and the border."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from inr.jet import Ask, Jet
from inr.terms import Term

Array = NDArray[np.float64]


@final
@dataclass(frozen=True)
class Linear(Term):
    """The residual A₁u₁ + A₂u₂ + A₁₁u₁₁ + A₂₂u₂₂ + Au - f of C outputs; penalised by |r| or by r².

    ``data["coefficients"]`` (P, 5, C, C) are the matrices in this order, and ``data["right"]`` (P, C) is f. A complex
    field is two outputs, and a complex coefficient the matrix that multiplies them so.
    """

    absolute: bool

    ask = Ask(gradient=True, second=((1.0, 0.0), (0.0, 1.0)))

    def residuals(self, jet: Jet[Any], data: Mapping[str, Any]) -> Any:
        """Compute the residual (P, C)."""
        gradient, second = jet.gradient, jet.second
        assert gradient is not None
        assert second is not None
        parts = (gradient[..., 0], gradient[..., 1], second[..., 0], second[..., 1], jet.value)
        products = (data["coefficients"][:, k] * part[:, None] for k, part in enumerate(parts))
        return sum(product.sum(-1) for product in products) - data["right"]

    def penalty(self, residuals: Any) -> Any:
        """Compute |r| or r²."""
        return residuals.abs() if self.absolute else residuals.square()


@final
@dataclass(frozen=True)
class Border(Term):
    """The value at the border, which is zero."""

    ask = Ask()

    def residuals(self, jet: Jet[Any], data: Mapping[str, Any]) -> Any:
        """Give the value (P, C)."""
        return jet.value


def matrices(numbers: NDArray[np.complex128]) -> Array:
    """Give the matrices (…, 2, 2) that multiply (real part, imaginary part) as complex numbers (…) do."""
    real, imaginary = numbers.real, numbers.imag
    return np.stack([np.stack([real, -imaginary], axis=-1), np.stack([imaginary, real], axis=-1)], axis=-2)


def parts(numbers: NDArray[np.complex128]) -> Array:
    """Give the real and imaginary parts (…, 2)."""
    return np.stack([numbers.real, numbers.imag], axis=-1)
