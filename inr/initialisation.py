"""Initialisation laws: how the weights of a coordinate MLP are drawn before training."""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from inr.activations import Activation


class Place(NamedTuple):
    """The place of a linear map in the network: its activation, and whether it is the first or the last."""

    activation: Activation
    """The activation of the hidden layers (it gives the scale of the last map as well)."""
    first: bool
    last: bool


def _uniform(tensor: Tensor, bound: float, generator: Generator) -> None:
    tensor.uniform_(-bound, bound, generator=generator)


def _pytorch(weight: Tensor, bias: Tensor, place: Place, generator: Generator) -> None:
    """``torch.nn.Linear``'s default: weight and bias U(±1/√n)."""
    bound = 1 / math.sqrt(weight.shape[1])
    _uniform(weight, bound, generator)
    _uniform(bias, bound, generator)


def _first_periodic(weight: Tensor, bias: Tensor, generator: Generator) -> None:
    """SIREN's first layer, U(±1/n): with ω₀ it sets the band of the network, not a variance."""
    _uniform(weight, 1 / weight.shape[1], generator)
    _uniform(bias, 1 / math.sqrt(weight.shape[1]), generator)


def _paper(weight: Tensor, bias: Tensor, place: Place, generator: Generator) -> None:
    """SIREN (arXiv:2006.09661, section 3.2): U(±√(6/n)/ω₀), the first layer U(±1/n), PyTorch's bias."""
    if place.first:
        return _first_periodic(weight, bias, generator)
    _uniform(weight, math.sqrt(6 / weight.shape[1]) / place.activation.factor, generator)
    _uniform(bias, 1 / math.sqrt(weight.shape[1]), generator)


def _unit_variance(weight: Tensor, bias: Tensor, place: Place, generator: Generator) -> None:
    """U(±√(3/(n E[φ²]))/ω₀): keeps Var(ω₀ z) = 1 from layer to layer, whatever φ; hidden biases are zero.

    For ReLU it is He's law (arXiv:1502.01852) drawn uniformly, U(±√(6/n)), and the standard deviation that is kept is
    the first layer's, √(2/3) of uniform coordinates. A frequency keeps SIREN's first layer.
    PyTorch's bias, multiplied by ω₀ = 30, would alone have a standard deviation of about 1 at width 256.
    """
    if place.first and place.activation.frequency is not None:
        return _first_periodic(weight, bias, generator)
    bound = math.sqrt(3 / (weight.shape[1] * place.activation.second_moment)) / place.activation.factor
    _uniform(weight, bound, generator)
    bias.zero_()


def _ones(weight: Tensor, bias: Tensor, place: Place, generator: Generator) -> None:
    """Every weight 1: a tutorial's bad example, all neurons of a layer stay equal but for their biases."""
    weight.fill_(1.0)
    _uniform(bias, 1 / math.sqrt(weight.shape[1]), generator)


def _eye(weight: Tensor, bias: Tensor, place: Place, generator: Generator) -> None:
    """The identity (rectangular): a tutorial's bad example, nothing is mixed."""
    torch.nn.init.eye_(weight)
    _uniform(bias, 1 / math.sqrt(weight.shape[1]), generator)


INITIALISATIONS: dict[str, Callable[[Tensor, Tensor, Place, Generator], None]] = {
    "paper": _paper,
    "unit_variance": _unit_variance,
    "pytorch": _pytorch,
    "ones": _ones,
    "eye": _eye,
}
"""Name → law; a law fills ``weight`` (out, in) and ``bias`` (out,) in place."""
