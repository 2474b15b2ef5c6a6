"""A signed distance that is learnt from points of a surface and an equation, |∇Φ| = 1.

SIREN's loss has four terms (Sitzmann et al. 2020, arXiv:2006.09661, section 4.2): surface, off_surface, normal,
eikonal. DiGS does without normals: divergence in the place of normal (Ben-Shabat et al. 2022, arXiv:2106.10811). The
eikonal equation beside the surface alone is IGR's (Gropp et al. 2020, arXiv:2002.10099) without normals.
"""

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, Any, ClassVar, final

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from inr.doc import Doc
from inr.errors import InputError, UsageError
from inr.jet import Ask
from inr.panels import Panel
from inr.parameters import FileOr
from inr.signals import SHAPES, check_file, check_shape, file_digest, grid
from inr.signals.shapes import Biharmonic, Oriented, dimensions_of, load_shape, zero_set
from inr.tasks.base import Drawn, Group, Problem, Task, Work
from inr.tasks.distance_judge import RANK_BY, DistanceJudge, declare_distances
from inr.tasks.distance_pictures import pictures, ply
from inr.tasks.distance_terms import Divergence, Eikonal, Normal, OffSurface, Surface
from inr.tasks.loss import HEAVIEST, LossTerms, in_loss, weight_doc
from inr.tasks.rendering import BAND, Rendering, Values
from inr.terms import Term

SIDES = {2: 128, 3: 40}
"""Dimensions → points along each side of the box."""
MOST = 2**26
"""The most points of a grid."""
ANNEALED = 0.2, 0.4
"""Shares of the training: up to the first the divergence has its weight, which falls to 0 at the second (DiGS)."""


@final
@dataclass(frozen=True, kw_only=True)
class Sdf(Task):
    """Learn the signed distance to a curve or a surface from its points."""

    subject: ClassVar[str] = "shape"
    fitted: ClassVar[Mapping[str, str]] = {"shape": "{}", "cloud": "{} points", "side": ""}
    shown: ClassVar[str] = "level sets, error and slope of the distance; in space also the surface"
    terms: ClassVar[tuple[str, ...]] = ("surface", "off_surface", "normal", "eikonal", "divergence")
    ending: ClassVar[str] = ".ply"
    resolution: ClassVar[str] = "side"

    loss: LossTerms = "surface+off_surface+normal+eikonal"
    shape: Annotated[
        str,
        FileOr(SHAPES, check_file),
        Doc(f"what is fitted: {', '.join(SHAPES)}, or a file of a mesh or of points with normals"),
    ] = "star"
    cloud: Annotated[int, Ge(16), Le(10**7), Doc("points of the surface, with normals, that are known")] = 1000
    surface_points: Annotated[
        int, Ge(1), Le(10**7), Doc("points of the cloud that are drawn for a step, and as many of the box [-1, 1]^D")
    ] = 500
    side: Annotated[
        int, Ge(8), Le(8192), Doc("points along each side of the grid that is judged (default: 128, in space 40)")
    ] = None  # type: ignore[assignment]
    surface_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("surface"), weight_doc("surface")] = 3e3
    off_surface_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("off_surface"), weight_doc("off-surface")] = 1e2
    normal_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("normal"), weight_doc("normal")] = 1e2
    eikonal_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("eikonal"), weight_doc("eikonal")] = 5e1
    divergence_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("divergence"), weight_doc("divergence")] = 1e2

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.side is None:
            object.__setattr__(self, "side", SIDES[self.dimensions])

    @property
    def dimensions(self) -> int:
        """2 in the plane, 3 in space, as the shape says."""
        return dimensions_of(self.shape)

    @property
    def channels_out(self) -> int:
        """1, the distance."""
        return 1

    def identity(self) -> Mapping[str, str]:
        """See the base class."""
        return {} if self.shape in SHAPES else {"shape": f"sha256:{file_digest(self.shape)}"}

    def check(self) -> None:
        """See the base class."""
        super().check()
        check_shape(self.shape)
        if self.side**self.dimensions > MOST:
            most = int(MOST ** (1 / self.dimensions))
            raise UsageError(
                f"--side={self.side} is a grid of {self.side**self.dimensions:.3g} points: give {most} or less"
            )

    def work(self) -> tuple[Work, ...]:
        """See the base class: points of the surface, then points of the box."""
        counts = float(self.surface_points)
        return tuple(Work(counts, counts, terms, drawn=True) for terms in self._terms() if terms)

    def problem(self, seed: int) -> Problem:
        """See the base class."""
        shape = load_shape(self.shape)
        known = shape.sample(self.cloud, np.random.default_rng(1))
        points = grid(*[self.side] * self.dimensions)
        judge = DistanceJudge.of(shape, points, Biharmonic(known))
        if not (judge.truth < 0).any():
            raise InputError(
                f"no point of the grid lies inside {self.shape!r}: give a surface that encloses something, "
                f"or a --side above {self.side}"
            )
        return Problem(
            channels=1,
            groups=self._groups(known),
            points=points.reshape(-1, self.dimensions),
            ask=Ask(gradient=True),
            judge=judge,
            data_hash=_digest(known),
            data_shape=judge.truth.shape,
            notes=shape.notes,
        )

    def _terms(self) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
        """The terms that train, at points of the surface and at points of the box."""
        eikonal = Eikonal("eikonal")
        on = Surface("surface"), Normal("normal"), eikonal
        off = OffSurface("off_surface"), eikonal, Divergence("divergence", self.dimensions)
        one, other = (tuple(term for term in terms if self.weights.get(term.name)) for terms in (on, off))
        return one, other

    def _groups(self, known: Oriented) -> tuple[Group, ...]:
        """Each mean is over all points of a step, as in SIREN's code, whatever the points at which a term counts."""
        count, dimensions = self.surface_points, self.dimensions
        on, off = self._terms()

        def surface(rng: np.random.Generator, share: float) -> Drawn:
            some = rng.integers(len(known.points), size=count)
            return Drawn(known.points[some], {"normals": known.normals[some]})

        def box(rng: np.random.Generator, share: float) -> Drawn:
            return Drawn(rng.uniform(-1, 1, (count, dimensions)), {})

        found = []
        for terms, draw, factors in ((on, surface, None), (off, box, _annealed)):
            if terms:
                example = draw(np.random.default_rng(0), 0.0)
                per_residual = {term.name: 1 / (2 * count) for term in terms}
                found.append(Group(terms, self.weights, per_residual, *example, draw, factors))
        return tuple(found)

    @classmethod
    def title(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        return f"{PurePath(config['shape']).name}, {config['cloud']} points, {config['loss']} loss"

    @classmethod
    def rank_by(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        return RANK_BY

    @classmethod
    def aligned(cls, fields: Mapping[str, NDArray[Any]], config: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Leave the prediction as it is: a distance has no part that a loss leaves free."""
        return dict(fields)

    @classmethod
    def panels(cls, fields: Mapping[str, NDArray[Any]]) -> tuple[Panel, ...]:
        """See :func:`inr.tasks.distance_pictures.pictures`."""
        return pictures(fields["distance"], fields["reference_distance"], fields["slope"])

    @classmethod
    def files(cls, fields: Mapping[str, NDArray[Any]]) -> dict[str, bytes]:
        """Write the predicted surface: triangles, or segments in the plane."""
        return {"ply": ply(zero_set(fields["distance"]))}

    @classmethod
    def render(
        cls, value: Values, shape: tuple[int, ...], config: Mapping[str, Any], resolution: int | None, extent: float
    ) -> Rendering:
        """Write the surface of a grid of ``resolution`` points along each side as a PLY file."""
        sides = [resolution or shape[0]] * len(shape)
        axis = extent * np.linspace(-1, 1, sides[0])
        values = np.empty(sides, dtype=np.float32)
        rows = max(1, BAND // values[0].size)
        for start in range(0, len(values), rows):
            mesh = np.meshgrid(axis[start : start + rows], *[axis] * (len(sides) - 1), indexing="ij")
            values[start : start + rows] = value(np.stack(mesh, axis=-1).reshape(-1, len(sides))).reshape(mesh[0].shape)
        facets = zero_set(values)
        content = ply(dataclasses.replace(facets, vertices=extent * facets.vertices))
        empty = "" if len(facets) else "the network is nowhere zero: there is no surface"
        return Rendering(content, f"{len(facets)} {'segments' if len(sides) == 2 else 'triangles'}", empty)


def _annealed(share: float) -> dict[str, float]:
    """The factor of the divergence's weight."""
    constant, gone = ANNEALED
    return {"divergence": float(np.clip((gone - share) / (gone - constant), 0, 1))}


def _digest(known: Oriented) -> str:
    content = known.points.astype("<f4").tobytes() + known.normals.astype("<f4").tobytes()
    return hashlib.sha256(content).hexdigest()[:16]


declare_distances(Sdf.name())
