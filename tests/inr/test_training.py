"""The training of groups: points drawn anew, weights that change, blocks that stay together, penalties of any kind."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from inr.batch import Batch
from inr.chunks import CHUNK_VALUES
from inr.config import TrialConfig
from inr.fitted import initial_network
from inr.jet import Ask
from inr.tasks.base import Drawn, Group, Work
from inr.terms import Term
from inr.training import GroupTraining, Training, whole_notes

POINTS, BLOCK = 60, 4


@dataclass(frozen=True)
class Distance(Term):
    """|u − target|: its penalty is no square."""

    ask = Ask()

    def residuals(self, jet, data):
        return jet.value - data["target"]

    def penalty(self, residuals):
        return residuals.abs()


@dataclass(frozen=True)
class Mean(Term):
    """The mean of u over a block, minus its target."""

    ask = Ask()

    def residuals(self, jet, data):
        return jet.value.reshape(-1, BLOCK, 1).mean(1) - data["target"].reshape(-1, BLOCK, 1)[:, 0]


def drawn(rng, share):
    points = rng.uniform(-1, 1, (POINTS, 2))
    return Drawn(points, {"target": np.full((POINTS, 1), share)})


def group(term, block=1, **how):
    points, data = drawn(np.random.default_rng(1), 0.25)
    data["target"] = np.repeat(np.arange(POINTS // block) / 10.0, block)[:, None]
    return Group((term,), {term.name: 3.0}, {term.name: 1 / POINTS}, points, data, block=block, **how)


def network():
    flat = {"hidden_features": 8, "hidden_layers": 1, "omega_0": 3.0}
    return initial_network(TrialConfig.from_flat(flat), out_features=1).double()


def gradient_of(loss, parameters):
    return torch.autograd.grad(loss, [*parameters.parameters()], materialize_grads=True)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_a_penalty_that_is_no_square():
    net, given = network(), group(Distance("d"))
    losses, loss, gradients = GroupTraining(given, net, 0, 1, False).step(generator(), 0.0)
    expected = (net(torch.as_tensor(given.points)) - torch.as_tensor(given.data["target"])).abs().mean()
    assert losses["d"] == pytest.approx(expected.item(), rel=1e-12)
    assert loss == pytest.approx(3 * expected.item(), rel=1e-12)
    for mine, theirs in zip(gradients, gradient_of(3 * expected, net), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-12)


def test_points_are_drawn_anew_by_the_state_of_the_generator_and_the_share_that_is_done():
    net, seen = network(), []

    def draw(rng, share):
        seen.append(drawn(rng, share))
        return seen[-1]

    training = GroupTraining(group(Distance("d"), draw=draw), net, 7, 1, False)
    first, state = generator(), None
    for done in (0.0, 0.5, 0.75):
        state = first.get_state()
        losses, _, _ = training.step(first, done)
        expected = (net(torch.as_tensor(seen[-1].points)) - done).abs().mean()
        assert losses["d"] == pytest.approx(expected.item(), rel=1e-12)
    assert not np.array_equal(seen[0].points, seen[1].points)
    resumed = generator(5)
    resumed.set_state(state)
    training.step(resumed, 0.75)
    assert np.array_equal(seen[-1].points, seen[-2].points)


def test_factors_change_the_weights_and_not_the_losses_that_are_told():
    net = network()
    steps = [
        GroupTraining(group(Distance("d"), factors=factors), net, 0, 1, False).step(generator(), 0.5)
        for factors in (None, lambda done: {"d": 4 * done}, lambda done: {})
    ]
    (plain, whole, gradients), (told, doubled, twice), unchanged = steps
    assert told == plain
    assert doubled == pytest.approx(2 * whole)
    for one, two in zip(gradients, twice, strict=True):
        torch.testing.assert_close(two, 2 * one)
    assert unchanged[1] == whole


@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("most", [2**19, 8 * 6])
def test_a_block_is_never_divided(monkeypatch, most, compiled):
    monkeypatch.setitem(CHUNK_VALUES, "cpu", most)
    net, given = network(), group(Mean("m"), BLOCK)
    _, loss, gradients = GroupTraining(given, net, 0, 1, compiled).step(generator(), 0.0)
    means = net(torch.as_tensor(given.points)).reshape(-1, BLOCK, 1).mean(1)
    expected = 3 * (means - torch.arange(POINTS // BLOCK).double()[:, None] / 10).square().sum() / POINTS
    assert loss == pytest.approx(expected.item(), rel=1e-9)
    for mine, theirs in zip(gradients, gradient_of(expected, net), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-7, atol=1e-10)


def test_a_batch_takes_whole_blocks_and_estimates_the_loss_without_bias():
    net = network()
    training = GroupTraining(group(Mean("m"), BLOCK), net, 9, 1, False)
    batch, share = training._drawn(generator(), 0.0)
    assert len(batch) == 3 * BLOCK
    assert share == POINTS / BLOCK / 3
    targets = batch.data["target"].reshape(-1, BLOCK)
    assert (targets == targets[:, :1]).all()
    assert len(set(targets[:, 0].tolist())) == 3


def test_a_term_of_two_groups_is_told_once_as_their_sum():
    net = network()
    groups = [group(Distance("d")), group(Distance("d"))]
    losses, _ = Training(groups, net, 0, 1, False).step(generator(), 0.0)
    alone, _ = Training(groups[:1], net, 0, 1, False).step(generator(), 0.0)
    assert losses == {name: pytest.approx(2 * value) for name, value in alone.items()}


def test_a_probe_looks_at_whole_blocks(monkeypatch):
    monkeypatch.setattr("inr.training.PROBE_POINTS", 20)
    net = network()
    points = GroupTraining(group(Mean("m"), BLOCK), net, 0, 1, False).probe().points
    assert len(points) == 5 * BLOCK
    assert torch.equal(points[:BLOCK], torch.as_tensor(group(Mean("m"), BLOCK).points[:BLOCK]))


def test_a_batch_size_without_effect_is_noted():
    fixed, anew = group(Distance("d")), group(Distance("d"), draw=drawn)
    assert [*whole_notes(0, [fixed, anew])] == []
    assert [*whole_notes(5, [fixed, anew])] == []
    (note,) = whole_notes(POINTS, [fixed, anew])
    assert note == "batch_size=60 is no less than the 60 points that train: --batch_size=0 is the same training"
    (note,) = whole_notes(5, [anew])
    assert note == "batch_size=5 has no effect: the task draws its points anew for every step"


def test_the_points_of_a_step():
    assert [Work(100, 80, (), drawn).in_a_step(30) for drawn in (False, True)] == [30, 80]
    assert Work(100, 80, ()).in_a_step(0) == 80
    fixed, anew = group(Distance("d")), group(Distance("d"), draw=drawn)
    assert [one.in_a_step(30) for one in (fixed, anew)] == [30, 60]
    assert fixed.in_a_step(0) == fixed.in_a_step(99) == 60
    assert len(Batch.of(drawn(np.random.default_rng(0), 0.0), torch.float32, "cpu")) == 60
