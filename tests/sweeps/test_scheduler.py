"""W&B's own Optuna scheduler with our study and our space: each run has the parameters that exist for it."""

from pathlib import Path
from typing import Any

import optuna
import pytest
import yaml
from online import QUICK_AGENT, TINY, assert_mirrors, end, start, upload
from tiny import ROOT
from wandb.sdk.launch.sweeps.utils import create_sweep_command_args
from wandb.sdk.sweeps.scheduler.optuna import build_optuna_optimizer
from wandb.sdk.sweeps.sweep_info import SweepInfo
from wandb_server import WandbServer

from inr.config import TrialConfig
from sweeps import flags
from sweeps.record.folder import Runs
from sweeps.search.per_activation import PerActivation
from sweeps.weights_and_biases.scheduler import make_study, space

FILE = ROOT / "sweeps" / "scheduler.yaml"
EXISTING = {
    "sine": {"learning_rate", "omega_0"},
    "triangle": {"learning_rate", "omega_0", "n_modes"},
    "square": {"learning_rate", "omega_0", "n_modes"},
}


def config(**changes: Any) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return {**read, **changes}


def info(sweep: dict[str, Any]) -> SweepInfo:
    return SweepInfo("id", "scheduler", "entity", "project", sweep, "controller")


def test_the_scheduler_and_an_agent_run_the_sweep(tmp_path: Path) -> None:
    for name in ("sweeps", "run.py"):  # as if one stood in the repository, as the scheduler wants it
        (tmp_path / name).symlink_to(ROOT / name)
    tiny = {key: {"value": value} for key, value in TINY.items()}
    with WandbServer(features=frozenset({"SWEEPS_LOCAL_SCHEDULER"})) as server:
        sweep = upload(server, tmp_path, config(run_cap=3, parameters={**config()["parameters"], **tiny}))
        flags = ("--poll-interval=0.2", "--batch-size=2")
        scheduler = start(server, tmp_path, "-m", "wandb", "sweep-scheduler", *flags, sweep.path)
        try:
            (tmp_path / "quick.py").write_text(QUICK_AGENT)
            end(start(server, tmp_path, "quick.py", f"--agent={sweep.path}", "--threads=1"))
            said = end(scheduler)
        finally:
            scheduler.kill()
        assert sweep.state == "FINISHED"
        assert "Trial 0 finished with value: " in said  # what the run logged came back to Optuna
        ran = list(sweep.handed_out.items())
        assert [values["activation"] for _, values in ran] == ["sine", "triangle", "square"]
        for name, values in ran:
            assert set(values) & {"learning_rate", "omega_0", "n_modes"} == EXISTING[values["activation"]]
            trial_id = TrialConfig.from_flat(values).trial_id
            assert_mirrors(server.runs[name], Runs(tmp_path / "runs").folder(trial_id), **values)


def test_w_and_b_builds_its_optimizer_of_them_and_every_point_is_a_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    optimizer = build_optuna_optimizer(info(config()))
    optimizer.validate_sweep_objective()
    assert isinstance(optimizer.study.sampler, PerActivation)
    chosen = [suggestion.config.flat_dict() for suggestion in optimizer.ask_n_runs(12)]
    assert [values["activation"] for values in chosen] == ["sine", "triangle", "square"] * 4
    for values in chosen:
        arguments = create_sweep_command_args({"args": {name: {"value": value} for name, value in values.items()}})
        _, given = flags.parse(["--trial", *arguments["args"]])
        assert set(values) <= set(TrialConfig.from_flat(given).flat())


def test_a_restarted_scheduler_deals_on_where_it_was() -> None:
    study = make_study(info(config()))
    for value in range(4):  # as W&B tells a study of the runs that there were
        asked = study.ask()
        space(asked)
        study.tell(asked, float(value))
    again = make_study(info(config()))
    for trial in study.trials:
        again.enqueue_trial(trial.params)
        asked = again.ask()
        space(asked)
        assert asked.params == trial.params
        again.tell(asked, trial.value)
    assert space(again.ask())["activation"] == "triangle"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"parameters": {"omega_O": {"value": 1}}}, "unknown parameter 'omega_O'"),
        ({"early_terminate": {"type": "hyperband", "min_iter": 3}}, "early_terminate counts evaluations"),
    ],
)
def test_a_sweep_that_is_not_right_is_refused_as_w_and_b_shows_it(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make_study(info(config(**changes)))


def test_several_metrics_make_a_study_of_several_objectives() -> None:
    several = config(metrics=[{"name": f"{name}/psnr", "goal": "maximize"} for name in ("image", "gradient")])
    del several["metric"]
    study = make_study(info(several))
    assert study.directions == [optuna.study.StudyDirection.MAXIMIZE] * 2
