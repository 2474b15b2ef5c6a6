"""Every sweep of the repository is right, and W&B's agent and we make the same trials of it."""

import itertools
from pathlib import Path
from random import Random

import pytest
import yaml
from wandb.sdk.launch.sweeps.utils import create_sweep_command, create_sweep_command_args

from inr.activations import ACTIVATIONS
from inr.choices import parameters_of
from inr.config import TrialConfig
from sweeps import flags
from sweeps.file.plan import grid_points, make_plan
from sweeps.file.spec import load_spec
from sweeps.record.folder import Runs
from sweeps.search.space import choose

FILES = sorted((Path(__file__).parents[2] / "sweeps").glob("*.yaml"))
NAMES = {"activations", "fair", "loss_weights", "n_modes", "omega_0"}


def test_the_sweeps_are_there():
    assert {path.stem for path in FILES} >= NAMES


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def path(request):
    return request.param


def wandb_arguments(path, point):
    """What ``wandb agent`` would give to run.py for a point: its own command and argument builder."""
    args = create_sweep_command_args({"args": {name: {"value": value} for name, value in point.items()}})["args"]
    command = create_sweep_command(yaml.safe_load(path.read_text())["command"])
    assert command[-1] == "${args}"
    return [*command[command.index("run.py") + 1 : -1], *args]


def wandb_points(path):
    """The grid as W&B reads it: PyYAML's values, as they are."""
    read = yaml.safe_load(path.read_text())["parameters"]
    values = [block.get("values", [block.get("value")]) for block in read.values()]
    return [dict(zip(read, point, strict=True)) for point in itertools.product(*values)]


def points(path):
    """(As W&B has it, as we have it): all of a grid, 50 draws of a search."""
    spec = load_spec(path)
    if spec.method == "grid":
        return list(zip(wandb_points(path), grid_points(spec), strict=True))
    random = Random(0)
    draws = [{name: law.draw(random) for name, law in spec.parameters.items()} for _ in range(50)]
    return [(draw, draw) for draw in draws]


def test_it_is_named_after_its_file_and_can_be_planned(path, tmp_path):
    spec = load_spec(path)
    plan = make_plan(spec, Runs(tmp_path))
    assert spec.name == path.stem
    assert spec.metrics
    assert plan.to_run
    assert spec.method == "grid" or spec.run_cap


def test_every_point_through_wandb_is_the_same_trial(path):
    for theirs, ours in points(path):
        options, given = flags.parse(wandb_arguments(path, theirs))
        assert options.trial
        assert TrialConfig.from_flat(given).trial_id == TrialConfig.from_flat(ours).trial_id


def test_a_worker_makes_the_trial_that_was_planned(path):
    spec = load_spec(path)
    for _, point in points(path):
        claimed = choose(spec, lambda name, _, point=point: point[name])
        assert TrialConfig.from_flat(claimed).trial_id == TrialConfig.from_flat(point).trial_id


def test_no_grid_has_points_in_vain(path, tmp_path):
    spec = load_spec(path)
    if spec.method == "grid":
        plan = make_plan(spec, Runs(tmp_path))
        # relu beside a grid over ω₀ cannot be said in W&B's format without points that collapse to one
        relu = [trial for trial in plan.trials if str(trial.config.activation) == "relu"]
        extra = (len(spec.parameters["omega_0"].values) - 1) * len(relu) if "omega_0" in spec.varying else 0
        assert len(plan.trials) + extra == plan.points


def test_activations_are_the_sixteen_trials_of_the_readme(tmp_path):
    plan = make_plan(load_spec(FILES[0]), Runs(tmp_path))
    losses = ("image", "gradient", "laplacian", "image+gradient+laplacian")
    expected = itertools.product(("relu", "sine", "triangle", "square"), losses)
    assert [(str(t.config.activation), t.config.task.loss) for t in plan.trials] == list(expected)
    assert plan.flops < 0.02e15  # about five minutes on two cores, at some 40 GFLOP/s


def test_fair_searches_what_each_activation_has(tmp_path):
    plan = make_plan(load_spec(next(path for path in FILES if path.stem == "fair")), Runs(tmp_path))
    assert plan.dimensions == {
        "relu": ("learning_rate",),
        "sine": ("learning_rate", "omega_0"),
        "square": ("learning_rate", "omega_0", "n_modes"),
        "triangle": ("learning_rate", "omega_0", "n_modes"),
    }


def test_the_zoo_tunes_every_activation_of_the_package(tmp_path):
    ours = {name: cls for name, cls in ACTIVATIONS.items() if cls.__module__.startswith("inr.")}
    plan = make_plan(load_spec(next(path for path in FILES if path.stem == "zoo")), Runs(tmp_path))
    assert {*plan.dimensions} == {*ours}
    fixed = {
        "first_omega_0",
        "negative_slope",
        "amplitude",
    }  # the first follows omega_0
    for name, cls in ours.items():
        assert {*plan.dimensions[name]} == {"learning_rate", *(each.name for each in parameters_of(cls))} - fixed
