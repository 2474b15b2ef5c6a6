"""A plugin: a task of one's own. Give it as ``--plugin=examples/task.py``, then ``--task=oscillator``.

A network learns the motion of a damped oscillator from its equation and its start alone:

    u″ + 2 d u′ + (k² + d²) u = 0,   u(−1) = 1,   u′(−1) = −d,   of which u = exp(−d s) cos(k s), s = t + 1

is the solution. Each term of the loss is one class: the derivatives that it asks for, and its residual at a point.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge, Gt, Le

from inr.doc import Doc
from inr.families import Family, declare_family
from inr.jet import Ask, Jet, laplacian
from inr.panels import Panel
from inr.scores import LINE, scores_of
from inr.tasks.base import Group, Judge, Problem, Work
from inr.tasks.equations import EquationTask
from inr.tasks.loss import HEAVIEST, in_loss, weight_doc
from inr.tasks.rendering import Rendering, Values, line
from inr.terms import Term


@dataclass(frozen=True)
class Equation(Term):
    """The equation, divided by k² + d²."""

    ask = Ask(gradient=True, second=(laplacian(1),))

    def residuals(self, jet: Any, data: Mapping[str, Any]) -> Any:
        """Compute the residual (P, 1)."""
        damping, square = data["damping"][:, None], data["square"][:, None]
        return (jet.second[..., 0] + 2 * damping * jet.gradient[..., 0]) / square + jet.value


@dataclass(frozen=True)
class Start(Term):
    """The value at the beginning, minus 1."""

    ask = Ask()

    def residuals(self, jet: Any, data: Mapping[str, Any]) -> Any:
        """Compute the residual (P, 1)."""
        return jet.value - 1


@dataclass(frozen=True)
class Slope(Term):
    """The slope at the beginning, plus d, over the rate."""

    ask = Ask(gradient=True)

    def residuals(self, jet: Any, data: Mapping[str, Any]) -> Any:
        """Compute the residual (P, 1)."""
        return (jet.gradient[..., 0] + data["damping"][:, None]) / data["square"][:, None] ** 0.5


TERMS = {"equation": Equation("equation"), "start": Start("start"), "slope": Slope("slope")}


@dataclass(frozen=True, eq=False)
class MotionJudge(Judge):
    """Compares a motion with the solution, (P, 1)."""

    truth: Any
    rank_by = "motion/snr"

    def scores(self, prediction: Jet[Any]) -> dict[str, float]:
        """See the base class."""
        return {f"motion/{score.name}": score.measure(prediction.value, self.truth, 2.0) for score in scores_of(LINE)}

    def fields(self, prediction: Jet[Any]) -> dict[str, Any]:
        """See the base class."""
        return {"motion": prediction.value[:, 0], "reference_motion": self.truth[:, 0]}


@dataclass(frozen=True, kw_only=True)
class Oscillator(EquationTask):
    """The motion of a damped oscillator."""

    dimensions = 1
    subject: ClassVar[str] = "oscillator_rate"
    fitted: ClassVar[Mapping[str, str]] = {
        "oscillator_rate": "{}",
        "oscillator_damping": "damping {}",
        "oscillator_points": "{} points",
    }
    shown: ClassVar[str] = "motion"
    terms: ClassVar[tuple[str, ...]] = tuple(TERMS)
    ending: ClassVar[str] = ".csv"
    resolution: ClassVar[str] = "oscillator_points"

    oscillator_rate: Annotated[float, Gt(0), Le(1e4), Doc("k, in rad per unit of time")] = 20.0
    oscillator_damping: Annotated[float, Ge(0), Le(1e4), Doc("d, per unit of time")] = 1.0
    oscillator_points: Annotated[int, Ge(8), Le(10**7), Doc("points at which the equation counts")] = 400
    start_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("start"), weight_doc("start")] = 1.0
    slope_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("slope"), weight_doc("slope")] = 1.0

    @property
    def channels_out(self) -> int:
        """1."""
        return 1

    def work(self) -> tuple[Work, ...]:
        """See the base class."""
        counts = [(self.oscillator_points, self._named("equation")), (1, self._named("start", "slope"))]
        return tuple(Work(count, count, terms) for count, terms in counts if terms)

    def problem(self, seed: int) -> Problem:
        """See the base class."""
        t = np.linspace(-1, 1, self.oscillator_points)[:, None]
        groups = tuple(
            Group(
                work.terms, self.weights, {term.name: 1 / len(points) for term in work.terms}, points, self._at(points)
            )
            for work, points in zip(self.work(), self._points(t), strict=True)
        )
        truth = np.exp(-self.oscillator_damping * (t + 1)) * np.cos(self.oscillator_rate * (t + 1))
        name = f"{self.oscillator_rate:g}-{self.oscillator_damping:g}-{len(t)}"
        return Problem(1, groups, t, Ask(), MotionJudge(truth), data_hash=name, data_shape=truth.shape)

    def _named(self, *names: str) -> tuple[Term, ...]:
        return tuple(TERMS[name] for name in names if self.weights.get(name))

    def _points(self, t: Any) -> list[Any]:
        inside, start = bool(self._named("equation")), bool(self._named("start", "slope"))
        return [t] * inside + [t[:1]] * start

    def _at(self, points: Any) -> dict[str, Any]:
        every = np.ones(len(points))
        square = self.oscillator_rate**2 + self.oscillator_damping**2
        return {"damping": self.oscillator_damping * every, "square": square * every}

    @classmethod
    def title(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        return f"oscillator of {config['oscillator_rate']:g} rad, {config['loss']} loss"

    @classmethod
    def rank_by(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        return MotionJudge.rank_by

    @classmethod
    def panels(cls, fields: Mapping[str, Any]) -> tuple[Panel, ...]:
        """Show the motion."""
        pair = fields["reference_motion"], fields["motion"]
        return (Panel("motion", "motion", "motion", "", *pair, (-1.0, 1.0), "both", "time, 0 to 2"),)

    @classmethod
    def render(
        cls, value: Values, shape: tuple[int, ...], config: Mapping[str, Any], resolution: int | None, extent: float
    ) -> Rendering:
        """Write lines of time and motion."""
        t = extent * np.linspace(-1, 1, resolution or shape[0])
        rows = np.column_stack([t + 1, line(value, t)[:, 0]])
        return Rendering("".join(f"{s:.9g},{u:.9g}\n" for s, u in rows).encode(), f"{len(t)} lines")


declare_family(
    Family(name="motion", noun="motion", tasks=(Oscillator.name(),), kind=LINE, order=0, shown=("snr", "psnr", "nrmse"))
)
