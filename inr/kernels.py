"""The elementwise work of a layer: how values, tangents and Laplacians pass an activation, and back.

With z = Wa + b, tangents ∂ⱼ and Laplacian Δ, an activation a = φ(z) passes on

    ∂ⱼa = φ′ ∂ⱼz        Δa = φ″ Σⱼ (∂ⱼz)² + φ′ Δz

(the chain rule; "forward Laplacian", Li et al. 2023, arXiv:2307.08214). Each body is a pure elementwise function, its
backward pass written out: ``torch.compile`` fuses each into one pass over memory.

Stacked planes are (K, P, n): K = value, D tangents and, for a Laplacian, one more; P points; n features.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from inr.activations import Activation

# Every (body, activation) pair is compiled once; Dynamo's default limit of 8 would silently run the ninth eagerly.
COMPILED_BODIES = 256


class Through(NamedTuple):
    """The way of planes through an activation."""

    forward: Callable[[Tensor], Tensor]
    """Planes of z → planes of φ(z)."""
    backward: Callable[[Tensor, Tensor], Tensor]
    """Planes of z, the gradient of those of φ(z) → the gradient of those of z."""


class Kernels:
    """The bodies, eager or compiled."""

    def __init__(self, compiled: bool = False) -> None:
        self.compiled = compiled

    def through(self, phi: Activation, order: int) -> Through:
        """For planes of a value (order 0), its tangents (1) and its Laplacian (2)."""
        forward, backward = _THROUGH[order]
        return Through(_body(forward, self.compiled, phi), _body(backward, self.compiled, phi))

    def jet(self, phi: Activation) -> Callable[[Tensor], tuple[Tensor, ...]]:
        """Z → φ, φ′, φ″, of its shape."""
        return _body(_jet, self.compiled, phi)

    def pulled_back(self) -> Callable[..., Tensor]:
        """(g, φ′, h, c, φ″) → g φ′ + h c φ″: the gradient of z from that of φ(z), g, and from that of c φ′(z), h."""
        return _body(_pulled_back, self.compiled)


@functools.cache
def _body(function: Callable[..., Any], compiled: bool, *phi: Activation) -> Callable[..., Any]:
    bound = functools.partial(function, *phi)
    if not compiled:
        return bound
    import torch._dynamo

    torch._dynamo.config.recompile_limit = COMPILED_BODIES
    return torch.compile(bound, dynamic=True, fullgraph=True)


def _jet(phi: Activation, z: Tensor) -> tuple[Tensor, ...]:
    return phi.jet(z, 2)


def _pulled_back(g: Tensor, d1: Tensor, h: Tensor, c: Tensor, d2: Tensor) -> Tensor:
    return g * d1 + h * c * d2


def _value(phi: Activation, planes: Tensor) -> Tensor:
    return phi.jet(planes, 0)[0]


def _value_backward(phi: Activation, planes: Tensor, g: Tensor) -> Tensor:
    return g * phi.jet(planes, 1)[1]


def _tangents(phi: Activation, planes: Tensor) -> Tensor:
    z, *tangents = planes.unbind()
    d0, d1 = phi.jet(z, 1)
    return torch.stack([d0, *(d1 * t for t in tangents)])


def _tangents_backward(phi: Activation, planes: Tensor, g: Tensor) -> Tensor:
    z, *tangents = planes.unbind()
    g_value, *g_tangents = g.unbind()
    _, d1, d2 = phi.jet(z, 2)
    to_value = g_value * d1 + d2 * _dot(g_tangents, tangents)
    return torch.stack([to_value, *(d1 * g_t for g_t in g_tangents)])


def _laplacian(phi: Activation, planes: Tensor) -> Tensor:
    z, *tangents, laplacian = planes.unbind()
    d0, d1, d2 = phi.jet(z, 2)
    return torch.stack([d0, *(d1 * t for t in tangents), d2 * _dot(tangents, tangents) + d1 * laplacian])


def _laplacian_backward(phi: Activation, planes: Tensor, g: Tensor) -> Tensor:
    z, *tangents, laplacian = planes.unbind()
    g_value, *g_tangents, g_laplacian = g.unbind()
    _, d1, d2, d3 = phi.jet(z, 3)
    to_value = (
        g_value * d1
        + d2 * (_dot(g_tangents, tangents) + g_laplacian * laplacian)
        + d3 * g_laplacian * _dot(tangents, tangents)
    )
    twice = 2 * g_laplacian * d2
    to_tangents = (d1 * g_t + twice * t for g_t, t in zip(g_tangents, tangents, strict=True))
    return torch.stack([to_value, *to_tangents, d1 * g_laplacian])


def _dot(a: list[Tensor], b: list[Tensor]) -> Tensor:
    """Σⱼ aⱼ bⱼ over planes, written out: a reduction over the axis of planes would be compiled to passes of its own."""
    return functools.reduce(torch.add, (x * y for x, y in zip(a, b, strict=True)))


_THROUGH = ((_value, _value_backward), (_tangents, _tangents_backward), (_laplacian, _laplacian_backward))
