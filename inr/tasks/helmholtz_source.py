"""A point source in the open plane."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, final

import numpy as np
from annotated_types import Ge, Gt, Le, Lt

from inr.doc import Doc
from inr.errors import UsageError
from inr.signals import helmholtz as solved
from inr.tasks.base import Drawn
from inr.tasks.helmholtz_boundary import Part
from inr.tasks.helmholtz_cases import Array, Case, Mask
from inr.tasks.helmholtz_terms import Linear, matrices, parts
from inr.tasks.loss import HEAVIEST

DISC = 5.0
"""Widths of the source from its centre within which its points are drawn, as published."""


@final
@dataclass(frozen=True, kw_only=True)
class Source(Case):
    """A point source in the open plane, with a perfectly matched layer; real and imaginary part are two outputs.

    Sitzmann et al. 2020 (arXiv:2006.09661, section 4.3): k 20, a Gaussian of variance 1e-4, a layer of width 0.5 and
    strength 5. A step has 230² points, 100 of them at the source; the loss is the sum of |r| off the source over the
    number of points, plus the sum of |r| at the source over 1000.
    """

    channels: ClassVar[int] = 2
    layered: ClassVar[bool] = True

    source_width: Annotated[float, Ge(1e-3), Le(0.1), Doc("standard deviation of the Gaussian source")] = 0.01
    source_points: Annotated[int, Ge(1), Le(10**6), Doc("points of the equation that are drawn at the source")] = 100
    source_weight: Annotated[
        float, Ge(0), Le(HEAVIEST), Doc("weight, within the equation, of the mean over the points at the source")
    ] = 0.1
    layer_width: Annotated[float, Gt(0), Lt(1), Doc("width of the perfectly matched layer inside [-1, 1]²")] = 0.5
    layer_strength: Annotated[float, Gt(0), Le(100), Doc("damping at the layer's outer edge over k")] = 5.0

    @property
    def layer(self) -> solved.Layer:
        """The layer."""
        return solved.Layer(self.layer_width, self.layer_strength)

    def check(self, collocation: int) -> None:
        """See the base class."""
        if solved.TAIL * self.source_width > 1 - self.layer_width:
            raise UsageError(
                f"--source_width={self.source_width:g} reaches into the layer of --layer_width={self.layer_width:g}: "
                f"expected at most {(1 - self.layer_width) / solved.TAIL:.3g}"
            )
        if self.source_points >= collocation:
            raise UsageError(
                f"--source_points={self.source_points} are part of --collocation={collocation}: use fewer of them"
            )

    def parts(self, collocation: int) -> tuple[Part, ...]:
        """Give the equation."""
        return (Part(Linear("equation", True), collocation, 1.0, lambda rng: self.draw(rng, collocation)),)

    def draw(self, rng: np.random.Generator, count: int) -> Drawn:
        """Draw points of the square and of the source. At the source the equation is multiplied by its weight."""
        radius = DISC * self.source_width * np.sqrt(rng.random(self.source_points))
        angle = 2 * np.pi * rng.random(self.source_points)
        at_source = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)
        points = np.concatenate([rng.uniform(-1, 1, (count - self.source_points, 2)), at_source])
        factor = np.where(self.quiet(points), 1.0, self.source_weight * count / self.source_points)
        data = self.at(points)
        weighed = {
            "coefficients": data["coefficients"] * factor[:, None, None, None],
            "right": data["right"] * factor[:, None],
        }
        return Drawn(points, weighed)

    def at(self, points: Array) -> dict[str, Array]:
        """See the base class."""
        coefficients = self.layer.coefficients(points, self.wave_number)
        strength = solved.source(points, self.source_width)
        return {"coefficients": matrices(coefficients), "right": np.stack([-strength, np.zeros(len(points))], axis=-1)}

    def solution(self, points: Array, values: Array) -> Array:
        """Give the network's values."""
        return values

    def exact(self, points: Array) -> Array:
        """See the base class."""
        return parts(solved.field(points, self.wave_number, self.source_width, self.layer))

    def differences(self, nodes: int) -> Array:
        """See the base class."""
        right = -solved.poured(nodes, self.source_width)
        return parts(solved.differences(self.layer, self.wave_number, right))

    def inside(self, points: Array) -> Mask:
        """Mark the points that the layer surrounds."""
        return self.layer.holds(points)

    def quiet(self, points: Array) -> Mask:
        """Mark the points outside the source."""
        return np.asarray(np.hypot(*points.T) > solved.REACH * self.source_width)
