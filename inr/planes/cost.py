"""The cost of what is asked of a network, known without torch: which plan is the cheapest, and its matrix products.

In matrix products of a layer over the points, forward and backward together, for D = 2 coordinates:

    value                                     3
    + gradient, one output channel            6    a reverse pass
    + gradient, C > 1 channels                9    tangents, independent of C
    + Laplacian                              12    tangents and the Laplacian

Nested autograd needs 6 C for the gradient and far more for the Laplacian; it is the oracle in the tests.
"""

from inr.jet import Ask

PRODUCTS = 3
"""Matrix products of a plane: one takes it forward, one takes its gradient back, one gives the weight's gradient."""
REVERSE = 2
"""Planes of the reverse plan: the value and its gradient by the features."""


def reverses(ask: Ask, channels: int) -> bool:
    """Return True where the reverse plan answers: the gradient of one channel, and no operator."""
    return ask == Ask(gradient=True) and channels == 1


def tangents(ask: Ask, dimensions: int) -> int:
    """Count the tangents that pass forward: one along each axis, for a gradient and for an operator."""
    return dimensions if ask.gradient or ask.second else 0


def forward_planes(ask: Ask, dimensions: int) -> int:
    """Count the planes of the forward plan: 1 value, the tangents, and 1 for each operator."""
    return 1 + tangents(ask, dimensions) + len(ask.second)


def products(ask: Ask, dimensions: int, channels: int) -> int:
    """Count the matrix products of the cheapest plan for a network of D coordinates and C channels."""
    planes = forward_planes(ask, dimensions)
    return PRODUCTS * (min(REVERSE, planes) if reverses(ask, channels) else planes)
