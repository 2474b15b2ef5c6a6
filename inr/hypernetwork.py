"""A hypernetwork: from the known pixels of a picture to the parameters of its coordinate network.

Sitzmann et al. 2020 (arXiv:2006.09661, section 4.4, and their repository): an encoder turns each known pixel, its
coordinates and its value, into a vector; the mean of these is the latent code of the picture; one ReLU network for each
parameter tensor of the coordinate network turns the code into that tensor.
"""

import copy
import itertools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Generator, Tensor, nn

from inr.network import Array, CoordinateMLP, Made, Source
from inr.planes.layer import Layers, with_parameters

ENCODER_LAYERS, HEAD_LAYERS = 2, 1
"""Hidden layers after the first, in SIREN's count, of the encoder and of each ReLU network behind the code."""
SMALL = 0.01
"""The factor of the last weights: at first the networks of all pictures are nearly the initial one."""
TOGETHER = 16
"""Pictures whose networks are made at once where predictions are judged."""
LATENT, THETA = "latent", "theta"
"""The parts that a loss may penalise: the codes, and the parameters of the coordinate networks."""


class Hypernetwork(Source):
    """An encoder of known pixels and the networks behind its code.

    ``initial`` is a coordinate network before its training: the biases of the last maps are its parameters, so that
    each picture's network begins near it, whatever the activation and the initialisation law. ``latent`` is the size of
    a code, ``width`` that of the networks behind it. The known pixels are those whose ``data[context]`` (P,) is not 0;
    these weights add up to 1 over a picture. ``data[values]`` (P, C) are the values. ``block`` points of each picture
    are judged.
    """

    first_points: Tensor
    first_pixels: Tensor
    first_shares: Tensor

    def __init__(
        self, initial: CoordinateMLP, *, latent: int, width: int, values: str, context: str, block: int, seed: int
    ) -> None:
        super().__init__()
        generator = Generator().manual_seed(seed)
        self.values, self.context, self.block = values, context, block
        inputs = initial.in_features + initial.out_features
        self.encoder = _perceptron([inputs, *[latent] * (ENCODER_LAYERS + 2)], generator)
        parameters = [*initial.parameters()]
        sides = [latent, *[width] * (HEAD_LAYERS + 1)]
        self.heads = nn.ModuleList(_perceptron([*sides, each.numel()], generator) for each in parameters)
        with torch.no_grad():
            for head, each in zip(self.heads, parameters, strict=True):
                head[-1].weight.mul_(SMALL)  # type: ignore[index]
                head[-1].bias.copy_(each.flatten())  # type: ignore[index]
        self._initial = (copy.deepcopy(initial).requires_grad_(False),)  # in a tuple it is no part of the module
        for name, columns in (("points", initial.in_features), ("pixels", initial.out_features), ("shares", 1)):
            self.register_buffer(f"first_{name}", torch.zeros(block, columns))

    @property
    def in_features(self) -> int:
        """D, the number of coordinates."""
        return self._initial[0].in_features

    @property
    def out_features(self) -> int:
        """C, the number of channels."""
        return self._initial[0].out_features

    def codes(self, points: Tensor, values: Tensor, shares: Tensor) -> Tensor:
        """Compute the latent codes (K, L) of K pictures: the mean over the known pixels of their encodings.

        Of R points a picture: coordinates (K, R, D), values (K, R, C), and shares (K, R) in the mean, 0 if unknown.
        """
        encoded: Tensor = self.encoder(torch.cat([points, values], -1))
        return (shares[:, None, :] @ encoded)[:, 0]

    def made(self, coordinates: Tensor, data: Mapping[str, Tensor], block: int) -> Made:
        """See the base class."""
        with torch.enable_grad():
            known = (coordinates, data[self.values], data[self.context])
            parts = (each.reshape(-1, block, *each.shape[1:]) for each in known)
            codes = self.codes(*parts)
            tensors = self._tensors(codes)
            squares = sum((each.square().sum() for each in tensors), codes.new_zeros(()))
            theta = squares / sum(each.numel() for each in tensors)
            networks = self._networks([each.detach() for each in tensors])
            return Made(networks, {LATENT: codes.square().mean(), THETA: theta}, tensors)

    def pulled(self, made: Made, gradients: Sequence[Sequence[Tensor]], penalties: Mapping[str, float]) -> list[Tensor]:
        """See the base class: back through the networks behind the code and the encoder."""
        stacked = [torch.stack(each) for each in zip(*map(self.folded, gradients), strict=True)]
        chosen = [made.parts[name] for name in penalties]
        weights = [torch.full_like(part, penalties[name]) for part, name in zip(chosen, penalties, strict=True)]
        return list(torch.autograd.grad([*made.tensors, *chosen], [*self.parameters()], [*stacked, *weights]))

    def folded(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """See the base class."""
        return self._initial[0].folded(gradients)

    @torch.no_grad()
    def networks(self, points: Array, data: Mapping[str, Array]) -> Iterator[tuple[slice, Layers]]:
        """See the base class. The networks of some pictures are made at a time, so that memory stays flat."""
        for start in range(0, len(points), TOGETHER * self.block):
            part = slice(start, start + TOGETHER * self.block)
            arrays = (np.reshape(each[part], (-1, self.block, *each.shape[1:])) for each in self._known(points, data))
            for place, layers in enumerate(self._networks(self._tensors(self.codes(*map(self._tensor, arrays))))):
                first = start + place * self.block
                yield slice(first, first + self.block), layers

    def remember(self, points: Array, data: Mapping[str, Array]) -> None:
        """Keep the known pixels of the first picture."""
        kept = (self.first_points, self.first_pixels, self.first_shares)
        for buffer, values in zip(kept, self._known(points, data), strict=True):
            buffer.copy_(self._tensor(values[: self.block]).reshape_as(buffer))

    def alone(self) -> CoordinateMLP:
        """Give the network of the first picture that is judged."""
        return self._network(self.first_points, self.first_pixels, self.first_shares[:, 0])

    def given(self, points: Tensor, values: Tensor) -> CoordinateMLP:
        """See the base class."""
        return self._network(points, values, torch.full_like(points[:, 0], 1 / len(points)))

    @torch.no_grad()
    def _network(self, points: Tensor, values: Tensor, shares: Tensor) -> CoordinateMLP:
        network = copy.deepcopy(self._initial[0]).to(points)
        tensors = self._tensors(self.codes(points[None], values[None], shares[None]))
        for mine, theirs in zip(network.parameters(), tensors, strict=True):
            mine.copy_(theirs[0])
        return network

    def _tensors(self, codes: Tensor) -> list[Tensor]:
        """The parameters (K, …) of the networks of K codes."""
        shapes = (each.shape for each in self._initial[0].parameters())
        return [head(codes).reshape(-1, *shape) for head, shape in zip(self.heads, shapes, strict=True)]

    def _networks(self, tensors: Sequence[Tensor]) -> list[Layers]:
        """The layers of each of K networks, of their parameters (K, …)."""
        network = self._initial[0].to(tensors[0])  # its constants go where the weights are
        layers = network.layers()
        return [with_parameters(layers, network.expanded(each)) for each in zip(*tensors, strict=True)]

    def _known(self, points: Array, data: Mapping[str, Array]) -> tuple[Array, Array, Array]:
        return points, data[self.values], data[self.context]

    def _tensor(self, values: Array) -> Tensor:
        return torch.as_tensor(values).to(next(self.parameters()))


def _perceptron(sides: Sequence[int], generator: Generator) -> nn.Sequential:
    """A ReLU network by the number of its features; weights by He's normal law, biases U(±1/√n)."""
    layers: list[nn.Module] = []
    for before, after in itertools.pairwise(sides):
        linear = nn.Linear(before, after)
        nn.init.kaiming_normal_(linear.weight, nonlinearity="relu", generator=generator)
        nn.init.uniform_(linear.bias, -(before**-0.5), before**-0.5, generator=generator)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])
