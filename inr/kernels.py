"""The elementwise work of a layer: how values, tangents and Laplacians pass an activation, and back.

With z = Wa + b, tangents ∂ⱼ and Laplacian Δ, an activation a = φ(z) passes on

    ∂ⱼa = φ′ ∂ⱼz        Δa = φ″ Σⱼ (∂ⱼz)² + φ′ Δz

(the chain rule; "forward Laplacian", Li et al. 2023, arXiv:2307.08214). Each operation is one
:class:`torch.autograd.Function` whose backward pass is written out, from φ's jet taken anew, so that only its
inputs are kept. The bodies are pure elementwise functions: ``torch.compile`` fuses each into one pass over memory.

Stacked planes are (K, P, n): K = value, D tangents and, for a Laplacian, one more; P points; n features.
"""

import functools
from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor

from inr.activations import Activation

Body = Callable[..., Any]

# Every (body, activation) pair is compiled once; Dynamo's default limit of 8 would silently run the ninth eagerly.
COMPILED_BODIES = 256


def _value(phi: Activation, z: Tensor) -> Tensor:
    return phi.jet(z, 0)[0]


def _value_backward(phi: Activation, z: Tensor, g: Tensor) -> tuple[Tensor, ...]:
    return (g * phi.jet(z, 1)[1],)


def _cotangent(phi: Activation, z: Tensor, v: Tensor) -> Tensor:
    return phi.jet(z, 1)[1] * v


def _cotangent_backward(phi: Activation, z: Tensor, v: Tensor, g: Tensor) -> tuple[Tensor, ...]:
    _, d1, d2 = phi.jet(z, 2)
    return g * d2 * v, g * d1


def _tangents(phi: Activation, planes: Tensor) -> Tensor:
    z, *tangents = planes.unbind()
    d0, d1 = phi.jet(z, 1)
    return torch.stack([d0, *(d1 * t for t in tangents)])


def _tangents_backward(phi: Activation, planes: Tensor, g: Tensor) -> tuple[Tensor, ...]:
    z, *tangents = planes.unbind()
    g_value, *g_tangents = g.unbind()
    _, d1, d2 = phi.jet(z, 2)
    to_value = g_value * d1 + d2 * _dot(g_tangents, tangents)
    return (torch.stack([to_value, *(d1 * g_t for g_t in g_tangents)]),)


def _laplacian(phi: Activation, planes: Tensor) -> Tensor:
    z, *tangents, laplacian = planes.unbind()
    d0, d1, d2 = phi.jet(z, 2)
    return torch.stack([d0, *(d1 * t for t in tangents), d2 * _dot(tangents, tangents) + d1 * laplacian])


def _laplacian_backward(phi: Activation, planes: Tensor, g: Tensor) -> tuple[Tensor, ...]:
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
    return (torch.stack([to_value, *to_tangents, d1 * g_laplacian]),)


def _dot(a: list[Tensor], b: list[Tensor]) -> Tensor:
    """Σⱼ aⱼ bⱼ over planes, written out: a reduction over the axis of planes would be compiled to passes of its own."""
    return functools.reduce(torch.add, (x * y for x, y in zip(a, b, strict=True)))


@functools.cache
def _body(function: Body, phi: Activation, compiled: bool) -> Body:
    bound = functools.partial(function, phi)
    if not compiled:
        return bound
    import torch._dynamo

    torch._dynamo.config.recompile_limit = COMPILED_BODIES
    return torch.compile(bound, dynamic=True, fullgraph=True)


class _Elementwise(torch.autograd.Function):
    """``forward(*tensors)``, with the gradient ``backward(*tensors, g)``."""

    @staticmethod
    def forward(ctx: Any, forward: Body, backward: Body, *tensors: Tensor) -> Any:
        ctx.backward_body = backward
        ctx.save_for_backward(*tensors)
        return forward(*tensors)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, g: Tensor) -> Any:
        return None, None, *ctx.backward_body(*ctx.saved_tensors, g.contiguous())


class _Affine(torch.autograd.Function):
    """Stacked planes (K, P, n) → (K, P, m): the weight on every plane by one product, the bias on the value only."""

    @staticmethod
    def forward(ctx: Any, planes: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(planes, weight)
        z = planes @ weight.t()
        z[0].add_(bias)
        return z

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        planes, weight = ctx.saved_tensors
        to_planes = g @ weight if ctx.needs_input_grad[0] else None
        to_weight = g.flatten(0, 1).t() @ planes.flatten(0, 1)
        return to_planes, to_weight, g[0].sum(0)


class Kernels:
    """The four operations, eager or compiled; each is differentiable once."""

    def __init__(self, compiled: bool = False) -> None:
        self.compiled = compiled

    def value(self, phi: Activation, z: Tensor) -> Tensor:
        """φ(z), of the shape of ``z``."""
        return self._apply(_value, _value_backward, phi, z)

    def cotangent(self, phi: Activation, z: Tensor, v: Tensor) -> Tensor:
        """φ′(z) v, a step of a reverse pass; ``z`` and ``v`` of one shape."""
        return self._apply(_cotangent, _cotangent_backward, phi, z, v)

    def tangents(self, phi: Activation, planes: Tensor) -> Tensor:
        """Planes (1 + D, P, n) of z → of φ(z): value and tangents."""
        return self._apply(_tangents, _tangents_backward, phi, planes)

    def laplacian(self, phi: Activation, planes: Tensor) -> Tensor:
        """Planes (2 + D, P, n) of z → of φ(z): value, tangents and Laplacian."""
        return self._apply(_laplacian, _laplacian_backward, phi, planes)

    @staticmethod
    def affine(planes: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Planes (K, P, n) → (K, P, m) under the affine map; only the value sees the bias."""
        return cast(Tensor, _Affine.apply(planes, weight, bias))  # type: ignore[no-untyped-call]

    def _apply(self, forward: Body, backward: Body, phi: Activation, *tensors: Tensor) -> Tensor:
        bodies = (_body(body, phi, self.compiled) for body in (forward, backward))
        return cast(Tensor, _Elementwise.apply(*bodies, *tensors))  # type: ignore[no-untyped-call]
