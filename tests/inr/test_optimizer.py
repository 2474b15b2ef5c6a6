"""Adam is PyTorch's own, bit for bit; the schedules are their closed forms; neither costs the compiler's import."""

import io
import math
import subprocess
import sys

import pytest
import torch

from inr.optimizer import Adam
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
