"""Outlines in the plane: closed curves of straight pieces and circular arcs, with their exact distance.

A piece leads from a start to an end. Its bulge is tan(θ/4), where θ is the angle of the arc: 0 for a straight piece,
1 for a half circle; it is positive where the arc turns left. The inside lies on the left of every curve, so the
boundary of a hole runs clockwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast, final

import numpy as np

from inr.signals.shapes.base import Array, Mask, Oriented, Shape, drawn, in_bands, to_segments, unit


@final
@dataclass(frozen=True, eq=False)
class Outline(Shape):
    """The solid that S pieces bound."""

    starts: Array
    """(S, 2)"""
    ends: Array
    """(S, 2)"""
    bulges: Array
    """(S,)"""

    @classmethod
    def of(cls, *curves: Sequence[Sequence[float]]) -> "Outline":
        """Make the solid of closed curves, each of corners (x, y), or (x, y, bulge of the piece after it)."""
        corners = [np.array([[*corner, 0.0][:3] for corner in curve], dtype=np.float64) for curve in curves]
        ends = [np.roll(curve[:, :2], -1, axis=0) for curve in corners]
        whole = np.concatenate(corners)
        return cls(whole[:, :2], np.concatenate(ends), whole[:, 2])

    @property
    def centres(self) -> Array:
        """The centres (S, 2) of the arcs; of a straight piece its middle."""
        chords = self.ends - self.starts
        curved = self.bulges != 0
        steep = np.where(curved, (1 - self.bulges**2) / (4 * np.where(curved, self.bulges, 1)), 0)
        return (self.starts + self.ends) / 2 + steep[:, None] * _left(chords)

    @property
    def radii(self) -> Array:
        """The radii (S,) of the arcs; without meaning for straight pieces."""
        return np.asarray(np.linalg.norm(self.starts - self.centres, axis=1))

    @property
    def lengths(self) -> Array:
        """The lengths (S,) of the pieces."""
        chords = np.linalg.norm(self.ends - self.starts, axis=1)
        return np.where(self.bulges == 0, chords, 4 * np.arctan(np.abs(self.bulges)) * self.radii)

    def unsigned(self, points: Array) -> Array:
        """See the base class."""
        return cast(Array, in_bands(self._unsigned, points, len(self.starts)))

    def inside(self, points: Array) -> Mask:
        """Mark the points around which the curves wind."""
        return cast(Mask, in_bands(self._inside, points, len(self.starts)))

    def sample(self, count: int, rng: np.random.Generator) -> Oriented:
        """See the base class."""
        piece = drawn(self.lengths, count, rng)
        share, bulge = rng.random(count), self.bulges[piece]
        start, end, centre = self.starts[piece], self.ends[piece], self.centres[piece]
        angle = 4 * np.arctan(bulge) * share
        spoke = start - centre
        turned = np.cos(angle)[:, None] * spoke + np.sin(angle)[:, None] * _left(spoke)
        straight = bulge == 0
        points = np.where(straight[:, None], start + share[:, None] * (end - start), centre + turned)
        normals = np.where(straight[:, None], -_left(end - start), np.sign(bulge)[:, None] * turned)
        return Oriented(points, unit(normals))

    def _unsigned(self, points: Array) -> Array:
        curved = self.bulges != 0
        parts = [to_segments(points[:, None], self.starts[~curved], self.ends[~curved])] if not curved.all() else []
        parts += [self._to_arcs(points, curved)] if curved.any() else []
        return np.asarray(np.concatenate(parts, axis=1).min(axis=1))

    def _to_arcs(self, points: Array, curved: Mask) -> Array:
        """The distances (P, A) to the arcs: along the spoke where it meets the arc, else to its nearer end."""
        starts, ends, centres, radii, bulges = (
            part[curved] for part in (self.starts, self.ends, self.centres, self.radii, self.bulges)
        )
        spokes = points[:, None] - centres
        met = centres + radii[:, None] * unit(spokes) - starts
        facing = np.sign(bulges) * _cross(ends - starts, met) <= 0
        to_start, to_end = (np.linalg.norm(points[:, None] - end, axis=-1) for end in (starts, ends))
        along = np.abs(np.linalg.norm(spokes, axis=-1) - radii)
        return np.asarray(np.where(facing, along, np.minimum(to_start, to_end)))

    def _inside(self, points: Array) -> Mask:
        """Count how often the chords wind around a point, and the arcs where it lies between an arc and its chord."""
        chords = self.ends - self.starts
        side = _cross(chords, points[:, None] - self.starts)
        # A point on a chord counts as one beside it, the same side whichever way the chord runs.
        side = np.where(side == 0, np.where(chords[:, 1] != 0, -chords[:, 1], chords[:, 0]), side)
        low, high = (end[:, 1] <= points[:, 1:] for end in (self.starts, self.ends))
        crossings = (low & ~high & (side > 0)).astype(int) - (~low & high & (side < 0)).astype(int)
        between = (np.linalg.norm(points[:, None] - self.centres, axis=-1) < self.radii) & (
            np.sign(self.bulges) * side < 0
        )
        return np.asarray((crossings + between * np.sign(self.bulges)).sum(axis=1) > 0.5)


def _left(vectors: Array) -> Array:
    """Turn vectors (…, 2) left by a right angle."""
    return np.stack([-vectors[..., 1], vectors[..., 0]], axis=-1)


def _cross(one: Array, other: Array) -> Array:
    return np.asarray(one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0])
