"""The elementwise work of a layer: how values, tangents and Laplacians pass an activation, and back.

With z = Wa + b, tangents ∂ⱼ and Laplacian Δ, an activation a = φ(z) passes on

    ∂ⱼa = φ′ ∂ⱼz        Δa = φ″ Σⱼ (∂ⱼz)² + φ′ Δz

(the chain rule; "forward Laplacian", Li et al. 2023, arXiv:2307.08214). Each body is a pure elementwise function, its
backward pass written out: ``torch.compile`` fuses each into one pass over memory.

Planes, (P, n) each, are the value, its D tangents and, for a Laplacian, one more; P points; n features.
"""

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from inr.activations import Activation

Planes = Sequence[Tensor]


class Through(NamedTuple):
    """How planes pass through an activation, forward and backward."""

    forward: Callable[[Activation, Planes], Tensor]
    """φ, planes of z → planes of φ(z), stacked (K, P, n)."""
    backward: Callable[[Activation, Planes, Planes], Tensor]
    """φ, planes of z, the gradient of those of φ(z) → the gradient of those of z, stacked."""


def _value(phi: Activation, planes: Planes) -> Tensor:
    return phi.jet(planes[0], 0)[0][None]


def _value_backward(phi: Activation, planes: Planes, g: Planes) -> Tensor:
    return (g[0] * phi.jet(planes[0], 1)[1])[None]


def _tangents(phi: Activation, planes: Planes) -> Tensor:
    z, *tangents = planes
    d0, d1 = phi.jet(z, 1)
    return torch.stack([d0, *(d1 * t for t in tangents)])


def _tangents_backward(phi: Activation, planes: Planes, g: Planes) -> Tensor:
    z, *tangents = planes
    g_value, *g_tangents = g
    _, d1, d2 = phi.jet(z, 2)
    to_value = g_value * d1 + d2 * _dot(g_tangents, tangents)
    return torch.stack([to_value, *(d1 * g_t for g_t in g_tangents)])


def _laplacian(phi: Activation, planes: Planes) -> Tensor:
    z, *tangents, laplacian = planes
    d0, d1, d2 = phi.jet(z, 2)
    return torch.stack([d0, *(d1 * t for t in tangents), d2 * _dot(tangents, tangents) + d1 * laplacian])


def _laplacian_backward(phi: Activation, planes: Planes, g: Planes) -> Tensor:
    z, *tangents, laplacian = planes
    g_value, *g_tangents, g_laplacian = g
    _, d1, d2, d3 = phi.jet(z, 3)
    to_value = (
        g_value * d1
        + d2 * (_dot(g_tangents, tangents) + g_laplacian * laplacian)
        + d3 * g_laplacian * _dot(tangents, tangents)
    )
    twice = 2 * g_laplacian * d2
    to_tangents = (d1 * g_t + twice * t for g_t, t in zip(g_tangents, tangents, strict=True))
    return torch.stack([to_value, *to_tangents, d1 * g_laplacian])


def _dot(a: Planes, b: Planes) -> Tensor:
    """Σⱼ aⱼ bⱼ over planes, written out: a reduction over the axis of planes would be compiled to passes of its own."""
    return functools.reduce(torch.add, (x * y for x, y in zip(a, b, strict=True)))


THROUGH = (
    Through(_value, _value_backward),
    Through(_tangents, _tangents_backward),
    Through(_laplacian, _laplacian_backward),
)
"""By the order of the highest derivative."""
