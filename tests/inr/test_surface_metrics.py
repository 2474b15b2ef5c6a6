"""Scores of surfaces and distances, against loops over the definitions and shapes whose scores are known."""

import math

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from inr import surface_metrics
from inr.signals import grid
from inr.signals.shapes import Biharmonic, load_shape, zero_set
from inr.signals.shapes.solids import Sphere
from inr.tasks.distance_judge import DistanceJudge


def rng():
    return np.random.default_rng(0)


def judge_of(name, side):
    shape = load_shape(name) if isinstance(name, str) else name
    dimensions = shape.sample(1, rng()).points.shape[1]
    points = grid(*[side] * dimensions)
    return DistanceJudge.of(shape, points, Biharmonic(shape.sample(100, rng()))), points.reshape(-1, dimensions)


def compared(judge, values):
    values = values.reshape(judge.truth.shape)
    return judge.compared(values, zero_set(values))


def test_the_formulas_by_loops():
    one, other = rng().random((7, 2)), rng().random((5, 2))
    first, second = [d for d, _ in one], [d for d, _ in other]
    means = math.fsum(first) / 7, math.fsum(second) / 5
    squares = math.fsum(d * d for d in first) / 7, math.fsum(d * d for d in second) / 5
    cosines = math.fsum(c for _, c in one) / 7, math.fsum(c for _, c in other) / 5
    assert surface_metrics.chamfer(one, other) == pytest.approx(sum(means) / 2)
    assert surface_metrics.chamfer_squared(one, other) == pytest.approx(sum(squares))
    assert surface_metrics.hausdorff(one, other) == max(first + second)
    assert surface_metrics.normal_consistency(one, other) == pytest.approx(sum(cosines) / 2)


def test_errors_and_overlaps_by_loops():
    p, r = rng().normal(size=(2, 50))
    pairs = [*zip(p, r, strict=True)]
    assert surface_metrics.rmse(p, r) == pytest.approx(math.sqrt(math.fsum((a - b) ** 2 for a, b in pairs) / 50))
    assert surface_metrics.mae(p, r) == pytest.approx(math.fsum(abs(a - b) for a, b in pairs) / 50)
    both, either = (sum(pick((a < 0, b < 0)) for a, b in pairs) for pick in (all, any))
    assert surface_metrics.iou(p, r) == both / either
    assert math.isnan(surface_metrics.iou(np.ones(3), np.ones(3)))
    assert surface_metrics.iou(np.ones(3), -np.ones(3)) == 0


@pytest.mark.parametrize(("name", "side", "near"), [("circle", 200, 2e-4), (Sphere(0.6), 60, 1e-3)])
def test_a_ball_that_is_too_large_is_everywhere_as_far_away(name, side, near):
    judge, points = judge_of(name, side)
    distance, more = np.linalg.norm(points, axis=1) - 0.6, 0.05
    scores = compared(judge, distance - more)
    assert scores["surface/chamfer"] == pytest.approx(more, abs=near)
    assert scores["surface/chamfer_squared"] == pytest.approx(2 * more**2, rel=0.1)
    assert scores["surface/hausdorff"] == pytest.approx(more, abs=3 * near)
    assert scores["surface/normal_consistency"] > 0.998
    assert scores["distance/rmse"] == pytest.approx(more)
    assert scores["solid/iou"] == pytest.approx((0.6 / 0.65) ** points.shape[1], rel=0.03)


def test_two_shapes_that_differ_by_dense_samples():
    """All pairs of 4000 points on either boundary; the distance to samples exceeds that to the curve by little."""
    judge, points = judge_of("square", 300)
    one, other = load_shape("circle"), load_shape("square")
    scores = compared(judge, one.distance(points))
    (p, p_normals), (r, r_normals) = one.sample(4000, rng()), other.sample(4000, rng())
    pairs = cdist(p, r)
    there, back = pairs.min(axis=1), pairs.min(axis=0)
    cosines = [
        np.abs((p_normals * r_normals[pairs.argmin(axis=1)]).sum(1)).mean(),
        np.abs((r_normals * p_normals[pairs.argmin(axis=0)]).sum(1)).mean(),
    ]
    assert scores["surface/chamfer"] == pytest.approx((there.mean() + back.mean()) / 2, rel=0.02)
    assert scores["surface/chamfer_squared"] == pytest.approx((there**2).mean() + (back**2).mean(), rel=0.02)
    assert scores["surface/hausdorff"] == pytest.approx(0.55 * math.sqrt(2) - 0.6, abs=2e-3)
    assert scores["surface/normal_consistency"] == pytest.approx(np.mean(cosines), rel=0.01)


def test_a_phantom_far_away_is_seen_from_one_side_only():
    judge, points = judge_of("circle", 200)
    phantom = np.linalg.norm(points - [0.0, 0.85], axis=1) - 0.05
    scores = compared(judge, np.minimum(judge.truth.ravel(), phantom))
    assert scores["surface/hausdorff"] == pytest.approx(0.85 + 0.05 - 0.6, abs=2e-3)
    assert scores["solid/iou"] == pytest.approx(0.36 / (0.36 + 0.05**2), rel=0.01)


def test_without_a_surface_its_scores_are_nan_and_the_overlap_is_0():
    judge, points = judge_of("circle", 30)
    scores = compared(judge, np.ones(len(points)))
    assert scores["solid/iou"] == 0
    assert all(math.isnan(score) for name, score in scores.items() if name.startswith("surface/"))
    assert np.isfinite(scores["distance/rmse"])


def test_the_exact_distance_has_the_scores_that_the_grid_allows():
    judge, _ = judge_of("star", 60)
    scores = compared(judge, judge.truth)
    assert (scores["solid/iou"], scores["distance/rmse"]) == (1, 0)
    for name in ("chamfer", "chamfer_squared", "hausdorff", "normal_consistency"):
        assert scores[f"surface/{name}"] == judge.constants[f"surface/{name}_grid"]
    assert 0 < judge.constants["surface/chamfer_grid"] < 0.002


@pytest.mark.parametrize(("name", "side", "chamfer"), [("heart", 100, 0.002), ("torus", 32, 0.006)])
def test_the_classical_surface_is_close(name, side, chamfer):
    shape = load_shape(name)
    dimensions = shape.sample(1, rng()).points.shape[1]
    judge = DistanceJudge.of(shape, grid(*[side] * dimensions), Biharmonic(shape.sample(500, rng())))
    assert judge.constants["surface/chamfer_spline"] < chamfer
    assert judge.constants["solid/iou_spline"] > 0.97
    assert judge.constants["distance/rmse_spline"] < 0.02
