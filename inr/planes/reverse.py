"""The reverse plan: the value of one output by a forward pass, its gradient by a reverse pass."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from inr.jet import Jet
from inr.planes.cost import REVERSE
from inr.planes.layer import Layers, affine, outer
from inr.planes.learned import of_reverse
from inr.planes.partials import Partials, joined, of_outputs, pull, pull_derivative, push
from inr.planes.plan import Plan


class Reversed(NamedTuple):
    """The intermediate results of both passes, for each linear map from the coordinates on."""

    features: list[Tensor]
    """(P, n), before the map."""
    partials: list[list[Partials]]
    """The derivatives of the activation after the map; none for the last map."""
    cotangents: list[Tensor]
    """(P, outputs · n): the gradient of the output by the activation's values; none for the last map."""
    pre_cotangents: list[Tensor]
    """(P, m): the gradient of the output by the pre-activations; none for the last map."""


@dataclass(frozen=True)
class Reverse(Plan[Reversed]):
    """Computes value and gradient of one output by a forward and a reverse pass; and goes back through both.

    The reverse pass takes the cotangent c of an activation's values to that of the pre-activations, c φ′, and a
    pre-activation's cotangent u to u W, the cotangent before the map.
    """

    @property
    def planes(self) -> int:
        """A value and a cotangent."""
        return REVERSE

    def forward(self, layers: Layers, x: Tensor) -> tuple[Jet[Tensor], Reversed]:
        """See the base class. The derivatives of the activations are kept: they cost more to recompute than to load."""
        features, partials = [x], []
        for layer in layers[:-1]:
            (z,) = affine(features[-1][None], layer)
            assert layer.activation is not None
            partials.append(of_outputs(layer.activation, z, 2))
            features.append(joined([output[()] for output in partials[-1]]))
        last = layers[-1]
        cotangents, pre_cotangents = [last.weight], []
        for layer, derivatives in zip(layers[-2::-1], partials[::-1], strict=True):
            pre_cotangents.append(pull(derivatives, cotangents[-1]))
            cotangents.append(pre_cotangents[-1] @ layer.weight)
        value = torch.addmm(last.bias, features[-1], last.weight.t())
        kept = Reversed(features, partials, cotangents[-2::-1], pre_cotangents[::-1])
        return Jet(value, cotangents[-1][:, None, :], None), kept

    def backward(self, layers: Layers, kept: Reversed, g: Jet[Tensor]) -> list[Tensor]:
        """See the base class: back through the reverse pass, then through the forward pass."""
        assert g.gradient is not None
        to_cotangent, to_weights, to_pre_cotangents = g.gradient[:, 0], [], []
        for layer, derivatives, u in zip(layers, kept.partials, kept.pre_cotangents, strict=False):
            to_weights.append(outer(u, to_cotangent))
            to_pre_cotangents.append(to_cotangent @ layer.weight.t())
            to_cotangent = push(derivatives, to_pre_cotangents[-1])
        to_weights.append(to_cotangent.sum(0, keepdim=True))
        to_z, found, numbers = g.value, [], []
        for i in reversed(range(len(layers))):
            found += [to_z.sum(0), to_weights[i] + outer(to_z, kept.features[i])]
            if i:
                derivatives = kept.partials[i - 1]
                curved = pull_derivative(derivatives, to_pre_cotangents[i - 1], kept.cotangents[i - 1])
                to_values, phi = to_z @ layers[i].weight, layers[i - 1].activation
                if phi is not None and phi.learned:
                    (z,) = affine(kept.features[i - 1][None], layers[i - 1])
                    numbers += of_reverse(phi, z, to_values, kept.cotangents[i - 1], to_pre_cotangents[i - 1])[::-1]
                to_z = pull(derivatives, to_values) + curved
        return found[::-1] + numbers[::-1]
