"""Value, gradient and Laplacian of a coordinate MLP at points, by the cheapest plan for what is asked.

In units of one product of a hidden layer over the points, forward and backward together (D = 2 coordinates):

    value                                     3
    + gradient, one output channel            6    an explicit reverse pass
    + gradient, C > 1 channels                9    forward tangents, independent of C
    + Laplacian                              12    forward tangents and Laplacian

Nested autograd needs 6 C for the gradient and far more for the Laplacian; it is the oracle in the tests. A plan's way
back to the parameters is written out as well: both are functions of tensors, without autograd, which
``torch.compile`` takes as a whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from inr.activations import Activation
from inr.kernels import THROUGH
from inr.network import CoordinateMLP


class Derivatives(NamedTuple):
    """Value and derivatives of a network at P points: C channels, D coordinates; per unit of coordinate."""

    value: Tensor
    """(P, C)"""
    gradient: Tensor | None
    """(P, C, D)"""
    laplacian: Tensor | None
    """(P, C)"""


Parameters = Sequence[Tensor]
"""W₁, b₁, W₂, b₂, …: weights (out, in) and biases (out,), the last map's too."""


@dataclass(frozen=True)
class Propagation:
    """Value, tangents along every axis and the Laplacian, as far as ``order`` goes, forward through the layers."""

    activations: tuple[Activation, ...]
    order: int

    @property
    def planes(self) -> int:
        """Values that a point has in every feature, in two dimensions."""
        return (1, 3, 4)[self.order]

    def forward(self, parameters: Parameters, x: Tensor) -> tuple[Derivatives, Any]:
        """Compute the derivatives at ``x`` (P, D), and what the backward pass needs.

        A weight acts on all planes by one matrix product.
        """
        weights, biases = parameters[::2], parameters[1::2]
        through, before, after = THROUGH[self.order], [], [_seed(x, self.order)]
        for weight, bias, phi in zip(weights, biases, self.activations, strict=False):
            before.append(_affine(after[-1], weight, bias))
            after.append(through.forward(phi, before[-1]))
        value, *more = _affine(after[-1], weights[-1], biases[-1])
        dimensions = x.shape[1]
        gradient = torch.stack(more[:dimensions], -1) if self.order else None
        return Derivatives(value, gradient, more[-1] if self.order == 2 else None), (before, after)

    def backward(self, parameters: Parameters, kept: Any, g: Derivatives) -> list[Tensor]:
        """Compute the gradient of the parameters from ``g``, the gradient of the derivatives."""
        weights, (before, after) = parameters[::2], kept
        through, found = THROUGH[self.order], []
        tangents = () if g.gradient is None else g.gradient.unbind(-1)
        planes = torch.stack([g.value, *tangents, *(() if g.laplacian is None else (g.laplacian,))])
        for i in reversed(range(len(weights))):
            found += [planes[0].sum(0), _outer(planes.flatten(0, 1), after[i].flatten(0, 1))]
            if i:
                planes = through.backward(self.activations[i - 1], before[i - 1], (planes @ weights[i]).unbind())
        return found[::-1]


@dataclass(frozen=True)
class Reverse:
    """Value and gradient of one output by a forward and a reverse pass; and back through both.

    The reverse pass takes the cotangent c of a layer's output to u = c φ′, and u W to the layer before.
    """

    activations: tuple[Activation, ...]

    planes = 2
    """A value and a cotangent."""

    def forward(self, parameters: Parameters, x: Tensor) -> tuple[Derivatives, Any]:
        """Compute value and gradient at ``x`` (P, D) by a forward and a reverse pass, and what the backward pass needs.

        The jets are kept: they cost more to recompute than to load.
        """
        weights, biases = parameters[::2], parameters[1::2]
        jets: tuple[list[Tensor], ...] = ([x], [], [])
        values, slopes, curvatures = jets
        for weight, bias, phi in zip(weights, biases, self.activations, strict=False):
            (z,) = _affine(values[-1][None], weight, bias)
            for those, new in zip(jets, phi.jet(z, 2), strict=True):
                those.append(new)
        cotangents, slanted = [weights[-1]], []
        for weight, slope in zip(weights[-2::-1], slopes[::-1], strict=True):
            slanted.append(slope * cotangents[-1])
            cotangents.append(slanted[-1] @ weight)
        kept = (values, slopes, curvatures, cotangents[-2::-1], slanted[::-1])
        value = torch.addmm(biases[-1], values[-1], weights[-1].t())
        return Derivatives(value, cotangents[-1][:, None, :], None), kept

    def backward(self, parameters: Parameters, kept: Any, g: Derivatives) -> list[Tensor]:
        """Compute the gradient of the parameters from ``g``: back through the reverse pass, then the forward."""
        weights, (values, slopes, curvatures, cotangents, slanted) = parameters[::2], kept
        assert g.gradient is not None
        back, to_weights, to_slanted = g.gradient[:, 0], [], []
        for weight, slope, u in zip(weights, slopes, slanted, strict=False):
            to_weights.append(_outer(u, back))
            to_slanted.append(back @ weight.t())
            back = to_slanted[-1] * slope
        to_weights.append(back.sum(0, keepdim=True))
        back, found = g.value, []
        for i in reversed(range(len(weights))):
            found += [back.sum(0), to_weights[i] + _outer(back, values[i])]
            if i:
                curved = to_slanted[i - 1] * cotangents[i - 1] * curvatures[i - 1]
                back = (back @ weights[i]) * slopes[i - 1] + curved
        return found[::-1]


Plan = Propagation | Reverse


def plan_for(network: CoordinateMLP, order: int) -> Plan:
    """Choose the cheapest plan for the value (order 0), and the gradient (1), and the Laplacian (2) of ``network``."""
    if order == 1 and network.out_features == 1:
        return Reverse(network.activations)
    return Propagation(network.activations, order)


@torch.no_grad()
def derivatives(network: CoordinateMLP, x: Tensor, order: int) -> Derivatives:
    """Compute the value (order 0), and the gradient (1), and the Laplacian (2) of ``network`` at ``x`` (P, D)."""
    return plan_for(network, order).forward(list(network.parameters()), x)[0]


def _seed(x: Tensor, order: int) -> Tensor:
    """Planes (K, P, D) of the coordinates themselves: x, ∂ⱼx = eⱼ, Δx = 0."""
    if order == 0:
        return x[None]
    axes = torch.eye(x.shape[1], dtype=x.dtype, device=x.device)[:, None, :].expand(-1, *x.shape)
    planes = torch.cat([x[None], axes])
    return planes if order == 1 else torch.cat([planes, torch.zeros_like(x)[None]])


def _affine(planes: Tensor, weight: Tensor, bias: Tensor) -> list[Tensor]:
    """The planes of Wa + b, one by one; the bias is the value's only."""
    value, *more = (planes @ weight.t()).unbind()
    return [value + bias, *more]


def _outer(g: Tensor, a: Tensor) -> Tensor:
    """Σ over points of g aᵀ: (P, n), (P, m) → (n, m).

    A narrow factor goes left: on the right of oneDNN's product it takes five times as long.
    """
    return g.t() @ a if g.shape[1] <= a.shape[1] else (a.t() @ g).t()
