"""What every signal is: values on an isotropic grid, with exact derivatives where a closed form has them."""

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Channels = Literal["gray", "rgb"]
CHANNEL_COUNT: dict[str, int] = {"gray": 1, "rgb": 3}


def grid(height: int, width: int) -> Array:
    """Coordinates (height, width, 2) of the pixel centres: component 0 is the row's, 1 the column's.

    Isotropic: the longer side spans [-1, 1], end points in; the shorter is centred, with the same spacing.
    """
    # (2i - (n-1)) / (longest-1) is one division of integers: symmetric, and exactly ±1 at the ends.
    longest = max(height, width)
    rows, columns = ((2.0 * np.arange(n) - (n - 1)) / (longest - 1) for n in (height, width))
    return np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1)


@dataclass(frozen=True, eq=False)
class Signal:
    """What a trial fits: a function [-1, 1]² → [-1, 1]^C, sampled on a grid.

    values:    float64 (H, W, C) in [-1, 1].
    gradient:  float64 (H, W, C, 2), d/d row and d/d column per unit of the coordinates, exact.
    laplacian: float64 (H, W, C) per unit squared, exact. Both are None for images.
    notes:     sentences that the user should read, such as "was enlarged".
    """

    name: str
    values: Array
    gradient: Array | None = None
    laplacian: Array | None = None
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int, int]:
        """(H, W, C)."""
        height, width, channels = self.values.shape
        return height, width, channels

    @property
    def spacing(self) -> float:
        """The distance h = 2 / (max(H, W) - 1) between neighbours, in units of the coordinates."""
        return 2.0 / (max(self.shape[:2]) - 1)

    @property
    def coordinates(self) -> Array:
        """Coordinates (H, W, 2) of the samples, see `grid`."""
        return grid(*self.shape[:2])

    @property
    def data_hash(self) -> str:
        """The first 16 hex digits of the SHA-256 over the shape and the values as little-endian float32."""
        content = repr(self.shape).encode() + self.values.astype("<f4").tobytes()
        return hashlib.sha256(content).hexdigest()[:16]
