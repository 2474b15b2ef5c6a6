"""Closed-form shapes in the plane, inside [-0.8, 0.8]², y upwards.

The kinds of shapes are those on which distances are tested in the literature (DiGS, arXiv:2106.10811; HotSpot,
arXiv:2411.14628): smooth curves, corners of every angle, holes, parts that lie apart, a fractal.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from inr.signals.shapes.outlines import Outline

Corner = Sequence[float]


def _ring(radius: float, x: float = 0.0, y: float = 0.0, hole: bool = False) -> list[Corner]:
    """A circle: two half circles; clockwise for a hole."""
    bulge = -1.0 if hole else 1.0
    return [(x - radius, y, bulge), (x + radius, y, bulge)]


def _polar(radii: Sequence[float], first: float = math.pi / 2) -> list[Corner]:
    """A polygon whose corners lie at equal angles, from ``first`` on, at radii of their own."""
    angles = first + 2 * math.pi * np.arange(len(radii)) / len(radii)
    return [(r * math.cos(a), r * math.sin(a)) for r, a in zip(radii, angles, strict=True)]


def circle() -> Outline:
    """A disk."""
    return Outline.of(_ring(0.6))


def square() -> Outline:
    """A square."""
    return Outline.of([(-0.55, -0.55), (0.55, -0.55), (0.55, 0.55), (-0.55, 0.55)])


def ell() -> Outline:
    """The letter L: one corner turns inwards."""
    return Outline.of([(-0.5, -0.7), (0.6, -0.7), (0.6, -0.25), (0.0, -0.25), (0.0, 0.7), (-0.5, 0.7)])


def cross() -> Outline:
    """Two bars across one another."""
    a, b = 0.7, 0.22
    quarter = [(b, b), (b, a), (-b, a)]
    turns = [[(x, y), (-y, x), (-x, -y), (y, -x)] for x, y in quarter]
    return Outline.of([corners[turn] for turn in range(4) for corners in turns])


def star() -> Outline:
    """A star of five acute points."""
    return Outline.of(_polar([0.78, 0.78 * (3 - math.sqrt(5)) / 2] * 5))


def hexagram() -> Outline:
    """A star of six points."""
    return Outline.of(_polar([0.75, 0.75 / math.sqrt(3)] * 6))


def snowflake() -> Outline:
    """Koch's curve, three times refined: 192 sides."""
    corners = np.array([x + 1j * y for x, y in _polar([0.75] * 3)])
    for _ in range(3):
        side = np.roll(corners, -1) - corners
        tip = corners + side / 3 + side / 3 * np.exp(-1j * math.pi / 3)
        corners = np.stack([corners, corners + side / 3, tip, corners + 2 * side / 3], axis=1).ravel()
    return Outline.of([(z.real, z.imag) for z in corners])


def moon() -> Outline:
    """A crescent: two arcs that meet in cusps."""
    return Outline.of([(0.3, -0.6, -0.45), (0.3, 0.6, 1.7)])


def heart() -> Outline:
    """Two arcs and a tip."""
    return Outline.of([(0.0, -0.7), (0.6, 0.05, 1.0), (0.0, 0.35, 1.0), (-0.6, 0.05)])


def capsule() -> Outline:
    """A bar with round ends, oblique."""
    x, y, r = 0.4, 0.3, 0.25
    u, v = -y / math.hypot(x, y) * r, x / math.hypot(x, y) * r
    return Outline.of([(-x - u, -y - v), (x - u, y - v, 1.0), (x + u, y + v), (-x + u, -y + v, 1.0)])


def target() -> Outline:
    """A disk in two rings."""
    return Outline.of(_ring(0.78), _ring(0.6, hole=True), _ring(0.44), _ring(0.3, hole=True), _ring(0.16))


def button() -> Outline:
    """A disk with four holes."""
    places = [(s * 0.22, t * 0.22) for s in (-1, 1) for t in (-1, 1)]
    return Outline.of(_ring(0.7), *(_ring(0.12, x, y, hole=True) for x, y in places))


def bearing() -> Outline:
    """Eight balls between two rings."""
    balls = [_ring(0.1, 0.5 * math.cos(a), 0.5 * math.sin(a)) for a in math.pi / 4 * np.arange(8)]
    return Outline.of(_ring(0.78), _ring(0.65, hole=True), *balls, _ring(0.35), _ring(0.22, hole=True))


def snake() -> Outline:
    """A band that winds: half circles of one width, with round ends."""
    return _band([-0.54, -0.18, 0.18, 0.54], 0.18, 0.07)


def _band(centres: Sequence[float], radius: float, half: float) -> Outline:
    """A band of width 2 ``half`` along half circles, alternately above and below the axis."""
    turns = [-1.0 if k % 2 == 0 else 1.0 for k in range(len(centres))]
    there = [(c - radius - half * t, 0.0, t) for c, t in zip(centres, turns, strict=True)]
    last, end = turns[-1], centres[-1] + radius
    back = [(c + radius - half * t, 0.0, -t) for c, t in zip(centres, turns, strict=True)][::-1]
    return Outline.of([*there, (end + half * last, 0.0, 1.0), *back, (centres[0] - radius - half, 0.0, 1.0)])


PLANE: dict[str, Callable[[], Outline]] = {
    made.__name__: made
    for made in (
        circle,
        square,
        ell,
        cross,
        star,
        hexagram,
        snowflake,
        moon,
        heart,
        capsule,
        target,
        button,
        bearing,
        snake,
    )
}
"""Name → closed form in the plane."""
