"""The law of initialisation as a choice, the place of a linear map in a network, and the draws that laws share."""

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast, final

from inr.activations import Activation
from inr.choices import Choice, options

if TYPE_CHECKING:
    from torch import Generator, Tensor


class Place(NamedTuple):
    """The place of a linear map in the network: its activation, and whether it is the first, second or last."""

    activation: Activation
    """The activation of the hidden layers (it gives the scale of the last map as well)."""
    first: bool
    last: bool
    second: bool = False


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


INITIALISATIONS = cast(dict[str, type[Initialisation]], options("init"))
"""Name → law."""


def uniform(tensor: "Tensor", bound: float, generator: "Generator") -> None:
    """Fill with U(±bound)."""
    tensor.uniform_(-bound, bound, generator=generator)


def default_bias(weight: "Tensor", bias: "Tensor", generator: "Generator") -> None:
    """Fill the bias as ``torch.nn.Linear`` does, U(±1/√n)."""
    uniform(bias, 1 / math.sqrt(weight.shape[1]), generator)


def first_periodic(weight: "Tensor", bias: "Tensor", generator: "Generator", scale: float = 1.0) -> None:
    """SIREN's first layer, U(±1/n), times ``scale``: with ω₀ it sets the band of the network, not a variance."""
    uniform(weight, scale / weight.shape[1], generator)
    default_bias(weight, bias, generator)
