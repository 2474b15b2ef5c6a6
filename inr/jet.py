"""The derivatives that are asked of a function at points, and the answer: values, gradients, second-order operators.

A second-order operator is a row s of D weights, Σⱼ sⱼ ∂²/∂xⱼ²: the Laplacian is (1, …, 1). Mixed derivatives are not
offered. No torch is imported: the parts of a jet are tensors or NumPy arrays.
"""

from typing import Generic, NamedTuple, TypeVar

Array = TypeVar("Array")

Row = tuple[float, ...]
"""The D weights of a second-order operator."""


class Ask(NamedTuple):
    """The derivatives that are asked for, beside the value."""

    gradient: bool = False
    second: tuple[Row, ...] = ()
    """One row for each of M operators."""


class Jet(NamedTuple, Generic[Array]):
    """Value and derivatives of C functions of D coordinates at P points; per unit of coordinate."""

    value: Array
    """(P, C)"""
    gradient: Array | None
    """(P, C, D); None if not asked for."""
    second: Array | None
    """(P, C, M), the operators in the order of the rows; None if none is asked for."""


def laplacian(dimensions: int) -> Row:
    """Return the row of the Laplacian in that many coordinates."""
    return (1.0,) * dimensions


def union(*asks: Ask) -> Ask:
    """Return the ask for all that ``asks`` ask for: each operator once, in the order of first mention."""
    rows = dict.fromkeys(row for ask in asks for row in ask.second)
    return Ask(any(ask.gradient for ask in asks), tuple(rows))
