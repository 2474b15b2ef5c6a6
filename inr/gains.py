"""The size of pre-activations and of their derivatives, layer by layer: measured, and predicted from the weights.

u = factor · z is the argument of φ in a layer. The prediction takes u as normal with mean zero, and the weights as
independent of what they multiply, as they are before training. Where training has made a layer depart from it, the
measured number and the predicted one differ.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from inr.activations import Activation
from inr.jet import Ask
from inr.moments import slope_moment, value_moment
from inr.planes.forward import Propagation
from inr.planes.layer import Layer, Layers, fixed_layers

DEVIATION, GAIN, REACH = "deviation", "gain", "reach"
"""The families of the numbers."""
PREDICTED = "predicted"


@dataclass(frozen=True)
class Size:
    """The size of a layer's u at some points, and of its derivatives by the coordinates."""

    deviation: float
    """√(E[u²])."""
    gain: float
    """The slope over that of the layer before; nan of the first layer."""
    slope: float
    """√(E[|∂u/∂x|²]), the root mean square over the neurons, per unit of the coordinates."""
    output: float
    """√(E[φ²])."""


@torch.no_grad()
def layer_numbers(x: Tensor, layers: Layers, spacing: Sequence[float]) -> dict[str, float]:
    """Compute the numbers of every layer at points ``x`` (P, D), by name; layer 1 is the first.

    ``deviation/layer_1`` and ``gain/layer_2`` … are measured; the same with ``_predicted`` are the prediction. A first
    layer with a frequency has its ``reach``: the highest frequency of its neurons along an axis, in cycles a unit of
    the coordinates, and in cycles a sample where the data have a ``spacing`` along each axis (Nyquist's limit is 0.5).
    """
    hidden = hidden_layers(layers)
    found: dict[str, float] = {}
    for ending, sizes in (("", measured(x, layers)), (f"_{PREDICTED}", predicted(x, hidden))):
        for place, size in enumerate([*sizes][fixed_layers(layers) :], start=1):
            found[f"{DEVIATION}/layer_{place}{ending}"] = size.deviation
            if place > 1:
                found[f"{GAIN}/layer_{place}{ending}"] = size.gain
    return {**dict(sorted(found.items(), key=_by_layer)), **reach(hidden[0], spacing)}


@torch.no_grad()
def reach(first: Layer, spacing: Sequence[float]) -> dict[str, float]:
    """Compute the highest frequency of the first layer's neurons, ω₀ |W| / 2π, along the axis where it is highest.

    An encoding is the first layer here, and only here. Nothing for an activation without a frequency. A bend of the
    argument (FINER, H-SIREN) is not counted.
    """
    phi = first.activation
    if phi is None or phi.frequency is None:
        return {}
    weight = first.weight[: len(first.weight) // phi.inputs].abs().double()
    rows = (weight * torch.as_tensor(phi.frequency).to(weight).reshape(-1, 1)).amax(0) / (2 * math.pi)
    found = {f"{REACH}/cycles_per_unit": float(rows.max())}
    if spacing:
        found[f"{REACH}/cycles_per_sample"] = float((rows * rows.new_tensor(spacing)).max())
    return found


def _by_layer(item: tuple[str, float]) -> tuple[str, int, int]:
    family, _, name = item[0].partition("/")
    return family, int(name.split("_")[1]), len(name)


def hidden_layers(layers: Layers) -> list[Layer]:
    """List the layers that have an activation, those of an encoding among them."""
    return [layer for layer in layers if layer.activation is not None]


@torch.no_grad()
def measured(x: Tensor, layers: Layers) -> Iterator[Size]:
    """Measure the size of every layer at points ``x`` (P, D): a tangent along every axis passes through the layers."""
    _, kept = Propagation(Ask(gradient=True), x.shape[1]).forward(layers, x)
    before = math.nan
    for layer, (z, *tangents), (after, *_) in zip(
        hidden_layers(layers), kept.pre_activations, kept.features[1:], strict=True
    ):
        assert layer.activation is not None
        slope = math.sqrt(sum(_mean_square(argument(layer.activation, tangent)) for tangent in tangents))
        deviation = math.sqrt(_mean_square(argument(layer.activation, z)))
        yield Size(deviation, _ratio(slope, before), slope, math.sqrt(_mean_square(after)))
        before = slope


@torch.no_grad()
def predicted(x: Tensor, hidden: Sequence[Layer]) -> Iterator[Size]:
    """Predict the size of every layer from the weights: a variance, and that of a derivative, pass through them."""
    incoming, growth, slope = _mean_square(x), math.nan, math.nan
    for layer in hidden:
        phi = layer.activation
        assert phi is not None
        factor = math.sqrt(_mean_square(torch.as_tensor(phi.factor)))
        width, spread = layer.weight.shape[1], factor * math.sqrt(_mean_square(layer.weight))
        variance = spread * spread * width * incoming + factor * factor * _mean_square(layer.bias)
        gain = spread * math.sqrt(width * growth)
        slope = spread * math.sqrt(width) if layer is hidden[0] else slope * gain
        incoming, growth = value_moment(phi, math.sqrt(variance)), slope_moment(phi, math.sqrt(variance))
        yield Size(math.sqrt(variance), gain, slope, math.sqrt(incoming))


def argument(phi: Activation, z: Tensor) -> Tensor:
    """Compute u from pre-activations z (P, m), or ∂u from ∂z: multiply by the factor, one or one a neuron."""
    factor = torch.as_tensor(phi.factor, dtype=z.dtype, device=z.device)
    return z * (factor.repeat(phi.inputs) if factor.ndim else factor)


def _mean_square(values: Tensor) -> float:
    return float(values.double().square().mean())


def _ratio(over: float, under: float) -> float:
    return over / under if under else math.nan
