"""The coordinate MLP: the one network whose activation is in question; and where its parameters come from."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self, cast

import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn

from inr.activations import Activation
from inr.encodings import Encoding, Wave
from inr.errors import UsageError
from inr.initialisation import Initialisation, Place
from inr.planes import pointwise
from inr.planes.layer import Layer, Layers
from inr.size import map_sides

Array = NDArray[Any]


class Made(NamedTuple):
    """The coordinate networks of a batch."""

    networks: Sequence[Layers]
    """R networks, which divide the points into as many equal parts: the first part is the first network's."""
    parts: Mapping[str, Tensor]
    """Name → the mean square of a part of what made them, (), which a loss may penalise."""
    tensors: Sequence[Tensor]
    """Their parameters (R, …), in the order of :func:`inr.planes.layer.parameters_of`, as functions of the source's;
    none where they are the source's own."""


class Source(nn.Module, ABC):
    """The source of coordinate networks: what is trained. Its parameters are a network's own, or make networks."""

    @property
    @abstractmethod
    def in_features(self) -> int:
        """D, the number of coordinates."""

    @property
    @abstractmethod
    def out_features(self) -> int:
        """C, the number of channels."""

    def hidden_matrices(self) -> list[Tensor]:
        """Give the weights between hidden layers; none by default."""
        return []

    @abstractmethod
    def made(self, coordinates: Tensor, data: Mapping[str, Tensor], block: int) -> Made:
        """Make the networks of P points, ``block`` consecutive points each: coordinates (P, D), data (P, …) by name."""

    @abstractmethod
    def pulled(self, made: Made, gradients: Sequence[Sequence[Tensor]], penalties: Mapping[str, float]) -> list[Tensor]:
        """Compute the gradient of a loss by the parameters of the source.

        ``gradients`` are those by the parameters of each network; ``penalties`` are the weights of :attr:`Made.parts`.
        """

    @abstractmethod
    def networks(self, points: Array, data: Mapping[str, Array]) -> Iterator[tuple[slice, Layers]]:
        """Give the networks of the points (N, D) that are judged, each with the slice of its points."""

    def remember(self, points: Array, data: Mapping[str, Array]) -> None:
        """Keep of the points that are judged what :meth:`alone` needs; nothing by default."""

    @abstractmethod
    def alone(self) -> "CoordinateMLP":
        """Give one network with parameters of its own: of several pictures that of the first which is judged."""

    @abstractmethod
    def given(self, points: Tensor, values: Tensor) -> "CoordinateMLP":
        """Make the network of a picture of which the values (P, C) at the points (P, D) are known.

        Raises :class:`UsageError` where parameters do not depend on pictures.
        """


def values_of(layers: Layers, x: Tensor) -> Tensor:
    """Compute the values (P, C) at coordinates ``x`` (P, D) by plain autograd: the reference of every faster plan."""
    for weight, bias, activation in layers:
        z = nn.functional.linear(x, weight, bias)
        x = z if activation is None else pointwise.value(activation, z)
    return x


class _Constants(nn.Module):
    """The constants of a layer's neurons: kept and moved with the weights, not trained."""

    def __init__(self, activation: Activation, width: int) -> None:
        super().__init__()
        for name, values in activation.constants(width).items():
            self.register_buffer(name, torch.tensor(values, dtype=torch.get_default_dtype()))

    def bound(self, activation: Activation) -> Activation:
        """Give the activation with these constants."""
        found = dict(self.named_buffers())
        return dataclasses.replace(activation, **found) if found else activation


class CoordinateMLP(Source):
    """Coordinates (P, D) → values (P, C): a first layer, ``hidden_layers`` hidden layers, a linear map.

    An encoding, which is not trained, may stand before them.

    The widths follow SIREN's convention (arXiv:2006.09661): ``hidden_layers = 3`` means four activations.
    """

    encoding_weight: Tensor
    encoding_bias: Tensor

    def __init__(
        self,
        activation: Activation,
        *,
        in_features: int,
        hidden_features: int,
        hidden_layers: int,
        out_features: int,
        init: Initialisation,
        seed: int,
        encoding: Encoding | None = None,
    ) -> None:
        super().__init__()
        self.dimensions = in_features
        fixed = encoding.fixed_map(in_features, seed) if encoding else None
        self.encodes = fixed is not None
        for name, values in (fixed._asdict() if fixed else {}).items():
            self.register_buffer(f"encoding_{name}", torch.tensor(values, dtype=torch.get_default_dtype()))
        in_features = encoding.features(in_features) if encoding else in_features
        widths = {"hidden_features": hidden_features, "hidden_layers": hidden_layers}
        sides = map_sides(activation, in_features=in_features, out_features=out_features, **widths)
        self.linears = nn.ModuleList(nn.Linear(n, m) for n, m in sides)
        self.activations = (activation.in_first_layer(), *[activation] * hidden_layers)
        self.constants = nn.ModuleList(_Constants(phi, hidden_features) for phi in self.activations)
        generator = Generator().manual_seed(seed)
        for i, linear in enumerate(self.maps()):
            place = Place(activation, first=i == 0, last=i == hidden_layers + 1, second=i == 1)
            with torch.no_grad():
                init.fill(linear.weight, linear.bias, place, generator)

    def maps(self) -> list[nn.Linear]:
        """The linear maps, from the input on."""
        return [cast(nn.Linear, linear) for linear in self.linears]

    def hidden_matrices(self) -> list[Tensor]:
        """Give the weights of the maps but the first and the last."""
        return [linear.weight for linear in self.maps()[1:-1]]

    @property
    def last(self) -> nn.Linear:
        """The linear map to the output."""
        return self.maps()[-1]

    @property
    def in_features(self) -> int:
        """D, the number of coordinates."""
        return self.dimensions

    @property
    def out_features(self) -> int:
        """C, the number of channels."""
        return self.last.out_features

    def layers(self) -> list[Layer]:
        """The layers as data, from the input on; the last linear map stands alone."""
        kept = zip(self.activations, self.constants, strict=True)
        activations = [*(cast(_Constants, constants).bound(phi) for phi, constants in kept), None]
        trained = [Layer(m.weight, m.bias, phi) for m, phi in zip(self.maps(), activations, strict=True)]
        return [*self._encoding(), *trained]

    def _encoding(self) -> list[Layer]:
        return [Layer(self.encoding_weight, self.encoding_bias, Wave())] if self.encodes else []

    def forward(self, x: Tensor) -> Tensor:
        """Values (P, C) at coordinates ``x`` (P, D), see :func:`values_of`."""
        return values_of(self.layers(), x)

    def made(self, coordinates: Tensor, data: Mapping[str, Tensor], block: int) -> Made:
        """Give the network itself: all points are its own."""
        return Made([self.layers()], {}, [])

    def pulled(self, made: Made, gradients: Sequence[Sequence[Tensor]], penalties: Mapping[str, float]) -> list[Tensor]:
        """Give the gradient by the network's parameters, which is the source's."""
        (own,) = gradients
        return list(own)[2 * len(self._encoding()) :]  # a weight and a bias of the fixed map have no use for theirs

    def networks(self, points: Array, data: Mapping[str, Array]) -> Iterator[tuple[slice, Layers]]:
        """Give the network itself."""
        yield slice(0, len(points)), self.layers()

    def alone(self) -> Self:
        """Give the network itself."""
        return self

    def given(self, points: Tensor, values: Tensor) -> "CoordinateMLP":
        """See the base class."""
        raise UsageError(
            "this network has parameters of its own, which no given values change: expected the network of a "
            "hypernetwork; fit the values with inr.fit"
        )
