"""A signed distance as pictures: level sets, and its surface in space, lit from the viewer's side; and as a file."""

import numpy as np
from numpy.typing import NDArray

from inr.panels import Panel
from inr.signals.shapes import Facets, zero_set

Array = NDArray[np.float32]

PIXELS = 400
"""Pixels of a picture's side, at least: lines are then thin."""
STEP = 0.1
"""The distance between level sets."""
LINE, ZERO = 0.6, 1.8
"""Half of the width of a line in pixels: of a level set, and of the zero one."""
VIEW = np.array([[0.86, 0.0, -0.51], [-0.22, 0.9, -0.37], [0.46, 0.43, 0.78]])
"""Axes of a picture of space as rows: to the right, upwards, towards the viewer; y is upwards."""
SEEN = 1.3
"""Half of the side of a picture of space, in units of the coordinates: what lies beyond is cut."""
SIDES = (0, 1), (1, -1)
"""Axis of the picture, and its sign in the columns, then the rows, of pixels."""
LIGHT = np.array([-0.35, 0.5, 0.79])
"""The direction of the light, in the axes of the picture."""


def pictures(distance: Array, reference: Array, slope: Array) -> tuple[Panel, ...]:
    """Show two distances on a grid (side, …) beside one another: in space the surface, and the middle slice."""
    surface: tuple[Panel, ...] = ()
    if distance.ndim == 3:
        surface = (
            Panel("surface", "surface", "surface", "", shaded(reference), shaded(distance), (0.0, 1.0), "neither"),
        )
        distance, reference, slope = (field[:, :, field.shape[2] // 2] for field in (distance, reference, slope))
    error = upright(distance - reference)
    farthest, worst = float(np.abs(reference).max()), float(np.abs(error).max()) or 1.0
    lined = level_sets(reference, farthest), level_sets(distance, farthest)
    slopes = upright(slope)
    return (
        *surface,
        Panel("distance", "solid", "distance", "", *lined, (-farthest, farthest)),
        Panel("error", "distance", "error", "", np.zeros_like(error), error, (-worst, worst), "neither"),
        Panel("slope", "eikonal", "|∇Φ|", "", np.ones_like(slopes), slopes, (0.0, 2.0), "max"),
    )


def upright(field: Array) -> Array:
    """Turn a field (x, y) so that y points upwards in a picture."""
    return field.T[::-1]


def level_sets(field: Array, farthest: float) -> Array:
    """Draw a field (x, y) with its level sets: lighter lines, black at zero."""
    from scipy.ndimage import zoom

    fine = upright(np.asarray(zoom(field, max(1.0, PIXELS / len(field)), order=1)))
    slope = np.maximum(np.hypot(*np.gradient(fine)), 1e-6)
    from_level = np.abs(fine - STEP * np.rint(fine / STEP)) / slope
    drawn = np.where(from_level < LINE, fine + farthest / 4, fine)
    return np.where(np.abs(fine) / slope < ZERO, -farthest, drawn).astype(np.float32)


def shaded(field: Array) -> Array:
    """Draw the zero level set of a field (x, y, z), of which each facet is covered with points; white where none is."""
    facets = zero_set(field)
    levels = np.ones((PIXELS, PIXELS), dtype=np.float32)
    if len(facets):
        spread = _lattice(max(2, round(2 * PIXELS / len(field))))
        points = np.einsum("kc,fcd->fkd", spread, facets.corners @ VIEW.T).reshape(-1, 3)
        light = 0.15 + 0.8 * np.clip(facets.normals @ VIEW.T @ LIGHT, 0, 1)
        columns, rows = (np.rint((1 + s * points[:, i] / SEEN) / 2 * (PIXELS - 1)).astype(int) for i, s in SIDES)
        order = np.argsort(points[:, 2])  # the nearest to the viewer is drawn last
        order = order[(np.minimum(rows, columns)[order] >= 0) & (np.maximum(rows, columns)[order] < PIXELS)]
        levels[rows[order], columns[order]] = np.repeat(light, len(spread))[order]
    return levels


def _lattice(count: int) -> NDArray[np.float64]:
    """The weights (K, 3) of the corners at evenly spread points of a triangle."""
    i, j = np.meshgrid(np.arange(count + 1), np.arange(count + 1), indexing="ij")
    kept = i + j <= count
    return np.stack([i[kept], j[kept], count - i[kept] - j[kept]], axis=1) / count


def ply(facets: Facets) -> bytes:
    """Write triangles, or segments in the plane z = 0, as a binary PLY file."""
    vertices = np.zeros((len(facets.vertices), 3), dtype="<f4")
    vertices[:, : facets.vertices.shape[1]] = facets.vertices
    count = facets.faces.shape[1]
    kind, listed = (
        ("edge", ["property int vertex1", "property int vertex2"])
        if count == 2
        else ("face", ["property list uchar int vertex_indices"])
    )
    rows = np.zeros(len(facets), dtype=[*([("count", "u1")] if count == 3 else []), ("corners", "<i4", (count,))])
    rows["corners"] = facets.faces
    if count == 3:
        rows["count"] = count
    head = [
        "ply",
        "format binary_little_endian 1.0",
        f"element vertex {len(vertices)}",
        *(f"property float {axis}" for axis in "xyz"),
        f"element {kind} {len(facets)}",
        *listed,
        "end_header\n",
    ]
    return "\n".join(head).encode() + vertices.tobytes() + rows.tobytes()
