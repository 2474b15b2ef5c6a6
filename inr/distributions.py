"""The distribution of every layer of a network at random inputs, beside what its weights predict.

The original study drew such histograms, and so do tutorials of SIREN: each law of initialisation beside the others.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator

from inr.activations import Activation
from inr.config import TrialConfig
from inr.fitted import Network, initial_network
from inr.gains import Size, argument, hidden_layers, measured, predicted
from inr.histograms import LayerHistogram, histogram
from inr.jet import Ask
from inr.network import CoordinateMLP
from inr.planes import pointwise
from inr.planes.forward import Propagation
from inr.planes.layer import Layer, fixed_layers

Array = NDArray[np.float64]

INPUTS = 1024
"""Random inputs, uniform in [-1, 1]^D; a layer of 256 neurons then has a quarter of a million values."""
U, PHI = "u", "phi"
"""The kinds of values: the argument of φ, which is ω₀ z where there is an ω₀, and φ itself."""
ENDING = "_predicted"
LEAST, LARGEST = 1e-300, 1e150
"""Root mean squares beyond which squares are no floats."""


@dataclass(frozen=True, eq=False)
class Passed:
    """The values of a layer at random inputs; layer 1 is the first."""

    layer: int
    histograms: Mapping[str, LayerHistogram]
    """Kind → the histogram of all neurons at all inputs."""
    laws: Mapping[str, Array]
    """Kind → the density that is predicted in each bin of its histogram: u is normal with mean zero and the predicted
    deviation, and φ is the function of such a u. Empty of the first layer, where u is not normal."""
    measured: Size
    predicted: Size

    def row(self) -> dict[str, float]:
        """The numbers by name, the predicted one behind each; a gain is nan in the first layer."""
        pairs = {name: (getattr(self.measured, name), getattr(self.predicted, name)) for name in NUMBERS}
        return {f"{name}{end}": pair[i] for name, pair in pairs.items() for i, end in enumerate(("", ENDING))}

    def kurtosis(self) -> dict[str, float]:
        """The excess kurtosis of each histogram by name: 0 of a normal law, −1.5 of a sine's, the arcsine law."""
        return {f"kurtosis_{kind}": found.kurtosis for kind, found in self.histograms.items()}


NUMBERS = {
    "deviation": "RMS of u",
    "output": "RMS of φ",
    "gain": "gradient gain",
    "slope": "RMS of ∂u/∂x",
}
"""The fields of :class:`inr.gains.Size` in words: root mean squares, the gain a ratio of two."""


@dataclass(frozen=True, eq=False)
class Distributions:
    """The layers of one network under a name: its law of initialisation, or how long it was trained."""

    name: str
    layers: tuple[Passed, ...]
    overflow: int | None = None
    """The first layer whose values, or their derivatives, are too large for floats; those from there on are missing."""


def at_initialisation(configs: Iterable[TrialConfig]) -> Iterator[Distributions]:
    """Draw the network of each config, which are called by their laws, and pass random inputs through it."""
    for config in configs:
        yield distributions(str(config.init), initial_network(config, config.task.channels_out))


def before_and_after(config: TrialConfig, trained: Network, steps: int) -> Iterator[Distributions]:
    """Pass random inputs through the network of a trial as it began, and as it was after so many steps."""
    yield distributions("at initialisation", initial_network(config, config.task.channels_out))
    yield distributions(f"after {steps} steps", trained.module())  # type: ignore[arg-type]


@torch.no_grad()
def distributions(name: str, network: CoordinateMLP, inputs: int = INPUTS) -> Distributions:
    """Pass random inputs through a network, in float64; networks of as many coordinates get the same inputs."""
    network = network.double()
    generator = Generator().manual_seed(0)
    x = 2 * torch.rand(inputs, network.in_features, generator=generator, dtype=torch.float64) - 1
    layers, found = network.layers(), []  # type: list[Layer], list[Passed]
    _, kept = Propagation(Ask(), x.shape[1]).forward(layers, x)
    sizes = zip(measured(x, layers), predicted(x, hidden_layers(layers)), strict=True)
    passed = zip(hidden_layers(layers), kept.pre_activations, kept.features[1:], sizes, strict=True)
    for place, (layer, (z, *_), (after, *_), (size, expected)) in enumerate(passed, start=1 - fixed_layers(layers)):
        if place < 1:  # an encoding is no layer of the network
            continue
        if not size.deviation + size.output + size.slope < LARGEST:  # nan is not below it either
            return Distributions(name, tuple(found), overflow=place)
        values = {U: argument(_phi(layer), z), PHI: after}
        made = {kind: histogram(place, kind, each.numpy().ravel()) for kind, each in values.items()}
        laws = _laws(layer, expected, made, generator) if place > 1 else {}
        found.append(Passed(place, made, laws, size, expected))
    return Distributions(name, tuple(found))


def _laws(layer: Layer, size: Size, made: Mapping[str, LayerHistogram], generator: Generator) -> dict[str, Array]:
    """Compute the density of the normal u, and that of φ from as many random u as the layer has values."""
    phi, edges = _phi(layer), made[PHI].edges
    one = argument(phi, torch.ones(1, len(layer.weight), dtype=torch.float64))
    u = size.deviation * torch.randn(INPUTS, len(layer.weight), generator=generator, dtype=torch.float64)
    outputs = pointwise.value(phi, u / one).numpy().ravel()
    density = np.histogram(outputs, edges)[0] / len(outputs) / np.diff(edges)
    return {U: _normal(made[U].edges, size.deviation), PHI: density}


def _normal(edges: Array, deviation: float) -> Array:
    """Compute the mean density of N(0, deviation²) in every bin."""
    below = torch.special.ndtr(torch.as_tensor(edges) / max(deviation, LEAST)).numpy()
    return np.asarray(np.diff(below) / np.diff(edges))


def _phi(layer: Layer) -> Activation:
    assert layer.activation is not None
    return layer.activation
