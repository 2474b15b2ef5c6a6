"""Units of a loss: what a term's mean square is multiplied by, so that terms can be compared."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, cast, final

import numpy as np
from numpy.typing import NDArray

from inr.choices import Choice, options
from inr.errors import InputError


@dataclass(frozen=True, kw_only=True)
class LossUnits(Choice, kind="loss_units"):
    """A factor on each term's mean square."""

    undivided: ClassVar[bool] = False
    """Residuals count in the units of the discrete operator, which then has to exist."""

    @abstractmethod
    def scale(self, term: str, target: NDArray[np.float64], gain: float) -> float:
        """Give the factor of a term with ``target`` (P, …); ``gain`` is the operator's undivided response to one per
        unit of coordinate (1 for values and closed forms). Raises :class:`InputError` where there is none."""


@final
class Normalised(LossUnits):
    """Each term over its target's variance (per channel and component), so that the best constant scores 1."""

    def scale(self, term: str, target: NDArray[np.float64], gain: float) -> float:
        """Give 1 / variance."""
        variance = float(target.var(axis=0).mean())
        if variance <= 0:
            raise InputError(f"the target of the {term} loss is constant: use other data or --loss_units=physical")
        return 1 / variance


@final
class Physical(LossUnits):
    """Mean squares per unit of coordinate."""

    def scale(self, term: str, target: NDArray[np.float64], gain: float) -> float:
        """Give 1."""
        return 1.0


@final
class Raw(LossUnits):
    """Residuals in the operator's undivided units, as the original study had them."""

    undivided: ClassVar[bool] = True

    def scale(self, term: str, target: NDArray[np.float64], gain: float) -> float:
        """Give gain²."""
        return gain**2


UNITS = cast(dict[str, type[LossUnits]], options("loss_units"))
"""Name → class."""
