"""The terms of a loss, and the derivatives that they need."""

from collections.abc import Mapping

ORDERS = {"image": 0, "gradient": 1, "laplacian": 2}
"""Term → the order of the derivative that it compares."""

TERMS = tuple(ORDERS)


def weighted(weights: Mapping[str, float]) -> tuple[str, ...]:
    """The terms whose weight is not 0: those that train."""
    return tuple(term for term, weight in weights.items() if weight)


def order_of(weights: Mapping[str, float]) -> int:
    """The highest derivative that training has to compute: that of a term whose weight is not 0."""
    return max((ORDERS[term] for term in weighted(weights)), default=0)
