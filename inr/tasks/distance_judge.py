"""The scores of a predicted distance: of its values and slope on a grid, and of the surface where it is zero.

The surface is extracted from the grid. Either surface is sampled; the distance of a sample is that to the other
surface itself, not to its samples, so that no number of samples bounds a score from below. The grid does: beside each
score of the surface stands that of the exact distance on the same grid.
"""

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inr.families import FAMILIES, Family, Variant, declare_family, declare_variant
from inr.jet import Jet
from inr.scores import DISTANCE, SLOPE, SOLID, SURFACE
from inr.signals.shapes import Array, Biharmonic, Facets, Oriented, Shape, zero_set
from inr.tasks.base import Judge

SAMPLES = 10_000
"""Points that are drawn on either surface."""
RANK_BY = "solid/iou"
"""Finite for every network, and worst where there is no surface. Far from the surface the losses leave the distance
free, because their equation has many solutions: its error does not rank.
"""


@dataclass(frozen=True, eq=False)
class DistanceJudge(Judge):
    """Compares a prediction on a grid with a shape."""

    shape: Shape
    truth: Array
    """The exact signed distance on the grid, (side, …)."""
    surface: Oriented
    """Points of the exact surface."""
    constants: Mapping[str, float]
    """The scores of what stands beside the network."""

    @classmethod
    def of(cls, shape: Shape, points: Array, classical: Biharmonic) -> "DistanceJudge":
        """Make the judge of predictions at the points (side, …, D) of a grid, beside the classical surface."""
        flat, sides = points.reshape(-1, points.shape[-1]), points.shape[:-1]
        truth = shape.distance(flat).reshape(sides)
        judge = cls(shape, truth, shape.sample(SAMPLES, np.random.default_rng(0)), {})
        spline = classical.value(flat)
        distance = classical.distance(flat, spline).reshape(sides)
        rebuilt = judge.compared(distance, zero_set(spline.reshape(sides)))
        exact = judge.compared(truth, zero_set(truth))
        beside = {f"{name}_{SPLINE.name}": score for name, score in rebuilt.items()}
        beside |= {f"{name}_{GRID.name}": exact[name] for name in FAMILIES["surface"].metrics}
        return cls(shape, truth, judge.surface, beside)

    @property
    def rank_by(self) -> str:
        """The overlap of the solids."""
        return RANK_BY

    def scores(self, prediction: Jet[Array]) -> dict[str, float]:
        """See the base class."""
        values, slope = self._maps(prediction)
        return {
            **self.compared(values, zero_set(values)),
            **_measured("eikonal", slope, np.ones_like(slope)),
            **self.constants,
        }

    def fields(self, prediction: Jet[Array]) -> dict[str, NDArray[Any]]:
        """Give the two distances and the slope on the grid."""
        values, slope = self._maps(prediction)
        maps = {"distance": values, "reference_distance": self.truth, "slope": slope}
        return {name: array.astype(np.float32) for name, array in maps.items()}

    def compared(self, values: Array, facets: Facets) -> dict[str, float]:
        """Score signed distances on the grid, and the surface that they are said to have."""
        found = self._found(facets)
        return {
            **_measured("solid", values, self.truth),
            **_measured("surface", *found),
            **_measured("distance", values, self.truth),
        }

    def _found(self, facets: Facets) -> tuple[Array, Array]:
        """Look up what points of the facets find on the exact surface, and its points on the facets: (n, 2) each."""
        if not facets.sizes.sum() > 0:
            return np.empty((0, 2)), np.empty((0, 2))
        drawn = facets.sample(SAMPLES, np.random.default_rng(0))
        cosines = _cosines(drawn, self.surface, self._tree), _cosines(self.surface, drawn, _tree(drawn))
        distances = self.shape.unsigned(drawn.points), facets.unsigned(self.surface.points)
        one, other = (np.stack(pair, axis=1) for pair in zip(distances, cosines, strict=True))
        return one, other

    @functools.cached_property
    def _tree(self) -> Any:
        return _tree(self.surface)

    def _maps(self, prediction: Jet[Array]) -> tuple[Array, Array]:
        assert prediction.gradient is not None
        slope = np.linalg.norm(prediction.gradient[:, 0], axis=-1)
        return prediction.value.reshape(self.truth.shape), slope.reshape(self.truth.shape)


def _measured(family: str, prediction: Array, reference: Array) -> dict[str, float]:
    scores = FAMILIES[family].scores
    return {f"{family}/{score.name}": score.measure(prediction, reference, np.nan) for score in scores}


def _tree(surface: Oriented) -> Any:
    from scipy.spatial import cKDTree

    return cKDTree(surface.points)


def _cosines(of: Oriented, other: Oriented, tree: Any) -> Array:
    """|cos| between the normals of points and those of their nearest neighbours."""
    _, nearest = tree.query(of.points)
    return np.asarray(np.abs((of.normals * other.normals[nearest]).sum(axis=1)))


SPLINE = declare_variant(Variant(name="spline", label="biharmonic spline", classical=True))
GRID = declare_variant(
    Variant(
        name="grid",
        label="exact distance on the grid",
        scores=("chamfer", "chamfer_squared", "hausdorff", "normal_consistency"),
    )
)


def declare_distances(task: str) -> None:
    """Declare the families of a task that learns a signed distance."""
    classical = (SPLINE.name,)
    for family in (
        Family(name="solid", noun="solid", kind=SOLID, variants=classical, shown=("iou",)),
        Family(
            name="surface",
            noun="surface",
            kind=SURFACE,
            variants=(*classical, GRID.name),
            shown=("chamfer", "hausdorff"),
            occasional=("normal_consistency",),
            listed=("chamfer_squared",),
        ),
        Family(name="distance", noun="distance", kind=DISTANCE, order=0, variants=classical, shown=("rmse",)),
        Family(name="eikonal", noun="eikonal", kind=SLOPE, order=1, shown=("mae",)),
    ):
        declare_family(dataclasses.replace(family, tasks=(task,)))
