"""The same sweep from its records, from W&B and from Optuna's storage: the same columns, the same values."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import frames
import optuna
import pandas as pd
import pytest
from optuna.storages import JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState, create_trial
from postgres import postgres
from wandb_server import WandbServer

import analysis
from analysis.sources.mirror import _last_of_each, _row, _rows
from analysis.sources.rows import GROUPS, config_columns, metric_columns
from inr.errors import InputError, UsageError

ROOT = Path(analysis.__file__).parent.parent
SWEEP = """
name: tiny
method: grid
metric: {name: image/psnr, goal: maximize}
parameters:
  activation: {values: [relu, sine]}
  seed: {value: 3}
  learning_rate: {value: 1.0e-3}
  size: {value: 16}
  hidden_features: {value: 8}
  hidden_layers: {value: 1}
  steps: {value: 4}
  loss: {value: image+laplacian}
"""
LOAD = """
import json, sys
import analysis
frame = analysis.load(sys.argv[1], *sys.argv[3:])
json.dump(frame.to_dict("list"), open(sys.argv[2], "w"))
print(*frame.attrs["notes"], sep="\\n")
"""


class Swept:
    """A sweep that was run with everything switched on, and a command in its environment."""

    def __init__(self, home: Path, server: WandbServer) -> None:
        self.home, self.server = home, server
        (home / "tiny.yaml").write_text(SWEEP)
        self.call(ROOT / "run.py", "--sweep=tiny.yaml", "--runs=runs", "--wandb=online", "--workers=2")

    def call(self, *arguments: object, code: int = 0) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, *map(str, arguments)]
        env = {**self.server.environment(self.home), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=self.home, env=env, capture_output=True, text=True, timeout=120)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    def records(self) -> pd.DataFrame:
        return analysis.load(self.home / "runs", sweep="tiny")


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swept]:
    with WandbServer() as server:
        yield Swept(tmp_path_factory.mktemp("swept"), server)


def assert_agree(frame: pd.DataFrame, records: pd.DataFrame, columns: list[str]) -> None:
    assert set(columns) <= {*frame.columns}
    mine = frame.sort_values("trial_id", ignore_index=True)[columns]
    theirs = records.sort_values("trial_id", ignore_index=True)[columns]
    pd.testing.assert_frame_equal(mine, theirs, check_dtype=False, check_exact=True)


def test_wandb_agrees_with_the_records(swept: Swept) -> None:
    said = swept.call("-c", LOAD, "wandb:tester/project", "frame.json", "tiny").stdout
    assert said == "\n"
    frame = pd.DataFrame(json.loads((swept.home / "frame.json").read_text()))
    records = swept.records()
    config, metrics = config_columns(records), metric_columns(records)
    assert set(config_columns(frame)) == set(config)
    present = [name for name in metrics if records[name].notna().any()]
    assert set(present) <= set(metric_columns(frame)) <= set(metrics)
    groups = [name for name in records if name.partition("/")[0] in GROUPS and records[name].notna().any()]
    assert_agree(frame, records, ["trial_id", "status", "reason", "notes", *config, *present, *groups])


def test_every_page_of_wandb_is_read(swept: Swept) -> None:
    one_run_a_page = f"from analysis.sources import mirror\nmirror.PAGE = 1\n{LOAD}"
    swept.call("-c", one_run_a_page, "wandb:tester/project", "paged.json", "tiny")
    assert {*json.loads((swept.home / "paged.json").read_text())["trial_id"]} == {*swept.records()["trial_id"]}


def test_wandb_knows_the_sweep_of_a_run(swept: Swept) -> None:
    swept.call(ROOT / "run.py", "--trial", "--size=16", "--hidden_features=8", "--steps=2", "--wandb=online")
    for sweep, count in (((), 3), (("tiny",), 2)):
        swept.call("-c", LOAD, "wandb:tester/project", "some.json", *sweep)
        assert len(json.loads((swept.home / "some.json").read_text())["trial_id"]) == count


def test_optuna_with_the_records_agrees(swept: Swept) -> None:
    journal = swept.home / "runs" / "sweeps" / "tiny.journal"
    records = swept.records()
    assert set(records["activation"]) == {"relu", "sine"}
    pd.testing.assert_frame_equal(analysis.load(journal, runs=swept.home / "runs"), records)


def test_optuna_alone_knows_what_was_searched_and_the_metric(swept: Swept) -> None:
    frame = analysis.load(swept.home / "runs" / "sweeps" / "tiny.journal")
    assert config_columns(frame) == ["task", "activation"]
    assert metric_columns(frame) == ["image/psnr"]
    assert_agree(frame, swept.records(), ["trial_id", "status", *config_columns(frame), "image/psnr"])
    (note,) = frame.attrs["notes"]
    assert note.startswith("Optuna stores only the parameters, status and metric of a trial: give --runs FOLDER")


def test_the_sweep_keeps_its_own_trials(swept: Swept) -> None:
    other = frames.write(swept.home / "runs", image="another")
    try:
        assert other.trial_id in set(analysis.load(swept.home / "runs")["trial_id"])
        assert len(swept.records()) == 2
    finally:
        folder = swept.home / "runs" / "trials" / other.trial_id
        (folder / "record.json").unlink()
        folder.rmdir()


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("wandb:tester/nothing", "wandb:tester/nothing cannot be read (ValueError: Could not find project nothing)"),
        ("wandb:tester/project --sweep=none", "no sweep 'none' in wandb:tester/project: its sweeps are none"),
    ],
)
def test_what_is_not_in_wandb_is_one_sentence(swept: Swept, source: str, sentence: str) -> None:
    done = swept.call("-m", "analysis", "table", *source.split(), code=1)
    assert done.stderr.startswith(f"analysis: error: {sentence}")
    assert done.stderr.count("\n") == 1


def test_wandb_without_a_key_is_one_sentence(swept: Swept, tmp_path: Path) -> None:
    env = {k: v for k, v in swept.server.environment(tmp_path).items() if k != "WANDB_API_KEY"}
    command = [sys.executable, "-m", "analysis", "table", "wandb:tester/project"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 1
    assert done.stderr.startswith("analysis: error: wandb:tester/project cannot be read (")
    assert done.stderr.count("\n") == 1


def test_a_wrong_path_in_wandb() -> None:
    with pytest.raises(UsageError, match="expected wandb:entity/project"):
        analysis.load("wandb:project")


def test_a_run_under_way_has_what_it_was_asked_for() -> None:
    row = _row({"omega_0": 30, "_wandb": {}}, {"image/psnr": 12.5, "layers/first/output": {"bins": []}}, "running")
    assert (row["status"], row["trial_id"], row["omega_0"], row["image/psnr"]) == ("running", None, 30, 12.5)
    assert not [name for name in row if name.startswith(("layers", "_"))]


def test_runs_of_others_in_the_project_are_left_out_and_told() -> None:
    ours = {"summary_metrics": {"config/loss": "image", "config/seed": 0, "image/psnr": 30.0, "status": "finished"}}
    others: list[dict[str, Any]] = [{"loss": 5}, {"seed": [1, 2]}, {"seed": float("inf")}, {"size": 2**70}]
    runs = [SimpleNamespace(id=f"run{i}", config=c, summary_metrics={}, state="finished") for i, c in enumerate(others)]
    rows, notes = _rows([*runs, SimpleNamespace(id="ours", config={}, state="finished", **ours)])
    assert [row["image/psnr"] for row in rows] == [30.0]
    assert notes == ["4 runs left out, not of a trial (run0: its loss is '5', which no trial has)"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_missing(number: object) -> None:
    assert _row({}, {"image/psnr": number}, "finished")["image/psnr"] is None


def test_a_trial_that_was_mirrored_twice_counts_once() -> None:
    rows = [{"trial_id": i, "status": s} for i, s in (("a", "interrupted"), ("a", "finished"), ("a", "running"))]
    assert _last_of_each([*rows, {"trial_id": None, "status": "running"}]) == [rows[1], {**rows[2], "trial_id": None}]


@pytest.fixture
def study(runs: Path) -> optuna.Study:
    (runs / "sweeps").mkdir(parents=True)
    storage = JournalStorage(JournalFileBackend(str(runs / "sweeps" / "made.journal")))
    made = optuna.create_study(study_name="made", storage=storage, direction="maximize")
    made.set_user_attr("text", "metric: {name: image/psnr, goal: maximize}")
    return made


def add(study: optuna.Study, state: TrialState, value: float | None = None, **attributes: object) -> None:
    distributions = {"omega_0": optuna.distributions.FloatDistribution(1, 100)}
    study.add_trial(
        create_trial(
            state=state, value=value, params={"omega_0": 30.0}, distributions=distributions, user_attrs=attributes
        )
    )


def test_trials_without_a_record_are_there_with_their_status(study: optuna.Study, runs: Path) -> None:
    record = frames.write(runs, 30.0)
    lost = {"trial_id": "f" * 16, "key": "f" * 16}
    add(study, TrialState.COMPLETE, 30.0, trial_id=record.trial_id, key="slot 0", status="finished")
    add(study, TrialState.FAIL, **lost, reason="its worker died")  # queued again: only the last attempt counts
    add(study, TrialState.FAIL, **lost, status="failed", reason="its worker died, 3 times")
    add(study, TrialState.WAITING, key="slot 2")
    frame = analysis.load(runs, sweep="made")
    assert frame["status"].tolist() == ["finished", "failed", "waiting"]
    assert frame["reason"].tolist()[1] == "its worker died, 3 times"
    assert frame["omega_0"].tolist()[1:] == [30.0, 30.0]
    assert frame["seed"].tolist()[0] == 0
    assert "2 of the 3 trials of the sweep made have no record: their metrics are empty" in frame.attrs["notes"]


def test_a_study_in_postgresql_is_read_as_one_in_a_journal(runs: Path) -> None:
    record = frames.write(runs, 30.0)
    with postgres() as url:
        storage = RDBStorage(url)
        made = optuna.create_study(study_name="made", storage=storage, direction="maximize")
        made.set_user_attr("text", "metric: {name: image/psnr, goal: maximize}")
        add(made, TrialState.COMPLETE, 30.0, trial_id=record.trial_id, key="slot 0", status="finished")
        add(made, TrialState.WAITING, key="slot 1")
        alone, joined = analysis.load(url), analysis.load(url, sweep="made", runs=runs)
        with pytest.raises(InputError, match=r"no sweep 'mad' in the storage .*: did you mean 'made'\?"):
            analysis.load(url, sweep="mad")
        storage.engine.dispose()
    assert alone["status"].tolist() == joined["status"].tolist() == ["finished", "waiting"]
    assert (alone["image/psnr"][0], joined["image/psnr"][0]) == (30.0, record.metrics["image/psnr"])
    assert joined["seed"][0] == 0


def test_reading_a_study_writes_nothing(study: optuna.Study, runs: Path) -> None:
    add(study, TrialState.COMPLETE, 30.0, trial_id="a" * 16)
    before = {path: path.read_bytes() for path in runs.rglob("*") if path.is_file()}
    analysis.load(runs / "sweeps" / "made.journal")
    assert {path: path.read_bytes() for path in runs.rglob("*") if path.is_file()} == before


def test_no_such_sweep_names_those_there_are(study: optuna.Study, runs: Path) -> None:
    with pytest.raises(InputError, match=r"no sweep 'mad' in '.*': there are made"):
        analysis.load(runs, sweep="mad")
    with pytest.raises(InputError, match=r"no sweep 'mad' in the storage '.*': did you mean 'made'\?"):
        analysis.load(runs / "sweeps" / "made.journal", sweep="mad")


def test_a_storage_that_cannot_be_read_is_one_sentence_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"the storage 'postgresql://me:\*\*\*@localhost:1/x' cannot be read: "
    ) as found:
        analysis.load("postgresql://me:secret@localhost:1/x")
    assert "secret" not in str(found.value)
    assert "\n" not in str(found.value)
    with pytest.raises(InputError, match="no such journal"):
        analysis.load(tmp_path / "none.journal")
    assert os.listdir(tmp_path) == []
    damaged = tmp_path / "damaged.journal"
    damaged.write_text(json.dumps({"op_code": 0}) + "\n{\n{\n")
    with pytest.raises(InputError, match="cannot be read"):
        analysis.load(damaged)
