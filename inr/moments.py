"""Moments of an activation of normal pre-activations, by quadrature: what a layer does to a variance and to a gradient.

Of u = factor · z ~ N(0, σ²), the argument of φ. Inputs of an activation of several are independent. Where each neuron
of a layer has numbers of its own, a moment is the mean over the neurons.
"""

import dataclasses
import functools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # the laws of initialisation are said without torch
    from torch import Tensor

    from inr.activations.base import Activation

REACH, POINTS = 10, 20_001
"""The trapezoidal rule goes over ±10 standard deviations."""

NEURONS, COARSE = 257, 2_001
"""Neurons over which moments are averaged where each has numbers of its own, and the points of the rule then."""


def value_moment(phi: "Activation", sigma: float = 1.0) -> float:
    """E[φ²], of several outputs their mean."""
    return _value(phi, sigma) if phi.learned else _known(_value, *_key(phi), sigma)


def slope_moment(phi: "Activation", sigma: float = 1.0) -> float:
    """E[|∂φ/∂u|²], summed over the inputs; of several outputs their mean."""
    return _slope(phi, sigma) if phi.learned else _known(_slope, *_key(phi), sigma)


def gradient_gain(phi: "Activation", sigma: float = 1.0) -> float:
    """g(σ) = σ √(E[φ′²] / E[φ²]): the factor by which a layer that keeps the deviation σ changes a derivative's size.

    Keeping σ takes weights of n Var w = σ² / E[φ²] (in units of u); a derivative then grows by √(n Var w · E[φ′²]).
    """
    return sigma * math.sqrt(slope_moment(phi, sigma) / value_moment(phi, sigma))


def outputs(phi: "Activation", u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute φ at arguments u = factor · z, (P, inputs) → all its outputs in one row.

    Where neurons have numbers of their own, they are the outputs of a wide layer's.
    """
    import torch

    numbers = _numbers(phi)
    bound = dataclasses.replace(phi, **numbers) if numbers else phi  # type: ignore[arg-type]
    z = (torch.as_tensor(u, dtype=torch.float64) / bound.factor).unsqueeze(-1)
    rows = [math.prod(f(z[:, place], 0)[0] for place, f in enumerate(row)) for row in bound.factors()]
    return np.concatenate([np.asarray(row).ravel() for row in rows])


def _value(phi: "Activation", sigma: float) -> float:
    if not phi.learned and (known := phi.known_moments()):
        return known[0]
    bound, moment = _of_many(phi, sigma)
    return _mean([math.prod(moment(f, 0) for f in row) for row in bound.factors()])


def _slope(phi: "Activation", sigma: float) -> float:
    """Σₚ E[(∂/∂uₚ Π f)²], each the product of one input's derivative and of the others' values."""
    if not phi.learned and (known := phi.known_moments()):
        return known[1]
    bound, moment = _of_many(phi, sigma)
    found = []
    for row in bound.factors():
        orders = [[int(p == q) for p in range(len(row))] for q in range(len(row))]
        found.append(sum(math.prod(moment(f, n) for f, n in zip(row, order, strict=True)) for order in orders))
    return _mean(found)


@functools.lru_cache(maxsize=4096)
def _known(moment: "Callable[[Activation, float], float]", cls: Any, fields: tuple[Any, ...], sigma: float) -> float:
    return moment(cls(**dict(fields)), sigma)


def _key(phi: "Activation") -> tuple[Any, tuple[Any, ...]]:
    """The class and the fields of an activation, but for the constants of its neurons, which follow from them.

    Two activations that differ in the first layer only are equal, and are no key. One that trains has none: its numbers
    change where they are.
    """
    values = ((field.name, getattr(phi, field.name)) for field in dataclasses.fields(phi))
    return type(phi), tuple(pair for pair in values if not _is_tensor(pair[1]))


def _of_many(phi: "Activation", sigma: float) -> "tuple[Activation, Callable[[Any, int], float]]":
    """Give the activation with the numbers of its neurons, and the function of a jet and an order that is a moment.

    The points of the rule are (P,), or (P, N) of N neurons.
    """
    import torch

    numbers = _numbers(phi)
    own = [values.shape[-1] for values in numbers.values() if values.ndim]
    xi = torch.linspace(-REACH, REACH, COARSE if numbers else POINTS, dtype=torch.float64)
    xi = xi[:, None].expand(-1, max(own)) if own else xi
    bound = dataclasses.replace(phi, **numbers) if numbers else phi  # type: ignore[arg-type]
    return bound, functools.partial(_moment, factor=bound.factor, u=sigma * xi, xi=xi, wide=not phi.learned)


def _numbers(phi: "Activation") -> "dict[str, Tensor]":
    """The tensors of a layer's activation; of one that belongs to no layer those of a wide one."""
    import torch

    if phi.learned:
        return {name: value.detach().double().cpu() for name, value in vars(phi).items() if _is_tensor(value)}
    wide: dict[str, Any] = {**phi.constants(NEURONS), **phi.drawn(NEURONS, np.random.default_rng(0))}
    return {name: torch.as_tensor(values, dtype=torch.float64) for name, values in wide.items()}


def _is_tensor(value: Any) -> bool:
    return hasattr(value, "detach")


def _moment(f: Any, order: int, *, factor: Any, u: "Tensor", xi: "Tensor", wide: bool) -> float:
    """E[(∂f/∂u)²], or E[f²] for order 0, of u = σ ξ; the mean over the neurons on the last axis, if there is one."""
    import torch

    density = torch.exp(-xi * xi / 2) / math.sqrt(2 * math.pi)
    value = f(u / factor, order)[order]
    moments = torch.trapezoid((value / factor**order) ** 2 * density, xi, dim=0)
    return float(_of_wide(moments) if moments.ndim and wide else moments.mean())


def _of_wide(moments: "Tensor") -> "Tensor":
    """Take the mean over the neurons of a wide layer, of which a few stand for all: its two ends count half."""
    import torch

    return torch.trapezoid(moments, dx=1 / (len(moments) - 1)) if len(moments) > 1 else moments[0]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
