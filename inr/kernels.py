"""The elementwise work of a layer: how values, tangents and Laplacians pass an activation, and back.

With z = Wa + b, tangents ∂ⱼ and Laplacian Δ, an activation a = φ(z) passes on

    ∂ⱼa = φ′ ∂ⱼz        Δa = φ″ Σⱼ (∂ⱼz)² + φ′ Δz

(the chain rule; "forward Laplacian", Li et al. 2023, arXiv:2307.08214). Each operation is one
:class:`torch.autograd.Function` whose backward pass is written out; it keeps its inputs, or the jet where that is
cheaper than to take it anew. The bodies are pure elementwise functions: ``torch.compile`` fuses each into one pass
over memory.

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


def _value_and_slope(phi: Activation, z: Tensor) -> tuple[Tensor, ...]:
    return phi.jet(z, 2)


def _value_and_slope_backward(d1: Tensor, d2: Tensor, g_value: Tensor, g_slope: Tensor) -> Tensor:
    return g_value * d1 + g_slope * d2


def _product_backward(a: Tensor, b: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
    return g * b, g * a


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
def _body(function: Body, compiled: bool, *phi: Activation) -> Body:
    bound = functools.partial(function, *phi)
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


class _ValueAndSlope(torch.autograd.Function):
    """(φ, φ′) of z. Keeps φ′ and φ″, which cost more to take anew than to read."""

    @staticmethod
    def forward(ctx: Any, forward: Body, backward: Body, z: Tensor) -> tuple[Tensor, Tensor]:
        value, slope, curvature = forward(z)
        ctx.backward_body = backward
        ctx.save_for_backward(slope, curvature)
        return value, slope

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, g_value: Tensor, g_slope: Tensor) -> Any:
        return None, None, ctx.backward_body(*ctx.saved_tensors, g_value, g_slope)


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
    """The operations, eager or compiled; each is differentiable once."""

    def __init__(self, compiled: bool = False) -> None:
        self.compiled = compiled

    def value(self, phi: Activation, z: Tensor) -> Tensor:
        """φ(z), of the shape of ``z``."""
        return self._apply(_value, _value_backward, phi, z)

    def value_and_slope(self, phi: Activation, z: Tensor) -> tuple[Tensor, Tensor]:
        """φ(z) and φ′(z), of the shape of ``z``."""
        bodies = _body(_value_and_slope, self.compiled, phi), _body(_value_and_slope_backward, self.compiled)
        return cast(tuple[Tensor, Tensor], _ValueAndSlope.apply(*bodies, z))  # type: ignore[no-untyped-call]

    def product(self, a: Tensor, b: Tensor) -> Tensor:
        """a b, elementwise, of one shape; both gradients in one pass."""
        bodies = torch.mul, _body(_product_backward, self.compiled)
        return cast(Tensor, _Elementwise.apply(*bodies, a, b))  # type: ignore[no-untyped-call]

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
        bodies = (_body(body, self.compiled, phi) for body in (forward, backward))
        return cast(Tensor, _Elementwise.apply(*bodies, *tensors))  # type: ignore[no-untyped-call]
