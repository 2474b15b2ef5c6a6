"""The cases of the Helmholtz equation that can be chosen: what each of them is asked."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Gt, Le
from numpy.typing import NDArray

from inr.choices import Choice
from inr.doc import Doc
from inr.signals.initial import WaveNumbers
from inr.tasks.helmholtz_boundary import Part

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
WaveNumber = Annotated[float, Gt(0), Le(1000), Doc("k of the Helmholtz equation, in rad per unit")]


@dataclass(frozen=True, kw_only=True)
class Case(Choice, kind="case"):
    """An equation in [-1, 1]² with a known solution."""

    channels: ClassVar[int]
    """C, the outputs of the network."""
    layered: ClassVar[bool]
    """True of a case with a layer around the region that is compared."""

    wave_number: WaveNumber = 20.0

    @property
    def wave_numbers(self) -> WaveNumbers:
        """The wave numbers that a grid must show."""
        return {"wave_number": (self.wave_number, 1.0)}

    @property
    def note(self) -> str:
        """A sentence for the record; empty where there is none."""
        return ""

    @property
    def weights(self) -> Mapping[str, float]:
        """Term → weight, of the terms beside the equation."""
        return {}

    def check(self, collocation: int) -> None:
        """Raise :class:`inr.errors.UsageError` for a combination that means nothing."""

    @abstractmethod
    def parts(self, collocation: int) -> tuple[Part, ...]:
        """Give the terms that a loss may have, the equation first, which has ``collocation`` points."""

    @abstractmethod
    def at(self, points: Array) -> dict[str, Array]:
        """Compute what the residuals of the equation need at points (P, 2), see :class:`Linear`."""

    @abstractmethod
    def solution(self, points: Array, values: Array) -> Array:
        """Compute the field (P, C) of a network's values (P, C) at points (P, 2)."""

    @abstractmethod
    def exact(self, points: Array) -> Array:
        """Compute the exact field (P, C) at points (P, 2)."""

    @abstractmethod
    def differences(self, nodes: int) -> Array:
        """Solve by finite differences on the grid (nodes, nodes, C)."""

    @abstractmethod
    def inside(self, points: Array) -> Mask:
        """Mark the points (P, 2) at which fields are compared."""

    @abstractmethod
    def quiet(self, points: Array) -> Mask:
        """Mark the points (P, 2) at which residuals are judged."""
