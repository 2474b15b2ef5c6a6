"""The size of a coordinate network: the sides of its linear maps, its parameters, and the width for so many."""

import bisect

import numpy as np

from inr.activations import Activation
from inr.activations.layers import of_layers
from inr.errors import UsageError
from inr.tree import Several
from inr.words import plural

WIDEST = 16_384
"""The largest width of a hidden layer."""
BY_WIDTH = 0
"""The number of parameters that says that the width is given."""


def map_sides(
    activation: Activation | Several, *, in_features: int, hidden_features: int, hidden_layers: int, out_features: int
) -> list[tuple[int, int]]:
    """List the real numbers before and after each linear map, from the coordinates on."""
    first, *others = of_layers(activation, hidden_layers)
    activations = (first.in_first_layer(), *others)
    before = [in_features, *(phi.outputs * hidden_features for phi in activations)]
    after = [*(phi.inputs * hidden_features for phi in activations), out_features]
    return [*zip(before, after, strict=True)]


def complex_maps(activation: Activation | Several, hidden_layers: int) -> list[tuple[bool, bool]]:
    """Tell of each linear map whether it takes complex numbers, and whether it gives such."""
    found = [phi.complex for phi in of_layers(activation, hidden_layers)]
    return [*zip([False, *found], [False, *found[1:], False], strict=True)]


def parameter_count(
    activation: Activation | Several, *, in_features: int, hidden_features: int, hidden_layers: int, out_features: int
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
    pairs = zip(sides, complex_maps(activation, hidden_layers), strict=True)
    weights = sum(n * m // (2 if all(is_complex) else 1) for (n, m), is_complex in pairs)
    rng = np.random.default_rng(0)
    drawn = (phi.drawn(hidden_features, rng) for phi in of_layers(activation, hidden_layers))
    trained = sum(values.size for each in drawn for values in each.values())
    return weights + sum(m for _, m in sides) + trained


def width_for(
    parameters: int, activation: Activation | Several, *, in_features: int, hidden_layers: int, out_features: int
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
