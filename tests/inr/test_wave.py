"""The wave equation: residuals, exact solutions, the leapfrog, the published weights, and what is refused."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.integrate import quad
from scipy.special import j0

from inr.config import TrialConfig
from inr.errors import UsageError
from inr.jet import Jet
from inr.signals.initial import Plane, Pulse, Standing
from inr.signals.waves import Box, Exact, leapfrog
from inr.tasks import TASKS
from inr.tasks.wave import EQUATION, START, Wave
from inr.trial import problem_of
from tests import oracles

SIDE = np.linspace(-1, 1, 21)
GRID = np.stack(np.meshgrid(SIDE, SIDE, indexing="ij"), axis=-1)


def plane_wave(x, speed, width=0.15):
    """exp(-(x₂ + ½ - ct)² / 2w²) at points (t, x₁, x₂)."""
    return (-(((x[..., 2] + 0.5 - speed * x[..., 0]) / width) ** 2) / 2).exp()[..., None]


def standing_wave(x, speed, rows=1, columns=4):
    """cos(√(a₁² + a₂²) π c t) sin(a₁πx₁) sin(a₂πx₂) at points (t, x₁, x₂)."""
    phase = torch.cos(np.hypot(rows, columns) * np.pi * speed * x[..., 0])
    return (phase * torch.sin(rows * np.pi * x[..., 1]) * torch.sin(columns * np.pi * x[..., 2]))[..., None]


CLOSED = {"plane": plane_wave, "standing": standing_wave}


def at_time(time):
    return torch.tensor(np.insert(GRID, 0, time, axis=-1))


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("speed", [1.0, 3.0])
def test_the_solution_has_no_residual(name, speed):
    task = Wave(initial={"plane": Plane(), "standing": Standing()}[name], speed=speed, collocation=64)
    rng = np.random.default_rng(0)
    for terms, drawn in ((EQUATION, task.inside(rng, 1.0)), (START, task.at_start(rng, 1.0))):
        data = {key: torch.tensor(values) for key, values in drawn.data.items()}
        for term in terms:
            jet = oracles.field_jet(lambda x: CLOSED[name](x, speed), torch.tensor(drawn.points), term.ask)
            scale = 1 + max(float(part.detach().abs().max()) for part in jet if part is not None)
            assert term.residuals(jet, data).abs().max() < 1e-12 * scale, term.name


def test_the_residual_is_the_definition():
    x = torch.tensor(np.random.default_rng(0).normal(size=(9, 3)), requires_grad=True)
    u = torch.sin(x @ torch.tensor([1.0, 2.0, -0.5]).double()) * x[:, 0] ** 2 * x[:, 2] ** 3
    first = torch.autograd.grad(u.sum(), x, create_graph=True)[0]
    bends = [torch.autograd.grad(first[:, axis].sum(), x, retain_graph=True)[0][:, axis] for axis in range(3)]
    second = torch.stack([bends[0], bends[1] + bends[2]], dim=-1)[:, None]
    (term,) = EQUATION
    found = term.residuals(Jet(u[:, None], None, second), {"square": torch.full((9,), 4.0, dtype=torch.float64)})
    torch.testing.assert_close(found[:, 0], bends[0] - 4 * (bends[1] + bends[2]))
    assert term.ask.second == ((1, 0, 0), (0, 1, 1))


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize(("time", "speed"), [(0.0, 1.0), (0.4, 1.0), (0.3, 2.0)])
def test_the_fourier_series_is_the_closed_form(name, time, speed):
    initial = {"plane": Plane(), "standing": Standing()}[name]
    found = Exact.of(initial, speed, time).at(time, SIDE, SIDE)
    np.testing.assert_allclose(found, CLOSED[name](at_time(time), speed)[..., 0].numpy(), atol=2e-12)


@pytest.mark.parametrize(("width", "time"), [(0.1, 0.4), (0.05, 0.7), (0.2, 2.0)])
def test_a_round_pulse_is_its_hankel_transform(width, time):
    """u(r, t) = ∫ w² exp(-(κw)²/2) cos(κt) J₀(κr) κ dκ."""
    found = Exact.of(Pulse(pulse_width=width), 1.0, time).at(time, np.array([0.0]), np.array([0.0, 0.3, 0.9]))
    for r, value in zip((0.0, 0.3, 0.9), found[0], strict=True):
        spectrum = lambda k, r=r: width**2 * np.exp(-((k * width) ** 2) / 2) * np.cos(k * time) * j0(k * r) * k  # noqa: E731
        assert value == pytest.approx(quad(spectrum, 0, 9 / width, epsabs=1e-12, limit=400)[0], abs=1e-9)


def test_nothing_wraps_into_the_square_within_the_duration():
    pulse = Pulse(pulse_width=0.2)
    near, far = (Exact.of(pulse, 1.0, duration).at(1.9, SIDE, SIDE) for duration in (1.9, 4.0))
    np.testing.assert_allclose(near, far, atol=1e-11)
    assert Box.of(pulse, 1.0, 1.9, 0.1).spacing * len(Box.of(pulse, 1.0, 1.9, 0.1).value) == pytest.approx(6)


@pytest.mark.parametrize("initial", [Pulse(pulse_width=0.15), Plane(pulse_width=0.15), Standing(column_periods=2)])
def test_the_leapfrog_is_of_second_order(initial):
    times = np.linspace(0, 0.6, 3)
    errors = []
    for nodes in (41, 81):
        side = np.linspace(-1, 1, nodes)
        found = leapfrog(initial, 1.5, times, nodes)
        exact = Exact.of(initial, 1.5, times[-1])
        np.testing.assert_allclose(found[0], exact.at(0, side, side), atol=1e-12)
        errors.append(np.abs(found[-1] - exact.at(times[-1], side, side)).max())
    assert 3.5 < errors[0] / errors[1] < 4.6
    assert errors[1] < 0.05


def test_the_default_weights_are_those_of_the_published_loss():
    """Σ|Dirichlet| B/10 + Σ|Neumann| B/100 + Σ|equation| over B, with 2,000 of the points at time 0."""
    task = Wave(collocation=500, start_points=2000)
    sums = {"equation": 500 * 7.0, "initial": 2000 * 3.0, "velocity": 2000 * 5.0}
    groups = {term.name: group for group in task.problem(0).groups for term in group.terms}
    mine = sum(group.weights[name] * group.per_residual[name] * sums[name] for name, group in groups.items())
    published = sums["equation"] + sums["initial"] * 500 / 10 + sums["velocity"] * 500 / 100
    assert mine == pytest.approx(published / 500)
    assert all(term.penalty(torch.tensor([-2.0])) == 2 for group in groups.values() for term in group.terms)


def test_times_widen_with_the_training():
    task = Wave(duration=0.8, collocation=4000)
    latest = [task.inside(np.random.default_rng(0), share).points[:, 0].max() for share in (0.0, 0.25, 1.0)]
    assert latest == pytest.approx([0, 0.2, 0.8], rel=2e-3)
    early = Wave(duration=0.8, collocation=4000, widening=0.5)
    assert early.inside(np.random.default_rng(0), 0.25).points[:, 0].max() == pytest.approx(0.4, rel=2e-3)
    assert early.inside(np.random.default_rng(0), 0.75).points[:, 0].max() == pytest.approx(0.8, rel=2e-3)
    assert np.abs(task.inside(np.random.default_rng(0), 1.0).points[:, 1:]).max() <= 1


def test_half_of_the_starting_points_lie_at_the_pulse():
    points = Wave(initial=Pulse(pulse_width=0.02), start_points=2001).at_start(np.random.default_rng(0), 0.0).points
    assert points.shape == (2001, 3)
    assert not points[:, 0].any()
    assert np.hypot(*points[1000:, 1:].T).max() < 0.22 < np.hypot(*points[:1000, 1:].T).max()


def test_scores_are_those_of_the_definition_at_each_moment():
    problem = Wave(nodes=9, wave_height=2.0).problem(0)
    noise = np.random.default_rng(0).normal(size=(len(problem.points), 1))
    scores, judge = problem.judge.scores(Jet(noise, None, None)), problem.judge
    wave = noise[: 9 * 9 * 5].reshape(9, 9, 5)
    assert scores["wave/nrmse"] == pytest.approx(oracles.nrmse(wave, judge.reference))
    for family, shot in (("wave_start", 0), ("wave_half", 2), ("wave_end", 4)):
        truth = judge.reference[..., shot]
        assert scores[f"{family}/nrmse"] == pytest.approx(oracles.nrmse(wave[..., shot], truth))
    assert judge.reference.max() == pytest.approx(2)
    at = {tuple(np.round(point, 9)): value for point, value in zip(problem.points, noise[:, 0], strict=True)}
    fields = judge.fields(Jet(noise, None, None))
    assert at[(0.2, -1.0, 0.25)] == pytest.approx(fields["wave"][0, 5, 2])
    assert at[(0.3, 0.0, -0.25)] == pytest.approx(fields["slice"][6, 3])


def test_the_exact_wave_scores_as_such_on_the_grid_and_along_the_row():
    task = Wave(nodes=17, initial=Standing(column_periods=2), speed=2.0)
    problem = task.problem(0)
    exact = standing_wave(torch.tensor(problem.points), 2.0, 1, 2).numpy()
    assert problem.judge.scores(Jet(exact, None, None))["wave/nrmse"] < 1e-12
    fields = problem.judge.fields(Jet(exact, None, None))
    np.testing.assert_allclose(fields["slice"], fields["reference_slice"], atol=1e-6)
    assert np.abs(fields["slice"]).max() > 0.9
    with_differences = problem.judge.constants["wave/nrmse_differences"]
    assert 1e-3 < with_differences < 0.5


def test_a_rendering_has_the_frames_of_the_duration():
    config = TrialConfig.from_flat({"task": "wave", "wave_height": 0.5})
    drawn = TASKS["wave"].render(lambda x: 0.5 * x[:, :1] / 0.4, (9, 9, 5), config.flat(), 12, 1.0)
    frames = Image.open(io.BytesIO(drawn.content))
    assert (frames.n_frames, frames.size, drawn.description) == (40, (12, 12), "40 frames of 12 x 12 pixels")
    frames.seek(39)
    assert np.asarray(frames.convert("L")).min() >= 254


@pytest.mark.parametrize(
    ("flat", "sentence"),
    [
        (
            {"initial": "standing", "nodes": 33, "column_periods": 17},
            "--column_periods=17 is above the Nyquist of --nodes=33, which is 16: use a smaller one, or --nodes=35",
        ),
        (
            {"speed": 5, "duration": 2},
            "--speed=5 times --duration=2 is 10: expected at most 4, twice the side of the square",
        ),
        ({"loss": "wave"}, "--loss got 'wave': "),
    ],
)
def test_what_cannot_be_solved_is_refused_in_a_sentence(flat, sentence):
    with pytest.raises(UsageError) as caught:
        TrialConfig.from_flat({"task": "wave", **flat})
    assert str(caught.value).startswith(sentence)


def test_what_decides_the_wave_is_its_hash():
    def hashed(**flat):
        return problem_of(TrialConfig.from_flat({"task": "wave", "nodes": 9, **flat})).data_hash

    assert hashed() == hashed(collocation=32, seed=3)
    assert len({hashed(), hashed(speed=0.5), hashed(pulse_width=0.2), hashed(initial="plane")}) == 4
