"""The coordinate MLP: the one network whose activation is in question; and where its parameters come from."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn

from inr.activations import Activation
from inr.activations.layers import of_layers
from inr.encodings import Encoding, Wave
from inr.errors import UsageError
from inr.initialisation import Initialisation, places
from inr.maps import Map, map_between
from inr.planes import pointwise
from inr.planes.layer import Layer, Layers
from inr.size import complex_maps, map_sides
from inr.tree import Several

Array = NDArray[Any]


class Made(NamedTuple):
    """The coordinate networks of a batch."""

    networks: Sequence[Layers]
    """R networks, which divide the points into as many equal parts: the first part is the first network's."""
    parts: Mapping[str, Tensor]
    """Name → the mean square of a part of what made them, (), which a loss may penalise."""
    tensors: Sequence[Tensor]
    """Their parameters (R, …), the weight and the bias of each map in turn, as functions of the source's; none where
    they are the source's own."""


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
    def folded(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """Compute the gradient by a network's parameters from that by its layers' matrices and biases."""

    def learned(self) -> dict[str, list[Tensor | None]]:
        """Give the hyperparameters that are trained: name → values of each layer, () or one a neuron.

        A layer without the hyperparameter has None. No hyperparameters by default.
        """
        return {}

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


class _Hyperparameters(nn.Module):
    """The numbers of a layer's activation that are tensors: trained ones, and constants of its neurons.

    Of ``learned`` each that the activation has is one number, or with ``per_neuron`` one for each neuron, and begins as
    the activation has it. What the activation always trains is drawn.
    """

    def __init__(
        self, activation: Activation, width: int, learned: tuple[str, ...], per_neuron: bool, rng: np.random.Generator
    ) -> None:
        super().__init__()
        own = [name for name in learned if name in activation.learnable()]
        self.learned = (*own, *activation.trains)
        for name in own:
            value = torch.tensor(getattr(activation, name), dtype=torch.get_default_dtype())
            self.register_parameter(name, nn.Parameter(value.repeat(width) if per_neuron else value))
        for name, values in activation.drawn(width, rng).items():
            self.register_parameter(name, nn.Parameter(torch.tensor(values, dtype=torch.get_default_dtype())))
        for name, values in activation.constants(width).items():
            self.register_buffer(name, torch.tensor(values, dtype=torch.get_default_dtype()))

    def bound(self, activation: Activation) -> Activation:
        """Give the activation with these."""
        found = {**dict(self.named_parameters()), **dict(self.named_buffers())}
        return dataclasses.replace(activation, **found, learned=self.learned) if found else activation


class CoordinateMLP(Source):
    """Coordinates (P, D) → values (P, C): a first layer, ``hidden_layers`` hidden layers, a linear map.

    An encoding, which is not trained, may stand before them.

    The widths follow SIREN's convention (arXiv:2006.09661): ``hidden_layers = 3`` means four activations, which may
    differ. The hyperparameters ``learned`` are trained too, one number a layer that has them, or a neuron with
    ``per_neuron``.
    """

    encoding_weight: Tensor
    encoding_bias: Tensor

    def __init__(
        self,
        activation: Activation | Several,
        *,
        in_features: int,
        hidden_features: int,
        hidden_layers: int,
        out_features: int,
        init: Initialisation,
        seed: int,
        encoding: Encoding | None = None,
        learned: tuple[str, ...] = (),
        per_neuron: bool = False,
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
        phis = of_layers(activation, hidden_layers)
        self.activations = (phis[0].in_first_layer(), *phis[1:])
        kinds: list[type[Map]] = [map_between(*which) for which in complex_maps(activation, hidden_layers)]
        self.linears = nn.ModuleList(kind(n, m) for kind, (n, m) in zip(kinds, sides, strict=True))
        generator = Generator().manual_seed(seed)
        for linear, place in zip(self.maps(), places(phis), strict=True):
            with torch.no_grad():
                linear.fill(init, place, generator)
        rng = np.random.default_rng(int(torch.randint(2**62, (), generator=generator)))
        self.hyperparameters = nn.ModuleList(
            _Hyperparameters(phi, hidden_features, learned, per_neuron, rng) for phi in self.activations
        )

    def maps(self) -> list[Map]:
        """The linear maps, from the input on."""
        return [cast(Map, linear) for linear in self.linears]

    def hidden_matrices(self) -> list[Tensor]:
        """Give the weights of the maps but the first and the last."""
        return [linear.weight for linear in self.maps()[1:-1]]

    @property
    def last(self) -> Map:
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
        kept = zip(self.activations, self.hyperparameters, strict=True)
        activations = [*(cast(_Hyperparameters, numbers).bound(phi) for phi, numbers in kept), None]
        pairs = [m.expand(m.weight, m.bias) for m in self.maps()]
        return [*self._encoding(), *(Layer(*pair, phi) for pair, phi in zip(pairs, activations, strict=True))]

    def _encoding(self) -> list[Layer]:
        return [Layer(self.encoding_weight, self.encoding_bias, Wave())] if self.encodes else []

    def expanded(self, parameters: Sequence[Tensor]) -> list[Tensor]:
        """Give the matrices and biases of other parameters, in the order of :func:`parameters_of`."""
        triples = zip(self.maps(), parameters[::2], parameters[1::2], strict=True)
        return [part for m, weight, bias in triples for part in m.expand(weight, bias)]

    def folded(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """See the base class. The gradients by the map of an encoding, the first two, have no use."""
        gradients = gradients[2 * len(self._encoding()) :]
        own = 2 * len(self.linears)
        triples = zip(self.maps(), gradients[:own:2], gradients[1:own:2], strict=True)
        return [*(part for m, weight, bias in triples for part in m.fold(weight, bias)), *gradients[own:]]

    def learned(self) -> dict[str, list[Tensor | None]]:
        """See the base class."""
        numbers = [{name: p.detach() for name, p in each.named_parameters()} for each in self.hyperparameters]
        names = dict.fromkeys(name for each in numbers for name in each)
        return {name: [each.get(name) for each in numbers] for name in names}

    def forward(self, x: Tensor) -> Tensor:
        """Values (P, C) at coordinates ``x`` (P, D), see :func:`values_of`."""
        return values_of(self.layers(), x)

    def made(self, coordinates: Tensor, data: Mapping[str, Tensor], block: int) -> Made:
        """Give the network itself: all points are its own."""
        with torch.no_grad():
            layers = self.layers()
        return Made([layers], {}, [])

    def pulled(self, made: Made, gradients: Sequence[Sequence[Tensor]], penalties: Mapping[str, float]) -> list[Tensor]:
        """Give the gradient by the network's parameters, which is the source's."""
        (own,) = gradients
        return self.folded(own)

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
