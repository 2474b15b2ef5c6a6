"""A picture from the means over its pixels: super-resolution, and what lies outside the picture.

Saragadam et al. 2023 (WIRE, arXiv:2301.05187) draw the network at full resolution, average it over areas of b × b
points and compare the means with the low picture. Others fit the means as values at the areas' centres. Both are terms
of the loss here: ``area`` and ``centre``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, final

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from inr.doc import Doc
from inr.errors import InputError, UsageError
from inr.families import Family, declare_family
from inr.jet import Ask, Jet
from inr.panels import Filmed, Panel
from inr.scores import MAP, OUTSIDE
from inr.signals import Signal
from inr.tasks.base import Array, Group, Problem, Work
from inr.tasks.between import Between, declare_between
from inr.tasks.loss import HEAVIEST, in_loss, weight_doc
from inr.tasks.pictures import Picture, drawn, error_panel
from inr.tasks.upscaled import EXTENT, UpscaledJudge
from inr.terms import Difference, Term
from inr.upsampling import METHODS, area_means

LEAST = 2
"""Pixels along each side of the low picture, at least."""


@final
@dataclass(frozen=True)
class AreaMean(Term):
    """The mean of the values over a block of points minus its target, ``data[name]``, the same at all its points."""

    block: int

    ask = Ask()

    def residuals(self, jet: Jet[Any], data: Mapping[str, Any]) -> Any:
        """Compute the residuals (P / block, C)."""
        values, targets = (array.reshape(-1, self.block, array.shape[-1]) for array in (jet.value, data[self.name]))
        return values.mean(1) - targets[:, 0]


@final
@dataclass(frozen=True, kw_only=True)
class SuperResolution(Picture):
    """Find a picture of which only the means over areas of factor × factor pixels are known."""

    fitted: ClassVar[Mapping[str, str]] = {**Picture.fitted, "factor": "× {}"}
    shown: ClassVar[str] = "full and low resolution, error, and what lies outside"
    terms: ClassVar[tuple[str, ...]] = ("area", "centre")
    filmed: ClassVar[Filmed | None] = Filmed("image", "high")

    factor: Annotated[int, Ge(2), Le(1024), Doc("pixels along each side of an area whose mean is known")] = 2
    area_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("area"), weight_doc("mean over an area")] = 1.0
    centre_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("centre"), weight_doc("value at a centre")] = 1.0

    def work(self) -> tuple[Work, ...]:
        """Count the points of the areas, and the centres."""
        points = {"area": self.size**2, "centre": (self.size // self.factor) ** 2}
        return tuple(Work(points[term.name], points[term.name], (term,)) for term in self._terms())

    def check(self) -> None:
        """See the base class."""
        super().check()
        self.check_name()
        if self.size < LEAST * self.factor:
            raise UsageError(f"--factor={self.factor} got --size={self.size}: {self._too_small()}")

    def fitted_to(self, signal: Signal, seed: int) -> Problem:
        """See the base class."""
        whole, note = self._cropped(signal)
        means = area_means(whole.values, self.factor)
        groups = tuple(self._group(term, whole, means) for term in self._terms())
        points = whole.coordinates.reshape(-1, 2)
        return Problem(
            channels=whole.shape[-1],
            groups=groups,
            points=np.concatenate([points, EXTENT * points]),
            ask=Ask(),
            judge=UpscaledJudge.of(whole, means, self.factor),
            data_hash=whole.data_hash,
            data_shape=whole.shape,
            notes=(*signal.notes, *note),
            spacing=(whole.spacing,) * 2,
            closing=Between(whole),
        )

    def _terms(self) -> tuple[Term, ...]:
        known: tuple[Term, ...] = (AreaMean("area", self.factor**2), Difference("centre", self.dimensions, 0))
        return tuple(term for term in known if self.weights.get(term.name))

    def _group(self, term: Term, whole: Signal, means: Array) -> Group:
        """The points of a term with its targets, in blocks of the areas' points, or the areas' centres alone."""
        centred = isinstance(term, Difference)
        block = 1 if centred else self.factor**2
        at = area_means(whole.coordinates, self.factor) if centred else in_blocks(whole.coordinates, self.factor)
        targets = np.repeat(means.reshape(-1, means.shape[-1]), block, axis=0)
        per_residual = {term.name: 1 / means.size}
        return Group((term,), self.weights, per_residual, at.reshape(-1, 2), {term.name: targets}, block=block)

    def _cropped(self, signal: Signal) -> tuple[Signal, tuple[str, ...]]:
        """The picture without the rows and columns that fill no area, and a sentence on them."""
        sides = signal.shape[:2]
        rows, columns = (side // self.factor * self.factor for side in sides)
        if min(rows, columns) < LEAST * self.factor:
            raise InputError(f"--factor={self.factor} got {sides[0]} x {sides[1]} pixels: {self._too_small()}")
        if (rows, columns) == sides:
            return signal, ()
        note = f"{sides[0]} x {sides[1]} pixels were cropped to {rows} x {columns}, multiples of {self.factor}"
        return Signal(signal.name, signal.values[:rows, :columns], between=signal.between), (note,)

    def _too_small(self) -> str:
        return f"give {LEAST * self.factor} or more pixels a side, or a smaller factor"

    @classmethod
    def rank_by(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        return UpscaledJudge.rank_by

    @classmethod
    def title(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        return f"{config['image']} {config['size']} px from 1/{config['factor']}, {config['loss']} loss"

    @classmethod
    def aligned(cls, fields: Mapping[str, NDArray[Any]], config: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Leave the prediction as it is: the means determine its level."""
        return dict(fields)

    @classmethod
    def panels(cls, fields: Mapping[str, NDArray[Any]]) -> tuple[Panel, ...]:
        """Show both resolutions, the error beside that of the best classical answer, and what lies outside."""

        def pair(name: str, family: str, title: str) -> Panel:
            maps = [drawn(fields[prefix + name]) for prefix in ("reference_", "")]
            return Panel(name, family, title, "grey value", maps[0], maps[1], (-1.0, 1.0))

        return (
            pair("image", "high", "full resolution"),
            pair("low", "low", "low resolution"),
            error_panel(fields),
            pair("outside", "outside", f"[−{EXTENT:g}, {EXTENT:g}]²"),
        )


def in_blocks(values: Array, factor: int) -> Array:
    """Order the points (H, W, …) of a grid by areas: (H W / factor², factor², …)."""
    height, width, *rest = values.shape
    areas = values.reshape(height // factor, factor, width // factor, factor, *rest).swapaxes(1, 2)
    return areas.reshape(-1, factor**2, *rest)


declare_family(
    Family(
        name="high",
        noun="full resolution",
        tasks=(SuperResolution.name(),),
        kind=MAP,
        order=0,
        variants=tuple(METHODS),
        shown=("psnr", "ssim"),
    )
)
declare_family(Family(name="low", noun="low resolution", tasks=(SuperResolution.name(),), kind=MAP, shown=("psnr",)))
declare_family(
    Family(name="outside", noun="outside the picture", tasks=(SuperResolution.name(),), kind=OUTSIDE, shown=("energy",))
)
declare_between(SuperResolution.name())
