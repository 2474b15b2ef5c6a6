"""The scores and pictures of a Helmholtz field: inside the layer, in it, and the equation's residual."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from inr import metrics
from inr.choices import options
from inr.families import FAMILIES, Config, Family, declare_family
from inr.jet import Jet
from inr.panels import Panel
from inr.scores import POINTS, RESIDUAL, SCORES
from inr.tasks.base import Judge
from inr.tasks.equations import SCORED, around_zero, plane
from inr.tasks.helmholtz_cases import Case
from inr.terms import Term

Array = NDArray[np.float64]

TASK = "helmholtz"
"""The name of the task."""
FRESH = 2048
"""Points, none of the training's, at which the equation's residual is judged; those at the source are left out."""
BRIGHTEST = 99.0
"""Percentile of the field at which the scale of its picture ends: a point source has a peak."""


@final
@dataclass(frozen=True, eq=False)
class HelmholtzJudge(Judge):
    """Compares a field with the exact one on a grid, and measures the residual of the equation elsewhere."""

    case: Case
    nodes: int
    fresh: Array
    """(F, 2)"""
    equation: Term
    constants: Mapping[str, float]
    truth: Array
    """(N², C)"""
    rank_by: ClassVar[str] = f"field/{SCORED[0]}"

    @classmethod
    def of(cls, case: Case, equation: Term, nodes: int, seed: int) -> "HelmholtzJudge":
        """Compute the exact field and the answer of finite differences, and draw the fresh points by ``seed``."""
        grid = plane(nodes)
        fresh = np.random.default_rng([seed, FRESH]).uniform(-1, 1, (FRESH, 2))
        truth, inside = case.exact(grid), case.inside(grid)
        data_range = metrics.reference_range(truth[inside])
        answer = case.differences(nodes).reshape(truth.shape)
        constants = {
            f"field/{name}_differences": SCORES[name].measure(answer[inside], truth[inside], data_range)
            for name in SCORED
        }
        constants |= {"field/data_range": data_range}
        return cls(case, nodes, fresh[case.quiet(fresh)], equation, constants, truth)

    @property
    def points(self) -> Array:
        """The grid, then the fresh points."""
        return np.concatenate([plane(self.nodes), self.fresh])

    def scores(self, prediction: Jet[Array]) -> dict[str, float]:
        """See the base class."""
        field, inside = self._field(prediction), self.case.inside(plane(self.nodes))
        regions = {"field": inside, "layer": ~inside}
        found = dict(self.constants)
        for family, region in regions.items():
            if region.any():
                truth = self.truth[region]
                data_range = metrics.reference_range(truth)
                found |= {f"{family}/{s.name}": s.measure(field[region], truth, data_range) for s in scored(family)}
        residuals = self._residuals(prediction)
        nothing = np.zeros_like(residuals)
        return found | {f"residual/{s.name}": s.measure(residuals, nothing, 1.0) for s in scored("residual")}

    def fields(self, prediction: Jet[Array]) -> dict[str, NDArray[Any]]:
        """Give the field (N, N, C) and the reference's."""
        shape = (self.nodes, self.nodes, -1)
        arrays = {"field": self._field(prediction), "reference_field": self.truth}
        return {name: array.reshape(shape).astype(np.float32) for name, array in arrays.items()}

    def _field(self, prediction: Jet[Array]) -> Array:
        count = len(self.truth)
        return self.case.solution(plane(self.nodes), prediction.value[:count])

    def _residuals(self, prediction: Jet[Array]) -> Array:
        count = len(self.truth)
        jet = Jet(*(None if part is None else part[count:] for part in prediction))
        return np.asarray(self.equation.residuals(jet, self.case.at(self.fresh)))


def scored(family: str) -> tuple[Any, ...]:
    """The scores of a family."""
    return FAMILIES[family].scores


def panels(fields: Mapping[str, NDArray[Any]]) -> tuple[Panel, ...]:
    """Show the parts of the field and the error of the first; reference beside prediction."""
    truth, field = fields["reference_field"], fields["field"]
    names = ("real part", "imaginary part") if truth.shape[-1] == 2 else ("field",)
    shown = (
        Panel(name, "" if c else "field", name, "", truth[..., c], field[..., c], around_zero(truth[..., c], BRIGHTEST))
        for c, name in enumerate(names)
    )
    error = field[..., 0] - truth[..., 0]
    return (*shown, Panel("error", "", "error", names[0], np.zeros_like(error), error, around_zero(error, BRIGHTEST)))


def _needs_layer(config: Config) -> str | None:
    case = options("case")[config["case"]]
    assert issubclass(case, Case)
    return None if case.layered else "which needs a case with a layer"


declare_family(
    Family(name="field", noun="field", tasks=(TASK,), kind=POINTS, order=0, variants=("differences",), shown=SCORED)
)
declare_family(Family(name="layer", noun="field in the layer", tasks=(TASK,), kind=POINTS, lacks=_needs_layer))
declare_family(Family(name="residual", noun="equation's residual", tasks=(TASK,), kind=RESIDUAL, shown=("rms",)))
