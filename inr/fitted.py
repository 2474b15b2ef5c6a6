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
from inr.hypernetwork import Hypernetwork
from inr.jet import Ask, Jet, laplacian
from inr.network import CoordinateMLP, Source
from inr.planes.choose import cheapest
from inr.planes.layer import widest

Array = NDArray[np.float64]
Part = Callable[[Jet[Tensor]], Tensor | None]


def initial_source(config: TrialConfig, out_features: int) -> Source:
    """Build what a trial trains as it is before the first step, for C channels: a network, or a hypernetwork."""
    network, sizes = initial_network(config, out_features), config.task.hypernet
    if sizes is None:
        return network
    return Hypernetwork(
        network,
        latent=sizes.latent,
        width=sizes.width,
        values=sizes.values,
        context=sizes.context,
        block=sizes.judged,
        seed=config.seed + 1,  # the network has drawn from the seed itself
    )


def initial_network(config: TrialConfig, out_features: int) -> CoordinateMLP:
    """Build the coordinate network of a trial as it is before the first step, for C channels."""
    return CoordinateMLP(
        config.activation,
        in_features=config.task.dimensions,
        hidden_features=config.hidden_features,
        hidden_layers=config.hidden_layers,
        out_features=out_features,
        init=config.init,
        seed=config.seed,
        encoding=config.encoding,
        learned=config.learned,
        per_neuron=config.learn_per == "neuron",
    )


class Network:
    """A trained function of D coordinates with C channels, and its exact derivatives.

    Coordinates are those of the training: the longer side of an image spans [-1, 1], rows first. Values are in the
    precision of the weights (float32 in training), given as float64. Points go through in chunks, so memory grows
    with the result only. A hypernetwork's is that of the first held-out picture, and :meth:`given` makes others.
    """

    def __init__(self, source: Source) -> None:
        self._source = copy.deepcopy(source).requires_grad_(False)
        self._network = self._source.alone()

    @classmethod
    def of_weights(cls, config: TrialConfig, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Build the network of a trial from its weights by name; raises an error for those of another network."""
        source = initial_source(config, config.task.channels_out)
        source.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()})
        return cls(source)

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

    def given(self, x: ArrayLike, values: ArrayLike) -> "Network":
        """Make the network of another picture, of which the ``values`` (P, C) at the points ``x`` (P, D) are known.

        Raises :class:`UsageError` for other shapes, and where the network is no hypernetwork's.
        """
        points, known = self._points(x), np.asarray(values, dtype=np.float64)
        if known.shape != (len(points), self.channels) or not len(points):
            raise UsageError(
                f"the values have the shape {known.shape}, expected (P, {self.channels}) with one row for each of the "
                f"{len(points)} points, at least one"
            )
        weight = self._network.last.weight
        made = copy.copy(self)
        made._network = self._source.given(torch.as_tensor(points).to(weight), torch.as_tensor(known).to(weight))
        return made

    def module(self) -> nn.Module:
        """Copy the network as an ordinary module of PyTorch, trainable and on the same device: (P, D) to (P, C)."""
        return copy.deepcopy(self._network).requires_grad_(True)

    @torch.no_grad()
    def _computed(self, x: ArrayLike, ask: Ask, part: Part, shape: tuple[int, ...]) -> Array:
        """Compute one part (P, C, *shape) of the jet, chunk by chunk, by the cheapest plan."""
        points, layers = self._points(x), self._network.layers()
        plan = cheapest(ask, self.dimensions, self.channels)
        found = np.empty((len(points), self.channels, *shape))
        for chunks in shares(len(points), plan, widest(layers), threads=1) if len(points) else []:
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
