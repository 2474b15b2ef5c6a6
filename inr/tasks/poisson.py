"""A picture from its gradient or its Laplacian, and seamless cloning (Sitzmann et al. 2020; Pérez et al. 2003).

The network follows a field of gradients, or its divergence, with or without the values of the picture at a border: the
outermost pixels, and those around the region in which the field is another picture's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, final

from annotated_types import Ge, Le
from numpy.typing import NDArray

from inr.choices import options
from inr.doc import Doc
from inr.errors import UsageError
from inr.holdouts import Mask, Whole
from inr.panels import Panel
from inr.parameters import FileOr
from inr.signals import REGIONS, Signal, check_picture, check_region, file_digest, region_mask
from inr.tasks.answers import Known
from inr.tasks.base import Group, Problem, Work
from inr.tasks.guidance import Guidance, Own, Sources
from inr.tasks.loss import HEAVIEST, LossTerms, in_loss, weight_doc
from inr.tasks.measures import measured
from inr.tasks.picture_maps import TWO_PICTURES, OtherName, OtherPicture, PictureDerivatives, declare_picture
from inr.tasks.samples import Array, Reference, inside
from inr.tasks.scoring import SampleJudge
from inr.terms import Difference

BORDER, SMOOTH = "border", "smooth"
"""The term of the values at the border; the mask of the pixels whose Laplacian counts."""


@dataclass(frozen=True, kw_only=True)
class Following(PictureDerivatives, abstract=True):
    """A field that a picture follows; the parameters of a second picture exist by it."""

    guidance: Annotated[Guidance, Doc("the field: the picture's own, or another's inside a region")] = Own()


@final
@dataclass(frozen=True, kw_only=True)
class Poisson(OtherPicture, Following):
    """Fit a picture's gradient or Laplacian, its own or composed of two pictures', with or without border values."""

    fitted: ClassVar[Mapping[str, str]] = {
        "image": "{}",
        "guidance": "{}",
        "other_image": "{}",
        "region": "{}",
        "size": "{} pixels",
        "channels": "",
    }
    terms: ClassVar[tuple[str, ...]] = ("gradient", "laplacian", BORDER)

    loss: LossTerms = "gradient"
    other_image: OtherName = "moon"
    region: Annotated[
        str,
        FileOr(REGIONS, check_picture),
        TWO_PICTURES,
        Doc(f"where the second picture goes: {', '.join(REGIONS)}, or a file that is white there"),
    ] = "disc"
    border_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss(BORDER), weight_doc("border")] = 1.0

    @classmethod
    def order_of(cls, term: str) -> int:
        """See the base class."""
        return 0 if term == BORDER else super().order_of(term)

    @property
    def differences(self) -> tuple[Difference, ...]:
        """See the base class."""
        return tuple(replace(t, where=SMOOTH) if t.part == 2 else t for t in super().differences)

    def work(self) -> tuple[Work, ...]:
        """Count the pixels, and those of the border."""
        pixels, ring = float(self.size) ** 2, 4.0 * self.size
        derived = tuple(term for term in self.training_terms if term.part)
        values = tuple(term for term in self.training_terms if not term.part)
        border = min(pixels, (2 if self.guidance.composed else 1) * ring)  # a region has about the picture's sides
        return tuple(work for work in (Work(pixels, pixels, derived), Work(pixels, border, values)) if work.terms)

    @classmethod
    def has_other(cls, config: Mapping[str, Any]) -> bool:
        """See the base class."""
        return bool(config["guidance"].composed)

    @classmethod
    def sampled_only(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        composed = options("guidance")[config["guidance"]].composed  # type: ignore[attr-defined]
        return "guidance" if composed else super().sampled_only(config)

    def identity(self) -> Mapping[str, str]:
        """See the base class."""
        found = super().identity()
        if self.region is None or self.region in REGIONS:
            return found
        return {**found, "region": f"sha256:{file_digest(self.region)}"}

    def check(self) -> None:
        """See the base class."""
        if self.region is not None:
            check_region(self.region)
        if self.operator.operator() is None and self.guidance.composed:
            raise UsageError(
                f"--operator={self.operator} got --guidance={self.guidance}, whose field has no closed form: "
                "use a discrete operator or --guidance=own"
            )
        super().check()

    def fitted_to(self, signal: Signal, seed: int) -> Problem:
        """Make the problem of a first picture that is given."""
        operator, anchored = self.operator.operator(), bool(self.weights.get(BORDER))
        sources = self._sources(signal)
        answer, maps = self.guidance.guide(sources, operator, anchored)
        reference = Reference(maps, operator, operator.border if operator else 0, signal.spacing)
        known = _known(sources.region) if anchored else None
        groups = self._groups(signal.coordinates, reference, known)
        split, weights = Whole().split(signal.shape[:2], seed), self.physical_weights(*groups)
        judge = SampleJudge.of(self, answer, reference, split, weights, known)
        if anchored and (opinion := self.guidance.second_opinion(sources)) is not None:
            scores = measured(self.maps[0], opinion, answer.values, variant="opencv")
            judge = replace(judge, constants={**judge.constants, **scores})
        return replace(self.judged(answer, groups, judge), data_hash=sources.data_hash)

    def _sources(self, picture: Signal) -> Sources:
        if not self.guidance.composed:
            return Sources.alone(picture)
        return Sources(picture, self.beside(picture), region_mask(self.region, *picture.shape[:2]))

    def _groups(self, coordinates: Array, reference: Reference, known: Known | None) -> tuple[Group, ...]:
        value, gradient, laplacian = reference.maps
        counted, channels = inside(value.shape[:2], reference.border), value.shape[2]
        smooth = counted & known.laplacians if known else counted
        maps = {"gradient": gradient.reshape(-1, channels, 2), "laplacian": laplacian.reshape(-1, channels)}
        data = {name: targets for name, targets in maps.items() if name in self.weights}
        parts = [(coordinates.reshape(-1, 2), {**data, "inside": counted.ravel(), SMOOTH: smooth.ravel()})]
        if known:
            parts.append((coordinates[known.values], {BORDER: value[known.values]}))
        return tuple(
            self.group(points, data, reference.operator, reference.spacing)
            for points, data in parts
            if any(self.weights.get(name) for name in data)
        )

    @classmethod
    def title(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        other = f", {config['guidance']} of {config['other_image']}" if "other_image" in config else ""
        fitted = f"{config['image']}{other} {config['size']} px"
        return f"{fitted}, {config['loss']} loss, operator {config['operator']}"

    @classmethod
    def panels(cls, fields: Mapping[str, NDArray[Any]]) -> tuple[Panel, ...]:
        """Show the picture, which may leave [-1, 1] where it is composed, and its derivatives."""
        image, *rest = super().panels(fields)
        return image._replace(beyond="both"), *rest


def _known(region: Mask) -> Known:
    """Mark the pixels of the border, and those whose Laplacian counts beside values at the border.

    The border are the outermost pixels, and those around the region. At the latter the picture has a kink, because it
    keeps its values there whatever the field inside is, so their Laplacian does not count.
    """
    from scipy.ndimage import binary_dilation

    around = binary_dilation(region) & ~region
    ring = ~inside(region.shape, 1)
    return Known((ring | around) & ~region, ~around)


declare_picture(Poisson.name())
