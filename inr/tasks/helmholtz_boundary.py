"""The ways to make a field zero at the border, and the parts of a loss."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, NamedTuple, final

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from inr.choices import Choice
from inr.doc import Doc
from inr.tasks.base import Drawn
from inr.tasks.helmholtz_terms import Border
from inr.tasks.loss import HEAVIEST, in_loss, weight_doc
from inr.terms import Term

Array = NDArray[np.float64]


class Part(NamedTuple):
    """A term of the loss, with the points that are drawn for it at every step."""

    term: Term
    points: int
    scale: float
    """The factor of the mean penalty, whose sum over the outputs counts."""
    draw: Callable[[np.random.Generator], Drawn]


@dataclass(frozen=True, kw_only=True)
class Boundary(Choice, kind="boundary"):
    """A way to make a field zero at the border of [-1, 1]²: the field is a factor times the network."""

    note: ClassVar[str] = ""
    """A sentence on the factor, for the record."""

    @property
    def weights(self) -> Mapping[str, float]:
        """Term → weight, of the terms that the boundary adds to the loss: none by default."""
        return {}

    def parts(self) -> tuple[Part, ...]:
        """Give those terms with their points."""
        return ()

    @abstractmethod
    def factor(self, points: Array) -> tuple[Array, Array, Array]:
        """Compute the factor (P,), its gradient (P, 2) and its Laplacian (P,) at points (P, 2)."""


@final
@dataclass(frozen=True, kw_only=True)
class Penalised(Boundary):
    """The field is the network, whose squares at the border are a term of the loss."""

    boundary_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("boundary"), weight_doc("boundary")] = 1.0
    boundary_points: Annotated[
        int, Ge(4), Le(10**6), in_loss("boundary"), Doc("points of the border, drawn anew at every step")
    ] = 256

    @property
    def weights(self) -> Mapping[str, float]:
        """The boundary's."""
        return {"boundary": self.boundary_weight}

    def parts(self) -> tuple[Part, ...]:
        """Give the border's values."""
        return (Part(Border("boundary"), self.boundary_points, 1.0, self.draw),)

    def draw(self, rng: np.random.Generator) -> Drawn:
        """Draw points of the border."""
        points = rng.uniform(-1, 1, (self.boundary_points, 2))
        places = np.arange(len(points))
        points[places, places % 2] = rng.choice([-1.0, 1.0], len(points))
        return Drawn(points, {})

    def factor(self, points: Array) -> tuple[Array, Array, Array]:
        """Give 1."""
        return np.ones(len(points)), np.zeros(points.shape), np.zeros(len(points))


@final
class Hard(Boundary):
    """The field is (1 - x₁²)(1 - x₂²) times the network, and so zero at the border."""

    note: ClassVar[str] = "the field is (1 - x1^2)(1 - x2^2) times the network, which is zero at the border"

    def factor(self, points: Array) -> tuple[Array, Array, Array]:
        """Compute the product and its derivatives."""
        falls = 1 - points**2
        return falls.prod(-1), -2 * points * falls[:, ::-1], -2 * falls.sum(-1)
