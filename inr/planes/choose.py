"""The cheapest plan for what is asked.

In matrix products of a layer over the points, forward and backward together, for D = 2 coordinates:

    value                                     3
    + gradient, one output channel            6    a reverse pass
    + gradient, C > 1 channels                9    tangents, independent of C
    + Laplacian                              12    tangents and the Laplacian

Nested autograd needs 6 C for the gradient and far more for the Laplacian; it is the oracle in the tests.
"""

from collections.abc import Iterator
from typing import Any

from inr.jet import Ask
from inr.planes.forward import Propagation
from inr.planes.plan import Plan
from inr.planes.reverse import Reverse


def cheapest(ask: Ask, dimensions: int, channels: int) -> Plan[Any]:
    """Choose the plan of fewest matrix products for ``ask`` of a network of D coordinates and C channels."""
    return min(_plans(ask, dimensions, channels), key=lambda plan: plan.products)


def _plans(ask: Ask, dimensions: int, channels: int) -> Iterator[Plan[Any]]:
    """The plans that answer ``ask``; of two that cost the same, the first needs fewer elementwise operations."""
    if ask == Ask(gradient=True) and channels == 1:
        yield Reverse()
    yield Propagation(ask, dimensions)
