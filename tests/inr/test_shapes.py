"""Shapes: exact distances against dense samples of their own boundary, signs against other formulas, and facets."""

import math

import numpy as np
import pytest
from scipy.interpolate import RBFInterpolator
from scipy.spatial import cKDTree

from inr.signals import grid
from inr.signals.shapes import SHAPES, Biharmonic, Facets, dimensions_of, load_shape, zero_set
from inr.signals.shapes.facets import to_facets
from inr.signals.shapes.outlines import Outline
from inr.signals.shapes.plane import PLANE

every_shape = pytest.mark.parametrize("name", SHAPES)
LENGTHS = {
    "circle": 2 * math.pi * 0.6,
    "square": 4.4,
    "ell": 5.0,
    "cross": 5.6,
    "snowflake": 3 * 0.75 * math.sqrt(3) * (4 / 3) ** 3,
    "target": 2 * math.pi * (0.78 + 0.6 + 0.44 + 0.3 + 0.16),
    "capsule": 2 + 2 * math.pi * 0.25,
    "snake": 8 * math.pi * 0.18 + 2 * math.pi * 0.07,
}
AREAS = {
    "circle": math.pi * 0.36,
    "square": 1.21,
    "ell": 0.5 * 1.4 + 0.6 * 0.45,
    "target": math.pi * (0.78**2 - 0.6**2 + 0.44**2 - 0.3**2 + 0.16**2),
    "button": math.pi * (0.49 - 4 * 0.0144),
    "snowflake": 3 * math.sqrt(3) / 4 * 0.75**2 * (1 + 1 / 3 + 4 / 27 + 16 / 243),
    "sphere": 4 / 3 * math.pi * 0.6**3,
    "torus": 2 * math.pi**2 * 0.5 * 0.25**2,
    "box": 8 * 0.6 * 0.45 * 0.35,
}


def rng():
    return np.random.default_rng(0)


def anywhere(name, count=300):
    return np.random.default_rng(1).uniform(-1, 1, (count, dimensions_of(name)))


def test_there_are_ten_in_the_plane_and_three_in_space():
    assert len(PLANE) >= 10
    assert [name for name in SHAPES if dimensions_of(name) == 3] == ["sphere", "torus", "box"]


@every_shape
def test_the_distance_is_that_to_the_nearest_of_many_points_of_the_boundary(name):
    shape, points = load_shape(name), anywhere(name)
    dense = shape.sample(200_000, rng()).points
    nearest, _ = cKDTree(dense).query(points)
    found = shape.unsigned(points)
    assert (found <= nearest + 1e-12).all()
    assert (nearest - found).max() < (1e-4 if dimensions_of(name) == 2 else 1e-2)
    assert np.abs(shape.distance(dense[:500])).max() < 1e-12


@every_shape
def test_the_sign_is_negative_where_the_boundary_winds_around_a_point(name):
    """Σ ⟨q − x, n⟩ / |q − x|^D over points q of the boundary is the angle at which it is seen from x."""
    shape, points = load_shape(name), anywhere(name, 100)
    distance = shape.distance(points)
    points, distance = points[np.abs(distance) > 0.05], distance[np.abs(distance) > 0.05]
    dense = shape.sample(20_000, rng())
    offsets = dense.points - points[:, None]
    seen = ((offsets * dense.normals).sum(-1) / np.linalg.norm(offsets, axis=-1) ** points.shape[1]).mean(axis=1)
    assert (distance < 0).any()
    assert ((seen > seen.max() / 2) == (distance < 0)).all()


@every_shape
def test_the_normals_point_outwards_and_have_length_1(name):
    shape, step = load_shape(name), 1e-6
    points, normals = shape.sample(500, rng())
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1)
    for side in (step, -step):
        reached = shape.distance(points + side * normals)
        assert np.isclose(reached, side, rtol=1e-5, atol=1e-10).mean() > 0.99, "but for points at corners"


@pytest.mark.parametrize("name", LENGTHS)
def test_the_length_of_an_outline(name):
    assert PLANE[name]().lengths.sum() == pytest.approx(LENGTHS[name])


@pytest.mark.parametrize("name", AREAS)
def test_the_size_of_the_inside_and_that_no_part_of_the_boundary_is_preferred(name):
    """The mean of ⟨q, n⟩ over the boundary, times its length, is D times the size of the inside (Gauss)."""
    shape, dimensions = load_shape(name), dimensions_of(name)
    sizes = {"sphere": 4 * math.pi * 0.36, "torus": 4 * math.pi**2 * 0.125, "box": 8 * (0.27 + 0.21 + 0.1575)}
    size = sizes[name] if dimensions == 3 else shape.lengths.sum()
    points, normals = shape.sample(200_000, rng())
    assert (points * normals).sum(-1).mean() * size / dimensions == pytest.approx(AREAS[name], rel=0.01)
    inside = shape.inside(np.random.default_rng(2).uniform(-1, 1, (40_000, dimensions))).mean() * 2**dimensions
    assert inside == pytest.approx(AREAS[name], rel=0.05)


@every_shape
def test_a_shape_keeps_a_margin_and_repeats(name):
    one, other = (load_shape(name).sample(1000, rng()) for _ in range(2))
    assert np.abs(one.points).max() <= 0.8
    np.testing.assert_array_equal(one.points, other.points)


@pytest.mark.parametrize("bulge", [0.0, 0.2, -0.2, 1.0, -1.0, 2.5, -2.5])
def test_a_piece_of_any_bulge_against_the_circle_through_three_of_its_points(bulge):
    """The middle of an arc lies bulge · |chord| / 2 on the right of its chord; every sample has the same radius."""
    start, end = np.array([-0.3, 0.1]), np.array([0.4, 0.3])
    piece = Outline(start[None], end[None], np.array([bulge]))
    points, _ = piece.sample(4000, rng())
    chord = end - start
    middle = (start + end) / 2 + bulge / 2 * np.array([chord[1], -chord[0]])
    assert np.linalg.norm(points - middle, axis=1).min() < 1e-3
    if bulge:
        spokes = np.stack([end - start, middle - start])
        centre = start + np.linalg.solve(2 * spokes, (spokes**2).sum(1))
        np.testing.assert_allclose(np.linalg.norm(points - centre, axis=1), np.linalg.norm(start - centre))
    where = rng().uniform(-1, 1, (200, 2))
    nearest, _ = cKDTree(points).query(where)
    assert np.abs(piece.unsigned(where) - nearest).max() < 2e-3


@pytest.mark.parametrize("dimensions", [2, 3])
def test_points_on_chords_and_corners_lie_on_one_side(dimensions):
    """The grid meets the chords of circles and the sides of squares: no sign is left open there."""
    if dimensions == 2:
        disk, square = load_shape("circle"), load_shape("square")
        line = np.stack([np.linspace(-1, 1, 39), np.zeros(39)], axis=1)
        assert (disk.inside(line) == (np.abs(line[:, 0]) < 0.6)).all()
        level = np.stack([np.linspace(-1, 1, 39), np.full(39, 0.55)], axis=1)
        assert not square.inside(level[np.abs(level[:, 0]) > 0.56]).any()
    else:
        assert load_shape("torus").distance(np.zeros((1, 3))) == pytest.approx(0.25)


@pytest.mark.parametrize(("name", "side"), [("heart", 200), ("bearing", 200), ("torus", 50), ("box", 50)])
def test_the_zero_set_of_the_exact_distance_is_the_boundary_and_faces_outwards(name, side):
    shape, dimensions = load_shape(name), dimensions_of(name)
    points = grid(*[side] * dimensions)
    facets = zero_set(shape.distance(points.reshape(-1, dimensions)).reshape(points.shape[:-1]))
    found = facets.sample(3000, rng())
    truth = AREAS.get(name)
    assert np.quantile(shape.unsigned(found.points), 0.95) < 0.25 / side
    inwards = shape.distance(found.points - 0.01 * found.normals)
    assert (inwards < 0).mean() > 0.99
    measured = (found.points * found.normals).sum(-1).mean() * facets.sizes.sum() / dimensions
    assert truth is None or measured == pytest.approx(truth, rel=0.02)


def test_values_without_a_zero_have_no_facets():
    for values in (np.ones((4, 4)), -np.ones((4, 4, 4)), np.zeros((4, 4))):
        assert len(zero_set(values)) == 0


@pytest.mark.parametrize("dimensions", [2, 3])
def test_the_distance_to_facets_is_that_to_their_densest_samples(dimensions):
    corners = rng().normal(size=(20, dimensions, dimensions))
    points = rng().normal(size=(20, dimensions)) * 2
    shares = rng().dirichlet(np.full(dimensions, 0.5), 100_000)
    for point, corner in zip(points, corners, strict=True):
        nearest = np.linalg.norm(shares @ corner - point, axis=1).min()
        found = float(to_facets(point, corner))
        assert nearest - 0.02 < found <= nearest + 1e-12


@pytest.mark.parametrize("name", ["star", "torus"])
def test_the_nearest_facet_is_among_the_candidates(name):
    dimensions = dimensions_of(name)
    points = grid(*[{2: 60, 3: 16}[dimensions]] * dimensions)
    facets = zero_set(load_shape(name).distance(points.reshape(-1, dimensions)).reshape(points.shape[:-1]))
    where = anywhere(name, 60)
    every = to_facets(where[:, None], facets.corners[None]).min(axis=1)
    np.testing.assert_allclose(facets.unsigned(where), every, atol=2e-3)


def test_facets_without_a_size_are_never_drawn():
    vertices = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    facets = Facets(vertices, np.array([[0, 1], [1, 2]]))
    assert facets.sizes.tolist() == [1.0, 0.0]
    assert np.isfinite(facets.unsigned(np.array([[0.5, 1.0], [2.0, 0.0]]))).all()
    assert (facets.sample(100, rng()).normals == [0, -1]).all()


@pytest.mark.parametrize(("name", "kernel"), [("heart", "thin_plate_spline"), ("torus", "linear")])
def test_the_spline_is_scipys(name, kernel):
    cloud = load_shape(name).sample(120, rng())
    spline = Biharmonic(cloud)
    second = RBFInterpolator(spline.centres, spline.heights, kernel=kernel, degree=1)
    where = anywhere(name)
    np.testing.assert_allclose(spline.value(where), second(where), atol=1e-7)
    np.testing.assert_allclose(spline.value(spline.centres), spline.heights, atol=1e-9)


def test_the_offsets_of_the_spline_stay_nearest_to_their_own_points():
    sides = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 0.004], [1.0, 0.004]])
    normals = np.array([[0.0, -1.0], [0.0, -1.0], [0.0, 1.0], [0.0, 1.0]])
    spline = Biharmonic(type(load_shape("circle").sample(1, rng()))(sides, normals))
    inner = spline.heights < 0
    assert spline.heights[inner].tolist() == [-0.00125] * 4, "0.01, halved three times"
    assert spline.heights.max() == 0.01


def test_the_distance_of_the_spline_is_that_to_the_nearest_point():
    cloud = load_shape("circle").sample(2000, rng())
    where = anywhere("circle")
    spline = Biharmonic(cloud)
    assert np.abs(spline.distance(where, spline.value(where)) - (np.linalg.norm(where, axis=1) - 0.6)).max() < 0.01
