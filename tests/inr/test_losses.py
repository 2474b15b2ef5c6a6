"""The loss against values computed by hand: units, weights, chunks, the border, and what need not be computed."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from inr.config import TrialConfig
from inr.errors import InputError
from inr.jet import Jet
from inr.step import sums_and_gradient
from inr.trial import problem_of
from inr.units import UNITS
from tests import oracles
from tests.cases import DISCRETE, choice
from tests.fits import ORDERS, TERMS, TrainingPoints, batch_of, make_loss

P, C = 30, 3


def random_points(inside=None, seed=0):
    """P points of C channels, of targets far apart in size; those of the ring are at the end."""
    draw = np.random.default_rng(seed).normal
    inside = np.arange(P) < 20 if inside is None else inside
    return TrainingPoints(
        draw(size=(P, 2)), draw(size=(P, C)), draw(3, 20, size=(P, C, 2)), draw(5, 900, size=(P, C)), inside
    )


def random_prediction(seed=1):
    draw = np.random.default_rng(seed).normal
    return [draw(size=(P, C)), draw(0, 20, size=(P, C, 2)), draw(0, 900, size=(P, C))]


def evaluate(points, prediction, weights=None, units="physical", operator=None, spacing=0.1):
    """Terms and total of float64 arrays."""
    weights = weights or dict.fromkeys(TERMS, 1.0)
    loss = make_loss(points, weights, UNITS[units](), operator, spacing)
    batch = batch_of(points, tuple(weights))
    return named(loss, jet_of(*map(torch.from_numpy, prediction)), batch)


def jet_of(value, gradient, laplacian):
    """The prediction as a jet, whose one operator is the Laplacian."""
    return Jet(value, gradient, None if laplacian is None else laplacian[..., None])


def named(loss, prediction, batch):
    """Terms and total of a prediction."""
    squares, _ = sums_and_gradient(loss.terms, loss.scales(), prediction, batch)
    values = loss.named(squares)
    return {term.name: values[f"loss/{term.name}"] for term in loss.terms}, values["loss"]


def mean_squares(points, prediction):
    """Term → mean of the squared residuals; derivatives inside the ring only."""
    image, gradient, laplacian = prediction
    inside = points.inside
    return {
        "image": np.mean((image - points.image) ** 2),
        "gradient": np.mean((gradient - points.gradient)[inside] ** 2),
        "laplacian": np.mean((laplacian - points.laplacian)[inside] ** 2),
    }


def test_physical_terms_are_mean_squares():
    points, prediction = random_points(), random_prediction()
    terms, total = evaluate(points, prediction)
    expected = mean_squares(points, prediction)
    assert terms == pytest.approx(expected, rel=1e-12)
    assert total == pytest.approx(sum(expected.values()), rel=1e-12)


def test_by_hand():
    points = TrainingPoints(
        coordinates=np.zeros((2, 2)),
        image=np.array([[1.0], [3.0]]),
        gradient=np.array([[[1.0, 0.0]], [[3.0, 0.0]]]),
        laplacian=np.array([[10.0], [30.0]]),
        inside=np.array([True, True]),
    )
    prediction = [np.array([[1.0], [5.0]]), np.array([[[1.0, 2.0]], [[3.0, 0.0]]]), np.array([[10.0], [50.0]])]
    weights = {"image": 2.0, "gradient": 3.0, "laplacian": 0.5}
    terms, total = evaluate(points, prediction, weights)
    assert terms == pytest.approx({"image": 2.0, "gradient": 1.0, "laplacian": 200.0})
    assert total == pytest.approx(2 * 2 + 3 * 1 + 0.5 * 200)
    # variances 1, (1 + 0) / 2 and 100
    terms, total = evaluate(points, prediction, weights, "normalised")
    assert terms == pytest.approx({"image": 2.0, "gradient": 2.0, "laplacian": 2.0})
    assert total == pytest.approx(2 * 2 + 3 * 2 + 0.5 * 2)
    # Sobel is 8h of a gradient, the 5-point stencil h² of a Laplacian, before division
    terms, _ = evaluate(points, prediction, weights, "raw", choice("operator", "sobel"), spacing=0.25)
    assert terms == pytest.approx({"image": 2.0, "gradient": (8 * 0.25) ** 2, "laplacian": 200 * 0.25**4})


def test_the_best_constant_scores_one():
    points = random_points()
    inside = points.inside
    constants = [points.image.mean(0), points.gradient[inside].mean(0), points.laplacian[inside].mean(0)]
    prediction = [np.broadcast_to(c, (P, *c.shape)).copy() for c in constants]
    terms, _ = evaluate(points, prediction, units="normalised")
    assert terms == pytest.approx(dict.fromkeys(TERMS, 1.0), rel=1e-12)


@pytest.mark.parametrize("name", DISCRETE)
def test_raw_units_are_the_operators_undivided_ones(name):
    points, prediction, operator = random_points(), random_prediction(), choice("operator", name)
    terms, _ = evaluate(points, prediction, units="raw", operator=operator, spacing=0.3)
    physical = mean_squares(points, prediction)
    assert terms["image"] == pytest.approx(physical["image"])
    assert terms["gradient"] == pytest.approx(physical["gradient"] * operator.gradient_gain(0.3) ** 2)
    assert terms["laplacian"] == pytest.approx(physical["laplacian"] * operator.laplacian_gain(0.3) ** 2)


def test_raw_units_of_an_analytic_target_are_physical():
    points, prediction = random_points(), random_prediction()
    assert evaluate(points, prediction, units="raw") == evaluate(points, prediction, units="physical")


@pytest.mark.parametrize("units", ["normalised", "physical"])
@pytest.mark.parametrize("size", [1, 7, 29, P])
def test_chunks_add_up_to_the_whole(units, size):
    points, prediction = random_points(), random_prediction()
    loss = make_loss(points, {"image": 1.0, "gradient": 0.3, "laplacian": 2.0}, UNITS[units](), None, 0.1)
    whole = batch_of(points, TERMS)
    tensors = [torch.from_numpy(values) for values in prediction]
    totals = []
    for begin in range(0, P, size):
        part = slice(begin, begin + size)
        assert len(whole[part]) == min(size, P - begin)
        totals.append(named(loss, jet_of(*(t[part] for t in tensors)), whole[part])[1])
    assert sum(totals) == pytest.approx(named(loss, jet_of(*tensors), whole)[1], rel=1e-12)


@pytest.mark.parametrize("weights", [{"image": 1.0, "gradient": 0.3, "laplacian": 2.0}, {"laplacian": 1.0}], ids=str)
def test_the_gradient_is_that_of_the_loss_by_the_prediction(weights):
    points = random_points()
    loss = make_loss(points, weights, UNITS["normalised"](), None, 0.1)
    batch = batch_of(points, TERMS)
    prediction = [torch.from_numpy(values).requires_grad_() for values in random_prediction()]
    _, actual = sums_and_gradient(loss.terms, loss.scales(), jet_of(*prediction), batch)
    total = oracles.loss(prediction, batch, {term: weights[term] * loss.per_residual[term] for term in weights})
    expected = torch.autograd.grad(total, prediction, materialize_grads=True)
    for a, e in zip(actual, jet_of(*expected), strict=True):
        torch.testing.assert_close(a, e, rtol=1e-12, atol=0)


def test_a_batch_is_indexed_by_drawn_pixels_too():
    whole = batch_of(random_points(), ("gradient",), torch.float32)
    part = whole[torch.tensor([4, 1])]
    assert torch.equal(part.coordinates, whole.coordinates[[4, 1]])
    assert torch.equal(part.data["gradient"], whole.data["gradient"][[4, 1]])
    assert torch.equal(part.data["inside"], whole.data["inside"][[4, 1]])
    assert list(whole.data) == ["gradient", "inside"]
    assert part.coordinates.dtype == torch.float32


def test_derivatives_in_the_ring_do_not_count():
    points, prediction = random_points(), random_prediction()
    ring = ~points.inside
    before = evaluate(points, prediction, units="normalised")[0]
    changed = [values.copy() for values in prediction]
    other = dataclasses.replace(points, gradient=points.gradient.copy(), laplacian=points.laplacian.copy())
    for values in (*changed[1:], other.gradient, other.laplacian):
        values[ring] += 100
    assert evaluate(other, changed, units="normalised")[0] == pytest.approx(before, rel=1e-12)
    changed[0][ring] += 100
    assert evaluate(other, changed, units="normalised")[0]["image"] > before["image"]


@pytest.mark.parametrize(
    ("weights", "order"),
    [
        ({"image": 1.0}, 0),
        ({"image": 1.0, "gradient": 0.0}, 0),
        ({"image": 1.0, "gradient": 0.5, "laplacian": 0.0}, 1),
        ({"image": 0.0, "laplacian": 1e-9}, 2),
        ({"gradient": 1.0}, 1),
        ({"laplacian": 2.0}, 2),
    ],
)
def test_no_derivative_is_computed_for_a_weight_of_zero(weights, order):
    points, prediction = random_points(), random_prediction()
    loss = make_loss(points, weights, UNITS["normalised"](), None, 0.1)
    assert loss.order == order
    batch = batch_of(points, tuple(weights))
    known = [torch.from_numpy(p) if i <= order else None for i, p in enumerate(prediction)]
    terms, total = named(loss, jet_of(*known), batch)
    assert list(terms) == [term for term in weights if ORDERS[term] <= order]
    assert total == pytest.approx(sum(weights[term] * value for term, value in terms.items()))
    assert total > 0


@pytest.mark.parametrize("term", TERMS)
def test_a_target_that_does_not_vary_cannot_be_normalised(term):
    points = random_points()
    still = dataclasses.replace(points, **{term: np.full_like(getattr(points, term), 0.5)})
    with pytest.raises(InputError, match=f"^the target of the {term} loss is constant: use other data or"):
        make_loss(still, {term: 1.0}, UNITS["normalised"](), None, 0.1)
    assert math.isfinite(make_loss(still, {term: 1.0}, UNITS["physical"](), None, 0.1).per_residual[term])


@pytest.mark.parametrize("units", ["normalised", "physical", "raw"])
def test_a_border_that_leaves_nothing_is_an_error(units):
    points = random_points(inside=np.zeros(P, dtype=bool))
    make_loss(points, {"image": 1.0}, UNITS[units](), None, 0.1)
    with pytest.raises(InputError, match="the gradient loss has no sample inside the operator's border: use more"):
        make_loss(points, {"image": 1.0, "gradient": 1.0}, UNITS[units](), None, 0.1)


@pytest.mark.parametrize("holdout", ["none", "grid"])
def test_raw_units_are_those_of_the_grid_that_trains(holdout):
    config = {"size": 24, "loss": "gradient+laplacian", "holdout": holdout, "operator": "sobel"}
    undivided = problem_of(TrialConfig.from_flat({**config, "loss_units": "raw"}))
    h = undivided.judge.signal.spacing * (2 if holdout == "grid" else 1)
    physical = problem_of(TrialConfig.from_flat({**config, "loss_units": "physical"}))
    raw, plain = (problem.groups[0].per_residual for problem in (undivided, physical))
    assert {term: raw[term] / plain[term] for term in plain} == pytest.approx(
        {"gradient": (8 * h) ** 2, "laplacian": h**4}
    )
