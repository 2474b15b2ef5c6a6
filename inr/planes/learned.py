"""The gradient by hyperparameters of an activation that are learned, from those by what it makes.

What an activation makes of planes is an elementwise function of them and of its hyperparameters, which is
differentiated automatically; planes before and behind it are held fixed, so that nothing else is.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from inr.activations import Activation
from inr.jet import Row
from inr.planes import pointwise
from inr.planes.layer import learned
from inr.planes.partials import joined, of_outputs, pull
from inr.planes.sums import Planes


def of_planes(phi: Activation, planes: Planes, gradient: Planes, rows: tuple[Row, ...]) -> list[Tensor]:
    """Compute the gradient by what ``phi`` learns from the ``gradient`` by the planes of φ(z), for planes of z."""

    def total(phi: Activation) -> Tensor:
        made = pointwise.forward(phi, planes, rows).unbind()
        return torch.stack([(a * g).sum() for a, g in zip(made, gradient, strict=True)]).sum()

    return _gradient(phi, total)


def of_reverse(phi: Activation, z: Tensor, gradient: Tensor, cotangent: Tensor, to_cotangent: Tensor) -> list[Tensor]:
    """Compute the gradient by what ``phi`` learns from that by φ(z), and from that by the cotangent of z.

    The cotangent of z is the transposed Jacobian times ``cotangent``, that of φ(z).
    """

    def total(phi: Activation) -> Tensor:
        outputs = of_outputs(phi, z, 1)
        values = joined([output[()] for output in outputs])
        return (values * gradient).sum() + (pull(outputs, cotangent) * to_cotangent).sum()

    return _gradient(phi, total)


def _gradient(phi: Activation, total: Callable[[Activation], Tensor]) -> list[Tensor]:
    if not phi.learned:
        return []

    def of_values(*values: Tensor) -> Tensor:
        named: dict[str, Any] = dict(zip(phi.learned, values, strict=True))
        return total(dataclasses.replace(phi, **named))

    values = learned(phi)
    return [*torch.func.grad(of_values, argnums=tuple(range(len(values))))(*values)]
