"""Tasks: contracts of every one of them, and the sound's own mathematics."""

import copy
import functools
import io

import numpy as np
import pytest
import torch
from scipy.io import wavfile

from inr.config import TrialConfig
from inr.errors import UsageError
from inr.families import FAMILIES, VARIANTS
from inr.jet import Jet, union
from inr.network import values_of
from inr.operators import OPERATORS
from inr.planes.layer import with_parameters
from inr.tasks import TASKS, task_of
from inr.tasks.samples import differentiate
from inr.trial import problem_of, run_trial
from inr.vocabulary import metric
from tests import oracles
from tests.cases import DISCRETE, SMALL_TASKS

TINY = {"steps": 3, "eval_every": 3, "hidden_features": 8, "hidden_layers": 1}
every_task = pytest.mark.parametrize("name", TASKS)


def config(name, **flat):
    return TrialConfig.from_flat({"task": name, **TINY, **SMALL_TASKS.get(name, {}), **flat})


def fields_of(problem, value=0.0):
    points, channels = len(problem.points), problem.channels
    ask = problem.ask
    prediction = Jet(
        np.full((points, channels), value),
        np.zeros((points, channels, problem.points.shape[1])),
        np.zeros((points, channels, len(ask.second))),
    )
    return problem.judge.scores(prediction), problem.judge.fields(prediction)


@every_task
@pytest.mark.parametrize("loss", ["value", "all"])
def test_a_task_is_whole(name, loss):
    settings = config(name, loss=loss)
    task, problem = settings.task, problem_of(settings)
    assert problem.points.shape[1] == task.dimensions
    assert problem.channels == task.channels_out
    assert task.subject in settings.flat()
    assert task.title(settings.flat())
    for work, group in zip(task.work(), problem.groups, strict=True):
        assert len(group.points) <= work.most
        assert {term.name for term in work.terms} <= {term.name for term in group.terms}
        assert union(group.ask, work.ask) == group.ask
        assert all(len(values) == len(group.points) for values in group.data.values())
        assert set(group.weights) == set(task.weights)


@every_task
def test_its_scores_are_known_its_panels_share_a_shape_and_it_ranks_by_one_of_its_scores(name):
    settings = config(name)
    problem = problem_of(settings)
    scores, fields = fields_of(problem, 0.25)
    assert problem.judge.rank_by in scores
    assert problem.judge.rank_by == task_of(settings.flat()).rank_by(settings.flat())
    for score in scores:
        if not score.endswith("data_range"):
            assert metric(score).score is not None, score
    panels = settings.task.panels(fields)
    assert len({panel.key for panel in panels}) == len(panels)
    for panel in panels:
        assert panel.reference.shape == panel.prediction.shape
        assert np.isfinite(panel.reference).all()
        assert panel.scale[0] < panel.scale[1]
        assert panel.family == "" or any(score.startswith(f"{panel.family}/") for score in scores)
    assert settings.task.aligned(fields, settings.flat()).keys() == fields.keys()


@every_task
@pytest.mark.parametrize("activation", ["sine", "relu"])
def test_any_activation_trains_on_it(name, activation):
    *_, last = run_trial(config(name, activation=activation, loss="all", batch_size=50))
    assert last.evaluation is not None
    assert np.isfinite(last.evaluation.loss["loss"])
    assert last.evaluation.metrics[last.trial.problem.judge.rank_by] is not None


@every_task
def test_the_gradient_of_a_step_is_nested_autograds(name):
    first = next(run_trial(config(name, loss="all", activation="square", omega_0=3.0)))
    source = first.trial.network.double()
    for part in first.trial.training.parts:
        data = {key: value.double() for key, value in part.batch.data.items()}
        batch, scales = type(part.batch)(part.batch.coordinates.double(), data), part.scales.double()
        weights = part.group.weights
        _, _, found = part.gradient(batch, scales, weights)
        made = source.made(batch.coordinates, data, part.group.block)
        made_of = zip(made.networks, zip(*made.tensors, strict=True), strict=False)
        networks = [with_parameters(*pair) for pair in made_of] or made.networks
        jet = oracles.field_jet(functools.partial(field, networks), batch.coordinates, part.group.ask)
        terms = zip(scales, part.group.terms, strict=True)
        total = sum(scale * term.penalty(term.residuals(picked(jet, part, term), data)).sum() for scale, term in terms)
        total = total + sum(weights[name] * made.parts[name] for name in part.group.penalties)
        expected = torch.autograd.grad(total, [*source.parameters()], materialize_grads=True)
        for mine, theirs in zip(found, expected, strict=True):
            assert (mine - theirs).abs().max() <= 1e-9 * theirs.abs().max()


def field(networks, x):
    """The values of networks, each at its part of the points, by plain autograd."""
    return torch.cat([values_of(*pair) for pair in zip(networks, x.chunk(len(networks)), strict=True)])


def picked(jet, part, term):
    """What a term asks for, of all that its group asks for."""
    rows = [part.group.ask.second.index(row) for row in term.ask.second]
    return Jet(jet.value, jet.gradient if term.ask.gradient else None, jet.second[..., rows] if rows else None)


@every_task
def test_a_trial_that_resumes_ends_with_the_same_bits(name):
    settings = config(name, loss="all", steps=4, eval_every=2)
    whole = [*run_trial(settings)]
    halfway = next(step for step in run_trial(settings) if step.step == 2)
    *_, last = run_trial(settings, resume=copy.deepcopy(halfway.trial.state()))
    assert last.evaluation.metrics == pytest.approx(whole[-1].evaluation.metrics, rel=0, abs=0, nan_ok=True)
    assert last.evaluation.loss == whole[-1].evaluation.loss
    for one, other in zip(last.trial.network.parameters(), whole[-1].trial.network.parameters(), strict=True):
        assert torch.equal(one, other)


@every_task
def test_a_method_without_a_network_stands_beside_the_networks(name):
    families = [family for family in FAMILIES.values() if family.belongs_to(name)]
    assert any(VARIANTS[variant].classical for family in families for variant in family.variants)


@pytest.mark.parametrize("name", DISCRETE)
def test_a_line_of_samples_is_differentiated_as_the_row_of_a_picture_that_is_constant_down(name):
    line = np.random.default_rng(0).normal(size=(40, 1))
    picture = np.repeat(line[None], 23, axis=0)
    operator = OPERATORS[name]()
    maps, whole = differentiate(line, operator, 0.1), differentiate(picture, operator, 0.1)
    np.testing.assert_allclose(maps.gradient[..., 0], whole.gradient[11, ..., 1], atol=1e-9)
    np.testing.assert_allclose(maps.laplacian, whole.laplacian[11], atol=1e-8)
    assert maps.gradient.shape == (40, 1, 1)


def test_central_differences_of_a_sound_by_hand():
    values = np.array([[0.0], [1.0], [4.0], [9.0], [16.0]])
    maps = differentiate(values, OPERATORS["central"](), 1.0)
    assert maps.gradient[1:-1, 0, 0].tolist() == [2.0, 4.0, 6.0]
    assert maps.laplacian[1:-1, 0].tolist() == [2.0, 2.0, 2.0]


def test_the_prediction_of_a_sound_is_a_wave_file_of_its_samples():
    settings = config("audio", rate=8000)
    _, fields = fields_of(problem_of(settings), 1.5)
    (content,) = settings.task.files(fields).values()
    rate, samples = wavfile.read(io.BytesIO(content))
    assert (rate, samples.dtype, len(samples)) == (8000, np.float32, 160)
    assert set(samples.tolist()) == {1.5}, "beyond [-1, 1], and not clipped"


def test_a_sound_without_values_in_its_loss_is_ranked_aligned_over_what_the_loss_leaves_free():
    for loss, free in (("derivative", 0), ("second_derivative", 1)):
        problem = problem_of(config("audio", loss=loss))
        t = problem.points
        truth = problem.judge.reference.maps
        value = truth.value + 0.3 + 0.2 * t**free
        scores = problem.judge.scores(Jet(value, truth.gradient, truth.laplacian[..., None]))
        assert problem.judge.rank_by == "sound/snr_aligned"
        assert scores["sound/snr_aligned"] > 200 > scores["sound/snr"]


def test_a_file_is_its_bytes(tmp_path):
    wave = (0.5 * np.sin(np.arange(800) / 3)).astype(np.float32)
    for name in ("a.wav", "b.wav"):
        wavfile.write(tmp_path / name, 8000, wave)
    wavfile.write(tmp_path / "c.wav", 8000, wave[::-1])
    ids = [config("audio", sound=str(tmp_path / name)).trial_id for name in ("a.wav", "b.wav", "c.wav")]
    assert ids[0] == ids[1] != ids[2]


def test_a_sound_of_too_few_samples_is_refused_with_the_config():
    with pytest.raises(UsageError, match=r"--seconds=0\.0005 at --rate=8000 are 4 samples: give 8 or more"):
        config("audio", seconds=0.0005)
