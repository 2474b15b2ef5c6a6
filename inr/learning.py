"""Notes for a record on a trial whose parameters hardly move.

Adam's steps depend on the scale of the loss only at its ends: ε = 1e-8 outweighs small gradients, and in float32 the
squares of very small and very large ones underflow and overflow.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from inr.optimizer import EPSILON, Stepper
from inr.parameters import Parameter

DAMPED = 10 * EPSILON
"""Below this root mean square of its gradient, ε shortens the steps of a parameter by a tenth or more."""


QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Of the numbers of a layer's neurons, where each has its own: what a record tells of them."""


def told(learned: Mapping[str, Sequence[Tensor | None]]) -> dict[str, list[float | list[float] | None]]:
    """Tell hyperparameters that are trained, name → values of each layer, as a record has them.

    A layer's is a number, or the :data:`QUANTILES` of its neurons'; None where it has none.
    """
    return {name: [_told(values) for values in layers] for name, layers in learned.items()}


def _told(values: Tensor | None) -> float | list[float] | None:
    if values is None:
        return None
    values = values.cpu().double()
    if values.ndim == 0:
        return float(values)
    return [float(q) for q in values.quantile(values.new_tensor(QUANTILES))]


def range_notes(learned: Mapping[str, Sequence[Any]], parameters: Mapping[str, Parameter]) -> tuple[str, ...]:
    """Tell which learned hyperparameters, as :func:`told` has them, training has taken out of the range of their flags.

    ``parameters`` are the flags; what has none, as the terms of a sum, has no range.
    """
    known = ((parameters[name], layers) for name, layers in learned.items() if name in parameters)
    return tuple(
        f"{parameter.name} of layer {place} was learned to {wrong:.4g}, outside the range of --{parameter.name} "
        f"({parameter.expected}); where that means nothing, learn it with a smaller --learning_rate, or leave it fixed"
        for parameter, layers in known
        for place, told in enumerate(layers, start=1)
        for wrong in _outside(parameter, told)
    )


def _outside(parameter: Parameter, told: float | Sequence[float] | None) -> list[float]:
    """The first of a layer's ends that its flag would refuse; none where there is none."""
    ends = [] if told is None else [told[0], told[-1]] if isinstance(told, Sequence) else [told]
    return [end for end in ends if not parameter.allows(end)][:1]


def learning_notes(initial: Sequence[Tensor], stepper: Stepper) -> tuple[str, ...]:
    """Tell what keeps a rule from changing the parameters, which began as ``initial``; empty where it changes them."""
    roots = stepper.roots()
    obstacle = None if roots is None else _obstacle(roots)
    if all(torch.equal(first, now.cpu()) for first, now in zip(initial, stepper.parameters, strict=True)):
        small = "the steps are too small for float32; use a larger --learning_rate"
        cause = obstacle or (small if roots is not None else "no lower loss was found along the gradient")
        return (f"no parameter moved from its initial value, so nothing was learnt: {cause}",)
    return (obstacle,) if obstacle and roots is not None and len(roots) else ()


def _obstacle(roots: Tensor) -> str | None:
    """Tell why most parameters can hardly move; None if they can.

    ``roots`` (N,) is the root mean square of the gradient of each parameter.
    """
    if not len(roots):
        return "every gradient is zero or too small for float32; use another loss, or larger weights"
    overflown, damped = (int(mask.sum()) for mask in (roots.isinf(), roots < DAMPED))
    if overflown:
        return (
            f"{overflown} of {len(roots)} parameters no longer move, because the squares of their gradients overflow "
            "float32; use smaller weights of the loss"
        )
    if 2 * damped > len(roots):
        return (
            f"the weights of the loss are so small that Adam's ε = {EPSILON:g} shortens the steps of {damped} of "
            f"{len(roots)} parameters; multiply them all by {_larger(float(roots.median()))} or more"
        )
    return None


def _larger(root: float) -> str:
    """The power of ten that brings a root mean square to a hundred ε and above."""
    smallest = torch.finfo(torch.float32).tiny
    return f"{10.0 ** math.ceil(math.log10(100 * EPSILON / max(root, smallest))):g}"
