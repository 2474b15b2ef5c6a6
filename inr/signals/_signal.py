"""The type of a signal: values on an isotropic grid, with exact derivatives if a closed form gives them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Channels = Literal["gray", "rgb"]
CHANNEL_COUNT: dict[str, int] = {"gray": 1, "rgb": 3}


def grid(*sides: int) -> Array:
    """Compute the coordinates (*sides, D) of samples on D axes: of a picture, component 0 is the row's, 1 the column's.

    The longest side spans [-1, 1], end points included; the others are centred, with the same spacing.
    """
    return coordinates_at(tuple(np.arange(n, dtype=np.float64) for n in sides), sides)


def coordinates_at(places: tuple[Array, ...], sides: tuple[int, ...]) -> Array:
    """Compute the coordinates (P, Q, …, D) of places along the axes of a grid, counted in samples from the first."""
    # (2i - (n-1)) / (longest-1) is one division of integers at samples: symmetric, and exactly ±1 at the ends.
    axes = ((2.0 * at - (n - 1)) / (max(sides) - 1) for at, n in zip(places, sides, strict=True))
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)


@dataclass(frozen=True, eq=False)
class Signal:
    """A signal that a trial fits: a function [-1, 1]^D → [-1, 1]^C, sampled on a grid.

    values:    float64 (*grid, C) in [-1, 1]; (H, W, C) of a picture, (T, C) of a sound.
    gradient:  float64 (*grid, C, D), along each axis per unit of the coordinates, exact.
    laplacian: float64 (*grid, C) per unit squared, exact. Both are None without a closed form.
    notes:     sentences that the user should read, such as "was enlarged".
    between:   of a picture that is known between its pixels, its values (R, S, C) at R rows and S columns, which are
               counted in pixels from the first; None otherwise.
    """

    name: str
    values: Array
    gradient: Array | None = None
    laplacian: Array | None = None
    notes: tuple[str, ...] = ()
    between: Callable[[Array, Array], Array] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape (*grid, C) of the values: the grid's sides, then the channels."""
        return self.values.shape

    @property
    def spacing(self) -> float:
        """The distance h = 2 / (longest side - 1) between neighbours, in units of the coordinates."""
        return 2.0 / (max(self.shape[:-1]) - 1)

    @property
    def coordinates(self) -> Array:
        """The coordinates (*grid, D) of the samples, see `grid`."""
        return grid(*self.shape[:-1])

    @property
    def data_hash(self) -> str:
        """The first 16 hex digits of the SHA-256 over the shape and the values as little-endian float32."""
        return content_hash(self.values)


def content_hash(values: NDArray[np.floating]) -> str:
    """Compute the first 16 hex digits of the SHA-256 over the shape and the values as little-endian float32."""
    return hashlib.sha256(repr(values.shape).encode() + values.astype("<f4").tobytes()).hexdigest()[:16]
