"""Which trials share a compiled program, when a sweep compiles it, and that it is decided once."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from small_sweeps import MACHINE, METRIC, TINY, spec_of

from inr.config import TrialConfig
from inr.fitted import initial_source
from inr.planes.choose import cheapest
from inr.program import _kind
from inr.tasks import TASKS
from inr.trial import Step, problem_of, run_trial
from sweeps.commands import _worker_arguments
from sweeps.file.plan import make_plan
from sweeps.file.plan_summary import _compiled
from sweeps.flags import parse
from sweeps.record.folder import Record, Runs
from sweeps.search.study import decide_programs, fill, open_study, programs_of
from sweeps.trial import runner
from sweeps.trial.how import How
from sweeps.trial.programs import COMPILING, MARGIN, SAVED, WORTH_COMPILING, Shared, program_of, shared, values_of
from sweeps.trial.runner import run_recorded
from sweeps.trial.stopping import Stopped

SMALL = {"size": 16, "hidden_features": 8, "hidden_layers": 1, "steps": 3, "activation": "square", "loss": "all"}
CHANGES: list[dict[str, Any]] = [
    {},
    *({"seed": 1}, {"learning_rate": 0.3}, {"omega_0": 2.5}, {"first_omega_0": 9}, {"gradient_weight": 0.3}),
    *({"steps": 7}, {"batch_size": 100}, {"schedule": "cosine"}, {"init": "pytorch"}, {"size": 24}, {"image": "page"}),
    *({"n_modes": 2}, {"activation": "triangle"}, {"activation": "sine"}, {"hidden_features": 9}, {"hidden_layers": 2}),
    *(
        {"loss": "image"},
        {"loss": "gradient"},
        {"loss": "image+gradient"},
        {"laplacian_weight": 0},
        {"channels": "rgb"},
    ),
    *({"encoding": "fourier"}, {"encoding": "positional"}),
    *({"learn": "omega_0"}, {"learn": "omega_0", "learn_per": "neuron"}),
]


def made_for(config: TrialConfig) -> object:
    """What the compiled functions of a trial are made for, from its network and its problem themselves."""
    problem = problem_of(config)
    layers = next(layers for _, layers in initial_source(config, problem.channels).networks(problem.points, {}))
    shapes = [(weight.shape, bias.shape, _kind(phi)) for weight, bias, phi in layers]
    plans = [(cheapest(g.ask, problem.points.shape[1], problem.channels), g.terms) for g in problem.groups]
    return shapes, plans


def test_trials_share_a_program_where_the_compiled_functions_are_the_same() -> None:
    configs = [TrialConfig.from_flat({**SMALL, **change}) for change in CHANGES]
    truths, programs = [made_for(config) for config in configs], [program_of(config) for config in configs]
    for i, truth in enumerate(truths):
        for j, other in enumerate(truths):
            if programs[i] == programs[j]:
                assert truth == other, (CHANGES[i], CHANGES[j])
            elif truth == other:  # the term of no weight is left out, which only the problem knows
                assert {"laplacian_weight": 0} in (CHANGES[i], CHANGES[j])
    assert programs[:12] == [programs[0]] * 12
    assert len({*programs}) == 15


def test_every_task_has_a_program_of_its_own() -> None:
    configs = [TrialConfig.from_flat({"task": task}) for task in TASKS]
    assert len({program_of(config) for config in configs}) == len(TASKS)
    assert all(values_of(config, 1.0) > 0 for config in configs)


def test_trials_that_share_are_counted_together() -> None:
    configs = [
        TrialConfig.from_flat({**SMALL, "activation": phi, "seed": s}) for phi in ("relu", "sine") for s in (1, 2)
    ]
    relu, sine = shared((config, 1.5) for config in configs)
    assert (relu.trials, sine.trials) == (3.0, 3.0)
    # 3 trials of 3 steps of 16² points, 2 layers of 8; the loss has second derivatives
    assert sine.values == 3 * 3 * 16**2 * 8 * 2 * 3


def test_a_trial_alone_decides_in_a_sweep_as_it_does_alone() -> None:
    enough = MARGIN * COMPILING / SAVED
    assert enough < WORTH_COMPILING
    assert not Shared("a", 1, WORTH_COMPILING - 1).worth
    assert Shared("a", 1, WORTH_COMPILING).worth
    assert Shared("a", 2, enough).worth
    assert not Shared("a", 2, enough * 0.99).worth


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compilation that two trials of a moment repay."""
    monkeypatch.setattr("sweeps.trial.programs.SAVED", 1e-2)
    monkeypatch.setattr("sweeps.file.plan_summary.has_compiler", lambda: True)


GRID = f"{TINY}\nactivation: {{values: [relu, sine]}}\nomega_0: {{values: [1, 2, 3]}}"
"""One trial of relu, three of sine: of 10 steps of 16² points, 8 features, up to no derivative, each 20,480 values."""


@pytest.mark.usefixtures("cheap")
def test_the_plan_says_what_is_compiled_what_it_costs_and_what_it_saves(tmp_path: Path) -> None:
    told = _compiled(make_plan(spec_of(tmp_path, GRID), Runs(tmp_path / "runs")))
    assert told == (
        "compiled: 1 of 2 programs, which 3 of 4 trials share: about 0.3 min of a core once a machine, "
        "saves about 10 min"
    )


def test_the_plan_says_that_nothing_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make_plan(spec_of(tmp_path, GRID), Runs(tmp_path / "runs"))
    assert _compiled(plan) == "compiled: none of the 2 programs, none would repay its 20 s"
    monkeypatch.setattr("sweeps.trial.programs.SAVED", 1e-2)
    monkeypatch.setattr("sweeps.file.plan_summary.has_compiler", lambda: False)
    assert _compiled(plan) == "compiled: nothing, as there is no C++ compiler, for 1 programs that would repay it"


@pytest.mark.usefixtures("cheap")
def test_a_search_is_expected_to_draw_as_its_space_is(tmp_path: Path) -> None:
    head = f"method: random\nrun_cap: 40\n{METRIC}"
    plan = make_plan(
        spec_of(tmp_path, f"{TINY}\nactivation: {{values: [relu, sine]}}\nomega_0: {{min: 1.0, max: 9.0}}", head),
        Runs(tmp_path / "runs"),
    )
    assert [(each.trials, each.worth) for each in plan.programs] == [(20.0, True), (20.0, True)]


@pytest.mark.usefixtures("cheap")
def test_a_sweep_decides_once(tmp_path: Path) -> None:
    plan = make_plan(spec_of(tmp_path, GRID), Runs(tmp_path / "runs"))
    study = open_study(plan.spec, tmp_path / "x.journal")
    assert programs_of(study) == []
    decide_programs(study, plan)
    (sine,) = programs_of(study)
    assert sine == program_of(TrialConfig.from_flat({**plan.trials[1].point}))
    decide_programs(study, dataclasses.replace(plan, trials=plan.trials[:1]))
    assert programs_of(open_study(plan.spec, tmp_path / "x.journal")) == [sine]


@pytest.mark.usefixtures("cheap")
def test_a_sweep_that_an_earlier_version_began_goes_on_as_it_began(tmp_path: Path) -> None:
    plan = make_plan(spec_of(tmp_path, GRID), Runs(tmp_path / "runs"))
    study = open_study(plan.spec, tmp_path / "x.journal")
    fill(study, plan.spec)
    decide_programs(study, plan)
    assert programs_of(study) == []


def test_workers_are_told_whether_to_compile(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, GRID)
    for choice in ("auto", "off"):
        options, _ = parse([f"--sweep={spec.path}", f"--compile={choice}"])
        assert f"--compile={choice}" in _worker_arguments(options)


@pytest.mark.usefixtures("cheap")
def test_what_is_recorded_does_not_change_what_is_compiled(tmp_path: Path) -> None:
    spec, runs = spec_of(tmp_path, GRID), Runs(tmp_path / "runs")
    before = make_plan(spec, runs)
    for trial in before.trials[1:]:
        folder = runs.folder(trial.config.trial_id)
        folder.path.mkdir(parents=True)
        folder.write(Record(trial.config.trial_id, "finished", trial.config.flat(), {"image/psnr": 12.5}))
    after = make_plan(spec, runs)
    assert len(after.to_run) == 1
    assert after.programs == before.programs


CONFIG = TrialConfig.from_flat({"size": 16, "hidden_features": 8, "hidden_layers": 0, "steps": 6, "eval_every": 2})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each trial that is run was to be compiled; none is."""
    found: list[bool] = []

    def run(*given: Any, compiled: bool, **more: Any) -> Iterator[Step]:
        found.append(compiled)
        return run_trial(*given, compiled=False, **more)

    monkeypatch.setattr(runner, "run_trial", run)
    monkeypatch.setattr(runner, "compile_works", lambda: True)
    monkeypatch.setattr(runner, "first_step_once", lambda steps, program, evaluated_first: steps)
    return found


def stop_at_3(step: Step) -> None:
    if step.step == 3:
        raise Stopped("interrupted", "stopped")


@pytest.mark.parametrize("compiled", [True, False])
def test_a_trial_that_is_continued_is_compiled_if_it_was(compiled: bool, tmp_path: Path, asked: list[bool]) -> None:
    in_sweep = How(Runs(tmp_path), MACHINE, programs=[program_of(CONFIG)])
    alone = How(Runs(tmp_path), MACHINE)
    first, then = (in_sweep, alone) if compiled else (alone, in_sweep)
    assert run_recorded(CONFIG, first, [stop_at_3]).record.status == "interrupted"
    record = run_recorded(CONFIG, then).record
    assert record.status == "finished"
    assert asked == [compiled, compiled]
    assert record.environment["compiled"] is compiled
    assert "parts" in record.environment


@pytest.mark.parametrize(("compiling", "programs", "expected"), [
    ("auto", [], False), ("auto", [program_of(CONFIG)], True), ("auto", ["another"], False),
    ("on", [], True), ("off", [program_of(CONFIG)], False),
])  # fmt: skip
def test_a_sweep_decides_and_the_user_above_it(
    compiling: str, programs: list[str], expected: bool, tmp_path: Path, asked: list[bool]
) -> None:
    run_recorded(CONFIG, How(Runs(tmp_path), MACHINE, compiling, programs=programs))
    assert asked == [expected]
