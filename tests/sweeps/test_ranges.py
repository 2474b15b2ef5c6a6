"""A hyperparameter outside its range: one sentence, exit code 2, and what is recorded stays as it is."""

from pathlib import Path

import pytest

from inr.config import TrialConfig
from inr.trial import run_trial
from run import main

TINY = ["--size=12", "--hidden_features=4", "--hidden_layers=1", "--steps=2"]


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A folder with the record of a trial that learned."""
    runs = tmp_path_factory.mktemp("ranges") / "runs"
    assert main(["--trial", *TINY, "--learn=omega_0", f"--runs={runs}"]) == 0
    return runs


def refused(capsys, runs: Path, *arguments: str) -> str:
    before = contents(runs)
    assert main([*arguments, f"--runs={runs}"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert contents(runs) == before
    return line.removeprefix("run.py: error: ")


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--learn=omega_0", "--omega_0=-3"], "--omega_0 got '-3': expected a number above 0 and up to 1e+06"),
        (["--learn=omega_0", "--omega_0=0", "--force"], "--omega_0 got '0': expected a number above 0 and up to 1e+06"),
        (
            ["--activation=hosc", "--learn=beta", "--beta=2000"],
            "--beta got '2000': expected a number above 0 and up to 1000",
        ),
        (["--activation=sine,gaussian:scale=0"], "--scale got '0': expected a number above 0 and up to 1e+06"),
        (
            ["--activation=sine,gaussian", "--learn=scale", "--scale=nan"],
            "--scale got 'nan': expected a number above 0 and up to 1e+06",
        ),
    ],
)
def test_a_trial_outside_the_range_is_refused(recorded, capsys, flags, sentence):
    assert refused(capsys, recorded, "--trial", *TINY, *flags) == sentence


@pytest.mark.parametrize("command", ["--plan", "--sweep"])
@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("omega_0: {min: -1.0, max: 30.0}", "omega_0 got '-1.0': expected a number above 0 and up to 1e+06"),
        (
            "omega_0: {distribution: log_uniform_values, min: 1.0, max: 1.0e+7}",
            "omega_0 got '10000000.0': expected a number above 0 and up to 1e+06",
        ),
        ("omega_0: {values: [30, 0]}", "omega_0 got '0': expected a number above 0 and up to 1e+06"),
        (
            "activation: {values: [sine, 'sine,gaussian:scale=-1']}",
            "scale got '-1': expected a number above 0 and up to 1e+06",
        ),
    ],
)
def test_a_sweep_outside_the_range_is_refused_with_its_line(recorded, capsys, tmp_path, command, line, sentence):
    path = tmp_path / "x.yaml"
    head = "method: random\nrun_cap: 3\nparameters:\n  hidden_layers: {value: 1}\n  learn: {value: omega_0}\n"
    path.write_text(f"{head}  {line}\n")
    assert refused(capsys, recorded, command, str(path)) == f"{path}:6: {sentence}"


def test_training_that_leaves_the_range_is_told_in_a_note():
    flat = {"size": 12, "hidden_features": 4, "hidden_layers": 1, "steps": 3, "activation": "sine,leaky_relu"}
    learning = {"learn": "negative_slope", "learning_rate": 0.05, "eval_every": 3}
    for per in ("layer", "neuron"):
        last = [*run_trial(TrialConfig.from_flat({**flat, **learning, "learn_per": per}))][-1].evaluation
        (told,) = [note for note in last.notes if "outside" in note]
        assert told.startswith("negative_slope of layer 2 was learned to -0.")
        assert "outside the range of --negative_slope (a number of at least 0 and below 1)" in told
    kept = [*run_trial(TrialConfig.from_flat({**flat, "learn": "negative_slope"}))][-1].evaluation
    assert not [note for note in kept.notes if "outside" in note]
