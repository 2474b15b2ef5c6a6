"""Propagate planes through an activation of several inputs and outputs, forward and backward.

Tangents ∂ⱼ and operators L = Σⱼ sⱼ ∂ⱼ² of the inputs z₁, z₂, … pass to an output a, whose partial derivatives by the
inputs are ∂ₚa, ∂ₚqa, …, as

    ∂ⱼa = Σₚ ∂ₚa ∂ⱼzₚ        La = Σₚ ∂ₚa Lzₚ + Σₚq ∂ₚqa Σⱼ sⱼ ∂ⱼzₚ ∂ⱼz_q

Where g, gⱼ, g_L are the gradient of a number by the planes of a, its gradient by the planes of zₚ is, summed over the
outputs,

    zₚ:    ∂ₚa g + Σ_q ∂ₚqa (Σⱼ gⱼ ∂ⱼz_q + Σ_L g_L Lz_q) + Σ_qr ∂ₚqra Σ_L g_L Σⱼ sⱼ ∂ⱼz_q ∂ⱼz_r
    ∂ⱼzₚ:  ∂ₚa gⱼ + 2 Σ_q ∂ₚqa (Σ_L sⱼ g_L) ∂ⱼz_q
    Lzₚ:   ∂ₚa g_L
"""

from collections.abc import Sequence

from torch import Tensor

from inr.activations import Activation
from inr.jet import Row
from inr.planes.partials import Partials, blocks, joined, of_output, partial
from inr.planes.sums import Parts, Planes, dot, order_of, parts, stacked, total, weighted, weighted_dot


def forward(phi: Activation, planes: Planes, rows: tuple[Row, ...]) -> Tensor:
    """Return the planes of φ(z), (K, P, outputs · n), for planes of z of inputs · n features."""
    inputs = _side_by_side(planes, phi.inputs, rows)
    z, order = [one.value for one in inputs], order_of(inputs[0])
    outputs = [_forward(of_output(factors, z, order), inputs, rows) for factors in phi.factors()]
    return stacked([joined(plane) for plane in zip(*outputs, strict=True)])


def _forward(d: Partials, inputs: Sequence[Parts], rows: tuple[Row, ...]) -> Planes:
    """The planes of one output."""
    slopes = [d[p,] for p in range(len(inputs))] if inputs[0].tangents else []
    tangents = [dot(slopes, along) for along in zip(*(one.tangents for one in inputs), strict=True)]
    second = []
    for row, operators in zip(rows, zip(*(one.second for one in inputs), strict=True), strict=True):
        bent = (d[pair] * _squares(row, inputs, pair) for pair in _pairs(inputs))
        second.append(dot(slopes, operators) + total(bent))
    return [d[()], *tangents, *second]


def backward(phi: Activation, planes: Planes, gradient: Planes, rows: tuple[Row, ...]) -> Tensor:
    """Return the gradient by the planes of z from the ``gradient`` by the planes of φ(z)."""
    inputs = _side_by_side(planes, phi.inputs, rows)
    z, order = [one.value for one in inputs], order_of(inputs[0]) + 1
    outputs = zip(phi.factors(), _side_by_side(gradient, phi.outputs, rows), strict=True)
    found = [_backward(of_output(factors, z, order), inputs, g, rows) for factors, g in outputs]
    by_input = [[total(plane) for plane in zip(*terms, strict=True)] for terms in zip(*found, strict=True)]
    return stacked([joined(plane) for plane in zip(*by_input, strict=True)])


def _backward(d: Partials, inputs: Sequence[Parts], g: Parts, rows: tuple[Row, ...]) -> list[Planes]:
    """The gradient by the planes of every input, from the gradient ``g`` by those of one output."""
    carried = [2 * weighted(column, g.second) for column in zip(*rows, strict=True)]
    along = [dot([*g.tangents, *g.second], [*one.tangents, *one.second]) for one in inputs if one.tangents]
    bent = {
        pair: total(g_L * _squares(row, inputs, pair) for row, g_L in zip(rows, g.second, strict=True))
        for pair in _pairs(inputs)
        if rows
    }
    found: list[Planes] = []
    for p in range(len(inputs)):
        curvatures = [partial(d, p, q) for q in range(len(inputs)) if along]
        to_z = total([d[p,] * g.value, *(c * a for c, a in zip(curvatures, along, strict=True))])
        to_z = total([to_z, *(partial(d, p, *pair) * bend for pair, bend in bent.items())])
        to_tangents = [d[p,] * g_t for g_t in g.tangents]
        if rows:
            turned = (dot(curvatures, t) for t in zip(*(one.tangents for one in inputs), strict=True))
            to_tangents = [to + c * t for to, c, t in zip(to_tangents, carried, turned, strict=True)]
        found.append([to_z, *to_tangents, *(d[p,] * g_L for g_L in g.second)])
    return found


def _side_by_side(planes: Planes, count: int, rows: tuple[Row, ...]) -> list[Parts]:
    """The planes of each input, or output."""
    return [parts(one, len(rows)) for one in zip(*(blocks(plane, count) for plane in planes), strict=True)]


def _pairs(inputs: Sequence[Parts]) -> list[tuple[int, int]]:
    return [(q, r) for q in range(len(inputs)) for r in range(q, len(inputs))]


def _squares(row: Row, inputs: Sequence[Parts], pair: tuple[int, int]) -> Tensor:
    """Σⱼ sⱼ ∂ⱼz_q ∂ⱼz_r, for the pairs qr and rq together."""
    q, r = pair
    product = weighted_dot(row, inputs[q].tangents, inputs[r].tangents)
    return product if q == r else 2 * product
