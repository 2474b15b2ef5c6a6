"""Trials: they repeat, resume, learn, diverge and evaluate as they say."""

import io
import math

import numpy as np
import pytest
import torch

from inr.chunks import CHUNK_VALUES, shares
from inr.config import TrialConfig
from inr.trial import Diverged, Trial, problem_of, run_trial

SMALL = {"size": 16, "hidden_features": 8, "hidden_layers": 1, "steps": 7, "eval_every": 3, "learning_rate": 1e-3}


def config(**flat):
    return TrialConfig.from_flat({**SMALL, **flat})


def trial_of(**flat):
    settings = config(**flat)
    return Trial(settings, problem_of(settings), "cpu", threads=1, compiled=False)


def steps_of(**flat):
    return list(run_trial(config(**flat)))


def losses_of(steps):
    return [step.loss for step in steps if step.step]


def final_parameters(steps):
    return [p.detach().clone() for p in steps[-1].trial.network.parameters()]


def assert_identical(first, second):
    """The same steps, weights, metrics, maps and histograms, bit for bit."""
    assert losses_of(first) == losses_of(second)
    assert all(torch.equal(a, b) for a, b in zip(final_parameters(first), final_parameters(second), strict=True))
    a, b = first[-1].evaluation, second[-1].evaluation
    np.testing.assert_equal(a.metrics, b.metrics)
    assert a.loss == b.loss
    for one, two in zip(a.prediction, b.prediction, strict=True):
        np.testing.assert_array_equal(one, two)
    for one, two in zip(a.histograms, b.histograms, strict=True):
        np.testing.assert_equal(vars(one), vars(two))


@pytest.mark.parametrize(
    "flat", [{}, {"loss": "all", "activation": "square"}, {"batch_size": 50}, {"holdout": "random"}], ids=str
)
def test_the_seed_decides_every_bit(flat):
    assert_identical(steps_of(**flat), steps_of(**flat))
    assert losses_of(steps_of(**flat)) != losses_of(steps_of(**flat, seed=1))


def test_steps_and_evaluations_come_as_announced():
    steps = steps_of(steps=7, eval_every=3)
    assert [step.step for step in steps] == list(range(8))
    assert [step.step for step in steps if step.evaluation] == [0, 3, 6, 7]
    assert all(s.evaluation.step == s.step and len(s.evaluation.seconds) == s.step for s in steps if s.evaluation)
    assert math.isnan(steps[0].loss)
    assert steps[0].evaluation.loss == {}
    assert all(step.loss == step.evaluation.loss["loss"] for step in steps[1:] if step.evaluation)


def test_one_evaluation_where_the_last_step_is_due_anyway():
    assert [step.step for step in steps_of(steps=6, eval_every=3) if step.evaluation] == [0, 3, 6]


def test_evaluations_do_not_touch_the_training():
    flat = {"batch_size": 50, "loss": "image+gradient"}
    assert_identical(steps_of(**flat, eval_every=1), steps_of(**flat, eval_every=1000))


def test_losses_are_named_and_weighted():
    flat = {"loss": "all", "image_weight": 2, "gradient_weight": 0.5, "laplacian_weight": 0}
    losses = trial_of(**flat).train()
    assert losses["loss"] == pytest.approx(2 * losses["loss/image"] + 0.5 * losses["loss/gradient"])
    assert set(losses) == {"loss", "loss/image", "loss/gradient"}
    assert steps_of(**flat)[-1].evaluation.metrics["network/parameters"] == 8 * 3 + 8 * 9 + 9


@pytest.mark.parametrize("stop", [0, 1, 4, 6])
@pytest.mark.parametrize(
    "flat",
    [
        {},
        {"batch_size": 50, "schedule": "cosine"},
        {"activation": "msa", "highest_frequency": 100.0},
        {"activation": "wire", "loss": "all"},
        {"loss": "all", "batch_size": 100, "schedule": "exponential", "activation": "triangle"},
    ],
    ids=str,
)
def test_a_resumed_trial_ends_as_an_unbroken_one(flat, stop):
    whole = steps_of(**flat)
    for step in run_trial(config(**flat)):
        if step.step == stop:
            torch.save(step.trial.state(), file := io.BytesIO())
            break
    state = torch.load(io.BytesIO(file.getvalue()))
    resumed = list(run_trial(config(**flat), resume=state))
    assert [step.step for step in resumed] == list(range(stop + 1, 8))
    assert_identical(whole[stop + 1 :], resumed)
    assert len(resumed[-1].evaluation.seconds) == 7


@pytest.mark.parametrize(
    "flat", [{"loss": "all"}, {"loss": "gradient", "channels": "rgb"}, {"batch_size": 99}], ids=str
)
def test_chunks_change_nothing_but_rounding(flat, monkeypatch):
    whole = steps_of(**flat)
    monkeypatch.setitem(CHUNK_VALUES, "cpu", 8 * 37)
    chunked = steps_of(**flat)
    trial = chunked[-1].trial
    (chunks,) = shares(
        len(trial.training.parts[0].batch),
        trial.training.parts[0].program.plan,
        trial.optimizer.parameters[0],
        threads=1,
    )
    assert max(chunk.stop - chunk.start for chunk in chunks) <= 37
    assert losses_of(chunked) == pytest.approx(losses_of(whole), rel=1e-4)
    for name, values in chunked[-1].evaluation.prediction._asdict().items():
        expected = getattr(whole[-1].evaluation.prediction, name)
        np.testing.assert_allclose(values, expected, atol=1e-3 * np.abs(expected).max())


def test_the_prediction_is_the_networks_on_the_whole_grid(monkeypatch):
    monkeypatch.setitem(CHUNK_VALUES, "cpu", 8 * 4 * 50)
    trial = trial_of(image="coffee", channels="rgb", holdout="grid")
    prediction, shape = trial.predict(), trial.problem.judge.signal.shape
    assert shape[0] < shape[1] == 16
    assert prediction.gradient.reshape(*shape, 2).shape == (*shape, 2)
    assert prediction.second.reshape(shape).shape == prediction.value.reshape(shape).shape == shape
    x = torch.tensor(trial.problem.judge.signal.coordinates[3, 5], dtype=torch.float32)[None]
    np.testing.assert_allclose(
        prediction.value.reshape(shape)[3, 5], trial.network(x)[0].detach(), rtol=1e-4, atol=1e-6
    )


def test_a_trial_follows_its_schedule():
    trial = trial_of(schedule="cosine", learning_rate=0.3)
    rates = [trial.learning_rate]
    for _ in range(7):
        trial.train()
        rates.append(trial.learning_rate)
    assert rates == pytest.approx([0.15 + 0.15 * math.cos(math.pi * t / 7) for t in range(8)], abs=1e-12)


@pytest.mark.parametrize("activation", ["relu", "square", "sine"])
def test_a_huge_learning_rate_diverges_at_its_step(activation):
    with pytest.raises(Diverged, match="the loss is not finite at step 2") as raised:
        steps_of(activation=activation, learning_rate=1e20, eval_every=100)
    assert raised.value.step == 2


def test_a_prediction_that_is_not_finite_diverges_at_its_evaluation():
    with pytest.raises(Diverged) as raised:
        steps_of(activation="square", learning_rate=1e16, eval_every=1)
    assert raised.value.step == 1


def test_gradients_that_are_not_finite_diverge():
    with pytest.raises(Diverged):
        steps_of(activation="relu", learning_rate=1e6, eval_every=1, hidden_layers=2)


def test_a_laplacian_that_overflows_diverges_even_where_the_image_does_not():
    trial = trial_of(hidden_layers=0)
    with torch.no_grad():
        trial.network.maps()[0].weight.mul_(1e22)
    assert math.isfinite(trial.train()["loss"])
    with pytest.raises(Diverged):
        trial.evaluate({})


def test_a_laplacian_teaches_relu_nothing():
    flat = {"activation": "relu", "loss": "laplacian"}
    assert "nothing will be learnt" in config(**flat).notes()[0]
    steps = steps_of(**flat)
    assert len(set(losses_of(steps))) == 1
    assert all(map(torch.equal, final_parameters(steps), trial_of(**flat).network.parameters()))
    assert not steps[-1].evaluation.prediction.second.any()


def test_sine_learns_an_image():
    flat = {"size": 32, "hidden_features": 64, "hidden_layers": 2, "steps": 100, "eval_every": 100}
    first, last = (s.evaluation.metrics["image/psnr"] for s in steps_of(**flat, learning_rate=1e-3) if s.evaluation)
    assert first < 12
    assert last > 25


@pytest.mark.parametrize(
    ("loss", "metric"), [("gradient", "exact_gradient/nrmse"), ("laplacian", "exact_laplacian/nrmse")]
)
def test_derivatives_of_a_field_are_learnt(loss, metric):
    flat = {"image": "gaussians", "operator": "analytic", "loss": loss, "hidden_features": 32, "size": 24}
    steps = steps_of(**flat, omega_0=10, steps=150, eval_every=150, learning_rate=2e-3)
    first, last = (s.evaluation.metrics for s in steps if s.evaluation)
    assert first[metric] > 0.9
    assert last[metric] < 0.25
    assert last["image/psnr_aligned"] > first["image/psnr_aligned"] + 5


def test_minibatches_estimate_the_whole_and_its_gradient_without_bias():
    flat = {"loss": "all", "hidden_layers": 0}
    expected, trial = losses_and_gradient(trial_of(**flat)), trial_of(**flat, batch_size=60)
    draws = np.array([losses_and_gradient(trial) for _ in range(300)])
    assert (np.abs(draws.mean(0) - expected) <= 4 * draws.std(0) / math.sqrt(len(draws))).all()
    assert (draws.std(0) > 0).all()


def losses_and_gradient(trial):
    """Those of the initial network: no step is taken."""
    given = []
    trial.optimizer.step = lambda gradients, learning_rate, *_: given.extend(gradients)
    losses = trial.train()
    return [*losses.values(), *given[-2].ravel().tolist()]


def test_the_seed_draws_the_pixels():
    flat = {"batch_size": 60, "steps": 1}
    first, other = trial_of(**flat, seed=0), trial_of(**flat, seed=1)
    other.network.load_state_dict(first.network.state_dict())
    assert first.train() != other.train()
    masks = [problem_of(config(holdout="random", seed=seed)).judge.split.trained for seed in (0, 1)]
    assert not np.array_equal(*masks)


UNMOVED = "no parameter moved from its initial value, so nothing was learnt: "
NO_GRADIENT = "every gradient is zero or too small for float32; use another loss, or larger weights"
DAMPED = (
    "the weights of the loss are so small that Adam's ε = 1e-08 shortens the steps of {n} of 105 parameters; "
    "multiply them all by {factor} or more"
)


@pytest.mark.parametrize(
    ("flat", "notes"),
    [
        ({}, ()),
        ({"image_weight": 1e-5}, ()),
        ({"image_weight": 1e12}, ()),
        ({"loss": "all", "loss_units": "physical", "laplacian_weight": 1e12}, ()),
        ({"image_weight": 1e-12}, (DAMPED.format(n=105, factor="1e+07"),)),
        ({"image_weight": 1e-30}, (UNMOVED + DAMPED.format(n=105, factor="1e+32"),)),
        ({"image_weight": 1e-50}, (UNMOVED + NO_GRADIENT,)),
        ({"activation": "relu", "loss": "laplacian"}, (UNMOVED + NO_GRADIENT,)),
        ({"learning_rate": 1e-20}, (UNMOVED + "the steps are too small for float32; use a larger --learning_rate",)),
    ],
    ids=str,
)
def test_what_could_not_learn_is_noted(flat, notes):
    *_, last = run_trial(config(**flat))
    assert last.trial.notes() == notes


def test_squares_that_overflow_are_noted():
    trial = trial_of()
    trial.training.parts[0].scales *= 1e25
    for _ in range(3):
        trial.train()
    (note,) = trial.notes()
    assert note == (
        f"{UNMOVED}105 of 105 parameters no longer move, because the squares of their gradients overflow float32; "
        "use smaller weights of the loss"
    )


def test_a_resumed_trial_knows_where_it_began():
    flat = {"image_weight": 1e-50}
    for step in run_trial(config(**flat)):
        if step.step == 4:
            break
    assert step.trial.notes() == (UNMOVED + NO_GRADIENT,)
    *_, last = run_trial(config(**flat), resume=step.trial.state())
    assert last.trial.notes() == (UNMOVED + NO_GRADIENT,)
    trial = trial_of()
    trial.train()
    assert trial.notes() == ()


def test_a_batch_of_all_pixels_of_a_picture_that_is_not_square_is_noted():
    note = "batch_size=200 is no less than the 176 points that train: --batch_size=0 is the same training"
    assert problem_of(config(image="coffee", batch_size=200)).notes == (note,)
    assert problem_of(config(image="coffee", batch_size=175)).notes == ()
    assert losses_of(steps_of(image="coffee", batch_size=200)) == losses_of(steps_of(image="coffee"))


@pytest.mark.parametrize("size", [0, 256, 1000])
def test_a_batch_of_all_pixels_is_the_whole(size):
    assert losses_of(steps_of(batch_size=size)) == losses_of(steps_of())
