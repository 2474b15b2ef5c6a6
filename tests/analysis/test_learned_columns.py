"""What was learned, as columns: of records, of W&B's summary, in tables and in the report's list of trials."""

import numpy as np
import pytest

from analysis.comparison.compare import compare
from analysis.comparison.question import Question
from analysis.report.trials import trial_table
from analysis.sources.load import load
from inr.config import TrialConfig
from inr.vocabulary import all_listed, metric
from sweeps.record.folder import Runs
from sweeps.trial.execution import Execution
from sweeps.trial.how import How
from sweeps.trial.runner import run_recorded
from sweeps.weights_and_biases.mirror import _summary

TINY = {"size": 12, "hidden_features": 5, "hidden_layers": 1, "steps": 4, "eval_every": 4, "learning_rate": 0.05}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    runs = Runs(tmp_path_factory.mktemp("runs"))
    how = How(runs, Execution("cpu", 1, "ieee"))
    chosen = [
        {"activation": "sine,gaussian", "learn": "omega_0,scale"},
        {"activation": "sine", "learn": "omega_0", "learn_per": "neuron"},
        {"activation": "sine"},
    ]
    return runs, [run_recorded(TrialConfig.from_flat({**TINY, **flat}), how, []) for flat in chosen]


def test_each_layer_has_a_column_with_its_number_or_the_median_of_its_neurons(recorded):
    runs, outcomes = recorded
    frame = load(runs.path).set_index("trial_id")
    columns = sorted(name for name in frame.columns if name.startswith("learned/"))
    assert columns == ["learned/omega_0/layer_1", "learned/omega_0/layer_2", "learned/scale/layer_2"]
    mixed, neurons, plain = (frame.loc[each.record.trial_id, columns].to_numpy(float) for each in outcomes)
    told = outcomes[0].record.learned
    np.testing.assert_array_equal(mixed, [told["omega_0"][0], np.nan, told["scale"][1]])
    np.testing.assert_array_equal(neurons, [*(layer[2] for layer in outcomes[1].record.learned["omega_0"]), np.nan])
    assert mixed[0] != 30
    assert np.isnan(plain).all()


def test_wandb_has_the_same_numbers(recorded):
    runs, outcomes = recorded
    frame = load(runs.path).set_index("trial_id")
    for outcome in outcomes:
        summary = {name: v for name, v in _summary(outcome.record).items() if name.startswith("learned/")}
        row = frame.loc[outcome.record.trial_id]
        assert summary == {name: row[name] for name in summary}
        assert len(summary) == sum(value is not None for layers in outcome.record.learned.values() for value in layers)


def test_no_row_is_the_best_in_what_it_learned(recorded):
    runs, _ = recorded
    metrics = ["image/psnr", "learned/omega_0/layer_1"]
    frame = load(runs.path)
    frame = frame[frame["learn"] != "none"].assign(learn="all", learn_per="layer")
    found = compare(frame, Question(by=["activation"], metrics=metrics))
    assert [[cell.mean is not None for cell in row.cells.values()] for row in found.rows] == [[True, True]] * 2
    assert {name: any(row.cells[name].best for row in found.rows) for name in metrics} == dict(
        zip(metrics, [True, False], strict=True)
    )


def test_the_names_are_said_and_the_report_lists_them(recorded):
    runs, _ = recorded
    assert metric("learned/omega_0/layer_2").header == "learned omega_0, layer 2"
    assert metric("gain/layer_2_predicted").header == "gradient gain, layer 2 predicted"
    assert all_listed(["image/psnr", "gain/layer_2", "learned/a/layer_1"]) == ("learned/a/layer_1",)
    headings = [name for name, _ in trial_table(load(runs.path), runs.path / "x.html", 0).headings]
    assert {"learned omega_0, layer 1", "learned scale, layer 2"} <= {*headings}
