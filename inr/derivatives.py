"""Value, gradient and Laplacian of a coordinate MLP at points, by the cheapest plan for what is asked.

In units of one product of a hidden layer over the points, forward and backward together (D = 2 coordinates):

    value                                     3
    + gradient, one output channel            6    an explicit reverse pass
    + gradient, C > 1 channels                9    forward tangents, independent of C
    + Laplacian                              12    forward tangents and Laplacian

Nested autograd needs 6 C for the gradient and far more for the Laplacian; it is the oracle in the tests.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from inr.kernels import Kernels
from inr.network import CoordinateMLP


class Derivatives(NamedTuple):
    """What a network says at P points: C channels, D coordinates; derivatives per unit of coordinate."""

    value: Tensor
    """(P, C)"""
    gradient: Tensor | None
    """(P, C, D)"""
    laplacian: Tensor | None
    """(P, C)"""


EAGER = Kernels()


def derivatives(network: CoordinateMLP, x: Tensor, order: int, kernels: Kernels = EAGER) -> Derivatives:
    """Value (order 0), and gradient (1), and Laplacian (2) of ``network`` at ``x`` (P, D).

    Differentiable once with respect to the parameters, not with respect to ``x``.
    """
    if order == 1 and network.out_features == 1:
        return _reverse(network, x, kernels)
    return _propagate(network, x, order, kernels)


def _reverse(network: CoordinateMLP, x: Tensor, kernels: Kernels) -> Derivatives:
    """The gradient of a single output by one reverse pass."""
    value, gradient = _Reverse.apply(network, kernels, x, *network.parameters())  # type: ignore[no-untyped-call]
    return Derivatives(value, gradient[:, None, :], None)


def _propagate(network: CoordinateMLP, x: Tensor, order: int, kernels: Kernels) -> Derivatives:
    """Value, tangents along every axis and the Laplacian, as far as ``order`` goes, forward through the layers."""
    planes = _Propagate.apply(network, kernels, order, _seed(x, order), *network.parameters())  # type: ignore[no-untyped-call]
    dimensions = x.shape[1]
    gradient = planes[1 : 1 + dimensions].permute(1, 2, 0) if order else None
    return Derivatives(planes[0], gradient, planes[-1] if order == 2 else None)


def _seed(x: Tensor, order: int) -> Tensor:
    """Planes (K, P, D) of the coordinates themselves: x, ∂ⱼx = eⱼ, Δx = 0."""
    if order == 0:
        return x[None]
    points, dimensions = x.shape
    planes = x.new_zeros(dimensions + order, points, dimensions)
    planes[0] = x
    planes[1 : 1 + dimensions] = torch.eye(dimensions, dtype=x.dtype, device=x.device)[:, None, :]
    return planes


class _Propagate(torch.autograd.Function):
    """Planes (K, P, D) of the coordinates → (K, P, C) of the network, all layers and their backward pass in one.

    One node of autograd for the network and not one for every operation: what PyTorch spends on a node is as long
    as a small layer takes.
    """

    @staticmethod
    def forward(
        ctx: Any, network: CoordinateMLP, kernels: Kernels, order: int, planes: Tensor, *parameters: Tensor
    ) -> Tensor:
        """The weight acts on every plane by one product, the bias on the value only."""
        ctx.through = [kernels.through(phi, order) for phi in network.activations]
        weights, biases = parameters[::2], parameters[1::2]
        before, after = [], [planes]
        for weight, bias, through in zip(weights, biases, ctx.through, strict=False):
            before.append(_affine(after[-1], weight, bias))
            after.append(through.forward(before[-1]))
        ctx.save_for_backward(*weights, *before, *after)
        return _affine(after[-1], weights[-1], biases[-1])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: Tensor) -> Any:
        """To the parameters."""
        layers = len(ctx.through)
        weights, before, after = _parts(ctx.saved_tensors, layers + 1, layers, layers + 1)
        found = []
        for i in reversed(range(layers + 1)):
            found += [g[0].sum(0), g.flatten(0, 1).t() @ after[i].flatten(0, 1)]
            if i:
                g = ctx.through[i - 1].backward(before[i - 1], g @ weights[i])
        return None, None, None, None, *reversed(found)


class _Reverse(torch.autograd.Function):
    """Coordinates (P, D) → value (P, 1) and gradient (P, D), by a forward and a reverse pass; and back through both.

    The reverse pass takes the cotangent c of a layer's output to u = c φ′, and u W to the layer before. It keeps the
    jets, which cost more to take anew than to read.
    """

    @staticmethod
    def forward(ctx: Any, network: CoordinateMLP, kernels: Kernels, x: Tensor, *parameters: Tensor) -> Any:
        """Forward, then in reverse."""
        weights, biases = parameters[::2], parameters[1::2]
        values, slopes, curvatures = jets = [x], list[Tensor](), list[Tensor]()
        for weight, bias, phi in zip(weights, biases, network.activations, strict=False):
            jet = kernels.jet(phi)(torch.addmm(bias, values[-1], weight.t()))
            for kept, new in zip(jets, jet, strict=True):
                kept.append(new)
        cotangents, slanted = [weights[-1]], []
        for weight, slope in zip(weights[-2::-1], slopes[::-1], strict=True):
            slanted.append(slope * cotangents[-1])
            cotangents.append(slanted[-1] @ weight)
        ctx.layers, ctx.pulled_back = len(network.activations), kernels.pulled_back()
        ctx.save_for_backward(*weights, *values, *slopes, *curvatures, *cotangents[-2::-1], *slanted[::-1])
        return torch.addmm(biases[-1], values[-1], weights[-1].t()), cotangents[-1]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g_value: Tensor, g_gradient: Tensor) -> Any:
        """To the parameters: back through the reverse pass, from the first layer on, then back through the forward."""
        layers = ctx.layers
        weights, values, slopes, curvatures, cotangents, slanted = _parts(
            ctx.saved_tensors, layers + 1, layers + 1, layers, layers, layers, layers
        )
        g, to_weights, to_slanted = g_gradient, [], []
        for weight, slope, u in zip(weights, slopes, slanted, strict=False):
            to_weights.append(u.t() @ g)
            to_slanted.append(g @ weight.t())
            g = to_slanted[-1] * slope
        to_weights.append(g.sum(0, keepdim=True))
        g, found = g_value, []
        for i in reversed(range(layers + 1)):
            found += [g.sum(0), to_weights[i].addmm_(g.t(), values[i])]
            if i:
                g = ctx.pulled_back(
                    g @ weights[i], slopes[i - 1], to_slanted[i - 1], cotangents[i - 1], curvatures[i - 1]
                )
        return None, None, None, *reversed(found)


def _affine(planes: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    z = planes @ weight.t()
    z[0].add_(bias)
    return z


def _parts(tensors: Sequence[Tensor], *counts: int) -> Iterator[Sequence[Tensor]]:
    """The tensors in runs of so many."""
    rest = iter(tensors)
    return (tuple(itertools.islice(rest, count)) for count in counts)
