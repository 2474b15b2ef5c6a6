"""In-painting and denoising: terms in closed form, drawn points, scores, classical answers, and what is refused."""

import numpy as np
import pytest
import torch
from PIL import Image

from inr.config import TrialConfig
from inr.errors import InputError, UsageError
from inr.jet import Jet
from inr.signals import array_signal
from inr.tasks import restored
from inr.tasks.smoothness import HessianDiagonal, Variation
from inr.trial import problem_of
from inr.vocabulary import metric, rankable
from tests import oracles
from tests.fits import closed

TASK = {"task": "inpainting", "size": 24, "kept": 0.4}


def config(**flat):
    return TrialConfig.from_flat({**TASK, **flat})


def problem(**flat):
    return problem_of(config(**flat))


def prediction(found, error=0.1):
    truth = found.judge.truth.reshape(-1, found.channels)
    return Jet(truth + error * np.random.default_rng(0).normal(size=truth.shape), None, None)


@pytest.fixture
def saved(tmp_path):
    """Write a mask of 24 × 24 pixels, or of another shape, whose left half is white; give its path."""

    def save(name="mask.png", shape=(24, 24), columns=slice(0, 12)):
        pixels = np.zeros(shape, dtype=np.uint8)
        pixels[:, columns] = 255
        Image.fromarray(pixels).save(tmp_path / name)
        return str(tmp_path / name)

    return save


def loss_of(group, term, jet):
    return float(group.per_residual[term.name] * term.penalty(term.residuals(jet, {})).sum())


def test_the_terms_of_a_quadratic_surface_in_closed_form():
    _, group = problem(loss="all", channels="rgb").groups
    variation, diagonal = group.terms
    assert (variation, diagonal) == (Variation("variation"), HessianDiagonal("hessian_diagonal"))
    y, x = torch.from_numpy(group.points).T
    gradient = torch.stack([2 * y + x, y - 6 * x], dim=-1)[:, None].repeat(1, 3, 1)
    bends = torch.tensor([2.0, -6.0], dtype=torch.float64).expand(len(y), 3, 2)
    jet = Jet(y[:, None].repeat(1, 3), gradient, bends)
    assert loss_of(group, variation, jet) == pytest.approx(float(gradient.abs().mean()))
    assert loss_of(group, diagonal, jet) == pytest.approx(np.sqrt(40))


def test_the_norm_has_a_derivative_where_nothing_bends():
    bends = torch.zeros(4, 1, 2, requires_grad=True)
    HessianDiagonal("hessian_diagonal").residuals(Jet(None, None, bends), {}).sum().backward()
    assert (bends.grad == 0).all()


def test_points_are_drawn_anew_all_over_the_picture():
    _, group = problem(loss="pixels+variation", image="coffee").groups
    first, second = (group.draw(np.random.default_rng(seed), 0.5).points for seed in (1, 2))
    assert len(first) == len(group.points) == 16 * 24 // 2
    assert not np.array_equal(first, second)
    assert np.array_equal(first, group.draw(np.random.default_rng(1), 0.0).points)
    many = np.concatenate([group.draw(np.random.default_rng(seed), 0.0).points for seed in range(50)])
    np.testing.assert_allclose(np.abs(many).max(axis=0), [15 / 23, 1], atol=2e-3)
    np.testing.assert_allclose(many.mean(axis=0), 0, atol=0.02)


def test_kept_pixels_train_and_nothing_else_does():
    found = problem(noise="poisson_gauss", image="coffee")
    (group,), judge = found.groups, found.judge
    assert len(group.points) == round(0.4 * 16 * 24) == judge.kept.sum()
    np.testing.assert_array_equal(found.points.reshape(16, 24, 2)[judge.kept], group.points)
    np.testing.assert_array_equal(group.data["pixels"], judge.observed[judge.kept])
    assert np.abs(judge.observed - judge.truth).max() > 0.1
    assert group.per_residual["pixels"] == 1 / len(group.points)
    assert np.array_equal(problem(image="coffee").judge.kept, judge.kept), "the noise does not change the mask"
    assert not np.array_equal(problem(image="coffee", seed=1).judge.kept, judge.kept)
    assert problem(seed=1).data_hash == problem(noise="poisson_gauss").data_hash


def test_scores_are_of_missing_and_kept_pixels_against_the_clean_picture():
    found = problem(noise="poisson_gauss")
    judge, given = found.judge, prediction(found)
    scores, picture = judge.scores(given), given.value.reshape(24, 24, 1)
    assert scores["missing/psnr"] == pytest.approx(oracles.psnr(picture[~judge.kept], judge.truth[~judge.kept], 2.0))
    assert scores["observed/psnr"] == pytest.approx(oracles.psnr(picture[judge.kept], judge.truth[judge.kept], 2.0))
    assert scores["restored/psnr"] == pytest.approx(oracles.psnr(picture, judge.truth, 2.0))
    assert scores["restored/ssim"] == pytest.approx(oracles.ssim(picture, judge.truth, 2.0))
    noisy = oracles.psnr(judge.observed[judge.kept], judge.truth[judge.kept], 2.0)
    assert scores["observed/psnr_noisy"] == pytest.approx(noisy)


@pytest.mark.parametrize(
    ("flat", "methods"),
    [
        ({}, {"bilinear", "biharmonic", "tv"}),
        ({"noise": "poisson_gauss"}, {"bilinear", "biharmonic", "tv", "nlm"}),
        ({"noise": "poisson_gauss", "kept": 1}, {"tv", "nlm"}),
    ],
)
def test_a_trial_has_the_metrics_that_the_vocabulary_says_and_the_methods_that_apply(flat, methods):
    settings = config(**flat)
    found = problem_of(settings)
    scores = {**found.judge.scores(prediction(found)), **closed(found).scores}
    expected = {name for name in rankable() if metric(name).lacks(settings.flat()) is None}
    assert {name for name in scores if metric(name).rankable} == expected
    assert found.judge.rank_by == settings.task.rank_by(settings.flat()) in expected
    ranked = {name: scores[f"{found.judge.rank_by}_{name}"] for name in methods}
    assert sorted(name for name in scores if name.startswith("restored/psnr_")) == sorted(
        f"restored/psnr_{name}" for name in methods
    )
    best, picture = found.judge.answer
    assert best == max(ranked, key=ranked.get)
    fields = found.judge.fields(prediction(found))
    np.testing.assert_allclose(fields["answer"], picture, atol=1e-6)
    assert fields["answer_name"] == best


def test_a_method_counts_with_its_best_strength(monkeypatch):
    scores = {}
    for strengths in ((0.01,), (0.4,), (0.01, 0.4)):
        monkeypatch.setattr(restored, "TV_STRENGTHS", strengths)
        found = problem(noise="poisson_gauss", kept=1)
        scores[strengths] = found.judge.constants["restored/psnr_tv"]
    weak, strong, both = scores.values()
    assert both == max(weak, strong) > min(weak, strong)


def test_a_mask_from_a_file_keeps_what_is_white(saved):
    path = saved()
    found = problem(mask=path)
    assert found.judge.kept[:, :12].all()
    assert not found.judge.kept[:, 12:].any()
    assert "kept" not in config(mask=path).flat()
    assert found.judge.rank_by == config(mask=path).task.rank_by(config(mask=path).flat()) == "missing/psnr"
    same, other = saved("again.png"), saved("other.png", columns=slice(0, 5))
    assert config(mask=path).trial_id == config(mask=same).trial_id != config(mask=other).trial_id


def test_a_mask_that_does_not_fit_is_refused_in_a_sentence(saved):
    for shape, columns, said in (
        ((24, 20), slice(0, 5), "has 24 x 20 pixels, the picture 24 x 24 pixels: give a mask of the picture's size"),
        ((24, 24), slice(0, 24), "is all white, so nothing is missing: white pixels are kept, black ones are missing"),
        ((24, 24), slice(0, 0), "is all black, so no pixel is kept: white pixels are kept, black ones are missing"),
    ):
        path = saved(shape=shape, columns=columns)
        with pytest.raises(InputError) as caught:
            problem(mask=path)
        assert str(caught.value) == f"the mask {path!r} {said}"
    with pytest.raises(InputError, match=r"cannot read 'none\.png': there is no such file"):
        problem(mask="none.png")
    with pytest.raises(UsageError, match="mask is 'rnadom'; expected a file's path or a known name; did you mean "):
        config(mask="rnadom")


@pytest.mark.parametrize(
    ("flat", "said"),
    [
        ({"kept": 1e-4}, r"--kept=0\.0001 keeps none of 576 pixels: give a larger share"),
        ({"kept": 0.9999}, r"--kept=0\.9999 keeps all of 576 pixels: give a smaller share, or 1 to remove noise"),
        ({"kept": 1}, "--kept=1 got --noise=none: nothing is to be restored; keep fewer or add noise"),
        ({"loss": "variation"}, "--loss=variation got no weight on pixels: add them, nothing else knows the picture"),
        ({"kept": 1.5}, r"--kept got 1\.5: expected a number above 0 and up to 1"),
        ({"noise": "salt"}, "--noise got 'salt': expected one of none, poisson_gauss"),
    ],
)
def test_what_means_nothing_is_refused_in_a_sentence(flat, said):
    with pytest.raises(InputError, match=f"^{said}$"):
        problem(**flat)


def test_a_network_that_cannot_bend_is_told_so():
    notes = config(activation="relu", loss="pixels+hessian_diagonal").notes()
    assert any("the hessian_diagonal loss cannot train relu" in note for note in notes)


def test_an_array_can_be_restored():
    noise = np.random.default_rng(0).integers(0, 256, (16, 20), dtype=np.uint8)
    assert config(size=20).task.fitted_to(array_signal(noise, 20, "gray"), 0).data_shape == (16, 20, 1)
