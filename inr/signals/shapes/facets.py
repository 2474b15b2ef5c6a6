"""Facets: the segments or triangles of a zero level set, and the distance to them."""

import functools
from dataclasses import dataclass
from typing import Any, cast, final

import numpy as np
from numpy.typing import NDArray

from inr.signals.shapes.base import Array, Oriented, drawn, in_bands, to_segments, unit

NEAREST = 16
"""The facets among which the nearest is looked for: those whose centres are nearest."""


@final
@dataclass(frozen=True, eq=False)
class Facets:
    """F segments in the plane, or triangles in space."""

    vertices: Array
    """(V, D)"""
    faces: NDArray[np.int64]
    """(F, D), the vertices of each facet; seen from outside, a triangle's run counter-clockwise."""

    def __len__(self) -> int:
        return len(self.faces)

    @property
    def corners(self) -> Array:
        """The corners of each facet, (F, D, D)."""
        return self.vertices[self.faces]

    @functools.cached_property
    def normals(self) -> Array:
        """The unit normals (F, D), outwards; zero where a facet has no size."""
        return unit(_crossed(self.corners))

    @functools.cached_property
    def sizes(self) -> Array:
        """The lengths or areas (F,)."""
        crossed = np.linalg.norm(_crossed(self.corners), axis=-1)
        return np.asarray(crossed / (self.vertices.shape[1] - 1))

    def sample(self, count: int, rng: np.random.Generator) -> Oriented:
        """Draw points of the facets, uniformly by length or area, with normals."""
        facet = drawn(self.sizes, count, rng)
        shares = rng.dirichlet(np.ones(self.vertices.shape[1]), count)
        return Oriented(np.einsum("pk,pkd->pd", shares, self.corners[facet]), self.normals[facet])

    def unsigned(self, points: Array) -> Array:
        """Compute the distances (P,) of points (P, D) to the facets, the nearest of :data:`NEAREST` candidates."""
        return cast(Array, in_bands(self._unsigned, points, 16 * NEAREST * self.vertices.shape[1] ** 2))

    def _unsigned(self, points: Array) -> Array:
        _, near = self._tree.query(points, k=min(NEAREST, len(self)))
        corners = self.corners[near.reshape(len(points), -1)]
        return np.asarray(to_facets(points[:, None], corners).min(axis=1))

    @functools.cached_property
    def _tree(self) -> Any:
        from scipy.spatial import cKDTree

        return cKDTree(self.corners.mean(axis=1))


def to_facets(points: Array, corners: Array) -> Array:
    """Compute the distances (…,) of points (…, D) to facets (…, D, D)."""
    count = corners.shape[-1]
    pairs = [(0, 1)] if count == 2 else [(0, 1), (1, 2), (2, 0)]
    nearest = np.minimum.reduce([to_segments(points, corners[..., i, :], corners[..., j, :]) for i, j in pairs])
    if count == 2:
        return np.asarray(nearest)
    normals = unit(_crossed(corners))
    sides = [
        (np.cross(normals, corners[..., j, :] - corners[..., i, :]) * (points - corners[..., i, :])).sum(-1)
        for i, j in pairs
    ]
    over = np.minimum.reduce(sides) > 0
    return np.asarray(np.where(over, np.abs((normals * (points - corners[..., 0, :])).sum(-1)), nearest))


def _crossed(corners: Array) -> Array:
    """The normals (…, D) of facets, as long as a segment, or as twice a triangle's area."""
    first = corners[..., 1, :] - corners[..., 0, :]
    if corners.shape[-1] == 2:
        return np.stack([first[..., 1], -first[..., 0]], axis=-1)
    return np.asarray(np.cross(first, corners[..., 2, :] - corners[..., 0, :]))


def zero_set(values: NDArray[np.floating]) -> Facets:
    """Extract the zero level set of samples on a grid over [-1, 1]^D, below zero inside; without facets where none is.

    Marching squares in the plane, marching cubes in space (scikit-image).
    """
    low, high = float(values.min()), float(values.max())
    if not low < 0 < high:
        return Facets(np.empty((0, values.ndim)), np.empty((0, values.ndim), dtype=np.int64))
    vertices, faces = (_squares if values.ndim == 2 else _cubes)(np.asarray(values, dtype=np.float64))
    return Facets(2 * vertices / (np.array(values.shape) - 1) - 1, faces)


def _squares(values: Array) -> tuple[Array, NDArray[np.int64]]:
    from skimage.measure import find_contours

    curves = find_contours(values, 0.0, positive_orientation="low")
    lasts = np.cumsum([len(curve) for curve in curves]) - 1
    vertices = np.concatenate(curves)
    first = np.delete(np.arange(len(vertices)), lasts)
    return vertices, np.stack([first, first + 1], axis=1)


def _cubes(values: Array) -> tuple[Array, NDArray[np.int64]]:
    from skimage.measure import marching_cubes

    vertices, faces, _, _ = marching_cubes(values, 0.0, gradient_direction="descent")
    return np.asarray(vertices, dtype=np.float64), np.asarray(faces, dtype=np.int64)
