"""Parameters that tasks of several kinds share: a flat name has one declaration, which they inherit."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le

from inr.doc import Doc
from inr.holdouts import Holdout, Whole
from inr.parameters import OneOf
from inr.signals import CHANNEL_COUNT

Size = Annotated[int, Ge(8), Le(16384), Doc("longer side, in pixels, after resampling")]
"""The type of ``size``; tasks differ in its default."""

Kept = Annotated[Holdout, Doc("samples kept from training: every second, or a share; of a clip its frames")]
"""The type of ``holdout``; tasks differ in its default."""


@dataclass(frozen=True, kw_only=True)
class Raster:
    """Pixels that are fitted."""

    size: Size = 64
    channels: Annotated[str, OneOf(("gray", "rgb")), Doc("grey values or colours")] = "gray"

    @property
    def channels_out(self) -> int:
        """1 of grey values, 3 of colours."""
        return CHANNEL_COUNT[self.channels]


@dataclass(frozen=True, kw_only=True)
class Parted:
    """Samples of which some may be held out."""

    holdout: Kept = Whole()
