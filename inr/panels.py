"""A panel: a reference and a prediction that are drawn beside one another on one scale."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Filmed(NamedTuple):
    """The picture of a task that a film shows while it is fitted."""

    array: str
    """Its name in ``fields.npz``, (H, W, C) in [-1, 1]; its truth has ``reference_`` before it."""
    family: str
    """The family of the scores that stand beside it."""


class Panel(NamedTuple):
    """A row of a trial's figure.

    The arrays have one shape: (H, W) is a grey map, (H, W, 3) a coloured one, (T,) a line.
    """

    key: str
    """A name that no other panel of the figure has."""
    family: str
    """The family of scores that are written beside it; none where they stand beside another panel."""
    title: str
    unit: str
    reference: NDArray[np.floating]
    prediction: NDArray[np.floating]
    scale: tuple[float, float]
    """The values of black and white; for a line those of the bottom and the top."""
    beyond: str = "both"
    """The ends of the scale beyond which values may lie: neither, max or both."""
    across: str = ""
    """What a line, or a map's horizontal axis, runs along, with its unit; empty for a picture."""

    @property
    def name(self) -> str:
        """The title with its unit, in two lines."""
        return f"{self.title}\n{self.unit}" if self.unit else self.title
