"""Tasks whose network must solve an equation: the parameters and words that they share."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from inr.doc import Doc
from inr.errors import UsageError
from inr.families import Variant, declare_variant
from inr.signals.initial import WaveNumbers
from inr.tasks.base import Task
from inr.tasks.loss import ALL, HEAVIEST, LossTerms, in_loss, weight_doc
from inr.tasks.rendering import BAND, Values
from inr.tree import flat

Array = NDArray[np.float64]

SCORED = "nrmse", "psnr"
"""The scores of a solution in every table, and of the finite differences beside it."""


@dataclass(frozen=True, kw_only=True)
class EquationTask(Task, abstract=True):
    """A task whose loss has an equation. No file is read, and the loss leaves nothing free."""

    loss: LossTerms = ALL
    equation_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("equation"), weight_doc("equation")] = 1.0

    def identity(self) -> Mapping[str, str]:
        """Give nothing: no file is read."""
        return {}

    @classmethod
    def aligned(cls, fields: Mapping[str, NDArray[Any]], config: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Leave the prediction as it is."""
        return dict(fields)


@dataclass(frozen=True, kw_only=True)
class Collocated(EquationTask, abstract=True):
    """An equation at points of [-1, 1]² that are drawn anew at every step, and a grid on which it is judged."""

    collocation: Annotated[int, Ge(16), Le(10**7), Doc("points of the equation, drawn anew at every step")] = 1024
    nodes: Annotated[int, Ge(9), Le(513), Doc("nodes a side of the grid on which the solution is judged")] = 65

    @property
    def data_hash(self) -> str:
        """The first 16 hex digits of the SHA-256 over the parameters that decide the solution."""
        decided = {name: value for name, value in flat(self).items() if name in self.fitted}
        return hashlib.sha256(json.dumps(decided, sort_keys=True).encode()).hexdigest()[:16]

    def refuse_above_nyquist(self, wave_numbers: WaveNumbers) -> None:
        """Raise :class:`UsageError` for what the grid of nodes cannot show."""
        nyquist = np.pi * (self.nodes - 1) / 2
        for name, (value, unit) in wave_numbers.items():
            if value * unit > nyquist:
                raise UsageError(
                    f"--{name}={value:g} is above the Nyquist of --nodes={self.nodes}, which is {nyquist / unit:g}: "
                    f"use a smaller one, or --nodes={int(np.ceil(1 + 2 * value * unit / np.pi))}"
                )


def axis(nodes: int, extent: float = 1.0) -> Array:
    """Compute the coordinates of the nodes of one side, from -``extent`` to ``extent``."""
    return np.linspace(-extent, extent, nodes)


def plane(nodes: int, extent: float = 1.0) -> Array:
    """Compute the coordinates (nodes², 2) of the grid, row by row."""
    side = axis(nodes, extent)
    return np.stack(np.meshgrid(side, side, indexing="ij"), axis=-1).reshape(-1, 2)


def computed(value: Values, points: Array) -> Array:
    """Compute values (P, C), band by band."""
    return np.concatenate([value(points[start : start + BAND]) for start in range(0, len(points), BAND)])


def levels(values: Array) -> NDArray[np.uint8]:
    """Turn values in [-1, 1] into the levels of a picture; what lies beyond is black or white."""
    return np.rint(127.5 * (np.clip(values, -1, 1) + 1)).astype(np.uint8)


def around_zero(values: NDArray[Any], percentile: float = 100.0) -> tuple[float, float]:
    """Give the scale of a panel: symmetric, up to a percentile of the absolute values."""
    extent = float(np.percentile(np.abs(values), percentile)) or 1.0
    return -extent, extent


declare_variant(Variant(name="differences", label="finite differences", classical=True, scores=SCORED))
