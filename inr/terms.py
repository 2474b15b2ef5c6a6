"""The terms of a loss: residuals of a jet at points, whose penalties, squares as a rule, are summed.

No torch is imported: residuals are written with the methods that tensors and arrays share.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from inr.jet import Ask, Jet, laplacian


@dataclass(frozen=True)
class Term(ABC):
    """A term of a loss. It is a value without floats or arrays, so that a compiled step can be shared."""

    name: str

    @property
    @abstractmethod
    def ask(self) -> Ask:
        """The derivatives that the residuals need."""

    @property
    def order(self) -> int:
        """The highest derivative of the network that the residuals need."""
        return 2 if self.ask.second else int(self.ask.gradient)

    @abstractmethod
    def residuals(self, jet: Jet[Any], data: Mapping[str, Any]) -> Any:
        """Compute the residuals (P, …) at P points.

        ``jet`` holds what :attr:`ask` asks for, in its order, and ``data`` the group's tensors (P, …) by name. A point
        sees no other point, or only those of its block, see :class:`inr.tasks.base.Group`.
        """

    def penalty(self, residuals: Any) -> Any:
        """Compute the penalty of each residual: its square, unless a term has another."""
        return residuals.square()

    def closed_form(self, scale: Any, jet: Jet[Any], data: Mapping[str, Any]) -> tuple[Any, Jet[Any]] | None:
        """Compute S = Σ penalties, and the gradient of ``scale`` · S by the jet; a part without one is None.

        None, as by default, to have the residuals differentiated automatically: they are a few numbers a point.
        """
        return None


@final
@dataclass(frozen=True)
class Difference(Term):
    """The value, the gradient or the Laplacian of a network minus its target, ``data[name]``.

    Derivatives count at the points where the mask ``data[where]`` (P,) is 1.
    """

    dimensions: int
    part: int
    """0 for the value (P, C), 1 for the gradient (P, C, D), 2 for the Laplacian (P, C)."""
    where: str = "inside"

    @property
    def ask(self) -> Ask:
        """The part alone."""
        return (Ask(), Ask(gradient=True), Ask(second=(laplacian(self.dimensions),)))[self.part]

    def residuals(self, jet: Jet[Any], data: Mapping[str, Any]) -> Any:
        """Subtract the target."""
        predicted: Any = jet[self.part]
        differences = (predicted[..., 0] if self.part == 2 else predicted) - data[self.name]
        if self.part == 0:
            return differences
        return differences * data[self.where].reshape(-1, *[1] * (differences.ndim - 1))

    def closed_form(self, scale: Any, jet: Jet[Any], data: Mapping[str, Any]) -> tuple[Any, Jet[Any]]:
        """Give 2 · ``scale`` · residuals: a mask is its own square."""
        residuals = self.residuals(jet, data)
        pulled: list[Any] = [None, None, None]
        pull = 2 * scale * residuals
        pulled[self.part] = pull[..., None] if self.part == 2 else pull
        return residuals.square().sum(), Jet(*pulled)
