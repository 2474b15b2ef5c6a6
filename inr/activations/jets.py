"""Rules for jets (f, f′, f″, f‴) of functions of one number: the chain rule, the product rule, known functions."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

Jet = tuple["Tensor", ...]
"""A function and its derivatives, from the 0th to the order that is asked for, at most the third."""


def chain(outer: Jet, inner: Sequence["Tensor | float"]) -> Jet:
    """Compute the jet of f(u(z)), as long as ``outer``.

    ``outer`` is (f, f′, f″, f‴) at u, ``inner`` is (u, u′, u″, u‴) at z; both may end earlier (Faà di Bruno's formula).
    """
    found = [outer[0]]
    if len(outer) > 1:
        found.append(outer[1] * inner[1])
    if len(outer) > 2:
        found.append(outer[2] * inner[1] * inner[1] + outer[1] * inner[2])
    if len(outer) > 3:
        u1, u2, u3 = inner[1:4]
        found.append(outer[3] * u1 * u1 * u1 + 3 * outer[2] * u1 * u2 + outer[1] * u3)
    return tuple(found)


def scaled(outer: Jet, factor: "Tensor | float") -> Jet:
    """Compute the jet of f(c z) from that of f at c z.

    Products, not powers: a compiled kernel would take the power anew for every vector of values.
    """
    found, power = [outer[0]], factor
    for derivative in outer[1:]:
        found.append(power * derivative)
        power = power * factor
    return tuple(found)


def product(left: Jet, right: Jet) -> Jet:
    """Compute the jet of a product by Leibniz's rule."""
    return tuple(
        sum((math.comb(n, k) * left[k] * right[n - k] for k in range(1, n + 1)), left[0] * right[n])
        for n in range(len(left))
    )


def sine(u: "Tensor", order: int) -> Jet:
    """Compute the jet of sin u."""
    sin = u.sin()
    if order == 0:
        return (sin,)
    cos = u.cos()
    return (sin, cos, -sin, -cos)[: order + 1]


def gaussian(u: "Tensor", order: int) -> Jet:
    """Compute the jet of exp(−u²)."""
    uu = u * u
    bell = (-uu).exp()
    return (bell, *((f * bell) for f in (-2 * u, 4 * uu - 2, u * (12 - 8 * uu))[:order]))


def cosine(u: "Tensor", order: int) -> Jet:
    """Compute the jet of cos u."""
    cos = u.cos()
    if order == 0:
        return (cos,)
    sin = u.sin()
    return (cos, -sin, -cos, sin)[: order + 1]


def tanh(u: "Tensor", order: int) -> Jet:
    """Compute the jet of tanh u."""
    t = u.tanh()
    slope = 1 - t * t
    return (t, slope, -2 * t * slope, (6 * t * t - 2) * slope)[: order + 1]


def sigmoid(u: "Tensor", order: int) -> Jet:
    """Compute the jet of 1 / (1 + exp(−u))."""
    s = u.sigmoid()
    slope = s * (1 - s)
    return (s, slope, (1 - 2 * s) * slope, (1 - 6 * slope) * slope)[: order + 1]


NEAR = 1.0
"""|u| below which the sinc is its series: its closed form divides by u."""
TERMS = 10
"""Terms of the series; at |u| = 1 the next one is below 1e-20."""


def sinc(u: "Tensor", order: int) -> Jet:
    """Compute the jet of sin(u) / u; near 0 by its series, away from it by u f⁽ⁿ⁾ = sin⁽ⁿ⁾ u − n f⁽ⁿ⁻¹⁾."""
    near = u.abs() < NEAR
    far = u.where(~near, u.new_ones(()))
    found = [far.sin() / far]
    for n, derivative in enumerate(sine(far, order)[1:], start=1):
        found.append((derivative - n * found[-1]) / far)
    small = u.where(near, u.new_zeros(()))
    series = _series(small, order)
    return tuple(inside.where(near, outside) for inside, outside in zip(series, found, strict=True))


def _series(u: "Tensor", order: int) -> "tuple[Tensor, ...]":
    """The jet of Σ (−1)ᵏ u²ᵏ / (2k + 1)!, differentiated term by term; Horner's rule in u²."""
    coefficients = [1.0]
    for k in range(1, TERMS):
        coefficients.append(-coefficients[-1] / (2 * k * (2 * k + 1)))
    powers = {2 * k: c for k, c in enumerate(coefficients)}
    found = []
    for _ in range(order + 1):
        odd = any(power % 2 for power in powers)
        value = u.new_zeros(u.shape)
        for power in sorted(powers, reverse=True):
            value = value * (u * u) + powers[power]
        found.append(value * u if odd else value)
        powers = {power - 1: power * c for power, c in powers.items() if power}
    return tuple(found)
