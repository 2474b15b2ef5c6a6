"""Shapes to fit: outlines in the plane and solids in closed form, and the user's meshes and clouds of points."""

from inr.signals.shapes.base import Array, Oriented, Shape
from inr.signals.shapes.biharmonic import Biharmonic
from inr.signals.shapes.facets import Facets, zero_set
from inr.signals.shapes.files import file_shape
from inr.signals.shapes.plane import PLANE
from inr.signals.shapes.solids import SOLIDS

SHAPES: tuple[str, ...] = (*PLANE, *SOLIDS)
"""The names of the closed forms: in the plane, then in space."""


def dimensions_of(shape: str) -> int:
    """Tell the number of coordinates, 2 or 3, of a closed form or of a file, which lies in space."""
    return 2 if shape in PLANE else 3


def load_shape(shape: str) -> Shape:
    """Load a closed form by name, or a file. Raises :class:`inr.errors.InputError` for one that cannot be used."""
    if shape in PLANE:
        return PLANE[shape]()
    return SOLIDS[shape] if shape in SOLIDS else file_shape(shape)


__all__ = [
    "SHAPES",
    "Array",
    "Biharmonic",
    "Facets",
    "Oriented",
    "Shape",
    "dimensions_of",
    "load_shape",
    "zero_set",
]
