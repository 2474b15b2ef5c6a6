"""The judge: which metrics a trial has, and that each measures what its name says."""

import itertools
import math

import numpy as np
import pytest

from inr import metrics
from inr.ceiling import ceiling
from inr.config import TrialConfig
from inr.holdouts import Split
from inr.jet import Jet
from inr.signals import Signal, load_signal
from inr.tasks.image import Image
from inr.tasks.samples import Maps, Reference
from inr.tasks.scoring import SampleJudge
from inr.trial import problem_of
from tests import oracles
from tests.cases import choice

SCORES = ("psnr", "ssim", "nrmse", "correlation")
DERIVATIVES = ("gradient", "gradient_magnitude", "laplacian")
ALL = {"image": 1.0, "gradient": 0.1, "laplacian": 0.01}
LOSSES = [{term: ALL[term] for term in terms} for n in (1, 2, 3) for terms in itertools.combinations(ALL, n)]


def signal_of(name="sinusoids", size=24, channels="rgb"):
    return load_signal(name, size, channels)


def judge_of(signal, weights=ALL, operator="sobel", holdout="none", fraction=0.3):
    reference = Reference.of(signal, choice("operator", operator) if operator else None)
    return judge_from(
        signal, reference, choice("holdout", holdout, holdout_fraction=fraction).split(signal.shape[:2], 0), weights
    )


def judge_from(signal, reference, split, weights):
    return SampleJudge.of(Image(), signal, reference, split, weights)


def by_order(weights):
    return [weights.get(term, 0.0) for term in Image.terms]


def scores_of(judge, maps):
    """The scores of maps on the grid, given as a trial predicts them: point by point."""
    points = np.prod(maps.value.shape[:2])
    return judge.scores(
        Jet(*(part.reshape(points, *part.shape[2:]) for part in maps[:2]), maps.laplacian.reshape(points, -1, 1))
    )


def noisy(maps, noise=0.1):
    """A prediction: each map with noise of a share of its spread."""
    generator = np.random.default_rng(0)
    return Maps(*(values + noise * values.std() * generator.normal(size=values.shape) for values in maps))


def expected_names(weights, operator, field, holdout):
    families = {"image", *DERIVATIVES}
    families |= {f"discrete_{name}" for name in DERIVATIVES if operator}
    families |= {f"exact_{name}" for name in DERIVATIVES if field}
    names = {f"{family}/{score}" for family in families for score in SCORES}
    names |= {f"{name}/{score}" for name in DERIVATIVES for score in ("data_range", "psnr_zero", "ssim_zero")}
    names |= {"image/data_range"}
    if "image" not in weights:
        names |= {f"image/{score}_aligned" for score in SCORES}
    if operator and [*weights] != ["image"] and holdout == "none":
        names |= {"image/psnr_ceiling"}
    if "image" not in weights and holdout == "none":
        names |= {"image/psnr_solve", "image/ssim_solve"}
    if holdout != "none":
        names |= {f"{pixels}/{score}" for pixels in ("trained", "held_out") for score in SCORES if score != "ssim"}
        names |= {f"held_out/psnr_{name}" for name in ("bilinear", "bicubic", "lanczos", "fourier")}
    return names


@pytest.mark.parametrize("weights", LOSSES, ids=lambda weights: "+".join(weights))
@pytest.mark.parametrize("operator", ["sobel", None])
@pytest.mark.parametrize("holdout", ["none", "grid", "random"])
def test_the_names_of_the_metrics(weights, operator, holdout):
    judge = judge_of(signal_of(), weights, operator, holdout)
    scores = scores_of(judge, noisy(judge.reference.maps))
    assert set(scores) == expected_names(weights, operator, field=True, holdout=holdout)
    undefined = {"held_out/psnr_lanczos", "held_out/psnr_fourier"} if holdout == "random" else set()
    assert {name for name, value in scores.items() if not math.isfinite(value)} == undefined
    assert scores[judge.rank_by]
    assert (judge.rank_by == "image/psnr") == ("image" in weights)


def test_an_image_has_no_exact_metrics():
    judge = judge_of(signal_of("camera", channels="gray"))
    names = set(scores_of(judge, noisy(judge.reference.maps)))
    assert names == expected_names(ALL, "sobel", field=False, holdout="none")


@pytest.mark.parametrize(("operator", "border"), [("sobel", 1), ("gaussian", 4), (None, 0)])
def test_scores_are_those_of_the_maps_inside_the_border(operator, border):
    judge = judge_of(signal_of(), operator=operator)
    truth, prediction = judge.reference.maps, noisy(judge.reference.maps)
    scores = scores_of(judge, prediction)
    inside = slice(border, -border or None)
    pairs = {
        "image": (prediction.value, truth.value, 2.0),
        "gradient": (prediction.gradient[inside, inside], truth.gradient[inside, inside], None),
        "laplacian": (prediction.laplacian[inside, inside], truth.laplacian[inside, inside], None),
    }
    norms = [np.sqrt((gradient**2).sum(-1)) for gradient in pairs["gradient"][:2]]
    pairs["gradient_magnitude"] = (*norms, None)
    for family, (p, r, given) in pairs.items():
        data_range = given or r.max() - r.min()
        assert scores[f"{family}/data_range"] == pytest.approx(data_range)
        assert scores[f"{family}/psnr"] == pytest.approx(oracles.psnr(p, r, data_range))
        assert scores[f"{family}/nrmse"] == pytest.approx(oracles.nrmse(p, r))
        assert scores[f"{family}/correlation"] == pytest.approx(oracles.correlation(p, r))
        assert scores[f"{family}/ssim"] == pytest.approx(oracles.ssim(p, r, data_range))


def test_zero_scores_are_those_of_a_map_of_zeros():
    judge = judge_of(signal_of())
    maps = judge.reference.maps
    scores = scores_of(judge, Maps(maps.value, np.zeros_like(maps.gradient), np.zeros_like(maps.laplacian)))
    for name in DERIVATIVES:
        assert scores[f"{name}/psnr"] == scores[f"{name}/psnr_zero"]
        assert scores[f"{name}/ssim"] == scores[f"{name}/ssim_zero"]
        assert scores[f"{name}/nrmse"] == pytest.approx(1)
        assert math.isnan(scores[f"{name}/correlation"])


@pytest.mark.parametrize("operator", ["sobel", "central", None])
def test_a_perfect_prediction_is_perfect(operator):
    judge = judge_of(signal_of(), operator=operator, holdout="grid")
    scores = scores_of(judge, judge.reference.maps)
    families = ["image", *DERIVATIVES, *([f"discrete_{name}" for name in DERIVATIVES] if operator else [])]
    for family in families:
        assert scores[f"{family}/psnr"] == math.inf
        assert scores[f"{family}/nrmse"] == 0
        assert scores[f"{family}/ssim"] == pytest.approx(1)
        assert scores[f"{family}/correlation"] == pytest.approx(1)
    assert scores["trained/psnr"] == scores["held_out/psnr"] == math.inf


def test_discrete_metrics_see_the_predicted_image_and_nothing_else():
    judge = judge_of(signal_of())
    prediction = noisy(judge.reference.maps)
    zeros = Maps(prediction.value, 0 * prediction.gradient, 0 * prediction.laplacian)
    first, second = scores_of(judge, prediction), scores_of(judge, zeros)
    for name, score in itertools.product(DERIVATIVES, SCORES):
        assert first[f"discrete_{name}/{score}"] == second[f"discrete_{name}/{score}"]
        assert first[f"{name}/{score}"] != second[f"{name}/{score}"]
    seen = judge.reference.operator.laplacian(prediction.value, judge.signal.spacing)[1:-1, 1:-1]
    expected = oracles.nrmse(seen, judge.reference.maps.laplacian[1:-1, 1:-1])
    assert first["discrete_laplacian/nrmse"] == pytest.approx(expected)


def test_exact_metrics_are_against_the_closed_form_on_the_whole_grid():
    signal = signal_of()
    judge = judge_of(signal)
    scores = scores_of(judge, Maps(signal.values, signal.gradient, signal.laplacian))
    assert scores["exact_gradient/psnr"] == scores["exact_laplacian/psnr"] == math.inf
    assert scores["gradient/nrmse"] > 0.01, "the operator's truth is another"
    prediction = noisy(judge.reference.maps)
    expected = oracles.nrmse(prediction.laplacian, signal.laplacian)
    assert scores_of(judge, prediction)["exact_laplacian/nrmse"] == pytest.approx(expected)


HARMONIC = [(1.0, lambda y, x: 1 + 0 * y), (0.7, lambda y, x: x * y), (0.5, lambda y, x: x**2 - y**2)]


@pytest.mark.parametrize(
    ("weights", "seen"), [({"gradient": 1.0}, 1), ({"gradient": 1.0, "laplacian": 1.0}, 1), ({"laplacian": 1.0}, 3)]
)
def test_alignment_undoes_what_the_loss_cannot_see(weights, seen):
    judge = judge_of(signal_of(), weights)
    y, x = np.moveaxis(judge.signal.coordinates, -1, 0)
    maps = judge.reference.maps
    for count, (amplitude, function) in enumerate(HARMONIC, start=1):
        error = amplitude * function(y, x)[..., None] * [1.0, -0.5, 0.25]
        scores = scores_of(judge, Maps(maps.value + error, maps.gradient, maps.laplacian))
        assert scores["image/psnr"] < 25
        assert (scores["image/psnr_aligned"] > 200) == (count <= seen)
        assert (scores["image/nrmse_aligned"] < 1e-10) == (count <= seen)


@pytest.mark.parametrize("operator", ["sobel", "central"])
@pytest.mark.parametrize("weights", [{"gradient": 1.0}, ALL], ids="+".join)
def test_the_ceiling_is_the_operators(operator, weights):
    judge = judge_of(signal_of("camera", channels="gray"), weights, operator)
    best = ceiling(judge.reference.maps, by_order(weights), judge.signal.spacing)
    expected = oracles.psnr(best, judge.signal.values, 2.0)
    assert judge.constants["image/psnr_ceiling"] == pytest.approx(expected)


def test_the_ceiling_weighs_terms_as_the_loss_does():
    problem = problem_of(TrialConfig.from_flat({"size": 16, "loss": "all", "image_weight": 0.2}))
    values, h = problem.judge.signal.values, problem.judge.signal.spacing
    maps = problem.judge.reference.maps
    inner = {
        "gradient": maps.gradient[1:-1, 1:-1].reshape(-1, 2),
        "laplacian": maps.laplacian[1:-1, 1:-1].reshape(-1, 1),
    }
    weights = {"image": 0.2 / values.var() / values.size}
    weights |= {term: 1 / target.var(axis=0).mean() / target.size for term, target in inner.items()}
    expected = metrics.psnr(ceiling(maps, by_order(weights), h), values, 2.0)
    assert problem.judge.constants["image/psnr_ceiling"] == pytest.approx(expected)


def test_scores_of_pixels_are_of_those_pixels():
    judge = judge_of(signal_of(), holdout="random")
    image, values = noisy(judge.reference.maps).value, judge.signal.values
    scores = scores_of(judge, Maps(image, judge.reference.maps.gradient, judge.reference.maps.laplacian))
    for name, mask in (("trained", judge.split.trained), ("held_out", judge.split.held_out)):
        assert scores[f"{name}/psnr"] == pytest.approx(oracles.psnr(image[mask], values[mask], 2.0))
        assert scores[f"{name}/nrmse"] == pytest.approx(oracles.nrmse(image[mask], values[mask]))
        assert scores[f"{name}/correlation"] == pytest.approx(oracles.correlation(image[mask], values[mask]))


@pytest.mark.parametrize("shape", [(12, 14), (13, 15), (12, 15)])
def test_the_baseline_of_a_grid_is_bilinear(shape):
    signal = Signal("random", np.random.default_rng(0).uniform(-1, 1, (*shape, 2)))
    judge = judge_of(signal, {"image": 1.0}, holdout="grid")
    expected = oracles.psnr(oracles.mean_of_neighbours(signal.values), signal.values[judge.split.held_out], 2.0)
    assert judge.constants["held_out/psnr_bilinear"] == pytest.approx(expected)


def test_the_baseline_of_scattered_pixels_is_exact_on_a_plane():
    values = Signal("", np.zeros((20, 20, 1))).coordinates @ [[0.4], [-0.3]]
    signal = Signal("plane", values)
    chosen = choice("holdout", "random", holdout_fraction=0.5).split((20, 20), 0)
    chosen.trained[[0, 0, -1, -1], [0, -1, 0, -1]] = True
    chosen.held_out[:] = ~chosen.trained
    reference = Reference.of(signal, choice("operator", "sobel"))
    assert judge_from(signal, reference, chosen, {"image": 1.0}).constants["held_out/psnr_bilinear"] > 250


def test_the_baseline_of_pixels_that_happen_to_be_a_rectangle():
    signal = signal_of(size=12)
    trained = np.zeros((12, 12), dtype=bool)
    trained[3:6, 2:8] = True
    reference = Reference.of(signal, choice("operator", "sobel"))
    judge = judge_from(signal, reference, Split(trained, ~trained), {"image": 1.0})
    assert math.isfinite(judge.constants["held_out/psnr_bilinear"])


def test_small_images_have_no_ssim():
    judge = judge_of(signal_of(size=10))
    scores = scores_of(judge, noisy(judge.reference.maps))
    assert math.isnan(scores["image/ssim"])
    assert scores["image/psnr"] == pytest.approx(
        metrics.psnr(noisy(judge.reference.maps).value, judge.signal.values, 2)
    )


def test_a_term_without_a_weight_is_not_judged():
    """A weight of zero leaves the constant free: ranking and ceiling are those of the gradient alone."""
    flat = {"size": 24, "loss": "image+gradient", "image_weight": 0}
    judge = problem_of(TrialConfig.from_flat(flat)).judge
    alone = problem_of(TrialConfig.from_flat({"size": 24, "loss": "gradient"})).judge
    assert judge.rank_by == "image/psnr_aligned"
    assert judge.constants == alone.constants
