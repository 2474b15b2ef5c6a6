"""The numbers of a training step: a pure function of tensors."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from inr.batch import Batch
from inr.jet import Ask, Jet, union
from inr.planes.layer import Layers
from inr.planes.plan import Plan
from inr.terms import Term


def of_chunk(plan: Plan[Any], terms: tuple[Term, ...], layers: Layers, scales: Tensor, chunk: Batch) -> list[Tensor]:
    """Compute a loss Σ scale_t S_t over the points of ``chunk``, and its gradient.

    Returns each term's sum of penalties S_t (T,), unscaled, then the gradient of the loss by every parameter, in the
    order of :func:`inr.planes.layer.parameters_of`. ``plan`` computes what the ``terms`` ask for; ``scales`` is (T,).
    """
    jet, kept = plan.forward(layers, chunk.coordinates)
    sums, gradient = sums_and_gradient(terms, scales, jet, chunk)
    return [sums, *plan.backward(layers, kept, gradient)]


def sums_and_gradient(
    terms: tuple[Term, ...], scales: Tensor, jet: Jet[Tensor], chunk: Batch
) -> tuple[Tensor, Jet[Tensor]]:
    """Compute each term's sum of penalties S_t (T,), and the gradient of Σ scale_t S_t by the jet.

    The jet holds what all terms ask for together, see :func:`inr.jet.union`.
    """
    whole = union(*(term.ask for term in terms))
    sums, found = [], _Sums(jet)
    for term, scale in zip(terms, scales.unbind(), strict=True):
        places = [whole.second.index(row) for row in term.ask.second]
        part = _part(jet, term.ask, places)
        s, pull = term.closed_form(scale, part, chunk.data) or differentiated(term, scale, part, chunk.data)
        sums.append(s)
        found.add(pull, places)
    return torch.stack(sums), found.jet()


def differentiated(
    term: Term, scale: Tensor, jet: Jet[Tensor], data: Mapping[str, Tensor]
) -> tuple[Tensor, Jet[Tensor]]:
    """Compute S = Σ penalties, and the gradient of ``scale`` · S by the jet, by automatic differentiation."""
    present = tuple(part for part in jet if part is not None)

    def total(*parts: Tensor) -> tuple[Tensor, Tensor]:
        given = iter(parts)
        s = term.penalty(term.residuals(Jet(*(None if part is None else next(given) for part in jet)), data)).sum()
        return scale * s, s

    pulls, s = torch.func.grad(total, argnums=tuple(range(len(present))), has_aux=True)(*present)
    pulled = iter(pulls)
    return s, Jet(*(None if part is None else next(pulled) for part in jet))


def _part(jet: Jet[Tensor], ask: Ask, places: list[int]) -> Jet[Tensor]:
    """Select the part of a jet that a term asks for; its operators are those at ``places``."""
    second = None
    if jet.second is not None and places:
        second = jet.second if places == [*range(jet.second.shape[-1])] else jet.second[..., places]
    return Jet(jet.value, jet.gradient if ask.gradient else None, second)


class _Sums:
    """The gradient by each part of a jet, summed over terms; operators apart. A part without one is zero."""

    def __init__(self, jet: Jet[Tensor]) -> None:
        self.like = jet
        self.value: Tensor | None = None
        self.gradient: Tensor | None = None
        self.second: list[Tensor | None] = [None] * (0 if jet.second is None else jet.second.shape[-1])

    def add(self, pull: Jet[Tensor], places: list[int]) -> None:
        """Add a term's."""
        self.value = _plus(self.value, pull.value)
        self.gradient = _plus(self.gradient, pull.gradient)
        for k, place in enumerate(places):
            self.second[place] = _plus(self.second[place], None if pull.second is None else pull.second[..., k])

    def jet(self) -> Jet[Tensor]:
        """The sums."""
        value = torch.zeros_like(self.like.value) if self.value is None else self.value
        gradient = self.gradient
        if gradient is None and self.like.gradient is not None:
            gradient = torch.zeros_like(self.like.gradient)
        second = [torch.zeros_like(value) if part is None else part for part in self.second]
        return Jet(value, gradient, torch.stack(second, -1) if second else None)


def _plus(total: Tensor | None, part: Tensor | None) -> Tensor | None:
    return part if total is None else total if part is None else total + part
