"""The classical surface through points with normals: a biharmonic spline (Carr et al. 2001, Reconstruction and
representation of 3D objects with radial basis functions).

The spline is 0 at the points, and ±ε at points ε away along the normals. Its basis is r² log r in the plane, r in
space, with a linear polynomial.
"""

from typing import Any, cast, final

import numpy as np

from inr.signals.shapes.base import Array, Oriented, in_bands

OFFSET = 0.01
"""ε; it is halved where another point would be nearer than the point's own."""
HALVINGS = 6
MOST = 1000
"""The most points that are interpolated: the system is dense, three equations a point."""


@final
class Biharmonic:
    """The spline through points, the first :data:`MOST` of them, and the distances to all of them."""

    def __init__(self, cloud: Oriented) -> None:
        from scipy.linalg import solve
        from scipy.spatial import cKDTree

        self._tree: Any = cKDTree(cloud.points)
        self.centres, self.heights = _constraints(Oriented(cloud.points[:MOST], cloud.normals[:MOST]))
        plain = np.column_stack([np.ones(len(self.centres)), self.centres])
        count = plain.shape[1]
        system = np.block([[_basis(self.centres, self.centres), plain], [plain.T, np.zeros((count, count))]])
        self._weights: Array = solve(system, np.concatenate([self.heights, np.zeros(count)]), assume_a="sym")

    def value(self, points: Array) -> Array:
        """Compute the spline (P,) at points (P, D): 0 on the surface, negative inside."""
        return cast(Array, in_bands(self._value, points, len(self.centres)))

    def distance(self, points: Array, value: Array) -> Array:
        """Compute the distances (P,) to the nearest of all points, with the signs of the spline's values (P,)."""
        nearest, _ = self._tree.query(points)
        return np.asarray(np.where(value < 0, -nearest, nearest))

    def _value(self, points: Array) -> Array:
        linear = self._weights[len(self.centres) :]
        radial = _basis(points, self.centres) @ self._weights[: len(self.centres)]
        return np.asarray(radial + linear[0] + points @ linear[1:])


def _constraints(cloud: Oriented) -> tuple[Array, Array]:
    """The points with their offsets to either side, and the value at each; each place once."""
    from scipy.spatial import cKDTree

    _, first = np.unique(cloud.points, axis=0, return_index=True)
    points, normals = cloud.points[np.sort(first)], cloud.normals[np.sort(first)]
    tree = cKDTree(points)
    centres, heights = [points], [np.zeros(len(points))]
    for side in (1.0, -1.0):
        reach = np.full(len(points), side * OFFSET)
        for _ in range(HALVINGS):
            reach = np.where(_strays(tree, points + reach[:, None] * normals, reach), reach / 2, reach)
        offset = points + reach[:, None] * normals
        kept = ~_strays(tree, offset, reach)
        centres.append(offset[kept])
        heights.append(reach[kept])
    return np.concatenate(centres), np.concatenate(heights)


def _strays(tree: Any, offset: Array, reach: Array) -> Any:
    """Mark the offset points that are nearer to another point than to their own."""
    return tree.query(offset)[0] < 0.999 * np.abs(reach)


def _basis(points: Array, centres: Array) -> Array:
    """Compute the basis (P, S)."""
    from scipy.spatial.distance import cdist

    if points.shape[1] == 3:
        return np.asarray(cdist(points, centres))
    squares = cdist(points, centres, "sqeuclidean")
    return np.asarray(squares * np.log(np.where(squares > 0, squares, 1)) / 2)
