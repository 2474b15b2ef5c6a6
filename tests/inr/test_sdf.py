"""The signed distance: its terms against the published formulas, its draws, its pictures and its files."""

import io
import math

import numpy as np
import pytest
import torch
import trimesh

from inr.config import TrialConfig
from inr.errors import UsageError
from inr.jet import Jet
from inr.signals import grid
from inr.signals.shapes import load_shape, zero_set
from inr.tasks.distance_pictures import ply, shaded
from inr.tasks.distance_terms import Divergence, Eikonal, Normal, OffSurface, Surface
from inr.tasks.sdf import Sdf
from inr.trial import problem_of, run_trial
from tests import oracles

TINY = {"task": "sdf", "hidden_features": 8, "hidden_layers": 1, "steps": 2, "eval_every": 2, "side": 12}
SMALL = {**TINY, "cloud": 60, "surface_points": 25}
SIREN = "surface+off_surface+normal+eikonal"
DIGS = "surface+off_surface+eikonal+divergence"


def config(**flat):
    return TrialConfig.from_flat({**SMALL, **flat})


def batches(settings):
    """The network and the two batches of a step, in float64: (points, normals) of the surface, points of the box."""
    first = next(run_trial(settings))
    network = first.trial.network.double()
    on, off = (part.batch for part in first.trial.training.parts)
    return first.trial, network, on.coordinates.double(), on.data["normals"].double(), off.coordinates.double()


def losses(trial):
    """The weighted terms of the loss at the groups' examples, added over both groups."""
    found = {}
    for part in trial.training.parts:
        data = {key: value.double() for key, value in part.batch.data.items()}
        batch = type(part.batch)(part.batch.coordinates.double(), data)
        sums, _ = part.program(trial.network.layers(), part.scales.double(), batch)
        for term, total in zip(part.group.terms, sums, strict=True):
            weight = part.group.weights[term.name] * part.group.per_residual[term.name]
            found[term.name] = found.get(term.name, 0.0) + weight * float(total)
    return found


@pytest.mark.parametrize("shape", ["star", "torus"])
def test_the_loss_is_sirens(shape):
    """SIREN's code takes every mean over the 2B points of a step, with zeros where a term does not count."""
    trial, network, on, normals, off = batches(config(shape=shape, loss=SIREN))
    both = torch.cat([on, off])
    value, gradient = oracles.network_derivatives(network, both, 1)
    value, gradient, known = value[:, 0], gradient[:, 0], torch.arange(len(both)) < len(on)
    padded = torch.cat([normals, torch.ones_like(normals)])
    cosine = torch.nn.functional.cosine_similarity(gradient, padded, dim=-1)
    zero = torch.zeros_like(value)
    expected = {
        "surface": 3e3 * torch.where(known, value, zero).abs().mean(),
        "off_surface": 1e2 * torch.where(known, zero, torch.exp(-1e2 * value.abs())).mean(),
        "normal": 1e2 * torch.where(known, 1 - cosine, zero).mean(),
        "eikonal": 5e1 * (gradient.norm(dim=-1) - 1).abs().mean(),
    }
    assert losses(trial) == pytest.approx({name: term.item() for name, term in expected.items()})


@pytest.mark.parametrize("shape", ["star", "torus"])
def test_the_loss_without_normals_is_digs(shape):
    """DiGS's means are over B points where a term counts, over 2B for the equation: its weights are half as large."""
    flat = {"surface_weight": 3e3, "off_surface_weight": 1e2, "eikonal_weight": 25, "divergence_weight": 1e2}
    trial, network, on, _, off = batches(config(shape=shape, loss=DIGS, **flat))
    value, gradient, laplacian = oracles.network_derivatives(network, torch.cat([on, off]), 2)
    count = len(on)
    expected = {
        "surface": 3e3 * value[:count].abs().mean(),
        "off_surface": 1e2 * torch.exp(-1e2 * value[count:].abs()).mean(),
        "eikonal": 5e1 * (gradient[:, 0].norm(dim=-1) - 1).abs().mean(),
        "divergence": 1e2 * torch.clamp(laplacian[count:].abs(), 0.1, 50).mean(),
    }
    assert losses(trial) == pytest.approx({name: term.item() / 2 for name, term in expected.items()})


def test_the_laplacian_is_asked_for_in_the_box_alone():
    on, off = problem_of(config(loss="all")).groups
    assert (on.ask.second, off.ask.second) == ((), ((1.0, 1.0),))
    assert [term.name for term in on.terms] == ["surface", "normal", "eikonal"]
    assert [term.name for term in off.terms] == ["off_surface", "eikonal", "divergence"]
    assert len(problem_of(config(loss="surface")).groups) == 1
    assert len(problem_of(config(loss="surface+eikonal", eikonal_weight=0)).groups) == 1


def test_the_exact_distance_of_a_circle_has_no_residual():
    points, normals = map(torch.from_numpy, load_shape("circle").sample(50, np.random.default_rng(0)))
    jet = Jet(points.norm(dim=1, keepdim=True) - 0.6, normals[:, None], torch.full((50, 1, 1), 1 / 0.6))
    for term in (Surface("surface"), Normal("normal"), Eikonal("eikonal")):
        residuals = term.residuals(jet, {"normals": normals})
        assert float(term.penalty(residuals).abs().max()) < 1e-9, term.name
    assert float(
        Normal("normal").penalty(Normal("normal").residuals(jet, {"normals": -normals})).min()
    ) == pytest.approx(2)
    assert OffSurface("off").penalty(torch.tensor([0.0, 0.01, -0.02])).tolist() == pytest.approx(
        [1, math.exp(-1), math.exp(-2)]
    )
    assert Divergence("divergence", 2).penalty(torch.tensor([0.0, -3.0, 90.0])).tolist() == pytest.approx([0.1, 3, 50])


def test_a_flat_network_has_a_finite_gradient():
    """Units of ReLU that are all off leave ∇Φ = 0, where a length has no derivative."""
    gradient = torch.zeros(3, 1, 2, requires_grad=True)
    for term in (Eikonal("eikonal"), Normal("normal")):
        total = term.penalty(term.residuals(Jet(None, gradient, None), {"normals": torch.ones(3, 2)})).sum()
        (pull,) = torch.autograd.grad(total, gradient)
        assert torch.isfinite(pull).all()


@pytest.mark.parametrize(("share", "factor"), [(0, 1), (0.2, 1), (0.25, 0.75), (0.3, 0.5), (0.4, 0), (0.9, 0)])
def test_the_divergence_is_annealed(share, factor):
    on, off = problem_of(config(loss="all")).groups
    assert off.factors(share) == {"divergence": pytest.approx(factor)}
    assert on.factors is None


@pytest.mark.parametrize("shape", ["star", "torus"])
def test_every_step_draws_points_of_the_cloud_and_of_the_box(shape):
    on, off = problem_of(config(shape=shape)).groups
    known = load_shape(shape).sample(60, np.random.default_rng(1))
    for group in (on, off):
        one, same, other = (group.draw(np.random.default_rng(seed), 0.5) for seed in (3, 3, 4))
        np.testing.assert_array_equal(one.points, same.points)
        assert not np.array_equal(one.points, other.points)
        assert one.points.shape == group.points.shape == (25, known.points.shape[1])
    drawn = on.draw(np.random.default_rng(3), 0.5)
    rows = [np.flatnonzero((known.points == point).all(axis=1)).item() for point in drawn.points]
    np.testing.assert_array_equal(drawn.data["normals"], known.normals[rows])
    box = np.concatenate([off.draw(np.random.default_rng(seed), 0.5).points for seed in range(200)])
    assert -1 <= box.min() < -0.99 < 0.99 < box.max() <= 1
    assert np.abs(box.mean(axis=0)).max() < 0.05


def test_the_shape_decides_the_dimensions_and_the_grid():
    assert (Sdf().dimensions, Sdf().side) == (2, 128)
    assert (Sdf(shape="torus").dimensions, Sdf(shape="torus").side) == (3, 40)
    *_, last = run_trial(config(shape="torus", loss="all"))
    assert last.trial.network.in_features == 3
    assert last.evaluation.metrics["distance/rmse"] > 0
    assert problem_of(config(shape="torus")).data_shape == (12, 12, 12)
    with pytest.raises(UsageError, match=r"^--side=407 is a grid of 6\.74e\+07 points: give 406 or less$"):
        config(shape="torus", side=407)


@pytest.mark.parametrize(("activation", "trained"), [("sine", {"omega_0": 3}), ("relu", {"steps": 400})])
def test_a_network_learns_a_circle(activation, trained):
    flat = {"hidden_features": 32, "steps": 200, "eval_every": 200, "learning_rate": 2e-3, "side": 24, **trained}
    *_, last = run_trial(config(shape="circle", surface_points=60, activation=activation, **flat))
    assert last.evaluation.metrics["solid/iou"] > 0.9
    assert last.evaluation.metrics["surface/chamfer"] < 0.05


def test_notes_of_the_data_are_in_the_problem(tmp_path):
    trimesh.creation.icosphere(subdivisions=2).export(tmp_path / "ball.ply")
    settings = config(shape=str(tmp_path / "ball.ply"))
    assert len(problem_of(settings).notes) == 2
    assert settings.task.title(settings.flat()).startswith("ball.ply, 60 points, ")


def fields_of(shape, side):
    settings = config(shape=shape, side=side)
    judge = problem_of(settings).judge
    slope = np.ones((judge.truth.size, 1, settings.task.dimensions)) / math.sqrt(settings.task.dimensions)
    return settings, judge.fields(Jet(judge.truth.reshape(-1, 1), slope, None))


def test_the_level_sets_stand_upright_with_a_black_zero_line():
    settings, fields = fields_of("ell", 64)
    panels = settings.task.panels(fields)
    assert [panel.key for panel in panels] == ["distance", "error", "slope"]
    levels = panels[0]
    np.testing.assert_array_equal(levels.reference, levels.prediction)
    black = levels.reference == levels.scale[0]
    rows, columns = (2 * np.flatnonzero(black.any(axis=axis)) / (black.shape[0] - 1) - 1 for axis in (1, 0))
    assert (-rows.max(), -rows.min()) == pytest.approx((-0.7, 0.7), abs=0.03)
    assert (columns.min(), columns.max()) == pytest.approx((-0.5, 0.6), abs=0.03)
    right = 2 * np.flatnonzero(black[:, black.shape[1] * 3 // 4]) / (black.shape[0] - 1) - 1
    assert right.min() > 0, "the foot of the L is below, on the right"


def test_a_surface_in_space_is_lit_before_a_white_ground():
    settings, fields = fields_of("sphere", 24)
    panels = settings.task.panels(fields)
    assert [panel.key for panel in panels] == ["surface", "distance", "error", "slope"]
    assert all(panel.reference.shape[0] == panel.reference.shape[1] for panel in panels)
    picture = shaded(fields["distance"])
    assert (picture[0] == 1).all()
    disk = picture < 1
    assert disk.mean() == pytest.approx(math.pi * (0.6 / 1.3 / 2) ** 2, rel=0.05)
    centre = disk.shape[0] // 2
    assert disk[centre - 20 : centre + 20, centre - 20 : centre + 20].all(), "no holes"
    assert picture[:centre][disk[:centre]].mean() > picture[centre:][disk[centre:]].mean(), "lit from above"


def test_the_prediction_of_a_solid_is_a_closed_mesh_that_faces_outwards():
    settings, fields = fields_of("sphere", 30)
    (content,) = settings.task.files(fields).values()
    mesh = trimesh.load(io.BytesIO(content), file_type="ply")
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(4 / 3 * math.pi * 0.216, rel=0.02)


def test_the_prediction_of_an_outline_is_a_file_of_edges():
    _, fields = fields_of("circle", 64)
    head, body = ply(zero_set(fields["distance"])).split(b"end_header\n")
    counts = {words[1]: int(words[2]) for line in head.decode().splitlines() if (words := line.split())[0] == "element"}
    vertices = np.frombuffer(body, "<f4", 3 * counts["vertex"]).reshape(-1, 3)
    edges = np.frombuffer(body, "<i4", offset=vertices.nbytes).reshape(counts["edge"], 2)
    assert np.abs(np.linalg.norm(vertices, axis=1) - 0.6).max() < 0.002
    steps = np.linalg.norm(vertices[edges[:, 1]] - vertices[edges[:, 0]], axis=1)
    assert steps.sum() == pytest.approx(2 * math.pi * 0.6, rel=0.01)


def test_what_lies_beyond_a_picture_is_cut_and_not_smeared_along_its_sides():
    x, _, z = np.moveaxis(grid(30, 30, 30), -1, 0)
    beyond = 1.95 - (x - z)
    assert len(zero_set(beyond)) > 0
    assert (shaded(beyond) == 1).all()


def test_no_surface_is_an_empty_file_and_a_white_picture():
    content = ply(zero_set(np.ones((4, 4, 4))))
    assert b"element vertex 0" in content
    assert (shaded(np.ones((8, 8, 8), dtype=np.float32)) == 1).all()


@pytest.mark.parametrize(("shape", "extent"), [((16, 16), 1.0), ((16, 16), 3.0), ((9, 9, 9), 1.0)])
def test_a_rendering_is_of_any_resolution_and_extent(shape, extent):
    drawn = Sdf.render(lambda x: np.linalg.norm(x, axis=1, keepdims=True) - 0.5 * extent, shape, {}, 40, extent)
    head, body = drawn.content.split(b"end_header\n")
    count = int(head.split(b"element vertex ")[1].split()[0])
    vertices = np.frombuffer(body, "<f4", 3 * count).reshape(-1, 3)
    assert np.abs(np.linalg.norm(vertices, axis=1) - 0.5 * extent).max() < 0.01 * extent
    empty = Sdf.render(lambda x: np.ones((len(x), 1)), shape, {}, None, 1.0)
    assert empty.note == "the network is nowhere zero: there is no surface"
