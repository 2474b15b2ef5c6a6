"""The terms of a loss, and the derivatives that they need."""

from collections.abc import Iterable, Mapping
from typing import Any

from inr.jet import Ask, laplacian, union

ORDERS = {"image": 0, "gradient": 1, "laplacian": 2}
"""Term → the order of the derivative that it compares."""

TERMS = tuple(ORDERS)

NOUNS = {"image": "image", "gradient": "gradient", "laplacian": "Laplacian"}
"""Term → the word for what it compares."""

DIMENSIONS = 2
"""Coordinates of a picture."""

ASKS = {"image": Ask(), "gradient": Ask(gradient=True), "laplacian": Ask(second=(laplacian(DIMENSIONS),))}
"""Term → what it asks of the network."""


def weighted(weights: Mapping[str, float]) -> tuple[str, ...]:
    """Keep the terms whose weight is not 0: those that train."""
    return tuple(term for term, weight in weights.items() if weight)


def order_of(weights: Mapping[str, float]) -> int:
    """The highest derivative that training has to compute: that of a term whose weight is not 0."""
    return max((ORDERS[term] for term in weighted(weights)), default=0)


def trained_terms(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The terms that train a trial of this flat config; the image where it does not say its loss.

    A weight that the config does not say is not 0. ``all`` is every term, as in a sweep file.
    """
    loss = config.get("loss")
    named = loss.split("+") if isinstance(loss, str) else ["image"]
    terms = TERMS if named == ["all"] else named
    return tuple(term for term in terms if config.get(f"{term}_weight") != 0)


def ask_of(terms: Iterable[str]) -> Ask:
    """Everything that some of ``terms`` asks of the network."""
    return union(*(ASKS[term] for term in terms))
