"""The Helmholtz equation in the plane: a point source with a perfectly matched layer, or a manufactured field."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from inr.doc import Doc
from inr.errors import UsageError
from inr.panels import Panel
from inr.tasks.base import Group, Problem, Work
from inr.tasks.equations import Collocated, around_zero, computed, levels, plane
from inr.tasks.helmholtz_boundary import Part
from inr.tasks.helmholtz_cases import Case
from inr.tasks.helmholtz_judge import BRIGHTEST, HelmholtzJudge, panels
from inr.tasks.helmholtz_source import Source
from inr.tasks.rendering import Rendering, Values
from inr.tree import build


@final
@dataclass(frozen=True, kw_only=True)
class Helmholtz(Collocated):
    """Solve a Helmholtz equation in [-1, 1]²."""

    dimensions: ClassVar[int] = 2
    subject: ClassVar[str] = "case"
    fitted: ClassVar[Mapping[str, str]] = {
        "case": "{}",
        "wave_number": "k = {}",
        **dict.fromkeys(("source_width", "layer_width", "layer_strength", "row_periods", "column_periods"), ""),
        "nodes": "{} nodes a side",
    }
    shown: ClassVar[str] = "the field and its error"
    terms: ClassVar[tuple[str, ...]] = ("equation", "boundary")
    ending: ClassVar[str] = ".png"
    resolution: ClassVar[str] = "nodes"

    case: Annotated[Case, Doc("the equation, with its known solution")] = Source()

    def __post_init__(self) -> None:
        super().__post_init__()
        had = {part.term.name for part in self._parts()}
        object.__setattr__(self, "loss", "+".join(term for term in self.loss.split("+") if term in had))

    @property
    def channels_out(self) -> int:
        """2 of a complex field, 1 of a real one."""
        return self.case.channels

    @property
    def weights(self) -> dict[str, float]:
        """See the base class."""
        known = {"equation": self.equation_weight, **self.case.weights}
        return {term: known[term] for term in self.loss.split("+") if term}

    def work(self) -> tuple[Work, ...]:
        """See the base class."""
        return tuple(Work(part.points, part.points, (part.term,)) for part in self._weighed())

    def check(self) -> None:
        """See the base class."""
        if not self.loss:
            raise UsageError(f"--case={self.case} has no such term as the --loss names: use --loss=equation")
        super().check()
        self.case.check(self.collocation)
        self.refuse_above_nyquist(self.case.wave_numbers)

    def problem(self, seed: int) -> Problem:
        """See the base class."""
        judge = HelmholtzJudge.of(self.case, self._parts()[0].term, self.nodes, seed)
        return Problem(
            channels=self.case.channels,
            groups=tuple(map(self._group, self._weighed())),
            points=judge.points,
            ask=judge.equation.ask,
            judge=judge,
            data_hash=self.data_hash,
            data_shape=(self.nodes, self.nodes, self.case.channels),
            notes=tuple(filter(None, [self.case.note])),
        )

    def _parts(self) -> tuple[Part, ...]:
        return self.case.parts(self.collocation)

    def _weighed(self) -> list[Part]:
        return [part for part in self._parts() if self.weights.get(part.term.name)]

    def _group(self, part: Part) -> Group:
        points, data = part.draw(np.random.default_rng(0))
        per_residual = dict.fromkeys(self.weights, part.scale / part.points)
        return Group((part.term,), self.weights, per_residual, points, data, lambda rng, share: part.draw(rng))

    @classmethod
    def title(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        return f"Helmholtz, {config['case']}, k = {config['wave_number']:g}, {config['loss']} loss"

    @classmethod
    def rank_by(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        return HelmholtzJudge.rank_by

    @classmethod
    def panels(cls, fields: Mapping[str, NDArray[Any]]) -> tuple[Panel, ...]:
        """See :func:`inr.tasks.helmholtz_judge.panels`."""
        return panels(fields)

    @classmethod
    def render(
        cls, value: Values, shape: tuple[int, ...], config: Mapping[str, Any], resolution: int | None, extent: float
    ) -> Rendering:
        """Draw a PNG of the real part, with ``resolution`` nodes a side."""
        from PIL import Image

        case, side = build(cls, config, {"task": cls}).case, resolution or shape[0]
        scale = around_zero(case.exact(plane(shape[0]))[:, 0], BRIGHTEST)[1]
        points = plane(side, extent)
        field = case.solution(points, computed(value, points))[:, 0].reshape(side, side)
        buffer = io.BytesIO()
        Image.fromarray(levels(field / scale)).save(buffer, "png")
        return Rendering(buffer.getvalue(), f"{side} x {side} pixels, {-scale:.3g} black and {scale:.3g} white")
