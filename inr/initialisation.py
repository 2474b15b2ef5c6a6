"""Initialisation laws: how the weights of a coordinate MLP are drawn before training."""

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast, final

from inr.activations import Activation
from inr.choices import Choice, options

if TYPE_CHECKING:
    from torch import Generator, Tensor


class Place(NamedTuple):
    """The place of a linear map in the network: its activation, and whether it is the first or the last."""

    activation: Activation
    """The activation of the hidden layers (it gives the scale of the last map as well)."""
    first: bool
    last: bool


def _uniform(tensor: "Tensor", bound: float, generator: "Generator") -> None:
    tensor.uniform_(-bound, bound, generator=generator)


@dataclass(frozen=True, kw_only=True)
class Initialisation(Choice, kind="init"):
    """A law by which weights and biases are drawn."""

    @abstractmethod
    def fill(self, weight: "Tensor", bias: "Tensor", place: Place, generator: "Generator") -> None:
        """Fill ``weight`` (out, in) and ``bias`` (out,) in place."""


@final
class Own(Initialisation):
    """The law that the activation names."""

    def fill(self, weight: "Tensor", bias: "Tensor", place: Place, generator: "Generator") -> None:
        """Fill by the activation's law."""
        INITIALISATIONS[place.activation.init]().fill(weight, bias, place, generator)


def _first_periodic(weight: "Tensor", bias: "Tensor", generator: "Generator") -> None:
    """SIREN's first layer, U(±1/n): with ω₀ it sets the band of the network, not a variance."""
    _uniform(weight, 1 / weight.shape[1], generator)
    _uniform(bias, 1 / math.sqrt(weight.shape[1]), generator)


@final
class Paper(Initialisation):
    """SIREN (arXiv:2006.09661, section 3.2): U(±√(6/n)/ω₀), the first layer U(±1/n), PyTorch's bias."""

    def fill(self, weight: "Tensor", bias: "Tensor", place: Place, generator: "Generator") -> None:
        """Fill by the law."""
        if place.first:
            return _first_periodic(weight, bias, generator)
        _uniform(weight, math.sqrt(6 / weight.shape[1]) / place.activation.factor, generator)
        _uniform(bias, 1 / math.sqrt(weight.shape[1]), generator)


@final
class UnitVariance(Initialisation):
    """U(±√(3/(n E[φ²]))/ω₀): keeps Var(ω₀ z) = 1 from layer to layer, whatever φ; hidden biases are zero.

    For ReLU it is He's law (arXiv:1502.01852) drawn uniformly, U(±√(6/n)), and the standard deviation that is kept is
    the first layer's, √(2/3) of uniform coordinates. A frequency keeps SIREN's first layer.
    PyTorch's bias, multiplied by ω₀ = 30, would alone have a standard deviation of about 1 at width 256.
    """

    def fill(self, weight: "Tensor", bias: "Tensor", place: Place, generator: "Generator") -> None:
        """Fill by the law."""
        if place.first and place.activation.frequency is not None:
            return _first_periodic(weight, bias, generator)
        bound = math.sqrt(3 / (weight.shape[1] * place.activation.second_moment)) / place.activation.factor
        _uniform(weight, bound, generator)
        bias.zero_()


@final
class Pytorch(Initialisation):
    """``torch.nn.Linear``'s default: weight and bias U(±1/√n)."""

    def fill(self, weight: "Tensor", bias: "Tensor", place: Place, generator: "Generator") -> None:
        """Fill by the law."""
        bound = 1 / math.sqrt(weight.shape[1])
        _uniform(weight, bound, generator)
        _uniform(bias, bound, generator)


@final
class Ones(Initialisation):
    """Every weight 1: a tutorial's bad example, all neurons of a layer stay equal but for their biases."""

    def fill(self, weight: "Tensor", bias: "Tensor", place: Place, generator: "Generator") -> None:
        """Fill by the law."""
        weight.fill_(1.0)
        _uniform(bias, 1 / math.sqrt(weight.shape[1]), generator)


@final
class Eye(Initialisation):
    """The identity (rectangular): a tutorial's bad example, nothing is mixed."""

    def fill(self, weight: "Tensor", bias: "Tensor", place: Place, generator: "Generator") -> None:
        """Fill by the law."""
        weight.zero_().fill_diagonal_(1.0)
        _uniform(bias, 1 / math.sqrt(weight.shape[1]), generator)


INITIALISATIONS = cast(dict[str, type[Initialisation]], options("init"))
"""Name → law."""
