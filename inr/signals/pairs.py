"""Two pictures on one grid: the middle of one that has the shape of the other, and their weighted sum."""

from dataclasses import replace

import numpy as np

from inr.errors import InputError
from inr.signals._signal import Array, Signal


def middle_of(picture: Signal, rows: int, columns: int) -> Signal:
    """Cut a picture to its middle rows × columns samples, of the same spacing as before.

    Its derivatives are those of the samples that stay, per unit of the coordinates that the picture had.
    """
    if picture.shape[:2] == (rows, columns):
        return picture
    top, left = ((side - wanted) // 2 for side, wanted in zip(picture.shape, (rows, columns), strict=False))

    def cut(values: Array | None) -> Array | None:
        return None if values is None else values[top : top + rows, left : left + columns]

    known = picture.between
    note = f"{picture.name!r} was cut to its middle {rows}x{columns} pixels."
    values = picture.values[top : top + rows, left : left + columns]
    return replace(
        picture,
        values=values,
        gradient=cut(picture.gradient),
        laplacian=cut(picture.laplacian),
        notes=(*picture.notes, note),
        between=known and (lambda at_rows, at_columns: known(at_rows + top, at_columns + left)),
    )


def blended(first: Signal, second: Signal, alpha: float) -> Signal:
    """Add α times the first picture and 1 − α times the second, of one shape, with exact derivatives if both have them.

    Raises InputError where the sum is constant.
    """

    def mixed(one: Array | None, other: Array | None) -> Array | None:
        return None if one is None or other is None else alpha * one + (1 - alpha) * other

    def between(rows: Array, columns: Array) -> Array:
        assert known[0] is not None
        assert known[1] is not None
        return alpha * known[0](rows, columns) + (1 - alpha) * known[1](rows, columns)

    values, known = alpha * first.values + (1 - alpha) * second.values, (first.between, second.between)
    if np.ptp(values, axis=(0, 1)).max() < 1e-6:
        raise InputError(
            f"{alpha:g} of {first.name!r} and {1 - alpha:g} of {second.name!r} add up to a constant, "
            "so there is nothing to learn; give another --alpha or another picture"
        )
    return Signal(
        f"{first.name} and {second.name}",
        values,
        mixed(first.gradient, second.gradient),
        mixed(first.laplacian, second.laplacian),
        (*first.notes, *second.notes),
        between if all(known) else None,
    )
