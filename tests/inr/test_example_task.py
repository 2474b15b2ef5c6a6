"""The task of ``examples/``: two groups of points, residuals of its own, and the motion that solves its equation."""

from pathlib import Path

import numpy as np
import pytest
import torch

import run
from inr.config import TrialConfig
from inr.jet import Jet
from inr.plugins import load
from inr.tasks import TASKS, task_of
from inr.tasks.unknown import Unknown
from inr.trial import problem_of, run_trial
from inr.vocabulary import metric
from tests import oracles
from tests.inr import test_choices as choices
from tests.inr import test_tasks as tasks

EXAMPLE = Path(run.__file__).parent / "examples" / "task.py"
TINY = {"task": "oscillator", "hidden_features": 8, "hidden_layers": 1, "oscillator_points": 30, "steps": 3}

pytestmark = pytest.mark.usefixtures("restored_registries")


@pytest.fixture(autouse=True)
def oscillator(restored_registries):
    load(str(EXAMPLE))
    return TASKS["oscillator"]


def solution(problem, config):
    """Value, slope and second derivative in closed form."""
    k, d, s = config.task.oscillator_rate, config.task.oscillator_damping, problem.points + 1
    value = np.exp(-d * s) * np.cos(k * s)
    slope = np.exp(-d * s) * (-d * np.cos(k * s) - k * np.sin(k * s))
    return torch.from_numpy(value), torch.from_numpy(slope), torch.from_numpy(-2 * d * slope - (k**2 + d**2) * value)


def test_it_keeps_the_contracts_of_tasks_and_choices(oscillator):
    for contract in (
        choices.test_an_option_is_frozen_keyword_only_and_complete_without_arguments,
        choices.test_the_parameters_of_an_option_exist_exactly_where_it_is_chosen,
        choices.test_an_option_is_named_where_its_parameters_are_documented,
    ):
        contract(oscillator)
    tasks.test_its_scores_are_known_its_panels_share_a_shape_and_it_ranks_by_one_of_its_scores("oscillator")
    tasks.test_any_activation_trains_on_it("oscillator", "sine")


def test_the_solution_has_no_residual_and_is_the_truth():
    config = TrialConfig.from_flat(TINY)
    problem = problem_of(config)
    value, slope, bend = solution(problem, config)
    for group in problem.groups:
        count = len(group.points)
        jet = Jet(value[:count], slope[:count, :, None], bend[:count, :, None])
        data = {name: torch.from_numpy(values) for name, values in group.data.items()}
        for term in group.terms:
            assert term.residuals(jet, data).abs().max() < 1e-12, term.name
    assert problem.judge.scores(Jet(value.numpy(), None, None))["motion/psnr"] == np.inf


def test_the_gradient_over_both_groups_is_nested_autograds():
    config = TrialConfig.from_flat({**TINY, "start_weight": 3.0})
    first = next(run_trial(config))
    network, parts = first.trial.network.double(), first.trial.training.parts
    assert [len(part.batch) for part in parts] == [30, 1]
    total, found = 0.0, None
    for part in parts:
        data = {name: values.double() for name, values in part.batch.data.items()}
        batch, scales = type(part.batch)(part.batch.coordinates.double(), data), part.scales.double()
        _, gradients = part.program(network.layers(), scales, batch)
        found = gradients if found is None else [a + b for a, b in zip(found, gradients, strict=True)]
        jet = oracles.field_jet(network, batch.coordinates, part.group.ask)
        for scale, term in zip(scales, part.group.terms, strict=True):
            total = total + scale * term.residuals(jet, data).square().sum()
    expected = torch.autograd.grad(total, [*network.parameters()], materialize_grads=True)
    for mine, theirs in zip(found, expected, strict=True):
        assert (mine - theirs).abs().max() <= 1e-9 * theirs.abs().max()


def test_a_network_learns_the_motion_from_the_equation():
    flat = {"hidden_features": 32, "steps": 300, "eval_every": 300, "learning_rate": 2e-3, "oscillator_rate": 8}
    *_, last = run_trial(TrialConfig.from_flat({**TINY, **flat, "omega_0": 6, "oscillator_points": 100}))
    assert last.evaluation.metrics["motion/snr"] > 20


def test_without_the_plugin_its_records_have_their_own_words(restored_registries):
    TASKS.pop("oscillator")
    config = {"task": "oscillator", "loss": "equation"}
    assert task_of(config) is Unknown
    assert Unknown.title(config) == "task oscillator, equation loss"
    assert Unknown.panels({}) == ()
    assert metric("motion/other").header == "motion/other"
    assert Unknown not in TASKS.values()
