"""The task that completes pictures: contexts, draws, scores, sentences, and the network of a picture."""

import shutil
import sys

import numpy as np
import pytest
from skimage.io import imsave

import inr
from inr.config import TrialConfig
from inr.errors import InputError, UsageError
from inr.jet import Jet
from inr.signals import picture_set
from inr.tasks.completion import COUNTS, Contexts
from inr.trial import problem_of, run_trial
from sweeps.file.plan import trial_flops
from tests import oracles

SMALL = {"task": "hypernetwork", "collection": "brick", "crop": 64, "pictures": 3, "pixels": 20}
TINY = {**SMALL, "hidden_features": 8, "hidden_layers": 1, "steps": 2, "latent_features": 5, "hyper_features": 4}


def config(**flat):
    return TrialConfig.from_flat({**TINY, **flat})


def test_digits_without_scikit_learn_are_named_with_what_brings_them(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(InputError, match=r"^cannot load digits: they come with scikit-learn; install the digits extra"):
        problem_of(config(collection="digits"))


def test_a_file_gives_crops_and_is_its_bytes(tmp_path):
    picture = (255 * np.random.default_rng(0).random((80, 100))).astype(np.uint8)
    for name, pixels in (("a.png", picture), ("b.png", picture), ("c.png", picture[::-1]), ("flat.png", 0 * picture)):
        imsave(tmp_path / name, pixels, check_contrast=False)
    made = {name: config(collection=str(tmp_path / name), crop=20) for name in ("a.png", "b.png", "c.png", "flat.png")}
    assert made["a.png"].trial_id == made["b.png"].trial_id != made["c.png"].trial_id
    problem = problem_of(made["a.png"])
    assert problem.data_shape == (20, 20, 1)
    with pytest.raises(InputError, match=r"all its pixels are equal in gray"):
        problem_of(made["flat.png"])


@pytest.mark.parametrize(
    ("flat", "sentence"),
    [
        ({"collection": "nothing.png"}, r"cannot read 'nothing\.png': there is no such file"),
        ({"collection": "fases"}, r"^collection is 'fases'; .* did you mean 'faces'\?$"),
        (
            {"crop": 300},
            r"^cannot cut .brick. into crops: its 512x512 pixels hold 1 squares of 300 .* give a smaller --crop or",
        ),
        ({"pictures": 99}, r"^--pictures got 99: brick has 52 pictures to train on; give as many or fewer$"),
        ({"loss": "latent"}, r"^--loss=latent got no completion term of a weight above 0"),
        ({"completion_weight": 0}, r"^--loss=completion\+latent\+theta got no completion term of a weight above 0"),
        ({"pixels": -1}, r"^--pixels got -1: expected an integer of at least 0$"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_a_sentence(flat, sentence):
    with pytest.raises((InputError, UsageError), match=sentence):
        problem_of(config(**flat))


def test_values_without_effect_are_one_trial():
    assert config(collection="faces", pixels=625).task.pixels == 0
    assert config(collection="faces", pixels=0, context=10**6).task.context == 625
    assert config(pixels=20, context=50).task.context == 20
    assert "crop" not in config(collection="faces").flat()


def test_contexts_are_nested_and_the_same_at_each_call():
    pictures = picture_set("faces", 25)
    contexts = Contexts.of(pictures)
    counts = contexts.known.sum(axis=1).reshape(len(COUNTS), -1)
    assert (counts == [[625], [100], [10]]).all()
    most, middle, fewest = contexts.known.reshape(len(COUNTS), 20, 625)
    assert not (middle & ~most).any()
    assert not (fewest & ~middle).any()
    np.testing.assert_array_equal(contexts.known, Contexts.of(pictures).known)
    np.testing.assert_allclose(contexts.shares.sum(axis=1), 1)


def test_a_step_draws_pictures_and_a_context_of_each_at_random():
    problem = problem_of(config(context=15))
    (group,) = problem.groups
    trained = picture_set("brick", 64).trained.reshape(52, -1)
    grid = {tuple(point): place for place, point in enumerate(problem.points[: 64**2])}
    seen = set()
    for seed in range(20):
        drawn = group.draw(np.random.default_rng(seed), 0.5)
        points, pixels, shares = (
            each.reshape(3, 20, -1) for each in (drawn.points, drawn.data["completion"], drawn.data["context"])
        )
        for k in range(3):
            places = [grid[tuple(point)] for point in points[k]]
            assert len({*places}) == 20
            assert (trained[:, places] == pixels[k, :, 0]).all(axis=1).any()
            known = int((shares[k] > 0).sum())
            assert 10 <= known <= 15
            np.testing.assert_allclose(shares[k, :, 0], (np.arange(20) < known) / known)
            seen.add(known)
    assert seen == {*range(10, 16)}


def test_every_score_is_that_of_all_held_out_pictures_together():
    problem = problem_of(config())
    judge = problem.judge
    truth = judge.truth
    guesses = np.stack([truth + error for error in (0.01, 0.1, 0.2)]) + 0.05 * np.sin(np.arange(64))
    scores = judge.scores(Jet(guesses.reshape(-1, 1), None, None))
    for count, guess in zip(COUNTS, guesses, strict=True):
        assert scores[f"context_{count}/psnr"] == pytest.approx(oracles.psnr(guess, truth, 2.0))
    stack = np.moveaxis(truth[:2, :16, :16], 0, -1)
    assert np.mean([oracles.ssim(stack[..., k], 0.9 * stack[..., k], 2.0) for k in range(2)]) == pytest.approx(
        oracles.ssim(stack, 0.9 * stack, 2.0)
    )
    mean = picture_set("brick", 64).trained.mean(axis=0)[..., 0]
    assert scores["context_10/psnr_mean"] == pytest.approx(oracles.psnr(0 * truth + mean, truth, 2.0))
    for place, count in enumerate(COUNTS):
        expected = oracles.psnr(judge.gaussian[place], truth, 2.0)
        assert scores[f"context_{count}/psnr_gaussian"] == pytest.approx(expected)
    assert scores["context_10/psnr_mean"] < scores["context_10/psnr_gaussian"] < scores["context_100/psnr_gaussian"]


def test_more_given_pixels_help_after_some_training():
    flat = {"hidden_features": 24, "steps": 150, "eval_every": 150, "learning_rate": 3e-3, "omega_0": 5}
    sizes = {"crop": 16, "pixels": 60, "pictures": 16, "latent_features": 24, "hyper_features": 16}
    *_, last = run_trial(config(**flat, **sizes))
    scores = last.evaluation.metrics
    assert scores["context_100/psnr"] > scores["context_10/psnr"] > scores["context_10/psnr_mean"]


@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler: torch.compile has nothing to call")
def test_compiled_steps_and_two_threads_are_the_same_training():
    losses = []
    for how in ({}, {"threads": 2}, {"compiled": True}):
        *_, last = run_trial(config(), **how)
        losses.append(last.evaluation.loss)
    assert set(losses[0]) == {"loss", "loss/completion", "loss/latent", "loss/theta"}
    for other in losses[1:]:
        assert other == pytest.approx(losses[0], rel=1e-5)
    weighted = losses[0]["loss/completion"] + 0.1 * losses[0]["loss/latent"] + 100 * losses[0]["loss/theta"]
    assert losses[0]["loss"] == pytest.approx(weighted)


def test_the_network_in_memory_is_that_of_the_first_held_out_picture_and_takes_others():
    result = inr.fit(**TINY)
    first = result.fields["completed"][0, 0]
    x = problem_of(config()).points[: 64**2]
    np.testing.assert_allclose(result.network.value(x).reshape(64, 64), first, atol=1e-5)
    second = result.network.given(x, result.fields["reference"][1].reshape(-1, 1))
    expected = result.fields["completed"][0, 1]
    assert np.abs(second.value(x).reshape(64, 64) - expected).max() < np.abs(first - expected).max()


def test_the_plan_counts_the_networks_behind_the_code():
    few, many = (trial_flops(config(hyper_features=width)) for width in (4, 400))
    theta = 8 * (2 + 8 + 1)
    extra = 6 * 3 * ((400 - 4) * (6 * 5 + theta) + 6 * (400**2 - 4**2))
    assert many - few == pytest.approx(2 * extra)
