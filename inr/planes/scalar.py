"""Propagate planes through an activation a = φ(z) of one input and one output, forward and backward.

Tangents ∂ⱼ and operators L = Σⱼ sⱼ ∂ⱼ² pass as

    ∂ⱼa = φ′ ∂ⱼz        La = φ″ Σⱼ sⱼ (∂ⱼz)² + φ′ Lz

(the chain rule; "forward Laplacian", Li et al. 2023, arXiv:2307.08214). Where g, gⱼ, g_L are the gradient of a number
by the planes of a, its gradient by the planes of z is

    z:    φ′ g + φ″ (Σⱼ gⱼ ∂ⱼz + Σ_L g_L Lz) + φ‴ Σ_L g_L Σⱼ sⱼ (∂ⱼz)²
    ∂ⱼz:  φ′ gⱼ + 2 φ″ (Σ_L sⱼ g_L) ∂ⱼz
    Lz:   φ′ g_L

Both bodies are pure elementwise functions of separate planes, each of which ``torch.compile`` fuses into one pass over
memory. :mod:`inr.planes.products` holds the formulas for several inputs and outputs.
"""

from torch import Tensor

from inr.activations import Activation
from inr.jet import Row
from inr.planes.sums import Planes, dot, order_of, parts, stacked, weighted, weighted_dot


def forward(phi: Activation, planes: Planes, rows: tuple[Row, ...]) -> Tensor:
    """Return the planes of φ(z) (K, P, n) for K planes of z, of which the last are the operators of ``rows``."""
    z, tangents, second = here = parts(planes, len(rows))
    jet = phi.jet(z, order_of(here))
    to_tangents = (jet[1] * t for t in tangents)
    to_second = (
        jet[2] * weighted_dot(row, tangents, tangents) + jet[1] * operator
        for row, operator in zip(rows, second, strict=True)
    )
    return stacked([jet[0], *to_tangents, *to_second])


def backward(phi: Activation, planes: Planes, gradient: Planes, rows: tuple[Row, ...]) -> Tensor:
    """Return the gradient by the planes of z (K, P, n) from the ``gradient`` by the planes of φ(z)."""
    z, tangents, second = here = parts(planes, len(rows))
    g, g_tangents, g_second = parts(gradient, len(rows))
    d1, *higher = phi.jet(z, order_of(here) + 1)[1:]  # φ is not held: its memory is wanted again
    to_z = g * d1
    if tangents:
        to_z = to_z + higher[0] * dot([*g_tangents, *g_second], [*tangents, *second])
    for row, g_operator in zip(rows, g_second, strict=True):
        to_z = to_z + higher[1] * g_operator * weighted_dot(row, tangents, tangents)
    to_tangents = (d1 * g_t for g_t in g_tangents)  # one by one, so that each is in the cache when it is added to
    if rows:
        twice = [2 * g_operator * higher[0] for g_operator in g_second]
        carried = (weighted(s, twice) * t for s, t in zip(zip(*rows, strict=True), tangents, strict=True))
        to_tangents = (to + more for to, more in zip(to_tangents, carried, strict=True))
    return stacked([to_z, *to_tangents, *(d1 * g_operator for g_operator in g_second)])
