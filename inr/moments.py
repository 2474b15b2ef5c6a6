"""Moments of an activation of normal pre-activations, by quadrature: what a layer does to a variance and to a gradient.

Of u = factor · z ~ N(0, σ²), the argument of φ. Inputs of an activation of several are independent.
"""

import dataclasses
import functools
import math
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # the laws of initialisation are said without torch
    from torch import Tensor

REACH, POINTS = 10, 20_001
"""The trapezoidal rule goes over ±10 standard deviations."""

NEURONS = 257
"""Neurons over which moments are averaged where each has constants of its own."""


class Shape(Hashable, Protocol):
    """The part of an activation that its moments need."""

    @property
    def factor(self) -> float:
        """The factor on z inside φ."""

    def constants(self, width: int) -> dict[str, NDArray[np.float64]]:
        """Field → the values of that many neurons there, where each has its own."""

    def factors(self) -> "tuple[tuple[Callable[[Tensor, int], tuple[Tensor, ...]], ...], ...]":
        """Jets of one input, outputs × inputs of them, whose products the outputs are."""


@functools.lru_cache(maxsize=4096)
def value_moment(phi: Shape, sigma: float = 1.0) -> float:
    """E[φ²], of several outputs their mean."""
    return _mean([math.prod(_moment(f, phi.factor, 0, sigma) for f in row) for row in _of_many(phi).factors()])


@functools.lru_cache(maxsize=4096)
def slope_moment(phi: Shape, sigma: float = 1.0) -> float:
    """E[|∂φ/∂u|²], summed over the inputs; of several outputs their mean."""
    return _mean([_slopes(row, phi.factor, sigma) for row in _of_many(phi).factors()])


def gradient_gain(phi: Shape, sigma: float = 1.0) -> float:
    """g(σ) = σ √(E[φ′²] / E[φ²]): the factor by which a layer that keeps the deviation σ changes a derivative's size.

    Keeping σ takes weights of n Var w = σ² / E[φ²] (in units of u); a derivative then grows by √(n Var w · E[φ′²]).
    """
    return sigma * math.sqrt(slope_moment(phi, sigma) / value_moment(phi, sigma))


def _of_many(phi: Any) -> Shape:
    """Give the activation with the constants of N neurons, (N, 1) each: for arguments (P,) its values are (N, P)."""
    import torch

    constants = {name: torch.tensor(values)[:, None] for name, values in phi.constants(NEURONS).items()}
    bound: Shape = dataclasses.replace(phi, **constants) if constants else phi
    return bound


def _slopes(row: "tuple[Callable[[Tensor, int], tuple[Tensor, ...]], ...]", factor: float, sigma: float) -> float:
    """Σₚ E[(∂/∂uₚ Π f)²], each the product of one input's derivative and of the others' values."""
    orders = [[int(p == q) for p in range(len(row))] for q in range(len(row))]
    return sum(math.prod(_moment(f, factor, n, sigma) for f, n in zip(row, order, strict=True)) for order in orders)


def _moment(f: "Callable[[Tensor, int], tuple[Tensor, ...]]", factor: float, order: int, sigma: float) -> float:
    """E[(∂f/∂u)²], or E[f²] for order 0; where each neuron has constants of its own, the mean of a wide layer."""
    import torch

    xi = torch.linspace(-REACH, REACH, POINTS, dtype=torch.float64)
    density = torch.exp(-xi * xi / 2) / math.sqrt(2 * math.pi)
    value = f(sigma * xi / factor, order)[order]
    moment = torch.trapezoid((value / factor**order) ** 2 * density, xi)
    return float(torch.trapezoid(moment, dx=1 / (NEURONS - 1)) if moment.ndim else moment)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
