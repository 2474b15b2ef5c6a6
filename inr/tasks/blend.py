"""Two pictures in one: a network is fitted to the sum of their gradients (Sitzmann et al. 2020, section 4.1).

The gradient of α f + (1 − α) g is α ∇f + (1 − α) ∇g, so the picture with that gradient is known but for a constant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, final

from annotated_types import Ge, Le

from inr.doc import Doc
from inr.signals import Signal, blended
from inr.tasks.base import Problem
from inr.tasks.loss import LossTerms
from inr.tasks.picture_maps import OtherPicture, PictureValues, declare_picture


@final
@dataclass(frozen=True, kw_only=True)
class Blend(OtherPicture, PictureValues):
    """Fit the weighted sum of two pictures' gradients, or of their values or Laplacians."""

    fitted: ClassVar[Mapping[str, str]] = {
        "image": "{}",
        "other_image": "with {}",
        "alpha": "α = {}",
        "size": "{} pixels",
        "channels": "",
    }

    loss: LossTerms = "gradient"
    alpha: Annotated[float, Ge(0), Le(1), Doc("weight of the first picture; 1 − α is that of the second")] = 0.5

    def fitted_to(self, signal: Signal, seed: int) -> Problem:
        """Make the problem of a first picture that is given."""
        return super().fitted_to(blended(signal, self.beside(signal), self.alpha), seed)

    @classmethod
    def sampled_only(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        names = [name for name in ("image", "other_image") if config[name] not in cls.closed_forms()]
        return names[0] if names else ""

    @classmethod
    def title(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        alpha = float(config["alpha"])
        mixed = f"{alpha:g} {config['image']} + {1 - alpha:g} {config['other_image']}"
        return f"{mixed} {config['size']} px, {config['loss']} loss, operator {config['operator']}"


declare_picture(Blend.name())
