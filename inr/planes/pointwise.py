"""Propagate planes through a layer's activation: a fast body for one input and one output, products for several."""

from torch import Tensor

from inr.activations import Activation
from inr.jet import Row
from inr.planes import products, scalar
from inr.planes.sums import Planes


def forward(phi: Activation, planes: Planes, rows: tuple[Row, ...]) -> Tensor:
    """Return the planes of φ(z), (K, P, outputs · n), for K planes of z, (P, inputs · n) each.

    The last planes are the operators of ``rows``.
    """
    body = scalar.forward if _is_scalar(phi) else products.forward
    return body(phi, planes, rows)


def backward(phi: Activation, planes: Planes, gradient: Planes, rows: tuple[Row, ...]) -> Tensor:
    """Return the gradient by the planes of z, (K, P, inputs · n), from the ``gradient`` by the planes of φ(z)."""
    body = scalar.backward if _is_scalar(phi) else products.backward
    return body(phi, planes, gradient, rows)


def value(phi: Activation, z: Tensor) -> Tensor:
    """Return φ(z), (P, outputs · n), for pre-activations ``z`` (P, inputs · n)."""
    return forward(phi, [z], ())[0]


def _is_scalar(phi: Activation) -> bool:
    return phi.inputs == phi.outputs == 1
