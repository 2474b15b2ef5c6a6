"""Terms: the closed form of a difference against automatic differentiation, and residuals of any kind."""

from dataclasses import dataclass

import pytest
import torch

from inr.jet import Ask, Jet
from inr.step import differentiated
from inr.terms import Difference, Term

POINTS, CHANNELS, DIMENSIONS = 5, 2, 3


def tensor(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def jet_for(ask, seed=0):
    gradient = tensor(POINTS, CHANNELS, DIMENSIONS, seed=seed + 1) if ask.gradient else None
    second = tensor(POINTS, CHANNELS, len(ask.second), seed=seed + 2) if ask.second else None
    return Jet(tensor(POINTS, CHANNELS, seed=seed), gradient, second)


@dataclass(frozen=True)
class Eikonal(Term):
    """|∇u| − 1 of each channel."""

    @property
    def ask(self):
        return Ask(gradient=True)

    def residuals(self, jet, data):
        return jet.gradient.norm(dim=-1) - data["length"]


def by_autograd(term, scale, jet, data):
    leaves = [None if part is None else part.clone().requires_grad_() for part in jet]
    total = term.residuals(Jet(*leaves), data).square().sum()
    found = torch.autograd.grad(scale * total, [leaf for leaf in leaves if leaf is not None], materialize_grads=True)
    parts = iter(found)
    return total.detach(), Jet(*(None if leaf is None else next(parts) for leaf in leaves))


def same(found, expected):
    assert torch.allclose(found[0], expected[0], rtol=1e-12)
    for mine, theirs in zip(found[1], expected[1], strict=True):
        present = [part for part in (mine, theirs) if part is not None]
        if present:
            torch.testing.assert_close(present[0], present[1] if len(present) == 2 else torch.zeros_like(present[0]))


@pytest.mark.parametrize("part", [0, 1, 2])
def test_the_closed_form_of_a_difference_is_its_derivative(part):
    term = Difference("x", DIMENSIONS, part)
    shape = (POINTS, CHANNELS, DIMENSIONS) if part == 1 else (POINTS, CHANNELS)
    data = {"x": tensor(*shape, seed=9), "inside": torch.tensor([1.0, 0, 1, 1, 0], dtype=torch.float64)}
    jet, scale = jet_for(term.ask), torch.tensor(0.7, dtype=torch.float64)
    found = term.closed_form(scale, jet, data)
    same(found, by_autograd(term, scale, jet, data))
    same(differentiated(term, scale, jet, data), found)
    assert term.order == part


def test_residuals_of_any_kind_are_differentiated():
    term, jet, scale = Eikonal("eikonal"), jet_for(Ask(gradient=True)), torch.tensor(1.3, dtype=torch.float64)
    data = {"length": tensor(POINTS, 1, seed=7).abs()}
    with torch.no_grad():
        found = differentiated(term, scale, jet, data)
    same(found, by_autograd(term, scale, jet, data))


def test_a_term_is_a_value():
    assert Difference("x", 2, 1) == Difference("x", 2, 1)
    assert hash(Difference("x", 2, 1)) == hash(Difference("x", 2, 1))
    assert Difference("x", 2, 1) != Difference("x", 3, 1)
