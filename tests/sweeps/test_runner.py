"""What one trial records: the truth, whole, under its identity; and how a trial can end."""

import io
import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tiny import PARAMETERS, assert_same_trial, contents, rows

import inr
from inr.config import TrialConfig
from inr.errors import InputError
from inr.trial import Step
from inr.weights import BEST, LAST, Weights
from sweeps.record import continuation
from sweeps.record.files import locked
from sweeps.record.folder import Record, RecordFolder, Runs
from sweeps.trial import environment, runner
from sweeps.trial.environment import PACKAGES
from sweeps.trial.execution import Execution
from sweeps.trial.how import How
from sweeps.trial.runner import Busy, Outcome, run_recorded
from sweeps.trial.stopping import Interrupts, Stopped

CPU = Execution("cpu", 1, "ieee")
LOSSES = ("image", "gradient", "laplacian", "image+gradient+laplacian")


def recorded(runs: Path, *consumers: Callable[[Step], None], force: bool = False, **parameters: Any) -> Outcome:
    config = TrialConfig.from_flat({**PARAMETERS, **parameters})
    return run_recorded(config, How(Runs(runs), CPU, force=force), consumers)


def at_step(number: int, error: BaseException) -> Callable[[Step], None]:
    def consume(step: Step) -> None:
        if step.step == number:
            raise error

    return consume


@pytest.fixture(scope="module", params=LOSSES)
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return recorded(tmp_path_factory.mktemp("outcome"), loss=request.param, channels="rgb", image="astronaut")


def test_the_record_says_what_the_trial_was(outcome: Outcome) -> None:
    record = outcome.folder.read()
    assert record == outcome.record
    assert not outcome.recorded_before
    fields = "trial_id status config metrics best timing environment notes learned reason files"
    assert [*vars(record)] == fields.split()
    config = TrialConfig.from_flat(record.config)
    assert config.flat() == record.config
    assert config.trial_id == record.trial_id == outcome.folder.path.name
    assert (record.status, record.reason) == ("finished", None)


def test_the_environment_traces_the_numbers(outcome: Outcome) -> None:
    environment = outcome.record.environment
    facts = ("commit", "host", "platform", "python", "device", "device_name", "threads", "products", "compiled")
    assert {*environment} == {*facts, *PACKAGES, "data_hash", "data_shape"}
    assert (environment["device"], environment["threads"], environment["compiled"]) == ("cpu", 1, False)
    assert environment["data_shape"] == [16, 16, 3]
    assert environment["torch"].startswith("2.")


def test_metrics_are_those_of_the_last_evaluation_and_best_those_of_the_best(outcome: Outcome) -> None:
    history = outcome.folder.history()
    record = outcome.record
    assert [row["step"] for row in history] == [0, 5, 10, 15, 20]
    scores = [{name: value for name, value in row.items() if name not in ("step", "seconds")} for row in history]
    assert record.metrics == scores[-1]
    rank_by = record.best["rank_by"]
    assert rank_by == ("image/psnr" if "image" in record.config["loss"].split("+") else "image/psnr_aligned")
    best = max(range(5), key=lambda index: scores[index][rank_by])
    assert record.best == {"rank_by": rank_by, "step": history[best]["step"], **scores[best]}
    assert {f"loss/{term}" for term in record.config["loss"].split("+")} == {n for n in scores[-1] if "loss/" in n}


def test_the_timing_is_of_every_step(outcome: Outcome) -> None:
    timing, history = outcome.record.timing, outcome.folder.history()
    assert timing["steps"] == 20
    assert timing["seconds_training"] == history[-1]["seconds"]
    assert 0 < timing["seconds_per_step"] < timing["seconds_training"] < timing["seconds_total"]
    assert all(later["seconds"] > row["seconds"] for row, later in pairwise(history))


def test_the_scores_follow_from_the_fields(outcome: Outcome) -> None:
    fields = outcome.folder.arrays("fields")
    shapes = {"image": (16, 16, 3), "gradient": (16, 16, 3, 2), "laplacian": (16, 16, 3)}
    expected = {prefix + name: shape for name, shape in shapes.items() for prefix in ("", "reference_")}
    expected |= {"spacing": (), "border": (), "spectrum": (31,), "reference_spectrum": (31,)}
    assert {name: array.shape for name, array in fields.items()} == expected
    assert fields["spacing"] == pytest.approx(2 / 15)
    ring = int(fields["border"])
    assert ring > 0
    for name in shapes:
        inside = slice(None) if name == "image" else slice(ring, -ring)
        prediction, truth = (fields[p + name][inside, inside].astype(np.float64) for p in ("", "reference_"))
        data_range = 2.0 if name == "image" else np.ptp(truth)
        psnr = 10 * np.log10(data_range**2 / np.mean((prediction - truth) ** 2))
        assert outcome.record.metrics[f"{name}/psnr"] == pytest.approx(psnr, abs=1e-4)
        assert outcome.record.metrics[f"{name}/data_range"] == pytest.approx(data_range, rel=1e-6)


def test_histograms_count_every_value(outcome: Outcome) -> None:
    arrays = outcome.folder.arrays("histograms")
    assert arrays["step"].tolist() == [0, 5, 10, 15, 20]
    layers = [(2, 16), (16, 16), (16, 3)]  # one hidden layer after the first, and the last linear map
    points = 16 * 16
    for layer, kind, counts in zip(arrays["layer"], arrays["kind"], arrays["counts"].swapaxes(0, 1), strict=True):
        incoming, outgoing = layers[layer - 1]
        values = incoming * outgoing if kind in ("weight", "gradient") else points * outgoing
        assert counts.sum(axis=1).tolist() == [values] * 5
    pairs = {(int(layer), str(kind)) for layer, kind in zip(arrays["layer"], arrays["kind"], strict=True)}
    inner = {(layer, kind) for layer in (1, 2) for kind in ("pre_activation", "activation")}
    assert pairs == inner | {(layer, kind) for layer in (1, 2, 3) for kind in ("weight", "gradient")}
    assert (np.diff(arrays["edges"], axis=-1) > 0).all()


def test_the_figure_is_a_picture(outcome: Outcome) -> None:
    content = outcome.folder.figure.read_bytes()
    assert content.startswith(b"\x89PNG")
    with Image.open(io.BytesIO(content)) as image:
        assert all(500 < side < 3000 for side in image.size)
        assert np.ptp(np.asarray(image.convert("L"))) > 200


def test_nothing_else_is_left(outcome: Outcome) -> None:
    names = {"record.json", "history.jsonl", "fields.npz", "histograms.npz", "figure.png", LAST}
    if outcome.record.best["step"] != 20:
        names.add(BEST)
    assert {path.name for path in outcome.folder.path.iterdir()} == names


def test_a_recorded_trial_is_given_back(tmp_path: Path) -> None:
    first = recorded(tmp_path)
    before = contents(tmp_path)
    second = recorded(tmp_path, at_step(0, AssertionError("trained again")))
    assert (second.record, second.folder.path) == (first.record, first.folder.path)
    assert second.recorded_before
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("step", "parameters"),
    [(0, {}), (7, {"batch_size": 50}), (7, {"schedule": "cosine"}), (10, {"holdout": "random"}), (19, {"loss": "all"})],
)
def test_a_stopped_trial_goes_on_as_if_it_had_not_been(tmp_path: Path, step: int, parameters: dict[str, Any]) -> None:
    stopped = recorded(tmp_path / "stopped", at_step(step, Stopped("pruned", "it is behind")), **parameters)
    assert (stopped.record.status, stopped.record.reason) == ("pruned", "it is behind")
    assert stopped.folder.read() == stopped.record
    assert [row["step"] for row in stopped.folder.history()] == [s for s in (0, 5, 10, 15, 20) if s <= step]
    assert stopped.folder.arrays("fields")
    assert stopped.folder.figure.exists()
    again = recorded(tmp_path / "stopped", **parameters)
    assert not again.recorded_before
    assert_same_trial(again.folder, recorded(tmp_path / "straight", **parameters).folder)


def test_a_trial_that_learnt_nothing_says_so_however_it_ended(tmp_path: Path) -> None:
    stopped = recorded(tmp_path, at_step(7, Stopped("interrupted", "SIGINT at step 7")), image_weight=1e-50)
    again = recorded(tmp_path, image_weight=1e-50)
    assert (stopped.record.status, again.record.status) == ("interrupted", "finished")
    assert stopped.record.notes == again.record.notes
    assert again.record.notes[-1].startswith("no parameter moved from its initial value, so nothing was learnt")
    assert recorded(tmp_path).record.notes == []


def test_a_stop_in_the_last_step_is_too_late(tmp_path: Path) -> None:
    outcome = recorded(tmp_path / "stopped", at_step(20, Stopped("pruned", "it is behind")))
    assert (outcome.record.status, outcome.record.reason) == ("finished", None)
    assert_same_trial(outcome.folder, recorded(tmp_path / "straight").folder)


def test_a_trial_that_fails_says_why_and_is_tried_again(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="a cable was pulled"):
        recorded(tmp_path / "failed", at_step(12, RuntimeError("a cable was pulled")))
    (folder,) = Runs(tmp_path / "failed").folders()
    record = folder.read()
    assert record is not None
    assert (record.status, record.reason) == ("failed", "RuntimeError: a cable was pulled")
    assert record.metrics["image/psnr"] == folder.history()[-1]["image/psnr"]
    again = recorded(tmp_path / "failed")
    assert not again.recorded_before
    assert_same_trial(again.folder, recorded(tmp_path / "straight").folder)


@pytest.mark.parametrize("parameters", [{"learning_rate": 1e6}, {"learning_rate": 1e18, "activation": "relu"}])
def test_divergence_is_a_result(tmp_path: Path, parameters: dict[str, Any]) -> None:
    outcome = recorded(tmp_path, **parameters)
    record = outcome.record
    assert record.status == "diverged"
    assert record.reason is not None
    assert record.reason.startswith("the loss is not finite at step ")
    assert outcome.folder.read() == record
    _check_what_it_had(record, outcome.folder)
    assert recorded(tmp_path, **parameters).recorded_before


def _check_what_it_had(record: Record, folder: RecordFolder) -> None:
    *_, last = folder.history()
    assert last["step"] < 20
    assert all(record.metrics[name] == value for name, value in rows(folder)[-1].items() if name != "step")
    assert folder.figure.exists()
    assert np.isfinite(folder.arrays("fields")["image"]).all()
    assert not folder.checkpoint.exists()


def test_a_trial_that_another_is_at_work_on_is_left_alone(tmp_path: Path) -> None:
    config = TrialConfig.from_flat(PARAMETERS)
    with locked(Runs(tmp_path).lock(config.trial_id)) as mine:
        assert mine
        with pytest.raises(Busy, match=f"^trial {config.trial_id} is being trained by process {os.getpid()} on "):
            recorded(tmp_path)
        assert issubclass(Busy, InputError)
    assert not [*Runs(tmp_path).folders()]
    assert recorded(tmp_path).record.status == "finished"


def test_force_that_is_stopped_keeps_the_old_record(tmp_path: Path) -> None:
    old = recorded(tmp_path)
    before = contents(old.folder.path)
    stopped = recorded(tmp_path, at_step(7, Stopped("interrupted", "SIGTERM at step 7")), force=True)
    assert stopped.record.status == "interrupted"
    assert contents(old.folder.path) == before
    assert recorded(tmp_path).record == old.record
    new = recorded(tmp_path, force=True)
    assert_same_trial(new.folder, recorded(tmp_path / "straight").folder)
    assert new.folder.path == old.folder.path
    assert contents(new.folder.path)["record.json"] != before["record.json"]


def test_force_that_is_stopped_goes_on(tmp_path: Path) -> None:
    recorded(tmp_path)
    recorded(tmp_path, at_step(12, Stopped("interrupted", "SIGTERM at step 12")), force=True)
    seen: list[Step] = []
    recorded(tmp_path, seen.append, force=True)
    assert seen[0].step == 13


def test_the_second_signal_interrupts_at_once() -> None:
    interrupts = Interrupts()
    interrupts.handle(2, None)
    with pytest.raises(KeyboardInterrupt):
        interrupts.handle(2, None)


def test_consumers_see_every_step(tmp_path: Path) -> None:
    seen: list[Step] = []
    recorded(tmp_path, seen.append)
    assert [step.step for step in seen] == [*range(21)]
    assert [step.step for step in seen if step.evaluation] == [0, 5, 10, 15, 20]


def other_facts(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> None:
    """The next process of a trial runs on another machine, or by another commit."""
    facts = {**environment.environment(), **changed}
    monkeypatch.setattr(runner, "environment", lambda: facts)


def test_every_process_that_trained_is_in_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other_facts(monkeypatch, commit="old")
    recorded(tmp_path, at_step(7, Stopped("interrupted", "SIGTERM at step 7")))
    recorded(tmp_path, at_step(8, Stopped("interrupted", "SIGTERM at step 8")))
    other_facts(monkeypatch, commit="new")
    with pytest.raises(RuntimeError):
        recorded(tmp_path, at_step(12, RuntimeError("a cable was pulled")))
    assert "note: this trial began with other values of commit (steps 0 to 7: commit old; " in capsys.readouterr().err
    config = TrialConfig.from_flat(PARAMETERS)
    last = run_recorded(config, How(Runs(tmp_path), Execution("cpu", 2, "ieee"))).record
    assert last.environment["threads"] == 2
    parts = last.environment["parts"]
    assert [(p["from_step"], p["to_step"]) for p in parts] == [(0, 7), (7, 8), (8, 10), (10, 20)]
    assert [(p["threads"], p["commit"]) for p in parts] == [(1, "old"), (1, "old"), (1, "new"), (2, "new")]
    assert {*parts[0]} == {"from_step", "to_step", *continuation.FACTS}
    assert continuation.describe(parts) == (
        "steps 0 to 7: threads 1, commit old; 7 to 8: threads 1, commit old; "
        "8 to 10: threads 1, commit new; 10 to 20: threads 2, commit new"
    )


def test_a_trial_of_one_process_has_no_parts(outcome: Outcome) -> None:
    assert "parts" not in outcome.record.environment


def test_the_files_of_a_trial_that_is_over_are_those_that_were_written(tmp_path: Path) -> None:
    one, other = recorded(tmp_path).folder, recorded(tmp_path, seed=1).folder
    for name, read in {
        "fields.npz": lambda: one.arrays("fields"),
        "histograms.npz": one.histograms,
        "history.jsonl": one.history,
        "figure.png": one.picture,
    }.items():
        assert read()
        (one.path / name).write_bytes((other.path / name).read_bytes())
        with pytest.raises(InputError, match=f"{name}: it is damaged; delete its folder to train again"):
            read()
        (one.path / name).unlink()
        assert not read()


def test_what_was_learned_is_in_the_record_the_weights_and_what_is_loaded(tmp_path: Path) -> None:
    outcome = recorded(tmp_path, activation="gaussian", learn="scale", learn_per="neuron", learning_rate=1e-2)
    layers = outcome.record.learned["scale"]
    assert all(len(layer) == 5 and layer[0] < layer[-1] for layer in layers)
    arrays = Weights.from_bytes((outcome.folder.path / LAST).read_bytes()).arrays
    assert np.quantile(arrays["hyperparameters.0.scale"].astype(float), 0.25) == pytest.approx(layers[0][1])
    network = inr.load(outcome.folder.path)
    learned = network.module().state_dict()["hyperparameters.0.scale"].numpy()
    np.testing.assert_array_equal(learned, arrays["hyperparameters.0.scale"])
    with np.load(outcome.folder.path / "histograms.npz") as found:
        assert "scale" in found["kind"]
