"""The weights that a record keeps: of the last evaluation and of the best, however often the trial was stopped."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_sweeps import TINY, spec_of
from tiny import PARAMETERS, assert_same_trial, command, only, train

import run
from inr.config import TrialConfig
from inr.trial import Step, run_trial
from inr.weights import BEST, LAST, Weights
from sweeps.record.folder import RecordFolder, Runs
from sweeps.trial.execution import Execution
from sweeps.trial.how import How
from sweeps.trial.runner import run_recorded
from sweeps.trial.stopping import Stopped

FALLS = {"learning_rate": 0.01, "hidden_features": 48, "steps": 20, "eval_every": 2}
"""A trial whose best evaluation is at step 6."""


def trained(runs: Path, *stops: int, status: str = "interrupted", **parameters: Any) -> RecordFolder:
    """The trial, stopped after each of these steps and continued; with a last stop below 0 it goes to its end."""
    config = TrialConfig.from_flat({**PARAMETERS, **parameters})
    for stop in (*stops, -1):

        def consume(step: Step, stop: int = stop) -> None:
            if step.step == stop:
                raise Stopped(status, "for the test")

        run_recorded(config, How(Runs(runs), Execution("cpu", 1, "ieee")), [consume])
    return only(runs)


def networks(**parameters: Any) -> dict[int, Any]:
    """The network after every step of the trial, by the trial alone."""
    config = TrialConfig.from_flat({**PARAMETERS, **parameters})
    return {step.step: copy.deepcopy(step.trial.network) for step in run_trial(config)}


def kept(folder: RecordFolder, name: str) -> Weights:
    return Weights.from_bytes((folder.path / name).read_bytes())


def assert_after(weights: Weights, step: int, truth: dict[int, Any]) -> None:
    assert weights.step == step
    expected = {name: tensor.numpy() for name, tensor in truth[step].state_dict().items()}
    assert {n: (a.shape, a.tobytes()) for n, a in weights.arrays.items()} == {
        n: (a.shape, a.tobytes()) for n, a in expected.items()
    }


def best_step(folder: RecordFolder) -> int:
    record = folder.read()
    assert record is not None
    return int(record.best["step"])


def test_the_weights_are_those_of_the_last_and_the_best_evaluation(tmp_path: Path) -> None:
    folder, truth = trained(tmp_path, **FALLS), networks(**FALLS)
    assert best_step(folder) == 6
    assert_after(kept(folder, LAST), 20, truth)
    assert_after(kept(folder, BEST), best_step(folder), truth)
    record = folder.read()
    assert record is not None
    assert {LAST, BEST} < {*record.files}
    assert kept(folder, LAST).trial_id == record.trial_id


def test_the_best_has_no_file_of_its_own_where_it_is_the_last(tmp_path: Path) -> None:
    folder = train(tmp_path)
    assert best_step(folder) == 20
    assert (folder.path / LAST).exists()
    assert not (folder.path / BEST).exists()


@pytest.mark.parametrize("stops", [(0,), (5,), (4, 13), (3, 4, 5, 6, 7, 8), tuple(range(20))])
def test_they_are_the_same_bits_however_often_the_trial_was_stopped(tmp_path: Path, stops: tuple[int, ...]) -> None:
    stopped = trained(tmp_path / "stopped", *stops, **FALLS)
    assert_same_trial(stopped, trained(tmp_path / "straight", **FALLS))


@pytest.mark.parametrize("status", ["interrupted", "pruned"])
@pytest.mark.parametrize("step", [9, 10])
def test_a_trial_that_was_stopped_keeps_those_of_its_last_evaluation(tmp_path: Path, status: str, step: int) -> None:
    config = TrialConfig.from_flat({**PARAMETERS, **FALLS, "eval_every": 5})

    def consume(now: Step) -> None:
        if now.step == step:
            raise Stopped(status, "for the test")

    run_recorded(config, How(Runs(tmp_path), Execution("cpu", 1, "ieee")), [consume])
    folder, truth = only(tmp_path), networks(**{**FALLS, "eval_every": 5})
    assert_after(kept(folder, LAST), step // 5 * 5, truth)
    assert (folder.path / BEST).exists() == (best_step(folder) != step // 5 * 5)
    if (folder.path / BEST).exists():
        assert_after(kept(folder, BEST), best_step(folder), truth)


def test_a_checkpoint_grows_only_where_the_best_is_not_the_last(tmp_path: Path) -> None:
    sizes = {}

    def consume(step: Step) -> None:
        if step.evaluation and step.step < 20:
            sizes[step.step] = only(tmp_path).checkpoint.stat().st_size

    config = TrialConfig.from_flat({**PARAMETERS, **FALLS})
    run_recorded(config, How(Runs(tmp_path), Execution("cpu", 1, "ieee")), [consume])
    best = best_step(only(tmp_path))
    assert best == 6
    weights = (only(tmp_path).path / LAST).stat().st_size
    assert sizes[18] - sizes[best] > 0.9 * weights
    assert abs(sizes[best] - sizes[2]) < 0.1 * weights


def test_without_weights_the_trial_is_the_same_and_the_folder_has_none(tmp_path: Path) -> None:
    bare = train(tmp_path / "bare", "--keep_weights=false")
    full = train(tmp_path / "full")
    assert bare.path.name == full.path.name
    assert {path.name for path in full.path.iterdir()} - {path.name for path in bare.path.iterdir()} == {LAST}
    before = {path.name: path.stat().st_mtime_ns for path in bare.path.iterdir()}
    assert train(tmp_path / "bare").path == bare.path
    assert {path.name: path.stat().st_mtime_ns for path in bare.path.iterdir()} == before
    assert (train(tmp_path / "bare", "--force").path / LAST).read_bytes() == (full.path / LAST).read_bytes()


@pytest.mark.parametrize(("first", "then"), [("true", "false"), ("false", "true")])
def test_the_last_process_decides(tmp_path: Path, first: str, then: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("sweeps.trial.stopping.Interrupts.__call__", _stop_at_12)
        run.main(command(tmp_path, f"--keep_weights={first}", **FALLS))
    assert (only(tmp_path).path / LAST).exists() == (first == "true")
    folder = train(tmp_path, f"--keep_weights={then}", **FALLS)
    assert (folder.path / LAST).exists() == (then == "true")
    assert best_step(folder) == 6
    assert not (folder.path / BEST).exists()  # the first process did not keep it, or the second did not want it


def _stop_at_12(interrupts: object, step: Step) -> None:
    if step.step == 12:
        raise Stopped("interrupted", "SIGTERM at step 12")


def test_the_workers_of_a_sweep_are_told(tmp_path: Path) -> None:
    spec_of(tmp_path, f"{TINY}seed: {{values: [0, 1]}}")
    flags = [f"--runs={tmp_path / 'runs'}", "--workers=1", "--keep_weights=false"]
    assert run.main([f"--sweep={tmp_path / 'x.yaml'}", *flags]) == 0
    folders = [*Runs(tmp_path / "runs").folders()]
    assert len(folders) == 2
    assert not any((folder.path / LAST).exists() for folder in folders)


def test_the_bytes_repeat_and_a_changed_one_is_noticed() -> None:
    arrays = {"b": np.ones((2, 3), np.float32), "a": np.arange(3, dtype=np.float32)}
    data = Weights("abc", 7, arrays).to_bytes()
    assert data == Weights("abc", 7, dict(reversed(arrays.items()))).to_bytes()
    read = Weights.from_bytes(data)
    assert (read.trial_id, read.step) == ("abc", 7)
    assert {name: a.tolist() for name, a in read.arrays.items()} == {n: a.tolist() for n, a in arrays.items()}
    for place in range(len(data) - 36, len(data)):
        with pytest.raises(ValueError, match="its checksum does not fit"):
            Weights.from_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
