"""Activations that are named one a layer, in sweep files: read, refused with a line, planned, searched, drawn."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.figures import laws
from inr.activations.bells import Gaussian
from inr.config import TrialConfig
from inr.errors import UsageError
from inr.trial import Trial, problem_of
from run import main
from sweeps.file.plan import make_plan, trial_flops
from sweeps.file.plan_summary import show_plan
from sweeps.file.spec import SweepSpec, load_spec
from sweeps.record.folder import Runs
from sweeps.screen.terminal import Screen
from sweeps.search.space import choose
from sweeps.search.study import points

SMALL = "  size: {value: 12}\n  steps: {value: 2}\n  hidden_features: {value: 4}\n"


def spec_of(folder: Path, parameters: str, head: str = "method: grid\n") -> SweepSpec:
    path = folder / "x.yaml"
    path.write_text(f"{head}parameters:\n{parameters}", encoding="utf-8")
    return load_spec(path)


def mistakes(folder: Path, parameters: str) -> list[str]:
    with pytest.raises(UsageError) as caught:
        spec_of(folder, parameters)
    return [line.removeprefix(f"{folder}/x.yaml:") for line in str(caught.value).splitlines()]


LISTED = """\
  activation:
    values:
      - sine
      - sine,gaussian:scale=5, gaussian
      - sine,gaussian
  {layers}
"""
FOUR = "which makes 4: name one for each, the first and the hidden ones, or give --hidden_layers"


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ("hidden_layers: {value: 2}", [(7, "'sine,gaussian', 2 layers, with --hidden_layers=2")]),
        (
            "steps: {value: 2}",
            [(6, "'sine,gaussian:scale=5,gaussian', 3 layers, with"), (7, "'sine,gaussian', 2 layers, with")],
        ),
        (
            "hidden_layers: {values: [1, 2]}",
            [(6, "3 layers, with --hidden_layers=1"), (7, "2 layers, with --hidden_layers=2")],
        ),
        ("hidden_layers: {value: 1}", [(6, "3 layers, with --hidden_layers=1")]),
    ],
)
def test_another_number_of_layers_is_told_with_the_line_of_the_activations(tmp_path, layers, expected):
    found = mistakes(tmp_path, LISTED.format(layers=layers))
    assert len(found) == len(expected)
    for line, (number, words) in zip(found, expected, strict=True):
        assert line.startswith(f"{number}: activation got ")
        assert words in line


def test_an_interval_of_layers_goes_with_no_list(tmp_path):
    text = "  activation: {values: [sine, 'sine,tanh']}\n  hidden_layers: {min: 1, max: 2}\n"
    (line,) = mistakes(tmp_path, text)
    assert line.startswith("3: activation got 'sine,tanh', 2 layers, with --hidden_layers=2")


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("sine,gausian", "activation got 'gausian': did you mean 'gaussian'?"),
        ("sine,gaussian:scale=-1", "scale got '-1': expected a number above 0 and up to 1e+06"),
        ("sine,gaussian:omega_0=1", "activation got 'gaussian:omega_0=1': expected one of scale"),
    ],
)
def test_a_value_that_cannot_be_is_told_with_its_line(tmp_path, value, sentence):
    assert mistakes(tmp_path, f"  activation:\n    values:\n      - sine\n      - {value}\n") == [f"6: {sentence}"]


def test_two_spellings_of_one_list_are_one_value(tmp_path):
    text = "  activation: {values: ['sine,tanh', 'sine, tanh']}\n  hidden_layers: {value: 1}\n"
    assert mistakes(tmp_path, text) == [
        "3: activation has the value sine,tanh twice, first in line 3: W&B would run it twice"
    ]


PARAMETERS = "  activation: {values: [sine, 'sine,gaussian:scale=5', 'sine,gaussian', 'sine,sine']}\n"


def test_the_plan_has_each_trial_once(tmp_path):
    spec = spec_of(tmp_path, f"{PARAMETERS}  hidden_layers: {{value: 1}}\n  scale: {{values: [5, 6]}}\n{SMALL}")
    trials = make_plan(spec, Runs(tmp_path)).trials
    # sine and sine,sine are one trial; scale is none of a sine's, and of the second activation's own.
    assert [(str(t.config.activation), t.config.flat().get("scale"), t.points) for t in trials] == [
        ("sine", None, 4),
        ("sine,gaussian:scale=5", None, 3),
        ("sine,gaussian", 6.0, 1),
    ]


def test_a_search_asks_for_what_some_layer_takes(tmp_path):
    searched = "  omega_0: {min: 1.0, max: 30.0}\n  scale: {min: 1.0, max: 9.0}\n"
    spec = spec_of(
        tmp_path,
        f"{PARAMETERS}  hidden_layers: {{value: 1}}\n{searched}{SMALL}",
        "method: random\nrun_cap: 12\n",
    )
    for text, expected in {"sine,gaussian:scale=5": {"omega_0"}, "sine,gaussian": {"omega_0", "scale"}}.items():
        asked = choose(spec, lambda name, d, text=text: text if name == "activation" else d.middle()[0])
        assert {"omega_0", "scale"} & asked.keys() == expected
    drawn = [TrialConfig.from_flat(point) for point in points(spec)]
    assert len({config.trial_id for config in drawn}) == 12
    assert {str(config.activation) for config in drawn} == {
        *("sine", "sine,gaussian:scale=5", "sine,gaussian"),
    }


def test_a_figure_knows_the_activation_of_each_layer():
    flat = TrialConfig.from_flat({"activation": "sine,gaussian:scale=5,sine", "hidden_layers": 2, "omega_0": 20}).flat()
    row = pd.Series({**flat, "first_omega_0": 40.0})
    found = [laws.activation_of(row, layer) for layer in (1, 2, 3)]
    assert [phi.name() for phi in found] == ["sine", Gaussian.name(), "sine"]
    assert [phi.frequency for phi in found] == [40, None, 20]
    assert found[1].scale == 5


LEARNING = "  activation: {values: [sine, gaussian, relu, 'sine,gaussian']}\n  hidden_layers: {value: 1}\n"


@pytest.mark.parametrize("learn", ["{value: 'omega_0,scale'}", "{values: [none, 'scale, omega_0']}"])
def test_a_sweep_learns_what_each_activation_has(tmp_path, learn):
    spec = spec_of(tmp_path, f"{LEARNING}  learn: {learn}\n{SMALL}")
    learned = [trial.config.learn for trial in make_plan(spec, Runs(tmp_path)).trials]
    expected = ["omega_0", "scale", "none", "omega_0,scale"]
    assert sorted(learned) == sorted(expected if "value:" in learn else [*expected, *["none"] * 3])
    for point in points(spec):
        asked = choose(spec, lambda name, d, point=point: point[name])
        assert TrialConfig.from_point(asked).trial_id == TrialConfig.from_point(point).trial_id


def test_what_no_activation_has_is_refused_in_a_sweep_and_what_another_has_alone():
    with pytest.raises(UsageError, match="--learn got 'omega' with --activation=sine: did you mean 'omega_0'"):
        TrialConfig.from_point({"activation": "sine", "learn": "omega"})
    with pytest.raises(UsageError, match="relu has no number that can be learned; leave --learn out"):
        TrialConfig.from_flat({"activation": "relu", "learn": "omega_0"})


@pytest.mark.parametrize("under", [True, False], ids=["agent", "alone"])
def test_a_run_of_wandbs_agent_is_a_point_of_a_sweep(under, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("WANDB_SWEEP_ID", raising=False)
    if under:
        monkeypatch.setenv("WANDB_SWEEP_ID", "x")
    tiny = ["--size=8", "--hidden_features=4", "--hidden_layers=0", "--steps=1", "--wandb=off", f"--runs={tmp_path}"]
    code = main(["--trial", "--activation=relu", "--learn=omega_0", *tiny])
    assert code == (0 if under else 2)
    assert ("relu has no number that can be learned" in capsys.readouterr().err) is not under


def flops(**flat):
    return trial_flops(TrialConfig.from_flat({"size": 16, "hidden_layers": 1, "steps": 10, **flat}))


def test_the_cost_counts_the_gradients_of_a_step_and_what_is_learned():
    assert flops(optimizer="lbfgs") == 2 * flops()
    assert flops(learn="omega_0") == pytest.approx(1.7 * flops())
    assert flops(activation="sine,gaussian", learn="scale") == pytest.approx(1.35 * flops())
    assert flops(activation="comb") == pytest.approx(1.7 * flops())


def test_lbfgs_takes_the_gradients_that_the_cost_counts():
    made = TrialConfig.from_flat(
        {"size": 12, "hidden_features": 8, "hidden_layers": 1, "optimizer": "lbfgs", "steps": 9}
    )
    trial = Trial(made, problem_of(made), "cpu", 1, False)
    counted, step = [], trial.training.step
    trial.training.step = lambda *given: counted.append(1) or step(*given)
    for _ in range(9):
        trial.train()
    assert 9 * made.optimizer.gradients <= len(counted) <= 9 * made.optimizer.gradients + 3


def test_the_plan_says_what_is_estimated(tmp_path, capsys):
    spec = spec_of(tmp_path, f"  optimizer: {{values: [adam, lbfgs]}}\n  learn: {{values: [none, omega_0]}}\n{SMALL}")
    show_plan(make_plan(spec, Runs(tmp_path)), Screen())
    said = capsys.readouterr().out
    assert "--optimizer=lbfgs is counted with 2 gradients a step" in said
    assert "what is learned is counted with 70% of a step's time" in said
    assert "adam is counted" not in said
