"""Closed-form solids in space, inside [-0.8, 0.8]³: sphere, torus, box."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import final

import numpy as np

from inr.signals.shapes.base import Array, Mask, Oriented, Shape, drawn, unit


class Solid(Shape):
    """A solid whose signed distance has a formula."""

    @abstractmethod
    def distance(self, points: Array) -> Array:
        """See the base class."""

    def unsigned(self, points: Array) -> Array:
        """See the base class."""
        return np.abs(self.distance(points))

    def inside(self, points: Array) -> Mask:
        """See the base class."""
        return self.distance(points) < 0


@final
@dataclass(frozen=True)
class Sphere(Solid):
    """A ball."""

    radius: float

    def distance(self, points: Array) -> Array:
        """Compute |p| − r."""
        return np.asarray(np.linalg.norm(points, axis=1) - self.radius)

    def sample(self, count: int, rng: np.random.Generator) -> Oriented:
        """See the base class."""
        normals = unit(rng.normal(size=(count, 3)))
        return Oriented(self.radius * normals, normals)


@final
@dataclass(frozen=True)
class Torus(Solid):
    """A tube around a circle, whose axis is z."""

    radius: float
    tube: float

    def distance(self, points: Array) -> Array:
        """Compute the distance to the circle, less the tube's radius."""
        to_circle = np.hypot(points[:, 0], points[:, 1]) - self.radius
        return np.asarray(np.hypot(to_circle, points[:, 2]) - self.tube)

    def sample(self, count: int, rng: np.random.Generator) -> Oriented:
        """Draw the angle around the tube by its distribution, which is denser on the outer side."""
        fine = np.linspace(-np.pi, np.pi, 4097)
        share = (self.radius * (fine + np.pi) + self.tube * np.sin(fine)) / (2 * np.pi * self.radius)
        across, along = np.interp(rng.random(count), share, fine), 2 * np.pi * rng.random(count)
        out = np.stack([np.cos(along), np.sin(along), np.zeros(count)], axis=1)
        normals = np.cos(across)[:, None] * out
        normals[:, 2] = np.sin(across)
        return Oriented(self.radius * out + self.tube * normals, normals)


@final
@dataclass(frozen=True)
class Box(Solid):
    """A box along the axes."""

    half: tuple[float, float, float]
    """Half of each side."""

    def distance(self, points: Array) -> Array:
        """Compute the distance to the nearest corner, edge or face."""
        beyond = np.abs(points) - self.half
        return np.asarray(np.linalg.norm(np.maximum(beyond, 0), axis=1) + np.minimum(beyond.max(axis=1), 0))

    def sample(self, count: int, rng: np.random.Generator) -> Oriented:
        """Draw a pair of faces by its area, then one of the two, then a point of it."""
        half = np.array(self.half)
        axis = drawn(half.prod() / half, count, rng)
        rows, normals = np.arange(count), np.zeros((count, 3))
        normals[rows, axis] = rng.choice([-1.0, 1.0], count)
        points = half * rng.uniform(-1, 1, (count, 3))
        points[rows, axis] = normals[rows, axis] * half[axis]
        return Oriented(points, normals)


SOLIDS: dict[str, Shape] = {
    "sphere": Sphere(0.6),
    "torus": Torus(0.5, 0.25),
    "box": Box((0.6, 0.45, 0.35)),
}
"""Name → closed form in space."""
