"""The cheapest plan for what is asked; :mod:`inr.planes.cost` has the table."""

from collections.abc import Iterator
from typing import Any

from inr.jet import Ask
from inr.planes.cost import reverses
from inr.planes.forward import Propagation
from inr.planes.plan import Plan
from inr.planes.reverse import Reverse


def cheapest(ask: Ask, dimensions: int, channels: int) -> Plan[Any]:
    """Choose the plan of fewest matrix products for ``ask`` of a network of D coordinates and C channels."""
    return min(_plans(ask, dimensions, channels), key=lambda plan: plan.products)


def _plans(ask: Ask, dimensions: int, channels: int) -> Iterator[Plan[Any]]:
    """The plans that answer ``ask``; of two that cost the same, the first needs fewer elementwise operations."""
    if reverses(ask, channels):
        yield Reverse()
    yield Propagation(ask, dimensions)
