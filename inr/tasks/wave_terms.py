"""The terms of the wave equation: absolute residuals at points (time, row, column)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from inr.jet import Ask, Jet
from inr.terms import Term


@dataclass(frozen=True)
class Absolute(Term):
    """A term whose residuals are penalised by their absolute value."""

    def penalty(self, residuals: Any) -> Any:
        """Compute |r|."""
        return residuals.abs()


@final
@dataclass(frozen=True)
class Equation(Absolute):
    """The residual u_tt - c² (u_xx + u_yy); ``data["square"]`` (P,) is c²."""

    ask = Ask(second=((1.0, 0.0, 0.0), (0.0, 1.0, 1.0)))

    def residuals(self, jet: Jet[Any], data: Mapping[str, Any]) -> Any:
        """Compute the residual (P, 1)."""
        second: Any = jet.second
        return second[..., 0] - data["square"][:, None] * second[..., 1]


@final
@dataclass(frozen=True)
class InitialValue(Absolute):
    """The value minus ``data["value"]`` (P,)."""

    ask = Ask()

    def residuals(self, jet: Jet[Any], data: Mapping[str, Any]) -> Any:
        """Compute the residual (P, 1)."""
        return jet.value - data["value"][:, None]


@final
@dataclass(frozen=True)
class InitialVelocity(Absolute):
    """The derivative by time minus ``data["velocity"]`` (P,)."""

    ask = Ask(gradient=True)

    def residuals(self, jet: Jet[Any], data: Mapping[str, Any]) -> Any:
        """Compute the residual (P, 1)."""
        gradient: Any = jet.gradient
        return gradient[..., 0] - data["velocity"][:, None]
