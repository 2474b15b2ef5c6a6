"""A layer as data, and how planes pass its linear map."""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor

from inr.activations import Activation


class Layer(NamedTuple):
    """A linear map z = Wa + b, and the activation of z."""

    weight: Tensor
    """(m, n): m is ``activation.inputs`` times the width of the layer, n the number of features before it."""
    bias: Tensor
    """(m,)"""
    activation: Activation | None
    """None after the last map."""


Layers = Sequence[Layer]
"""The layers of a network, from the coordinates on; the last, and no other, is a linear map alone."""


def fixed_layers(layers: Layers) -> int:
    """Count the layers that are not trained; they are the first."""
    return sum(layer.activation is not None and layer.activation.fixed for layer in layers)


def parameters_of(layers: Layers) -> list[Tensor]:
    """Return the parameters in the order in which a plan gives their gradients: W₁, b₁, W₂, b₂, …

    Behind them are the hyperparameters that are learned, layer by layer.
    """
    pairs = itertools.chain.from_iterable((layer.weight, layer.bias) for layer in layers)
    return [*pairs, *(value for layer in layers if layer.activation for value in learned(layer.activation))]


def learned(phi: Activation) -> list[Tensor]:
    """Return the hyperparameters of an activation that are learned, () each or one a neuron."""
    return [getattr(phi, name) for name in phi.learned]


def with_parameters(layers: Layers, parameters: Sequence[Tensor]) -> list[Layer]:
    """Return the layers with other ``parameters``, in the order of :func:`parameters_of`."""
    pairs = zip(layers, parameters[::2], parameters[1::2], strict=True)
    return [Layer(weight, bias, layer.activation) for layer, weight, bias in pairs]


def widest(layers: Layers) -> Tensor:
    """Return a weight of as many rows as the widest features of the network are."""
    return max(layers[0].weight, *(layer.weight.t() for layer in layers), key=len)


def affine(planes: Tensor, layer: Layer) -> list[Tensor]:
    """Return the K planes of Wa + b for the ``planes`` (K, P, n) of a; the bias is the value's only.

    W acts on all planes by one matrix product.
    """
    value, *more = (planes @ layer.weight.t()).unbind()
    return [value + layer.bias, *more]


def outer(g: Tensor, a: Tensor) -> Tensor:
    """Return Σ over points of g aᵀ: (P, m), (P, n) → (m, n).

    A narrow factor goes left: on the right of oneDNN's product it takes five times as long.
    """
    return g.t() @ a if g.shape[1] <= a.shape[1] else (a.t() @ g).t()
