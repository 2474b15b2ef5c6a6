"""The references on the grid, who trains, and that nothing held out reaches the training points."""

import dataclasses

import numpy as np
import pytest

from inr.errors import InputError
from inr.holdouts import Split
from inr.signals import Signal, load_signal
from inr.tasks.image import Image
from inr.tasks.samples import Reference, differentiate, training_points
from tests.cases import DISCRETE, choice
from tests.fits import TERMS, TrainingPoints

SHAPES = [(12, 12), (9, 13), (8, 17)]
every_shape = pytest.mark.parametrize("shape", SHAPES)
every_operator = pytest.mark.parametrize("name", DISCRETE)


def random_signal(shape=(40, 36), channels=2, seed=0):
    return Signal("random", np.random.default_rng(seed).uniform(-1, 1, (*shape, channels)))


def ramp_signal(shape=(12, 12)):
    """u(row, column) = 0.5 row − 0.25 column, on the grid's coordinates."""
    coordinates = Signal("", np.zeros((*shape, 1))).coordinates
    return Signal("ramp", (coordinates @ [0.5, -0.25])[..., None])


def points_at(signal, reference, chosen, stride):
    coordinates, data = training_points(signal, reference, chosen.trained, stride, TERMS)
    return TrainingPoints(coordinates, **data)


def points_of(signal, operator, holdout, fraction=None):
    reference = Reference.of(signal, operator)
    chosen = choice("holdout", holdout, holdout_fraction=fraction).split(signal.shape[:2], 0)
    return points_at(signal, reference, chosen, choice("holdout", holdout).stride)


@every_shape
@pytest.mark.parametrize("holdout", ["none", "grid", "random"])
def test_nobody_trains_and_is_held_out(shape, holdout):
    chosen = choice("holdout", holdout, holdout_fraction=0.25).split(shape, 0)
    assert chosen.trained.shape == chosen.held_out.shape == shape
    assert not (chosen.trained & chosen.held_out).any()
    assert chosen.trained.any()
    assert chosen.held_out.any() == (holdout != "none")


@every_shape
def test_without_a_holdout_all_pixels_train(shape):
    assert choice("holdout", "none").split(shape, 0).trained.all()


@every_shape
def test_a_grid_holds_out_what_lies_between_its_rows_and_columns(shape):
    chosen = choice("holdout", "grid").split(shape, 0)
    rows, columns = np.indices(shape)
    assert np.array_equal(chosen.trained, (rows % 2 == 0) & (columns % 2 == 0))
    assert np.array_equal(chosen.held_out, (rows % 2 == 1) & (columns % 2 == 1))


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.9])
def test_a_random_holdout_has_its_share_and_its_seed(fraction):
    first, again, other = (
        choice("holdout", "random", holdout_fraction=fraction).split((80, 90), seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(first.held_out, ~first.trained)
    assert first.held_out.mean() == pytest.approx(fraction, abs=0.02)
    assert np.array_equal(first.held_out, again.held_out)
    assert not np.array_equal(first.held_out, other.held_out)


@every_operator
def test_a_reference_is_the_operators_derivatives(name):
    signal, operator = random_signal(), choice("operator", name)
    reference = Reference.of(signal, operator)
    assert reference.maps.value is signal.values
    np.testing.assert_array_equal(reference.maps.gradient, operator.gradient(signal.values, signal.spacing))
    np.testing.assert_array_equal(reference.maps.laplacian, operator.laplacian(signal.values, signal.spacing))
    assert (reference.border, reference.spacing) == (operator.border, signal.spacing)


def test_an_analytic_reference_is_the_closed_form_without_a_border():
    signal = load_signal("gaussians", 20, "rgb")
    reference = Reference.of(signal, None)
    assert reference.maps.gradient is signal.gradient
    assert reference.maps.laplacian is signal.laplacian
    assert reference.border == 0


@pytest.mark.parametrize("holdout", ["none", "random"])
def test_training_points_are_the_trained_pixels(holdout):
    signal, operator = random_signal(), choice("operator", "sobel")
    chosen, points = (
        choice("holdout", holdout, holdout_fraction=0.3).split(signal.shape[:2], 0),
        points_of(signal, operator, holdout, 0.3),
    )
    gradient = operator.gradient(signal.values, signal.spacing)
    laplacian = operator.laplacian(signal.values, signal.spacing)
    expected = (signal.coordinates, signal.values, gradient, laplacian)
    actual = (points.coordinates, points.image, points.gradient, points.laplacian)
    for values, everywhere in zip(actual, expected, strict=True):
        np.testing.assert_array_equal(values, everywhere[chosen.trained])


@every_operator
def test_a_grids_targets_are_those_of_the_coarse_image_alone(name):
    signal, operator = random_signal(), choice("operator", name)
    points, coarse = points_of(signal, operator, "grid"), signal.values[::2, ::2]
    maps = differentiate(coarse, operator, 2 * signal.spacing)
    np.testing.assert_array_equal(points.coordinates, signal.coordinates[::2, ::2].reshape(-1, 2))
    np.testing.assert_array_equal(points.image, coarse.reshape(-1, 2))
    np.testing.assert_array_equal(points.gradient, maps.gradient.reshape(-1, 2, 2))
    np.testing.assert_array_equal(points.laplacian, maps.laplacian.reshape(-1, 2))


@pytest.mark.parametrize("name", ["sobel", "central", "gaussian"])
@pytest.mark.parametrize("holdout", ["none", "grid"])
def test_a_ramp_has_its_slope_at_every_spacing(name, holdout):
    points = points_of(ramp_signal((24, 26)), choice("operator", name), holdout)
    np.testing.assert_allclose(points.gradient[points.inside][:, 0], [[0.5, -0.25]] * points.inside.sum(), rtol=1e-9)
    np.testing.assert_allclose(points.laplacian[points.inside], 0, atol=1e-9)


def test_analytic_targets_of_a_grid_are_exact():
    signal = load_signal("sinusoids", 32, "gray")
    points = points_of(signal, None, "grid")
    np.testing.assert_array_equal(points.gradient, signal.gradient[::2, ::2].reshape(-1, 1, 2))
    np.testing.assert_array_equal(points.laplacian, signal.laplacian[::2, ::2].reshape(-1, 1))
    assert points.inside.all()


@pytest.mark.parametrize(("operator", "border"), [("sobel", 1), ("gaussian", 4), ("spectral", 8)])
@pytest.mark.parametrize(("holdout", "step"), [("none", 1), ("grid", 2)])
def test_derivatives_count_inside_the_operators_border(operator, border, holdout, step):
    points = points_of(random_signal((40, 36)), choice("operator", operator), holdout)
    inside = points.inside.reshape(40 // step, 36 // step)
    assert inside[border:-border, border:-border].all()
    assert inside.sum() == (40 // step - 2 * border) * (36 // step - 2 * border)


def changed(signal: Signal, where: np.ndarray) -> Signal:
    """The signal with other values at the pixels of a mask."""
    values = signal.values.copy()
    values[where] = np.random.default_rng(9).uniform(-1, 1, values[where].shape)
    return dataclasses.replace(signal, values=values)


def same(first, second, names):
    return all(np.array_equal(getattr(first, name), getattr(second, name)) for name in names)


@every_operator
def test_what_a_grid_leaves_out_does_not_reach_the_training_points(name):
    signal, operator = random_signal(), choice("operator", name)
    chosen = choice("holdout", "grid").split(signal.shape[:2], 0)
    points, others = points_of(signal, operator, "grid"), points_of(changed(signal, ~chosen.trained), operator, "grid")
    assert same(points, others, vars(points))
    seen = points_of(changed(signal, chosen.trained), operator, "grid")
    assert not same(points, seen, ["image"])


def test_what_is_held_out_at_random_does_not_reach_the_image_loss():
    signal, operator = random_signal(), choice("operator", "sobel")
    chosen = choice("holdout", "random", holdout_fraction=0.3).split(signal.shape[:2], 0)
    points = points_of(signal, operator, "random", 0.3)
    others = points_of(changed(signal, chosen.held_out), operator, "random", 0.3)
    assert same(points, others, ["coordinates", "image"])
    assert not same(points, others, ["gradient"]), "why from_flat refuses a random hold-out with derivatives"


def test_a_mask_may_leave_pixels_to_neither():
    signal = random_signal((8, 8))
    trained = np.zeros((8, 8), dtype=bool)
    trained[3, 4] = True
    chosen = Split(trained, np.zeros_like(trained))
    points = points_at(signal, Reference.of(signal, choice("operator", "central")), chosen, 1)
    np.testing.assert_array_equal(points.image, signal.values[3, 4][None])


def test_a_holdout_of_everything_is_refused():
    with pytest.raises(InputError, match=r"--holdout_fraction=0.999 holds out all 64 samples: use a smaller one"):
        choice("holdout", "random", holdout_fraction=0.999).split((8, 8), 0)


def test_a_holdout_of_nothing_is_refused():
    with pytest.raises(
        InputError, match=r"--holdout_fraction=1e-09 holds out none of the 64 samples: use a larger one"
    ):
        choice("holdout", "random", holdout_fraction=1e-9).split((8, 8), 0)


@pytest.mark.parametrize("holdout", ["none", "grid", "random"])
@pytest.mark.parametrize("size", [8, 9, 40, 41])
def test_the_most_points_that_train_are_those_of_a_square(size, holdout):
    def points(shape):
        return int(choice("holdout", holdout, holdout_fraction=0.25).split(shape, 0).trained.sum())

    (work,) = Image(size=size, holdout=choice("holdout", holdout, holdout_fraction=0.25)).work()
    assert points((size, 8)) <= points((size, size)) <= work.most
    assert (points((size, size)) == work.most) == (holdout != "random")
    assert work.points == work.most * (0.75 if holdout == "random" else 1)
