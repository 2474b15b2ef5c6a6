"""The Helmholtz equation: residuals, exact fields, finite differences, the published weights, and what is refused."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.special import j0, y0

from inr.config import TrialConfig
from inr.errors import UsageError
from inr.jet import Jet
from inr.signals.helmholtz import Layer, field, poured, source
from inr.tasks import TASKS
from inr.tasks.helmholtz import Helmholtz
from inr.tasks.helmholtz_boundary import Hard, Penalised
from inr.tasks.helmholtz_manufactured import Manufactured
from inr.tasks.helmholtz_source import Source
from inr.trial import problem_of
from inr.vocabulary import metric
from tests import oracles
from tests.cases import SMALL_TASKS
from tests.inr import test_tasks as tasks

BOUNDARIES = [Penalised(), Hard()]
CENTRAL = np.array([1 / 280, -4 / 105, 1 / 5, -4 / 5, 0, 4 / 5, -1 / 5, 4 / 105, -1 / 280])
SECOND = np.array([-1 / 560, 8 / 315, -1 / 5, 8 / 5, -205 / 72, 8 / 5, -1 / 5, 8 / 315, -1 / 560])


def differentiated(function, points, h):
    """The jet of a function of points (P, 2) → (P, C) by differences of the eighth order."""
    steps = h * np.arange(-4, 5)
    axes = [[function(points + step * along) for step in steps] for along in np.eye(2)]
    first = np.stack([np.tensordot(CENTRAL, values, 1) / h for values in axes], -1)
    second = np.stack([np.tensordot(SECOND, values, 1) / h**2 for values in axes], -1)
    return Jet(function(points), first, second)


def residuals(case, points, jet):
    return case.parts(200)[0].term.residuals(jet, case.at(points))


@pytest.mark.parametrize(("low", "high", "h"), [(0.1, 0.48, 3e-3), (0.55, 0.9, 3e-3), (-0.9, -0.55, 3e-3)])
@pytest.mark.parametrize("case", [Source(), Source(wave_number=8.0, layer_strength=3.0)])
def test_the_exact_field_of_a_source_has_no_residual_in_the_layer_nor_inside_it(case, low, high, h):
    points = np.random.default_rng(0).uniform(low, high, (50, 2))
    found = residuals(case, points, differentiated(case.exact, points, h))
    assert np.abs(found).max() < 1e-5 * case.wave_number**2 * np.abs(case.exact(points)).max()


def test_the_exact_field_has_no_residual_inside_the_source():
    case = Source()
    points = np.random.default_rng(0).uniform(-0.03, 0.03, (50, 2))
    found = residuals(case, points, differentiated(case.exact, points, 1e-3))
    assert np.abs(found).max() < 1e-4 * source(np.zeros(2), 0.01)


def test_the_layers_coefficients_are_those_of_the_stretched_operator():
    """∂₁(s₂/s₁ ∂₁u) + ∂₂(s₁/s₂ ∂₂u) + s₁s₂k²u + g by nested autograd of complex numbers."""
    case = Source(wave_number=7.0, layer_width=0.4, layer_strength=2.5, source_width=0.05)
    x = torch.tensor(np.random.default_rng(0).uniform(-1, 1, (200, 2)), requires_grad=True)
    values = torch.stack([torch.sin(2 * x[:, 0] + x[:, 1] ** 2), torch.exp(x[:, 0] * x[:, 1])], dim=-1)

    def along(u, axis):
        real, imaginary = (torch.autograd.grad(part.sum(), x, create_graph=True)[0] for part in (u.real, u.imag))
        return torch.complex(real[:, axis], imaginary[:, axis])

    first, second = (1 + 2.5j * (torch.clamp(x[:, axis].abs() - 0.6, min=0) / 0.4) ** 2 for axis in range(2))
    u = torch.complex(values[:, 0], values[:, 1])
    expected = along(second / first * along(u, 0), 0) + along(first / second * along(u, 1), 1)
    squares = (x**2).sum(-1) / 0.05**2
    expected = expected + first * second * 49 * u + torch.exp(-squares / 2) / (2 * torch.pi * 0.05**2)
    term = case.parts(200)[0].term
    function = lambda at: torch.stack([torch.sin(2 * at[:, 0] + at[:, 1] ** 2), torch.exp(at[:, 0] * at[:, 1])], -1)  # noqa: E731
    jet = oracles.field_jet(function, x, term.ask)
    data = {name: torch.tensor(part) for name, part in case.at(x.detach().numpy()).items()}
    torch.testing.assert_close(term.residuals(jet, data), torch.stack([expected.real, expected.imag], dim=-1))


@pytest.mark.parametrize("boundary", BOUNDARIES, ids=str)
def test_the_manufactured_field_has_no_residual(boundary):
    case = Manufactured(boundary=boundary, wave_number=3.0, row_periods=2)
    points = np.random.default_rng(0).uniform(-0.99, 0.99, (50, 2))

    def network(x):
        field = torch.sin(2 * torch.pi * x[:, 0]) * torch.sin(4 * torch.pi * x[:, 1])
        return (field / {"penalised": 1.0, "hard": ((1 - x**2).prod(-1))}[str(boundary)])[:, None]

    term = case.parts(50)[0].term
    jet = oracles.field_jet(network, torch.tensor(points), term.ask)
    data = {name: torch.tensor(part) for name, part in case.at(points).items()}
    assert term.residuals(jet, data).abs().max() < 1e-9 * case.square
    solved = case.solution(points, network(torch.tensor(points)).numpy())
    np.testing.assert_allclose(solved, case.exact(points), atol=1e-12)


def test_beyond_the_source_the_field_is_a_hankel_function():
    points = np.array([[0.1, 0.0], [0.3, -0.2], [0.0, 0.49]])
    r = 20 * np.hypot(*points.T)
    expected = np.exp(-0.02) * 0.25j * (j0(r) + 1j * y0(r))
    np.testing.assert_allclose(field(points, 20.0, 0.01, Layer(0.5, 5.0)), expected, rtol=1e-12)


@pytest.mark.parametrize("distance", [0.0, 0.02, 0.06, 0.0899])
def test_inside_the_source_the_field_is_the_convolution_with_greens_function(distance):
    """∫ i/4 H₀⁽¹⁾(kρ) g(x + ρe) ρ dρ dθ, in rings around the point."""
    nodes, weights = np.polynomial.legendre.leggauss(400)
    rho, theta = 0.09 * (nodes + 1), np.linspace(0, 2 * np.pi, 400, endpoint=False)
    places = np.array([distance, 0.0]) + rho[:, None, None] * np.stack([np.cos(theta), np.sin(theta)], -1)
    ring = source(places, 0.01).mean(1) * 2 * np.pi * rho
    expected = (0.09 * weights * 0.25j * (j0(20 * rho) + 1j * y0(20 * rho)) * ring).sum()
    found = field(np.array([[distance, 0.0]]), 20.0, 0.01, Layer(0.5, 5.0))[0]
    assert abs(found - expected) < 1e-5 * abs(expected)


def test_finite_differences_come_to_the_exact_field_by_the_square_of_the_spacing():
    errors = {}
    for case in (Source(wave_number=10.0, source_width=0.05), Manufactured()):
        for nodes in (65, 129):
            judge = Helmholtz(case=case, nodes=nodes).problem(0).judge
            errors[str(case), nodes] = judge.constants["field/nrmse_differences"]
        assert 3.6 < errors[str(case), 65] / errors[str(case), 129] < 5
        assert errors[str(case), 129] < 0.01


def test_what_is_poured_on_the_nodes_is_the_whole_source():
    for nodes in (17, 64):
        assert poured(nodes, 0.01).sum() * (2 / (nodes - 1)) ** 2 == pytest.approx(1)
    fine = np.linspace(-1, 1, 129)
    points = np.stack(np.meshgrid(fine, fine, indexing="ij"), -1)
    np.testing.assert_allclose(poured(129, 0.1), source(points, 0.1), atol=0.01 * source(np.zeros(2), 0.1))


def test_the_default_weights_are_those_of_the_published_loss():
    """Σ|r| off the source + B/1000 Σ|r| at it, over B; at the source g is above 1e-5."""
    task = Helmholtz(collocation=3000)
    (group,) = task.problem(0).groups
    drawn = group.draw(np.random.default_rng(1), 0.5)
    strength = source(drawn.points, 0.01)
    at_source = strength > 1e-5
    rim = np.abs(np.hypot(*drawn.points.T) - 0.06) < 2e-3
    rng = np.random.default_rng(0)
    jet = Jet(rng.normal(size=(3000, 2)), rng.normal(size=(3000, 2, 2)), rng.normal(size=(3000, 2, 2)))
    (term,) = group.terms
    plain = np.abs(term.residuals(jet, task.case.at(drawn.points))).sum(-1)[~rim]
    published = np.where(at_source[~rim], 3000 / 1e3 * plain, plain) / 3000
    mine = term.penalty(torch.tensor(term.residuals(jet, drawn.data)))[~rim].sum(-1) * group.per_residual["equation"]
    np.testing.assert_allclose(mine, published)
    assert at_source.sum() >= 100
    assert np.hypot(*drawn.points[-100:].T).max() < 0.05


def test_the_mean_square_of_a_zero_field_is_at_most_one():
    (equation, border) = Helmholtz(case=Manufactured(wave_number=5.0), collocation=5000).problem(0).groups
    (term,) = equation.terms
    nothing = Jet(np.zeros((5000, 1)), np.zeros((5000, 1, 2)), np.zeros((5000, 1, 2)))
    squares = term.penalty(torch.tensor(term.residuals(nothing, equation.data))).sum()
    ratio = (17 * np.pi**2 - 25) / (17 * np.pi**2 + 25)
    assert equation.per_residual["equation"] * squares == pytest.approx(ratio**2 / 4, rel=0.05)
    assert border.per_residual["boundary"] == pytest.approx(1 / len(border.points))
    assert (np.abs(border.points).max(-1) == 1).all()
    assert {(x == 1, x == -1) for x in border.points.ravel()} == {(True, False), (False, True), (False, False)}
    assert len({tuple(np.where(np.abs(p) == 1, p, 0)) for p in border.points}) == 4


def test_a_hard_border_is_zero_and_needs_no_term():
    case, points = Manufactured(boundary=Hard()), np.array([[1.0, 0.3], [-0.2, -1.0], [0.5, 0.5]])
    assert case.solution(points, np.ones((3, 1)))[:, 0] == pytest.approx([0, 0, 0.5625])
    task = Helmholtz(case=case)
    assert task.loss == "equation"
    assert len(task.problem(0).groups) == len(task.work()) == 1
    assert "network, which is zero at the border" in task.problem(0).notes[0]


@pytest.mark.parametrize("case", [{"case": "source"}, {"case": "manufactured", "boundary": "hard"}])
def test_a_loss_names_the_terms_of_its_case(case):
    every, one = (TrialConfig.from_flat({"task": "helmholtz", "loss": loss, **case}) for loss in ("all", "equation"))
    assert every.trial_id == one.trial_id
    assert "boundary_weight" not in every.flat()


@pytest.mark.parametrize("flat", [{"case": "manufactured", "boundary": boundary} for boundary in ("hard", "penalised")])
def test_every_case_keeps_the_contracts_of_tasks(flat, monkeypatch):
    monkeypatch.setitem(SMALL_TASKS, "helmholtz", {"nodes": 17, "collocation": 40, **flat})
    tasks.test_a_task_is_whole("helmholtz", "all")
    tasks.test_its_scores_are_known_its_panels_share_a_shape_and_it_ranks_by_one_of_its_scores("helmholtz")
    tasks.test_the_gradient_of_a_step_is_nested_autograds("helmholtz")
    tasks.test_a_trial_that_resumes_ends_with_the_same_bits("helmholtz")


def test_scores_are_of_the_region_inside_the_layer_and_of_fresh_points():
    problem = Helmholtz(nodes=21, collocation=200).problem(3)
    rng, count = np.random.default_rng(0), len(problem.points)
    jet = Jet(rng.normal(size=(count, 2)), rng.normal(size=(count, 2, 2)), rng.normal(size=(count, 2, 2)))
    scores, case = problem.judge.scores(jet), Source()
    grid, fresh = problem.points[: 21**2], problem.points[21**2 :]
    inside = np.abs(grid).max(-1) < 0.501
    truth = case.exact(grid)
    assert scores["field/nrmse"] == pytest.approx(oracles.nrmse(jet.value[: 21**2][inside], truth[inside]))
    assert scores["layer/nrmse"] == pytest.approx(oracles.nrmse(jet.value[: 21**2][~inside], truth[~inside]))
    assert np.hypot(*fresh.T).min() > 0.06
    left = residuals(case, fresh, Jet(*(part[21**2 :] for part in jet)))
    assert scores["residual/rms"] == pytest.approx(np.sqrt(np.mean(left**2)))
    assert not {*map(tuple, fresh)} & {*map(tuple, problem.groups[0].points)}
    assert (
        metric("layer/nrmse").lacks({"task": "helmholtz", "case": "manufactured"}) == "which needs a case with a layer"
    )
    assert metric("layer/nrmse").lacks({"task": "helmholtz", "case": "source"}) is None


def test_the_manufactured_field_scores_as_exact():
    problem = Helmholtz(case=Manufactured(), nodes=17).problem(0)
    function = lambda x: (torch.sin(torch.pi * x[:, 0]) * torch.sin(4 * torch.pi * x[:, 1]))[:, None]  # noqa: E731
    jet = oracles.field_jet(function, torch.tensor(problem.points), problem.ask)
    scores = problem.judge.scores(Jet(*(part.detach().numpy() for part in jet)))
    assert scores["field/nrmse"] < 1e-12
    assert scores["residual/rms"] < 1e-9
    assert "layer/nrmse" not in scores


@pytest.mark.parametrize("boundary", ["penalised", "hard"])
def test_a_rendering_is_the_field(boundary):
    flat = TrialConfig.from_flat({"task": "helmholtz", "case": "manufactured", "boundary": boundary}).flat()
    drawn = TASKS["helmholtz"].render(lambda x: np.ones((len(x), 1)), (65, 65, 1), flat, 33, 1.0)
    levels = np.asarray(Image.open(io.BytesIO(drawn.content)))
    assert levels.shape == (33, 33)
    assert levels[16, 16] == 255
    assert levels[0, 16] == {"penalised": 255, "hard": 128}[boundary]


@pytest.mark.parametrize(
    ("flat", "sentence"),
    [
        (
            {"wave_number": 120},
            "--wave_number=120 is above the Nyquist of --nodes=65, which is 100.531: use a smaller one, or --nodes=78",
        ),
        (
            {"case": "manufactured", "column_periods": 40},
            "--column_periods=40 is above the Nyquist of --nodes=65, which is 32: use a smaller one, or --nodes=81",
        ),
        (
            {"source_width": 0.06},
            "--source_width=0.06 reaches into the layer of --layer_width=0.5: expected at most 0.0556",
        ),
        ({"collocation": 100}, "--source_points=100 are part of --collocation=100: use fewer of them"),
        ({"loss": "boundary"}, "--case=source has no such term as the --loss names: use --loss=equation"),
        ({"equation_weight": 0}, "--loss=equation got no weight above 0: "),
    ],
)
def test_what_cannot_be_solved_is_refused_in_a_sentence(flat, sentence):
    with pytest.raises(UsageError) as caught:
        TrialConfig.from_flat({"task": "helmholtz", **flat})
    assert str(caught.value).startswith(sentence)


def test_a_wave_number_at_the_nyquist_is_accepted_where_the_sentence_says_so():
    assert TrialConfig.from_flat({"task": "helmholtz", "wave_number": 120, "nodes": 78}).task.nodes == 78


def test_what_decides_the_field_is_its_hash():
    def hashed(**flat):
        return problem_of(
            TrialConfig.from_flat({"task": "helmholtz", "nodes": 33, "collocation": 200, **flat})
        ).data_hash

    assert hashed() == hashed(collocation=300, seed=3, source_weight=2)
    assert len({hashed(), hashed(wave_number=10), hashed(layer_width=0.4), hashed(case="manufactured")}) == 4
    assert hashed(case="manufactured") == hashed(case="manufactured", boundary="hard")
