"""The optimizers are PyTorch's own, bit for bit; the schedules are their closed forms; none imports the compiler."""

import io
import math
import subprocess
import sys

import pytest
import torch

from inr.choices import OPTIONS
from inr.config import TrialConfig
from inr.errors import UsageError
from inr.optimizer import Adam, Lbfgs, Muon
from inr.trial import run_trial
from tests.cases import choice

SHAPES = [(3, 2), (3,), (1, 3)]
RATES = [0.1, 0.03, 0.2, 0.001, 0.07]


def parameters():
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=generator, requires_grad=True) for shape in SHAPES]


def gradients(step):
    generator = torch.Generator().manual_seed(100 + step)
    return [torch.randn(shape, generator=generator) for shape in SHAPES]


def test_it_is_the_class_of_pytorch_bit_for_bit():
    ours, theirs = parameters(), parameters()
    adam, reference = Adam(ours), torch.optim.Adam(theirs, fused=True)
    for step, rate in enumerate(RATES):
        adam.step(gradients(step), rate)
        for tensor, gradient in zip(theirs, gradients(step), strict=True):
            tensor.grad = gradient
        reference.param_groups[0]["lr"] = rate
        reference.step()
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(ours, parameters(), strict=True))


def test_it_is_the_algorithm_of_the_paper():
    tensors, means, squares = parameters(), [0.0] * 3, [0.0] * 3
    adam, expected = Adam(tensors), [p.detach().double() for p in tensors]
    for step, rate in enumerate(RATES, start=1):
        for i, gradient in enumerate(gradients(step)):
            g = gradient.double()
            means[i] = 0.9 * means[i] + 0.1 * g
            squares[i] = 0.999 * squares[i] + 0.001 * g**2
            mean, square = means[i] / (1 - 0.9**step), squares[i] / (1 - 0.999**step)
            expected[i] = expected[i] - rate * mean / (square.sqrt() + 1e-8)
        adam.step(gradients(step), rate)
    for tensor, wanted in zip(tensors, expected, strict=True):
        torch.testing.assert_close(tensor.detach().double(), wanted, rtol=1e-4, atol=1e-6)


def test_it_goes_on_from_its_state():
    whole, broken = parameters(), parameters()
    adam, first = Adam(whole), Adam(broken)
    for step, rate in enumerate(RATES):
        if step == 3:
            file = io.BytesIO()
            torch.save(first.state(), file)
            file.seek(0)
            first = Adam(broken)
            first.load(torch.load(file, weights_only=True))
        for optimizer in (adam, first):
            optimizer.step(gradients(step), rate)
    assert all(torch.equal(a, b) for a, b in zip(whole, broken, strict=True))


@pytest.mark.parametrize(
    ("schedule", "factor"),
    [
        ("none", lambda share: 1.0),
        ("cosine", lambda share: 0.5 + 0.5 * math.cos(math.pi * share)),
        ("exponential", lambda share: 0.05**share),
    ],
)
def test_schedules_are_their_closed_forms(schedule, factor):
    for share in (0.0, 0.3, 1.0):
        assert choice("schedule", schedule, learning_rate_decay=0.05).factor(share) == pytest.approx(
            factor(share), abs=1e-12
        )


def test_a_trial_that_is_not_compiled_does_not_pay_for_the_compiler():
    code = (
        "import sys; from inr.config import TrialConfig; from inr.trial import run_trial;"
        "list(run_trial(TrialConfig.from_flat(dict(size=12, hidden_features=4, steps=2, schedule='cosine'))));"
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


TASK = {"size": 16, "hidden_features": 8, "hidden_layers": 2, "steps": 6, "eval_every": 3}


def test_muon_is_pytorchs_on_the_hidden_matrices_and_adam_on_the_rest():
    ours, theirs = parameters(), parameters()
    muon = Muon(ours, [ours[0], ours[2]], ratio=0.5, momentum=0.9)
    matrices = torch.optim.Muon([theirs[0], theirs[2]], weight_decay=0.0, momentum=0.9)
    rest = torch.optim.Adam([theirs[1]], fused=True)
    for step, rate in enumerate(RATES):
        muon.step(gradients(step), rate)
        for tensor, gradient in zip(theirs, gradients(step), strict=True):
            tensor.grad = gradient
        matrices.param_groups[0]["lr"], rest.param_groups[0]["lr"] = 0.5 * rate, rate
        matrices.step()
        rest.step()
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_muon_steps_by_a_nearly_orthogonal_matrix():
    matrix = torch.zeros(40, 20)
    Muon([matrix], [matrix], ratio=1.0, momentum=0.95).step([torch.randn(40, 20)], 0.1)
    singular = torch.linalg.svdvals(matrix / (0.1 * math.sqrt(2)))
    assert 0.6 < singular.min() < singular.max() < 1.25


def valley(p):
    """Rosenbrock's function of two numbers, and its gradient."""
    x, y = p.detach().double()
    loss = (1 - x) ** 2 + 100 * (y - x * x) ** 2
    return float(loss), torch.stack([2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)]).float()


def test_lbfgs_is_pytorchs_iteration_by_iteration():
    ours, theirs = (torch.tensor([-1.2, 1.0], requires_grad=True) for _ in range(2))
    rule = Lbfgs([ours], history=5)
    reference = torch.optim.LBFGS(
        [theirs], max_iter=1, max_eval=26, tolerance_grad=0, tolerance_change=0, history_size=5,
        line_search_fn="strong_wolfe",
    )  # fmt: skip

    def closure():
        loss, theirs.grad = valley(theirs)
        return loss

    calls = []

    def again():
        calls.append(1)
        loss, gradient = valley(ours)
        return loss, [gradient]

    for _ in range(40):
        loss, gradient = valley(ours)
        rule.step([gradient], 1.0, loss, again)
        reference.step(closure)
        assert torch.equal(ours, theirs)
    torch.testing.assert_close(ours.detach(), torch.ones(2), atol=1e-3, rtol=0)
    assert len(calls) == reference.state[theirs]["func_evals"] - 40


@pytest.mark.parametrize("optimizer", OPTIONS["optimizer"])
def test_a_trial_resumes_bit_for_bit(optimizer):
    config = TrialConfig.from_flat({**TASK, "optimizer": optimizer, "learning_rate": 1e-3})
    steps = [*run_trial(config)]
    halves = run_trial(config)
    for step in halves:
        if step.step == 4:
            file = io.BytesIO()
            torch.save(step.trial.state(), file)
            break
    file.seek(0)
    *_, last = run_trial(config, resume=torch.load(file, weights_only=True))
    assert last.evaluation.metrics == steps[-1].evaluation.metrics
    losses = [step.loss for step in steps[1:]]
    assert losses[-1] < losses[0]
    assert not any("no parameter moved" in note for note in steps[-1].evaluation.notes)


def test_muon_moves_only_hidden_matrices_by_its_own_rate():
    plain, muon = (
        [step.trial.network for step in run_trial(TrialConfig.from_flat({**TASK, "steps": 1, **flat}))][-1]
        for flat in ({}, {"optimizer": "muon", "muon_learning_rate": 0.03})
    )
    same = [torch.equal(a, b) for a, b in zip(plain.parameters(), muon.parameters(), strict=True)]
    assert same == [True, True, False, True, False, True, True, True]
    initial = next(iter(run_trial(TrialConfig.from_flat(TASK)))).trial.network
    step = (muon.maps()[1].weight - initial.maps()[1].weight) / 0.03
    assert torch.linalg.svdvals(step).max() < 1.3


def test_lbfgs_ends_far_below_adam_in_as_many_steps():
    losses = {
        optimizer: [*run_trial(TrialConfig.from_flat({**TASK, "steps": 30, "optimizer": optimizer}))][-1].loss
        for optimizer in ("adam", "lbfgs")
    }
    assert losses["lbfgs"] < 0.2 * losses["adam"]


@pytest.mark.parametrize(
    ("flat", "sentence"),
    [
        (
            {"optimizer": "muon", "hidden_layers": 0},
            "--optimizer=muon got --hidden_layers=0, which has no matrix between hidden layers: give 1 or more, or "
            "--optimizer=adam",
        ),
        (
            {"optimizer": "muon", "task": "hypernetwork"},
            "--optimizer=muon got --task=hypernetwork, whose parameters are those of a hypernetwork: "
            "use --optimizer=adam",
        ),
        (
            {"optimizer": "lbfgs", "batch_size": 100},
            "--optimizer=lbfgs got --batch_size=100, but compares gradients of one loss: give --batch_size=0",
        ),
        (
            {"optimizer": "lbfgs", "task": "sdf"},
            "--optimizer=lbfgs got --task=sdf with points that are drawn anew for every step, but compares gradients "
            "of one loss: use --optimizer=adam",
        ),
    ],
    ids=str,
)
def test_what_an_optimizer_cannot_train_has_its_sentence(flat, sentence):
    with pytest.raises(UsageError) as raised:
        TrialConfig.from_flat(flat)
    assert str(raised.value) == sentence
    assert raised.value.exit_code == 2


def test_lbfgs_has_no_learning_rate_and_adam_is_the_trial_of_before():
    config = TrialConfig.from_flat({"optimizer": "lbfgs", "learning_rate": 1, "schedule": "cosine"})
    assert config.ignored == ("learning_rate", "schedule")
    assert TrialConfig.from_flat(config.flat()) == config
    before = "e4e85cbbd3bf0f01"  # of the version before there was a choice
    assert TrialConfig.from_flat({"size": 256}).trial_id == before
    assert TrialConfig.from_flat({"size": 256, "optimizer": "adam"}).trial_id == before
    assert len({TrialConfig.from_flat({"optimizer": name}).trial_id for name in OPTIONS["optimizer"]}) == 3
