"""The distribution of every layer: pre-activations, activations, weights and their gradients."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inr.planes import pointwise
from inr.planes.layer import Layers, fixed_layers

BINS = 64
KINDS = ("pre_activation", "activation", "weight", "gradient")
NEAR_ZERO = 0.1
"""A value is near zero if it is below this share of the root mean square."""


@dataclass(frozen=True, eq=False)
class LayerHistogram:
    """Counts between edges, with the moments of all values; layer 1 is the first."""

    layer: int
    kind: str
    counts: NDArray[np.int64]
    """(BINS,)"""
    edges: NDArray[np.float64]
    """(BINS + 1,), from the smallest to the largest value."""
    mean: float
    standard_deviation: float
    kurtosis: float
    """Excess kurtosis: 0 for a normal, −1.5 for an arcsine, −1.2 for a uniform law; nan if all values are equal."""
    near_zero: float
    """Share of the values below a tenth of the root mean square: sparsity."""


def layer_histograms(
    x: Tensor, layers: Layers, parameters: Sequence[Tensor], gradients: Sequence[Tensor]
) -> list[LayerHistogram]:
    """Take the histograms of all layers at points ``x`` (P, D), of their weights, and of the ``gradients`` by them.

    ``parameters`` are the weight and the bias of each linear map in turn.

    Raises :class:`FloatingPointError` where a value is not finite.
    """
    return [
        histogram(layer, kind, values.detach().cpu().double().numpy().ravel())
        for layer, kind, values in _values(x, layers, parameters, gradients)
    ]


def histogram(layer: int, kind: str, values: NDArray[np.float64]) -> LayerHistogram:
    """The histogram of values (N,). Raises :class:`FloatingPointError` where one is not finite."""
    if not np.isfinite(values).all():
        raise FloatingPointError(f"the {kind} values of layer {layer} are not all finite")
    counts, edges = np.histogram(values, BINS)
    rms = float(np.sqrt(np.mean(values**2)))
    deviation = float(values.std())
    mean = float(values.mean())
    kurtosis = _kurtosis((values - mean) / deviation) if deviation > 1e-12 * rms else float("nan")
    near_zero = float(np.mean(np.abs(values) <= NEAR_ZERO * rms))
    return LayerHistogram(layer, kind, counts, edges, mean, deviation, kurtosis, near_zero)


def _kurtosis(standardised: NDArray[np.float64]) -> float:
    # scipy.stats.kurtosis takes three times as long, and there are some forty histograms a trial
    return float(np.mean(np.square(np.square(standardised)))) - 3


def _values(
    x: Tensor, layers: Layers, parameters: Sequence[Tensor], gradients: Sequence[Tensor]
) -> Iterator[tuple[int, str, Tensor]]:
    first = 1 - fixed_layers(layers)  # an encoding is no layer of the network
    with torch.no_grad():
        for layer, (weight, bias, phi) in enumerate(layers, start=first):
            if phi is None:
                break
            z = torch.nn.functional.linear(x, weight, bias)
            x = pointwise.value(phi, z)
            if layer > 0:
                yield layer, "pre_activation", z
                yield layer, "activation", x
    own = 2 * (len(layers) - fixed_layers(layers))
    for layer, (weight, gradient) in enumerate(zip(parameters[:own:2], gradients[:own:2], strict=True), start=1):
        yield layer, "weight", weight
        yield layer, "gradient", gradient
    for layer, (_, _, phi) in enumerate(layers, start=first):
        for name in phi.learned if phi else ():
            yield layer, name, getattr(phi, name)
