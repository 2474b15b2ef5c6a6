"""Pictures and their derivatives: what the tasks that fit, blend and compose pictures share."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from annotated_types import Ge, Le

from inr.doc import Doc
from inr.metrics import magnitude
from inr.parameters import Spelling, When
from inr.scores import MAP
from inr.signals import Channels, Signal, canonical_name, check_name, file_digest, is_path, load_signal, middle_of
from inr.tasks.between import Between, declare_between
from inr.tasks.derived import Derived
from inr.tasks.families import Derivative, declare_samples
from inr.tasks.loss import HEAVIEST, in_loss, weight_doc
from inr.tasks.pictures import A_PICTURE, Picture
from inr.tasks.sampled import Sampled
from inr.tasks.samples import Array, Maps


@dataclass(frozen=True, kw_only=True)
class PictureDerivatives(Derived, Picture, abstract=True):
    """A picture, its gradient and its Laplacian."""

    maps: ClassVar[tuple[str, str, str]] = ("image", "gradient", "laplacian")
    score: ClassVar[str] = "psnr"

    gradient_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("gradient"), weight_doc("gradient")] = 1.0
    laplacian_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("laplacian"), weight_doc("Laplacian")] = 1.0

    @classmethod
    def families(cls, maps: Maps) -> dict[str, Array]:
        """See the base class."""
        return {
            "gradient": maps.gradient,
            "gradient_magnitude": magnitude(maps.gradient),
            "laplacian": maps.laplacian,
        }

    def closing(self, signal: Signal, order: int) -> Between:
        """Look between the pixels."""
        return Between(signal, order)

    def check(self) -> None:
        """See the base class."""
        super().check()
        self.check_name()


@dataclass(frozen=True, kw_only=True)
class PictureValues(Sampled, PictureDerivatives, abstract=True):
    """A picture whose values, gradient and Laplacian are the terms of the loss."""

    terms: ClassVar[tuple[str, ...]] = PictureDerivatives.maps

    image_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("image"), weight_doc("image")] = 1.0


TWO_PICTURES = When(lambda config: config["task"].has_other(config), "with a second picture")

OtherName = Annotated[
    str,
    Spelling(canonical_name),
    A_PICTURE,
    TWO_PICTURES,
    Doc("the second picture, as --image; its middle where it has other proportions"),
]
"""The type of a second picture's name."""


@dataclass(frozen=True, kw_only=True)
class OtherPicture(PictureDerivatives, abstract=True):
    """A second picture, on the grid of the first."""

    other_image: OtherName = "astronaut"

    @classmethod
    def has_other(cls, config: Mapping[str, Any]) -> bool:
        """Tell whether a trial of a flat config, resolved so far, has a second picture; always by default."""
        return True

    def beside(self, first: Signal) -> Signal:
        """Load the second picture on the grid of the first, in as many channels."""
        rows, columns, count = first.shape
        channels: Channels = "gray" if count == 1 else "rgb"
        size = max(rows, columns)
        whole = load_signal(self.other_image, size, channels)
        lacking = max(rows / whole.shape[0], columns / whole.shape[1])
        if lacking > 1:
            whole = load_signal(self.other_image, math.ceil(lacking * size), channels)
        return middle_of(whole, rows, columns)

    def identity(self) -> Mapping[str, str]:
        """See the base class."""
        found = super().identity()
        if self.other_image is None or not is_path(self.other_image):
            return found
        return {**found, "other_image": f"sha256:{file_digest(self.other_image)}"}

    def check(self) -> None:
        """See the base class."""
        super().check()
        if self.other_image is not None:
            check_name(self.other_image, "other_image")


SHOWN = "psnr", "ssim"


def declare_picture(task: str) -> None:
    """Declare the families of a picture, between its pixels too, and its derivatives, which several tasks measure."""
    declare_samples(
        task,
        MAP,
        "image",
        "image",
        SHOWN,
        [
            Derivative("gradient", "gradient", 1, "image", SHOWN),
            Derivative("gradient_magnitude", "|gradient|", 1, "image", ()),
            Derivative("laplacian", "Laplacian", 2, "gradient", SHOWN),
        ],
    )
    declare_between(task)
