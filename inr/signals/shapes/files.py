"""Meshes and clouds of points from files, read by trimesh; distances to meshes by libigl."""

import functools
from pathlib import Path
from typing import Any, cast, final

import numpy as np

from inr.errors import InputError
from inr.signals._files import cannot_read, status_of
from inr.signals.shapes.base import Array, Mask, Oriented, Shape, in_bands, unit
from inr.signals.shapes.facets import Facets

HALF = 0.8
"""Half of the longest side after scaling: the box [-1, 1]³ keeps a margin."""
NEIGHBOURS = 8
"""The neighbours by which a cloud's density is estimated, and among whose disks the nearest is looked for."""
KINDS = "a mesh (OBJ, PLY, STL, OFF, GLB), or points with normals (PLY; XYZ with six columns)"


@final
class Mesh(Shape):
    """The solid of triangles: inside is where their winding number is above 1/2, which holes do not undo."""

    def __init__(self, facets: Facets, notes: tuple[str, ...]) -> None:
        self.facets, self._notes = facets, notes

    @property
    def notes(self) -> tuple[str, ...]:
        """See the base class."""
        return self._notes

    def unsigned(self, points: Array) -> Array:
        """See the base class; exact, by a tree of boxes."""
        squares, _, _ = self._tree.squared_distance(self.facets.vertices, self.facets.faces, points)
        return np.asarray(np.sqrt(squares))

    def inside(self, points: Array) -> Mask:
        """See the base class; by libigl's fast winding number (Barill et al. 2018)."""
        import igl

        return np.asarray(igl.fast_winding_number(self.facets.vertices, self.facets.faces, points) > 0.5)

    def sample(self, count: int, rng: np.random.Generator) -> Oriented:
        """See the base class; the normals are those of the triangles."""
        return self.facets.sample(count, rng)

    @functools.cached_property
    def _tree(self) -> Any:
        import igl

        tree = igl.AABB()
        tree.init(self.facets.vertices, self.facets.faces)
        return tree


@final
class Cloud(Shape):
    """The solid of points with normals: each is a disk as large as its share of the surface.

    Inside is where the winding number of the disks is above 1/2 (Barill et al. 2018).
    """

    def __init__(self, oriented: Oriented, notes: tuple[str, ...]) -> None:
        self.oriented, self._notes = oriented, notes

    @property
    def notes(self) -> tuple[str, ...]:
        """See the base class."""
        return self._notes

    def unsigned(self, points: Array) -> Array:
        """See the base class: the distances to the nearest disks."""
        return cast(Array, in_bands(self._unsigned, points, 8 * NEIGHBOURS))

    def inside(self, points: Array) -> Mask:
        """See the base class."""
        import igl

        places, normals = self.oriented
        return np.asarray(igl.fast_winding_number(places, normals, np.pi * self._radii**2, points) > 0.5)

    def sample(self, count: int, rng: np.random.Generator) -> Oriented:
        """Take some of the points, each at most once; all of them where there are no more."""
        some = rng.permutation(len(self.oriented.points))[:count]
        return Oriented(self.oriented.points[some], self.oriented.normals[some])

    def _unsigned(self, points: Array) -> Array:
        _, near = self._tree.query(points, k=NEIGHBOURS)
        offsets = points[:, None] - self.oriented.points[near]
        heights = (offsets * self.oriented.normals[near]).sum(-1)
        aside = np.sqrt(np.maximum((offsets**2).sum(-1) - heights**2, 0))
        return np.asarray(np.hypot(heights, np.maximum(aside - self._radii[near], 0)).min(axis=1))

    @functools.cached_property
    def _tree(self) -> Any:
        from scipy.spatial import cKDTree

        return cKDTree(self.oriented.points)

    @functools.cached_property
    def _radii(self) -> Array:
        """The radii (P,) of the disks: of k neighbours, the last is so far that k disks fill what lies nearer."""
        distances, _ = self._tree.query(self.oriented.points, k=NEIGHBOURS + 1)
        return np.asarray(distances[:, -1] / np.sqrt(NEIGHBOURS))


def file_shape(path: str) -> Shape:
    """Load a mesh, or a cloud of points with normals, centred and scaled so that its longest side is 1.6.

    Raises :class:`InputError` for a file that cannot be read, that holds neither, or whose points have no normals.
    """
    status_of(path)
    if Path(path).suffix.lower() == ".xyz":
        return _cloud(path, _table(path))
    read = _read(path)
    if len(getattr(read, "faces", ())):
        return _mesh(path, read)
    return _cloud(path, Oriented(np.asarray(read.vertices, dtype=np.float64), _normals(path, read)))


def _read(path: str) -> Any:
    """The mesh or the cloud of a file, as trimesh has it; several meshes as one."""
    try:
        import igl  # noqa: F401
        import trimesh
    except ModuleNotFoundError as error:
        needed = "reading meshes and clouds needs trimesh and libigl; install the mesh extra"
        raise InputError(f"cannot read {path!r}: {needed}") from error
    try:
        read = trimesh.load(path)
        geometry = read.to_geometry() if isinstance(read, trimesh.Scene) else read
    except Exception as error:  # whatever its many readers raise
        raise cannot_read(path, f"trimesh refuses it; give {KINDS}") from error
    if not len(getattr(geometry, "vertices", ())):
        raise cannot_read(path, f"it has no points; give {KINDS}")
    return geometry


def _mesh(path: str, read: Any) -> Mesh:
    from trimesh import repair

    read.merge_vertices(merge_tex=True, merge_norm=True)
    vertices, notes = _scaled(path, read.vertices)
    notes.append(f"the normals of {path!r} are those of its {len(read.faces)} triangles")
    before = read.faces.copy()
    repair.fix_normals(read)
    if not np.array_equal(before, read.faces):
        notes.append(f"the triangles of {path!r} disagreed on what is outside: some were turned")
    _, uses = np.unique(read.edges_sorted, axis=0, return_counts=True)
    if (uses != 2).any():
        counts = f"{np.count_nonzero(uses == 1)} edges of one triangle, {np.count_nonzero(uses > 2)} of more than two"
        notes.append(f"{path!r} is not closed ({counts}): inside is where its winding number is above 1/2")
    facets = Facets(vertices, np.ascontiguousarray(read.faces, dtype=np.int64))
    return Mesh(facets, tuple(notes))


def _cloud(path: str, points: Oriented) -> Cloud:
    lengths = np.linalg.norm(points.normals, axis=1)
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise cannot_read(path, "some of its points have no normal; give a normal to each, or a mesh")
    vertices, notes = _scaled(path, points.points)
    if len(vertices) <= NEIGHBOURS:
        raise cannot_read(path, f"it has {len(vertices)} points: give {NEIGHBOURS + 1} or more")
    notes.append(f"{path!r} has {len(vertices)} points and no triangles: its surface is that of a disk at each point")
    return Cloud(Oriented(vertices, unit(points.normals)), tuple(notes))


def _scaled(path: str, vertices: Any) -> tuple[Array, list[str]]:
    points = np.array(vertices, dtype=np.float64, order="C")
    low, high = points.min(axis=0), points.max(axis=0)
    longest = float((high - low).max())
    if not (np.isfinite(longest) and longest > 0):
        raise cannot_read(path, "its points are not finite, or all at one place; give a mesh or a cloud of some extent")
    note = f"{path!r} was centred and scaled: its longest side, {longest:.4g}, is {2 * HALF:g}"
    return (points - (low + high) / 2) * (2 * HALF / longest), [note]


def _normals(path: str, read: Any) -> Array:
    """The normals of a cloud in a PLY file."""
    columns = read.metadata.get("_ply_raw", {}).get("vertex", {}).get("data", {})
    if not {"nx", "ny", "nz"} <= {*columns}:
        raise cannot_read(path, f"it has points without normals; give {KINDS}")
    return np.concatenate([columns[name].reshape(-1, 1) for name in ("nx", "ny", "nz")], axis=1, dtype=np.float64)


def _table(path: str) -> Oriented:
    """The points and normals of a text of six columns."""
    try:
        table = np.loadtxt(path, ndmin=2, delimiter="," if "," in Path(path).read_text() else None)
    except (ValueError, OSError) as error:
        raise cannot_read(path, f"it is no table of numbers; give {KINDS}") from error
    if table.shape[1] != 6:
        raise cannot_read(path, f"it has {table.shape[1]} columns: expected 6, a point and its normal")
    return Oriented(table[:, :3], table[:, 3:])
