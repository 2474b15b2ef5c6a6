"""Value, gradient and Laplacian of a coordinate MLP at points, by the cheapest plan for what is asked.

In units of one product of a hidden layer over the points, forward and backward together (D = 2 coordinates):

    value                                     3
    + gradient, one output channel            6    an explicit reverse pass
    + gradient, C > 1 channels                9    forward tangents, independent of C
    + Laplacian                              12    forward tangents and Laplacian

Nested autograd needs 6 C for the gradient and far more for the Laplacian; it is the oracle in the tests.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

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
    if order == 0:
        return Derivatives(_forward(network, x, kernels), None, None)
    if order == 1 and network.out_features == 1:
        return _reverse(network, x, kernels)
    return _propagate(network, x, order, kernels)


def _affine(linear: nn.Linear, x: Tensor, kernels: Kernels) -> Tensor:
    return kernels.affine(x[None], linear.weight, linear.bias)[0]


def _forward(network: CoordinateMLP, x: Tensor, kernels: Kernels) -> Tensor:
    """The value."""
    for linear, phi in network.layers():
        x = kernels.value(phi, _affine(linear, x, kernels))
    return _affine(network.last, x, kernels)


def _reverse(network: CoordinateMLP, x: Tensor, kernels: Kernels) -> Derivatives:
    """The gradient of a single output by one reverse pass, itself written as differentiable forward code."""
    slopes = []
    for linear, phi in network.layers():
        x, slope = kernels.value_and_slope(phi, _affine(linear, x, kernels))
        slopes.append(slope)
    value = _affine(network.last, x, kernels)
    cotangent = network.last.weight.expand(len(x), -1)
    for (linear, _), slope in reversed(list(zip(network.layers(), slopes, strict=True))):
        cotangent = kernels.product(slope, cotangent) @ linear.weight
    return Derivatives(value, cotangent[:, None, :], None)


def _propagate(network: CoordinateMLP, x: Tensor, order: int, kernels: Kernels) -> Derivatives:
    """Value, tangents along every axis and, at order 2, the Laplacian, forward through the layers together."""
    planes = _seed(x, order)
    through = kernels.laplacian if order == 2 else kernels.tangents
    for linear, phi in network.layers():
        planes = through(phi, kernels.affine(planes, linear.weight, linear.bias))
    planes = kernels.affine(planes, network.last.weight, network.last.bias)
    dimensions = x.shape[1]
    gradient = planes[1 : 1 + dimensions].permute(1, 2, 0)
    return Derivatives(planes[0], gradient, planes[-1] if order == 2 else None)


def _seed(x: Tensor, order: int) -> Tensor:
    """Planes (K, P, D) of the coordinates themselves: x, ∂ⱼx = eⱼ, Δx = 0."""
    points, dimensions = x.shape
    planes = x.new_zeros(dimensions + order, points, dimensions)
    planes[0] = x
    planes[1 : 1 + dimensions] = torch.eye(dimensions, dtype=x.dtype, device=x.device)[:, None, :]
    return planes
