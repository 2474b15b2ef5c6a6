"""A picture, its gradient and its Laplacian (Sitzmann et al. 2020, arXiv:2006.09661)."""

from dataclasses import dataclass
from typing import final

from inr.tasks.picture_maps import PictureValues, declare_picture


@final
@dataclass(frozen=True, kw_only=True)
class Image(PictureValues):
    """Fit the values of a picture, its gradient, its Laplacian, or several of them."""


declare_picture(Image.name())
