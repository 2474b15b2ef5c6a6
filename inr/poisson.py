"""Poisson's equation on a grid of pixels, by differences of neighbours: the answer without a network.

Arrays: values (H, W, C), gradients (H, W, C, 2), Laplacians (H, W, C), per unit of coordinate; h is the spacing.
Nothing crosses the border of the grid, as in an image that is mirrored there.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inr.modes import angles, cosines, image_of, quotient

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Edges(NamedTuple):
    """Differences of neighbouring pixels per unit of coordinate: (H − 1, W, C) down, (H, W − 1, C) to the right."""

    down: Array
    right: Array


def differences(values: Array, h: float) -> Edges:
    """Take the differences of neighbours in values (H, W, C)."""
    return Edges(np.diff(values, axis=0) / h, np.diff(values, axis=1) / h)


def halfway(gradient: Array) -> Edges:
    """Interpolate a gradient (H, W, C, 2) halfway between neighbouring pixels."""
    down, right = gradient[..., 0], gradient[..., 1]
    return Edges((down[1:] + down[:-1]) / 2, (right[:, 1:] + right[:, :-1]) / 2)


def divergence(edges: Edges, h: float) -> Array:
    """Sum the edges that leave a pixel minus those that enter it, over h: (H, W, C). Nothing crosses the border."""
    down = np.diff(np.pad(edges.down, ((1, 1), (0, 0), (0, 0))), axis=0)
    right = np.diff(np.pad(edges.right, ((0, 0), (1, 1), (0, 0))), axis=1)
    return np.asarray((down + right) / h)


def neumann(edges: Edges, laplacian: Array, weights: Sequence[float], h: float) -> Array:
    """Compute the image of mean 0 whose differences, and 5-point Laplacian, best fit the given ones.

    ``weights`` are those of the edges and of the Laplacian. The 5-point Laplacian with mirrored borders is diagonal in
    cosine modes (Simchony, Chellappa & Shao 1990).
    """
    y, x = angles(laplacian.shape)
    square = 4 * (np.sin(y / 2) ** 2 + np.sin(x / 2) ** 2) / h**2
    projection = -weights[0] * cosines(divergence(edges, h)) - weights[1] * square * cosines(laplacian)
    return image_of(quotient(projection, weights[0] * square + weights[1] * square**2, np.zeros_like(projection)))


def dirichlet(
    edges: Edges, laplacian: Array, counted: Mask, weights: Sequence[float], h: float, known: Mask, values: Array
) -> Array:
    """Compute the image that has the values (H, W, C) at the ``known`` pixels and fits differences best elsewhere.

    The Laplacian counts at the pixels ``counted``; masks (H, W). A sparse factorisation solves the normal equations
    (Pérez, Gangnet & Blake 2003, eq. 7, for edges alone).
    """
    from scipy.sparse.linalg import splu

    height, width, channels = values.shape
    five_point = _five_point(height, width) / h**2  # minus the Laplacian
    rows = five_point[counted.ravel()]
    matrix = (weights[0] * five_point + weights[1] * rows.T @ rows).tocsc()
    right = -weights[0] * divergence(edges, h).reshape(-1, channels) - weights[1] * rows.T @ laplacian[counted]
    solution = values.reshape(-1, channels).astype(np.float64)
    free, given = ~known.ravel(), known.ravel()
    right = right[free] - matrix[free][:, given] @ solution[given]
    solution[free] = splu(matrix[free][:, free], permc_spec="MMD_AT_PLUS_A").solve(right)
    return solution.reshape(values.shape)


def _five_point(height: int, width: int) -> Any:
    """Minus the 5-point Laplacian of pixels with mirrored borders, times h²: sparse, (H W, H W)."""
    from scipy import sparse

    along = []
    for side in (height, width):
        steps = sparse.diags([-np.ones(side - 1), np.ones(side - 1)], [0, 1], shape=(side - 1, side))
        along.append(steps.T @ steps)
    eyes = [sparse.identity(side) for side in (height, width)]
    return (sparse.kron(along[0], eyes[1]) + sparse.kron(eyes[0], along[1])).tocsr()
