"""The trained network as its user has it: NumPy in, NumPy out."""

import copy
from collections.abc import Callable, Mapping
from typing import Any, Self, cast

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from inr.chunks import shares
from inr.config import TrialConfig
from inr.errors import UsageError
from inr.jet import Ask, Jet, laplacian
from inr.network import CoordinateMLP
from inr.planes.choose import cheapest

Array = NDArray[np.float64]
Part = Callable[[Jet[Tensor]], Tensor | None]


def initial_network(config: TrialConfig, out_features: int) -> CoordinateMLP:
    """Build the network of a trial as it is before the first step, for C channels."""
    return CoordinateMLP(
        config.activation,
        in_features=config.task.dimensions,
        hidden_features=config.hidden_features,
        hidden_layers=config.hidden_layers,
        out_features=out_features,
        init=config.init,
        seed=config.seed,
    )


class Network:
    """A trained function of D coordinates with C channels, and its exact derivatives.

    Coordinates are those of the training: the longer side of an image spans [-1, 1], rows first. Values are in the
    precision of the weights (float32 in training), given as float64. Points go through in chunks, so memory grows
    with the result only.
    """

    def __init__(self, network: CoordinateMLP) -> None:
        self._network = copy.deepcopy(network).requires_grad_(False)

    @classmethod
    def of_weights(cls, config: TrialConfig, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Build the network of a trial from its weights by name; raises an error for those of another network."""
        network = initial_network(config, len(arrays[f"linears.{config.hidden_layers + 1}.weight"]))
        network.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()})
        return cls(network)

    @property
    def dimensions(self) -> int:
        """D, the number of coordinates."""
        return self._network.in_features

    @property
    def channels(self) -> int:
        """C, the number of channels."""
        return self._network.out_features

    def value(self, x: ArrayLike) -> Array:
        """Compute the values (P, C) at the points ``x`` (P, D). Raises :class:`UsageError` for another shape."""
        return self._computed(x, Ask(), lambda jet: jet.value, ())

    def gradient(self, x: ArrayLike) -> Array:
        """Compute the derivatives (P, C, D) by each coordinate at the points ``x`` (P, D).

        Raises :class:`UsageError` for another shape.
        """
        return self._computed(x, Ask(gradient=True), lambda jet: jet.gradient, (self.dimensions,))

    def laplacian(self, x: ArrayLike) -> Array:
        """Compute the sum (P, C) of the second derivatives by each coordinate at the points ``x`` (P, D).

        Raises :class:`UsageError` for another shape.
        """
        return self._computed(x, Ask(second=(laplacian(self.dimensions),)), lambda jet: jet.second, (1,))[..., 0]

    def module(self) -> nn.Module:
        """Copy the network as an ordinary module of PyTorch, trainable and on the same device: (P, D) to (P, C)."""
        return copy.deepcopy(self._network).requires_grad_(True)

    @torch.no_grad()
    def _computed(self, x: ArrayLike, ask: Ask, part: Part, shape: tuple[int, ...]) -> Array:
        """Compute one part (P, C, *shape) of the jet, chunk by chunk, by the cheapest plan."""
        points, layers = self._points(x), self._network.layers()
        plan = cheapest(ask, self.dimensions, self.channels)
        found = np.empty((len(points), self.channels, *shape))
        for chunks in shares(len(points), plan, layers[0].weight, threads=1) if len(points) else []:
            for chunk in chunks:
                jet, _ = plan.forward(layers, torch.as_tensor(points[chunk]).to(layers[0].weight))
                found[chunk] = cast(Tensor, part(jet)).cpu().numpy()
        return found

    def _points(self, x: ArrayLike) -> Array:
        try:
            points = np.asarray(x, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise UsageError(f"the points are no array of numbers: give one of shape (P, {self.dimensions})") from error
        if points.ndim != 2 or points.shape[1] != self.dimensions:
            raise UsageError(
                f"the points have the shape {points.shape}, expected (P, {self.dimensions}): "
                f"one row a point, {self.dimensions} coordinates each"
            )
        return points
