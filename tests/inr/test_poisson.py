"""Poisson's equation by differences of neighbours: against dense least squares, the paper's sums, and OpenCV."""

import math

import cv2
import numpy as np
import pytest

from inr.alignment import align_shift
from inr.poisson import Edges, differences, dirichlet, divergence, halfway, neumann
from inr.seamless import seamless_clone
from inr.signals import load_signal, region_mask
from tests import oracles

H = 0.3
SHAPE = (6, 7, 2)
WEIGHTS = [(1.0, 0.0), (0.0, 1.0), (0.4, 0.002)]


def noise(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def some_edges(shape=SHAPE):
    height, width, channels = shape
    return Edges(noise((height - 1, width, channels), 1), noise((height, width - 1, channels), 2))


def steps(image):
    """The differences of neighbours, one list."""
    found = differences(image, H)
    return np.concatenate([found.down.ravel(), found.right.ravel()])


def five_point(image):
    """The 5-point Laplacian of (H, W, 1), mirrored at the borders, pixel by pixel."""
    padded = np.pad(image[..., 0], 1, mode="edge")
    inner = padded[1:-1, 1:-1]
    return (padded[2:, 1:-1] + padded[:-2, 1:-1] + padded[1:-1, 2:] + padded[1:-1, :-2] - 4 * inner) / H**2


def dense(edges, laplacian, counted, weights, constraint):
    """Least squares over the pixels of one channel; ``constraint`` is (mask, values), or the mean, which is 0."""
    shape = laplacian.shape
    rows = [
        math.sqrt(weights[0]) * oracles.matrix_of(steps, shape),
        math.sqrt(weights[1]) * oracles.matrix_of(five_point, shape)[counted.ravel()],
    ]
    right = [
        math.sqrt(weights[0]) * np.concatenate([each.ravel() for each in edges]),
        math.sqrt(weights[1]) * laplacian[counted],
    ]
    matrix, right = np.concatenate(rows), np.concatenate(right)
    if constraint is None:
        matrix, right = np.concatenate([matrix, np.ones((1, laplacian.size))]), np.append(right, 0.0)
        return np.linalg.lstsq(matrix, right)[0].reshape(shape)
    known, values = constraint
    found, free = values.copy(), ~known.ravel()
    right = right - matrix[:, ~free] @ values[known]
    found[~known] = np.linalg.lstsq(matrix[:, free], right)[0]
    return found


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("known", [False, True])
def test_both_solutions_are_least_squares(weights, known):
    edges, laplacian, values = some_edges(), 5 * noise(SHAPE, 3), noise(SHAPE, 4)
    given = np.random.default_rng(5).random(SHAPE[:2]) < 0.5
    counted = ~given if known else np.ones(SHAPE[:2], dtype=bool)
    found = (
        dirichlet(edges, laplacian, counted, weights, H, given, values)
        if known
        else neumann(edges, laplacian, weights, H)
    )
    for channel in range(2):
        own = Edges(*(each[..., channel] for each in edges))
        constraint = (given, values[..., channel]) if known else None
        expected = dense(own, laplacian[..., channel], counted, weights, constraint)
        np.testing.assert_allclose(found[..., channel], expected, atol=1e-9)


def test_cosine_modes_and_the_sparse_matrix_agree():
    edges, nothing = some_edges((20, 31, 1)), np.zeros((20, 31, 1))
    corner = np.zeros((20, 31), dtype=bool)
    corner[0, 0] = True
    one = neumann(edges, nothing, (1.0, 0.0), H)
    other = dirichlet(edges, nothing, ~corner & corner, (1.0, 0.0), H, corner, one)
    np.testing.assert_allclose(align_shift(other, one), one, atol=1e-11)


def test_an_image_is_found_again_from_its_differences_and_from_its_laplacian():
    image = noise((17, 12, 3))
    centred = image - image.mean(axis=(0, 1))
    edges = differences(image, H)
    for weights in WEIGHTS:
        np.testing.assert_allclose(neumann(edges, divergence(edges, H), weights, H), centred, atol=1e-10)


def test_a_gradient_is_interpolated_halfway():
    y, x = np.meshgrid(np.arange(5.0), np.arange(4.0), indexing="ij")
    gradient = np.stack([y**2, 3 * x], axis=-1)[:, :, None]
    edges = halfway(gradient)
    assert edges.down[:, 0, 0].tolist() == [0.5, 2.5, 6.5, 12.5]
    assert edges.right[0, :, 0].tolist() == [1.5, 4.5, 7.5]


def test_a_clone_is_the_solution_of_the_papers_sums():
    """Pérez et al. 2003, eq. 7: |N_p| u_p − Σ u_q over q in Ω = Σ f_q over q beside Ω + Σ v_pq over all q."""
    own, other = noise((7, 8)), noise((7, 8), 1)
    region = np.zeros((7, 8), dtype=bool)
    region[2:6, 3:8] = True  # one side of it is the border of the picture
    places = [tuple(place) for place in np.argwhere(region)]
    matrix, right = np.zeros((len(places),) * 2), np.zeros(len(places))
    for row, (i, j) in enumerate(places):
        near = [(i + a, j + b) for a, b in ((1, 0), (-1, 0), (0, 1), (0, -1)) if 0 <= i + a < 7 and 0 <= j + b < 8]
        matrix[row, row] = len(near)
        for place in near:
            right[row] += other[i, j] - other[place]
            if region[place]:
                matrix[row, places.index(place)] = -1
            else:
                right[row] += own[place]
    expected = own.copy()
    expected[region] = np.linalg.solve(matrix, right)
    edges = differences(other[..., None], H)
    found = dirichlet(edges, np.zeros((7, 8, 1)), ~region & region, (1.0, 0.0), H, ~region, own[..., None])
    np.testing.assert_allclose(found[..., 0], expected, atol=1e-12)


def opencvs_problem(own, other, region):
    """Solve what ``seamlessClone`` solves: the field of a smaller mask, with the values at the ring of its box."""
    smaller = cv2.erode(region.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=3).astype(bool)[..., None]
    left, top, width, height = cv2.boundingRect(region.astype(np.uint8))
    box = slice(top, top + height), slice(left, left + width)
    inside, (f, g) = smaller[box], (differences(each[box], 1.0) for each in (own, other))
    edges = Edges(np.where(inside[:-1], g.down, f.down), np.where(inside[:, :-1], g.right, f.right))
    ring = np.ones((height, width), dtype=bool)
    ring[1:-1, 1:-1] = False
    found, nothing = own.copy(), np.zeros_like(own[box])
    found[box] = dirichlet(edges, nothing, ring & ~ring, (1.0, 0.0), 1.0, ring, own[box])
    return found


@pytest.mark.parametrize("region", ["disc", "square"])
@pytest.mark.parametrize("channels", ["gray", "rgb"])
def test_opencv_has_the_solution_of_its_own_problem(region, channels):
    own, other = (load_signal(name, 48, channels).values for name in ("camera", "moon"))
    mask = region_mask(region, 48, 48)
    expected = np.clip(opencvs_problem(own, other, mask), -1, 1)
    found = seamless_clone(own, other, mask)
    assert found.shape == own.shape
    assert np.abs(found - expected).max() * 127.5 < 2, "two of 256 levels: it rounds twice"
    assert np.abs(found - own).max() > 0.2


@pytest.mark.parametrize("sides", [(1, 1), (2, 2), (2, 16), (16, 1)])
def test_opencv_has_no_answer_for_a_narrow_region(sides):
    own, other = (load_signal(name, 16, "gray").values for name in ("camera", "moon"))
    region = np.zeros((16, 16), dtype=bool)
    region[-sides[0] :, : sides[1]] = True
    assert seamless_clone(own, other, region) is None
