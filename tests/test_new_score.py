"""A score that is declared in one place is recorded, wanted by sweeps, ranked by, labelled and tabulated."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

import analysis
import run
from analysis.comparison.choose import choose
from analysis.comparison.comparable import Comparable
from analysis.comparison.compare import compare
from analysis.comparison.question import Question
from analysis.figures.names import label
from analysis.replicate.sweep_file import sweep_file
from analysis.tables.text import render
from inr import scores
from inr.errors import UsageError
from inr.scores import MAP, Score
from sweeps.file.plan import make_plan
from sweeps.file.spec import Metric, load_spec
from sweeps.record.folder import Runs

SWEEP = """
method: grid
metric: {{name: {name}, goal: {goal}}}
parameters: {{loss: {{values: [image, gradient]}}, size: {{value: 16}}, steps: {{value: 1}}}}
"""


def _largest_error(prediction: Any, reference: Any, _: float) -> float:
    return float(np.abs(np.asarray(prediction) - np.asarray(reference)).max())


WORST = Score(
    name="worst",
    label="largest error",
    unit="grey",
    higher_is_better=False,
    decimals=1,
    kinds=(MAP,),
    measure=_largest_error,
)


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(scores.SCORES, WORST.name, WORST)


@pytest.fixture
def trials(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    monkeypatch.setenv("COLUMNS", "160")
    tiny = ("--size=16", "--hidden_features=8", "--hidden_layers=1", "--eval_every=20", "--threads=1")
    for rate, seed in ((1e-6, 0), (1e-2, 0), (1e-2, 1)):
        flags = (f"--learning_rate={rate}", f"--seed={seed}", "--steps=20", f"--runs={tmp_path}")
        assert run.main(["--trial", *tiny, *flags]) == 0
        assert "largest error (grey)" in capsys.readouterr().out
    return analysis.load(tmp_path)


def test_it_is_recorded_and_tabulated(trials: pd.DataFrame, tmp_path: Path) -> None:
    trial = trials[trials["seed"] == 1].iloc[0]
    maps = Runs(tmp_path).folder(trial["trial_id"]).arrays("fields")
    assert trial["image/worst"] == pytest.approx(np.abs(maps["image"] - maps["reference_image"]).max(), abs=1e-6)
    found = compare(trials[trials["seed"] == 1], Question(metrics=["image/worst", "laplacian/worst"]))
    table = render([found], "terminal")
    assert "Laplacian (network) largest error (grey)" in table
    assert f"{trial['image/worst']:.1f} " in table


def test_the_smallest_is_ranked_first_and_becomes_a_sweep(trials: pd.DataFrame) -> None:
    question = Question(by=(), selection_seeds=[0], rank_by="image/worst")
    (choice,) = choose(Comparable(trials, ("image",), ["learning_rate"], ()), question).values()
    assert choice is not None
    own = trials[trials["seed"] == 0].set_index("learning_rate")["image/worst"]
    assert choice.values == {"learning_rate": own.idxmin()} != {"learning_rate": own.idxmax()}
    written = yaml.safe_load(sweep_file(choice, (), "s", {"seed": [2]}))
    assert written["metric"] == {"name": "image/worst", "goal": "minimize"}
    assert label("discrete_gradient/worst") == "gradient (operator) largest error (grey)"


@pytest.mark.parametrize(
    ("name", "goal", "lacking"),
    [
        ("image/worst", "minimize", None),
        ("image/worst", "maximize", "the goal of image/worst is 'maximize'"),
        ("image/worst_aligned", "minimize", "which needs a loss without values"),
        ("trained/worst", "minimize", "unknown metric 'trained/worst'"),  # pixels have no maps
    ],
)
def test_a_sweep_can_want_it(tmp_path: Path, name: str, goal: str, lacking: str | None) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(SWEEP.format(name=name, goal=goal))
    if lacking is None:
        spec = load_spec(path)
        assert spec.metrics == (Metric(name, goal),)
        assert len(make_plan(spec, Runs(tmp_path)).trials) == 2
    else:
        with pytest.raises(UsageError, match=lacking):
            make_plan(load_spec(path), Runs(tmp_path))
