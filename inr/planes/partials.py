"""The partial derivatives of an activation by its inputs, at the pre-activations of a layer.

An output Πₚ fₚ(zₚ) is a product of functions of one input each, so its partial derivatives are products of theirs. The
inputs stand side by side in the features of the pre-activations, [z₁ | z₂ | …], the outputs in those of the layer.
"""

import functools
from collections.abc import Sequence

import torch
from torch import Tensor

from inr.activations import Activation
from inr.activations.base import ScalarJet
from inr.planes.sums import Planes, total

Partials = dict[tuple[int, ...], Tensor]
"""Inputs by which an output is differentiated, in ascending order → that derivative (P, n); () → the output."""


def blocks(plane: Tensor, count: int) -> Planes:
    """Return the ``count`` inputs, or outputs, that stand side by side in a plane."""
    return (plane,) if count == 1 else plane.chunk(count, -1)


def joined(planes: Planes) -> Tensor:
    """Put inputs, or outputs, side by side: the inverse of :func:`blocks`."""
    return planes[0] if len(planes) == 1 else torch.cat(list(planes), -1)


def of_output(factors: Sequence[ScalarJet], inputs: Planes, order: int) -> Partials:
    """Return the partial derivatives up to ``order`` of the output that is the product of ``factors``."""
    jets = [factor(z, order) for factor, z in zip(factors, inputs, strict=True)]
    found: Partials = {}
    for which in _ascending(len(inputs), order):
        found[which] = functools.reduce(torch.mul, [jet[which.count(p)] for p, jet in enumerate(jets)])
    return found


def of_outputs(phi: Activation, z: Tensor, order: int) -> list[Partials]:
    """Return the partial derivatives up to ``order`` of every output at pre-activations ``z`` (P, inputs · n)."""
    return [of_output(factors, blocks(z, phi.inputs), order) for factors in phi.factors()]


def partial(d: Partials, *which: int) -> Tensor:
    """Return the partial derivative by some inputs, in any order."""
    return d[tuple(sorted(which))]


def push(outputs: Sequence[Partials], inputs: Tensor) -> Tensor:
    """Return the Jacobian times a vector of the inputs (P, inputs · n): one of the outputs (P, outputs · n)."""
    by_input = blocks(inputs, _inputs(outputs))
    return joined([total(d[p,] * x for p, x in enumerate(by_input)) for d in outputs])


def pull(outputs: Sequence[Partials], cotangent: Tensor) -> Tensor:
    """Return the transposed Jacobian times a vector of the outputs: one of the inputs (P, inputs · n)."""
    by_output = list(zip(outputs, blocks(cotangent, len(outputs)), strict=True))
    return joined([total(d[p,] * c for d, c in by_output) for p in range(_inputs(outputs))])


def pull_derivative(outputs: Sequence[Partials], inputs: Tensor, cotangent: Tensor) -> Tensor:
    """Return the gradient by z of ``inputs`` · pull(``cotangent``), both held fixed: (P, inputs · n)."""
    by_input, by_output = blocks(inputs, _inputs(outputs)), blocks(cotangent, len(outputs))
    pairs = [(d, p, x * c) for d, c in zip(outputs, by_output, strict=True) for p, x in enumerate(by_input)]
    return joined([total(product * partial(d, p, q) for d, p, product in pairs) for q in range(_inputs(outputs))])


def _ascending(inputs: int, longest: int) -> list[tuple[int, ...]]:
    """Tuples of inputs in ascending order, of 0 to ``longest`` of them. (Dynamo cannot trace those of itertools.)"""
    found: list[tuple[int, ...]] = [()]
    for which in found:
        if len(which) < longest:
            found += [(*which, p) for p in range(which[-1] if which else 0, inputs)]
    return found


def _inputs(outputs: Sequence[Partials]) -> int:
    return sum(len(which) == 1 for which in outputs[0])
