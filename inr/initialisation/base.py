"""The law of initialisation as a choice, the place of a linear map in a network, and the draws that laws share."""

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast, final

from inr.activations import Activation
from inr.choices import Choice, options

if TYPE_CHECKING:
    from torch import Generator, Tensor


class Place(NamedTuple):
    """The place of a linear map in the network: between which activations, and whether it is first, second or last."""

    activation: Activation
    """The activation behind the map, as hidden layers use it; of the last map that before it, which sets its scale."""
    first: bool
    last: bool
    second: bool = False
    before: Activation | None = None
    """The activation before the map, where it is another; None where it is the same."""
    of_network: tuple[Activation, ...] = ()
    """The activations of all layers, where there are others; none where all are the same."""

    @property
    def source(self) -> Activation:
        """The activation whose values the map takes; of the first map, which takes coordinates, that behind it."""
        return self.before or self.activation


def places(activations: Sequence[Activation]) -> list[Place]:
    """List the places of the linear maps of a network, from the coordinates on, by the activations of its layers."""
    pairs = zip([*activations, activations[-1]], [activations[0], *activations], strict=True)
    last = len(activations)
    of_network = tuple(activations)
    return [Place(behind, i == 0, i == last, i == 1, before, of_network) for i, (behind, before) in enumerate(pairs)]


@dataclass(frozen=True, kw_only=True)
class Initialisation(Choice, kind="init"):
    """A law by which weights and biases are drawn."""

    @abstractmethod
    def fill(self, weight: "Tensor", bias: "Tensor", place: Place, generator: "Generator") -> None:
        """Fill ``weight`` (out, in) and ``bias`` (out,) in place."""


@final
class Own(Initialisation):
    """The law that the activation names; of several activations, in each layer its own."""

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
