"""A manufactured field with a zero border."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, final

import numpy as np

from inr.doc import Doc
from inr.signals import helmholtz as solved
from inr.signals.initial import Modes, WaveNumbers
from inr.tasks.base import Drawn
from inr.tasks.helmholtz_boundary import Boundary, Part, Penalised
from inr.tasks.helmholtz_cases import Array, Case, Mask, WaveNumber
from inr.tasks.helmholtz_terms import Linear


@final
@dataclass(frozen=True, kw_only=True)
class Manufactured(Modes, Case):
    """The field sin(a₁πx₁) sin(a₂πx₂), with the right side that it needs and a zero border.

    Wang, Teng, Perdikaris 2021 (SIAM J. Sci. Comput. 43, A3055) take a₁ 1, a₂ 4, k 1 and add both mean squares. Here
    that of the equation is divided by ((a₁² + a₂²) π² + k²)², so theirs is a ``boundary_weight`` of one over it.
    """

    channels: ClassVar[int] = 1
    layered: ClassVar[bool] = False

    wave_number: WaveNumber = 1.0
    boundary: Annotated[Boundary, Doc("how the field becomes zero at the border")] = Penalised()

    @property
    def wave_numbers(self) -> WaveNumbers:
        """The equation's and those of the sines."""
        return {"wave_number": (self.wave_number, 1.0), **super().wave_numbers}

    @property
    def note(self) -> str:
        """The boundary's."""
        return self.boundary.note

    @property
    def weights(self) -> Mapping[str, float]:
        """The boundary's."""
        return self.boundary.weights

    def parts(self, collocation: int) -> tuple[Part, ...]:
        """Give the equation, over the sum of its coefficients, and the boundary's terms."""
        scale = 1 / (self.square + self.wave_number**2) ** 2
        equation = Part(Linear("equation", False), collocation, scale, lambda rng: self.draw(rng, collocation))
        return (equation, *self.boundary.parts())

    def draw(self, rng: np.random.Generator, count: int) -> Drawn:
        """Draw points of the square."""
        points = rng.uniform(-1, 1, (count, 2))
        return Drawn(points, self.at(points))

    def at(self, points: Array) -> dict[str, Array]:
        """Compute the coefficients of the network's derivatives; those of the field's are 0, 0, 1, 1 and k²."""
        factor, slope, bend = self.boundary.factor(points)
        first, second = 2 * slope.T
        coefficients = np.stack([first, second, factor, factor, self.wave_number**2 * factor + bend], axis=-1)
        return {"coefficients": coefficients[..., None, None], "right": self._right(points)[:, None]}

    def solution(self, points: Array, values: Array) -> Array:
        """Multiply by the boundary's factor."""
        return self.boundary.factor(points)[0][:, None] * values

    def exact(self, points: Array) -> Array:
        """See the base class."""
        return self.mode(points)[:, None]

    def differences(self, nodes: int) -> Array:
        """See the base class."""
        side = np.linspace(-1, 1, nodes)
        right = self._right(np.stack(np.meshgrid(side, side, indexing="ij"), axis=-1))
        return solved.differences(None, self.wave_number, right).real[..., None]

    def inside(self, points: Array) -> Mask:
        """Mark all points."""
        return np.ones(len(points), bool)

    def quiet(self, points: Array) -> Mask:
        """Mark all points."""
        return np.ones(len(points), bool)

    def _right(self, points: Array) -> Array:
        return (self.wave_number**2 - self.square) * self.mode(points)
