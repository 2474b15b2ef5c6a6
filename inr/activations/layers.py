"""The activation of each layer: one for all, or one a layer."""

from collections.abc import Iterable
from typing import Any, cast

from inr.activations.base import Activation
from inr.choices import options_in
from inr.errors import UsageError
from inr.tree import Several, members
from inr.words import plural


def of_layers(activation: Activation | Several, hidden_layers: int) -> tuple[Activation, ...]:
    """Give φ of each layer, from the first on, as hidden layers use it."""
    found = cast(tuple[Activation, ...], members(activation))
    return found * (hidden_layers + 1) if len(found) == 1 else found


def check_layers(activation: Any, hidden_layers: int) -> None:
    """Raise :class:`UsageError` for activations, one a layer, of which there are more or fewer than layers.

    ``activation`` is an activation, several, or their text.
    """
    count = len(options_in(Activation.kind, str(activation)))
    if count not in (1, hidden_layers + 1):
        raise UsageError(
            f"--activation got {str(activation)!r}, {plural(count, 'layer')}, with --hidden_layers={hidden_layers}, "
            f"which makes {hidden_layers + 1}: name one for each, the first and the hidden ones, or give "
            f"--hidden_layers={count - 1}"
        )


def vanishes_from(activations: Iterable[Any]) -> int | None:
    """Return the order from which on the derivatives of a network are zero almost everywhere; None if none is.

    The network is one of these activations, or of these classes.
    """
    orders = [phi.vanishes_from for phi in activations]
    return None if None in orders else max(orders, default=None)


def learnable(activations: Iterable[Any]) -> tuple[str, ...]:
    """List the hyperparameters that some of the activations, or of their classes, can learn, in their order."""
    return tuple(dict.fromkeys(name for phi in activations for name in phi.learnable()))


def initialisation(activations: Iterable[Activation]) -> str | None:
    """Name the initialisation law that suits all of the activations; None where each layer has a law of its own."""
    laws = {phi.init for phi in activations}
    return laws.pop() if len(laws) == 1 else None
