"""The vocabulary: every score and family is whole, and every metric of a trial is known."""

import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from inr.config import TrialConfig
from inr.families import FAMILIES, Family, declare_family
from inr.scores import (
    DISTANCE,
    FINE,
    LINE,
    MAP,
    OUTSIDE,
    POINTS,
    RESIDUAL,
    SCORES,
    SLOPE,
    SOLID,
    SURFACE,
    declare_score,
)
from inr.tasks.image import Image
from inr.trial import problem_of
from inr.vocabulary import expected, families, headlines, listed, metric, rank_by, rankable, references, tabulated
from tests.fits import closed, truth

TINY = {"size": 24, "hidden_features": 4, "hidden_layers": 1}
CONFIGS = [
    {},
    {"loss": "gradient"},
    {"loss": "laplacian", "image": "sinusoids", "operator": "analytic"},
    {"loss": "image+gradient", "image_weight": 0.0},
    {"loss": "all", "image": "sinusoids", "holdout": "grid"},
    {"task": "blend"},
    {"task": "blend", "image": "sinusoids", "other_image": "gaussians", "loss": "all", "operator": "analytic"},
    {"task": "poisson", "loss": "laplacian", "image": "sinusoids"},
    {"task": "poisson", "loss": "gradient+border", "guidance": "clone"},
    {"task": "poisson", "loss": "gradient+border", "border_weight": 0.0},
    {"task": "audio"},
    {"task": "audio", "loss": "derivative", "operator": "analytic"},
    {"task": "audio", "loss": "all", "holdout": "random", "operator": "analytic"},
]


def measured(flat):
    config = TrialConfig.from_flat({**TINY, **flat})
    problem = problem_of(config)
    return config, problem.judge, {**problem.judge.scores(truth(problem.judge)), **closed(problem).scores}


def of_a_map(noise):
    reference = np.random.default_rng(0).normal(size=(16, 16, 1))
    return reference + noise * np.roll(reference, 3, 0), reference


def of_a_fine_map(noise):
    """A map without high frequencies, and with ``noise`` of all frequencies."""
    row, column = np.meshgrid(*[np.linspace(0, 1, 29)] * 2, indexing="ij")
    reference = np.cos(2 * row + column)[..., None]
    return reference + noise * np.random.default_rng(0).normal(size=reference.shape), reference


def of_a_surface(noise):
    """What the points of two surfaces find that are ``noise`` apart, with normals of that angle's cosine less 1."""
    both = np.tile([noise, 1 - noise], (7, 1))
    return both, both


@pytest.mark.parametrize("score", SCORES.values(), ids=lambda score: score.name)
def test_a_score_is_whole_and_its_direction_is_true(score):
    assert score.label
    assert score.decimals in range(1, 9)
    assert set(score.kinds) <= {MAP, FINE, POINTS, LINE, OUTSIDE, RESIDUAL, DISTANCE, SOLID, SURFACE, SLOPE}
    example = {(SURFACE,): of_a_surface, (FINE,): of_a_fine_map}.get(score.kinds, of_a_map)
    near, far = (score.measure(*example(noise), 6.0) for noise in (0.1, 0.9))
    assert (near > far) == score.higher_is_better


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_a_family_is_whole(family):
    assert {*family.shown, *family.occasional, *family.listed} <= {
        name.partition("/")[2] for name in rankable() if name.startswith(f"{family.name}/")
    }
    assert family.truth in ("", *FAMILIES)
    below = FAMILIES[family.derivative_of].order if family.derivative_of else None
    assert family.derivative_of is None or family.order == below + 1


@pytest.mark.parametrize("flat", CONFIGS, ids=str)
def test_a_trial_has_the_metrics_that_the_vocabulary_says(flat):
    config, judge, scores = measured(flat)
    found = {name for name in rankable() if metric(name).lacks(config.flat()) is None}
    assert {name for name in scores if metric(name).rankable} == found
    unranked = {name for name in scores if not metric(name).rankable}
    assert all(metric(name).variant in references() or name.endswith("/data_range") for name in unranked)
    assert judge.rank_by == rank_by(config.flat()) in found
    assert metric(judge.rank_by).higher_is_better


def test_labels_are_distinct():
    assert len({metric(name).label for name in rankable()}) == len(rankable())
    assert len({family.label for family in families()}) == len(families())


@pytest.mark.parametrize(
    ("name", "header", "text"),
    [
        ("image/psnr", "image PSNR (dB)", "28.31"),
        ("image/psnr_aligned", "image PSNR, aligned (dB)", "28.31"),
        ("discrete_gradient/ssim", "gradient (operator) SSIM", "28.310"),
        ("laplacian/psnr_zero", "Laplacian (network) PSNR, all-zero map (dB)", "28.31"),
        ("image/data_range", "image/data_range", "28.3100"),
        ("timbre/snr", "timbre/snr", "28.3100"),
        ("psnr", "psnr", "28.3100"),
    ],
)
def test_the_words_of_a_metric(name, header, text):
    assert metric(name).header == header
    assert metric(name).format(28.31) == text
    assert metric(name).format(None) == metric(name).format(float("nan")) == "–"
    assert metric(name).format(float("inf")) == "inf"


def test_errors_and_costs_are_better_low():
    low = ("image/nrmse", "image/nrmse_aligned", "loss/total", "timing/seconds_total", "network/parameters")
    assert [metric(name).goal for name in low] == ["minimize"] * len(low)
    of_surfaces = "rmse", "mae", "chamfer", "chamfer_squared", "hausdorff"
    named = {"nrmse", "rms", "energy", "above", "lsd", *of_surfaces}
    errors = {name for name in rankable() if metric(name).score.name in named}
    assert {name for name in rankable() if not metric(name).higher_is_better} == errors
    assert not any(metric(name).rankable for name in ("loss/image", "gradient/psnr_zero", "best/image/psnr"))


def test_a_reference_is_of_the_true_map():
    assert metric("discrete_laplacian/psnr").reference("zero") == "laplacian/psnr_zero"
    assert metric("image/psnr_aligned").reference("ceiling") == "image/psnr_ceiling"


def test_the_lists_contain_one_another():
    assert {*headlines()} < {*expected()} < {*tabulated()} < {*listed()} < {*rankable()}


@pytest.mark.parametrize(
    ("config", "terms"),
    [
        ({}, ("image",)),
        ({"loss": float("nan")}, ("image",)),
        ({"loss": "all"}, ("image", "gradient", "laplacian")),
        ({"loss": "image+gradient", "image_weight": 0}, ("gradient",)),
        ({"loss": "gradient", "gradient_weight": float("nan")}, ("gradient",)),
    ],
)
def test_the_terms_that_train(config, terms):
    assert Image.trained(config) == terms


def test_a_name_is_declared_once():
    with pytest.raises(ValueError, match="declared twice"):
        declare_score(SCORES["psnr"])
    with pytest.raises(ValueError, match="declared twice"):
        declare_family(Family(name="image", noun="picture"))
    with pytest.raises(ValueError, match="declared twice"):
        declare_family(FAMILIES["image"])


@pytest.mark.usefixtures("restored_registries")
def test_tasks_share_a_family_that_they_declare_alike():
    declare_family(replace(FAMILIES["image"], tasks=("other",)))
    assert metric("image/psnr").lacks({"task": "other"}) is None
    assert metric("image/psnr").lacks({"task": "audio"}).endswith(" or other")
    assert "image/psnr" in expected(("other",))
    assert "image/psnr" not in expected(("audio",))


def test_labels_need_no_library_of_images_or_tensors():
    code = "import sys, inr.vocabulary; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {name for name in loaded if re.fullmatch(r"torch|skimage|scipy|cv2", name)}
