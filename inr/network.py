"""The coordinate MLP: the one network whose activation is in question."""

import itertools
from collections.abc import Iterator
from typing import cast

import torch
from torch import Generator, Tensor, nn

from inr.activations import Activation
from inr.initialisation import Initialisation, Place


class CoordinateMLP(nn.Module):
    """Coordinates (P, D) → values (P, C): a first layer, ``hidden_layers`` hidden layers, a linear map.

    The widths follow SIREN's convention (arXiv:2006.09661): ``hidden_layers = 3`` means four activations.
    """

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
    ) -> None:
        super().__init__()
        widths = [in_features] + [hidden_features] * (hidden_layers + 1) + [out_features]
        self.linears = nn.ModuleList(nn.Linear(n, m) for n, m in itertools.pairwise(widths))
        self.activations = (activation.in_first_layer(), *[activation] * hidden_layers)
        generator = Generator().manual_seed(seed)
        for i, linear in enumerate(self.maps()):
            place = Place(activation, first=i == 0, last=i == hidden_layers + 1)
            with torch.no_grad():
                init.fill(linear.weight, linear.bias, place, generator)

    def maps(self) -> list[nn.Linear]:
        """The linear maps, from the input on."""
        return [cast(nn.Linear, linear) for linear in self.linears]

    @property
    def last(self) -> nn.Linear:
        """The linear map to the output."""
        return self.maps()[-1]

    @property
    def out_features(self) -> int:
        """C, the number of channels."""
        return self.last.out_features

    def layers(self) -> Iterator[tuple[nn.Linear, Activation]]:
        """Every (linear map, activation) pair, from the input on; the last linear map stands alone."""
        return zip(self.maps(), self.activations, strict=False)

    def forward(self, x: Tensor) -> Tensor:
        """Values (P, C) at coordinates ``x`` (P, D), by plain autograd: the reference of every faster plan."""
        for linear, activation in self.layers():
            (x,) = activation.jet(linear(x), 0)
        return cast(Tensor, self.last(x))
