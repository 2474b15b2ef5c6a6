"""The forward plan: values, tangents and second-order operators pass the layers together."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from inr.jet import Ask, Jet
from inr.planes import pointwise
from inr.planes.cost import forward_planes, tangents
from inr.planes.layer import Layers, affine, outer
from inr.planes.learned import of_planes
from inr.planes.plan import Plan
from inr.planes.sums import Planes, parts


class Passed(NamedTuple):
    """The planes before and after every linear map, from the coordinates on."""

    features: list[Tensor]
    """(K, P, n), before the map."""
    pre_activations: list[list[Tensor]]
    """K of (P, m), after it; not kept for the last map."""


@dataclass(frozen=True)
class Propagation(Plan[Passed]):
    """Passes the value, a tangent along every axis and the operators of ``ask`` forward through the layers."""

    ask: Ask
    dimensions: int

    @property
    def tangents(self) -> int:
        """Tangents that pass."""
        return tangents(self.ask, self.dimensions)

    @property
    def planes(self) -> int:
        """See the base class."""
        return forward_planes(self.ask, self.dimensions)

    def forward(self, layers: Layers, x: Tensor) -> tuple[Jet[Tensor], Passed]:
        """See the base class. The planes are kept; the derivatives of the activations are computed again."""
        kept = Passed([self._seed(x)], [])
        for layer in layers[:-1]:
            assert layer.activation is not None
            kept.pre_activations.append(affine(kept.features[-1], layer))
            kept.features.append(pointwise.forward(layer.activation, kept.pre_activations[-1], self.ask.second))
        return self._jet(affine(kept.features[-1], layers[-1])), kept

    def backward(self, layers: Layers, kept: Passed, g: Jet[Tensor]) -> list[Tensor]:
        """See the base class."""
        planes, found, numbers = self._planes(g), [], []
        for i in reversed(range(len(layers))):
            found += [planes[0].sum(0), outer(planes.flatten(0, 1), kept.features[i].flatten(0, 1))]
            if i:
                phi, gradient = layers[i - 1].activation, (planes @ layers[i].weight).unbind()
                assert phi is not None
                if phi.learned:
                    numbers += of_planes(phi, kept.pre_activations[i - 1], gradient, self.ask.second)[::-1]
                planes = pointwise.backward(phi, kept.pre_activations[i - 1], gradient, self.ask.second)
        return found[::-1] + numbers[::-1]

    def _seed(self, x: Tensor) -> Tensor:
        """Planes (K, P, D) of the coordinates themselves: x, ∂ⱼx = eⱼ, Lx = 0."""
        if not self.tangents:
            return x[None]
        axes = torch.eye(self.dimensions, dtype=x.dtype, device=x.device)[:, None, :].expand(-1, *x.shape)
        return torch.cat([x[None], axes, *[torch.zeros_like(x)[None]] * len(self.ask.second)])

    def _jet(self, planes: Planes) -> Jet[Tensor]:
        value, tangents, second = parts(planes, len(self.ask.second))
        gradient = torch.stack(list(tangents), -1) if self.ask.gradient else None
        return Jet(value, gradient, torch.stack(list(second), -1) if second else None)

    def _planes(self, g: Jet[Tensor]) -> Tensor:
        """The gradient of the jet by planes (K, P, C); that of a gradient which is not asked for is 0."""
        zeros = [torch.zeros_like(g.value)] * self.tangents
        tangents = zeros if g.gradient is None else g.gradient.unbind(-1)
        return torch.stack([g.value, *tangents, *(() if g.second is None else g.second.unbind(-1))])
