"""The coordinate MLP: the one network whose activation is in question."""

from typing import cast

import torch
from torch import Generator, Tensor, nn

from inr.activations import Activation
from inr.initialisation import Initialisation, Place
from inr.planes import pointwise
from inr.planes.layer import Layer


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
        before = [in_features, *[activation.outputs * hidden_features] * (hidden_layers + 1)]
        after = [*[activation.inputs * hidden_features] * (hidden_layers + 1), out_features]
        self.linears = nn.ModuleList(nn.Linear(n, m) for n, m in zip(before, after, strict=True))
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
    def in_features(self) -> int:
        """D, the number of coordinates."""
        return self.maps()[0].in_features

    @property
    def out_features(self) -> int:
        """C, the number of channels."""
        return self.last.out_features

    def layers(self) -> list[Layer]:
        """The layers as data, from the input on; the last linear map stands alone."""
        activations = (*self.activations, None)
        return [Layer(m.weight, m.bias, phi) for m, phi in zip(self.maps(), activations, strict=True)]

    def forward(self, x: Tensor) -> Tensor:
        """Values (P, C) at coordinates ``x`` (P, D), by plain autograd: the reference of every faster plan."""
        for weight, bias, activation in self.layers():
            z = nn.functional.linear(x, weight, bias)
            x = z if activation is None else pointwise.value(activation, z)
        return x
