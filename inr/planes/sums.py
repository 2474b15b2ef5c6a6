"""Planes by their kinds, and sums over planes.

Sums are written out plane by plane: ``torch.compile`` would compile a reduction over an axis of planes, or a
concatenation along it, to several passes over memory.
"""

import functools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

Planes = Sequence[Tensor]
"""K planes of equal shape: the value, D tangents or none, then one plane for each operator."""


class Parts(NamedTuple):
    """Planes by their kinds."""

    value: Tensor
    tangents: Planes
    """D, one along each coordinate; none where only values pass."""
    second: Planes
    """M, one for each operator."""


def parts(planes: Planes, operators: int) -> Parts:
    """Sort ``planes``, of which the last ``operators`` are second-order, by their kinds."""
    value, *tangents = planes[: len(planes) - operators]
    return Parts(value, tangents, planes[len(planes) - operators :])


def order_of(planes: Parts) -> int:
    """Return the highest derivative of an activation that ``planes`` need to pass it."""
    return 2 if planes.second else 1 if planes.tangents else 0


def stacked(planes: Planes) -> Tensor:
    """Stack the planes (K, …); a single one is not copied."""
    return planes[0][None] if len(planes) == 1 else torch.stack(list(planes))


def total(planes: Iterable[Tensor]) -> Tensor:
    """Return the sum of one plane or more, from the first on."""
    return functools.reduce(torch.add, planes)


def dot(a: Planes, b: Planes) -> Tensor:
    """Return Σⱼ aⱼ bⱼ."""
    return total(x * y for x, y in zip(a, b, strict=True))


def weighted(weights: Iterable[float], planes: Planes) -> Tensor:
    """Return Σⱼ wⱼ aⱼ; a weight of 0 or 1 costs no product."""
    terms = [a if w == 1 else w * a for w, a in zip(weights, planes, strict=True) if w]
    return total(terms) if terms else torch.zeros_like(planes[0])


def weighted_dot(weights: Iterable[float], a: Planes, b: Planes) -> Tensor:
    """Return Σⱼ wⱼ aⱼ bⱼ; a weight of 0 or 1 costs no product."""
    chosen = [(w, x, y) for w, x, y in zip(weights, a, b, strict=True) if w]
    return weighted([w for w, _, _ in chosen], [x * y for _, x, y in chosen])
