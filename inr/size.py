"""The size of a coordinate network: the sides of its linear maps, its parameters, and the width for so many."""

import bisect

import numpy as np

from inr.activations import Activation
from inr.errors import UsageError
from inr.words import plural

WIDEST = 16_384
"""The largest width of a hidden layer."""
BY_WIDTH = 0
"""The number of parameters that says that the width is given."""


def map_sides(
    activation: Activation, *, in_features: int, hidden_features: int, hidden_layers: int, out_features: int
) -> list[tuple[int, int]]:
    """List the real numbers before and after each linear map, from the coordinates on."""
    activations = (activation.in_first_layer(), *[activation] * hidden_layers)
    before = [in_features, *(phi.outputs * hidden_features for phi in activations)]
    after = [*(phi.inputs * hidden_features for phi in activations), out_features]
    return [*zip(before, after, strict=True)]


def parameter_count(
    activation: Activation, *, in_features: int, hidden_features: int, hidden_layers: int, out_features: int
) -> int:
    """Count the real numbers that are trained: a complex weight, of two entries of its matrix each, is two.

    What an activation always trains counts too, but not what ``--learn`` adds.
    """
    sides = map_sides(
        activation,
        in_features=in_features,
        hidden_features=hidden_features,
        hidden_layers=hidden_layers,
        out_features=out_features,
    )
    first, *hidden, last = (n * m for n, m in sides)
    weights = first + sum(hidden) // (2 if activation.complex else 1) + last
    trained = sum(values.size for values in activation.drawn(hidden_features, np.random.default_rng(0)).values())
    return weights + sum(m for _, m in sides) + trained * (hidden_layers + 1)


def width_for(
    parameters: int, activation: Activation, *, in_features: int, hidden_layers: int, out_features: int
) -> int:
    """Find the largest width of at most so many ``parameters``.

    Raises :class:`UsageError` where they are too few for one neuron a layer, or make too wide a network.
    """

    def count(width: int) -> int:
        return parameter_count(
            activation,
            in_features=in_features,
            hidden_features=width,
            hidden_layers=hidden_layers,
            out_features=out_features,
        )

    width = bisect.bisect_right(range(1, WIDEST + 2), parameters, key=count)
    layers = f"{plural(hidden_layers + 1, 'layer')} of {activation}"
    if not width:
        raise UsageError(f"--parameters got {parameters}: {layers} have {count(1)} with one neuron each; give as many")
    if width > WIDEST:
        raise UsageError(
            f"--parameters got {parameters}: {layers} have {count(WIDEST)} at the largest width, {WIDEST}; give fewer, "
            "or more --hidden_layers"
        )
    return width
