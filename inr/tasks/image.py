"""A picture, its gradient and its Laplacian (Sitzmann et al. 2020, arXiv:2006.09661)."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, final

from annotated_types import Ge, Le

from inr.metrics import magnitude
from inr.scores import MAP
from inr.tasks.families import Derivative, declare_samples
from inr.tasks.loss import HEAVIEST, in_loss, weight_doc
from inr.tasks.pictures import Picture
from inr.tasks.sampled import Sampled
from inr.tasks.samples import Array, Maps


@final
@dataclass(frozen=True, kw_only=True)
class Image(Sampled, Picture):
    """Fit the values of a picture, its gradient, its Laplacian, or several of them."""

    maps: ClassVar[tuple[str, str, str]] = ("image", "gradient", "laplacian")
    terms: ClassVar[tuple[str, ...]] = maps
    score: ClassVar[str] = "psnr"

    image_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("image"), weight_doc("image")] = 1.0
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

    def check(self) -> None:
        """See the base class."""
        super().check()
        self.check_name()


SHOWN = "psnr", "ssim"

declare_samples(
    Image.name(),
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
