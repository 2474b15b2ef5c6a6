"""What was chosen, as sweep files that run it again on other seeds: they differ from the choice in nothing else."""

import shlex
from pathlib import Path
from typing import Any

import frames
import numpy as np
import pandas as pd
import pytest
import yaml

import analysis
from analysis.commands import main
from analysis.comparison.choose import Choice
from analysis.comparison.compare import compare
from analysis.comparison.question import Question
from analysis.replicate.replicas import make_replicas
from analysis.replicate.sweep_file import sweep_file
from inr.config import TrialConfig
from inr.errors import InputError
from inr.vocabulary import metric, rankable
from sweeps.file.plan import make_plan
from sweeps.file.spec import Metric, load_spec
from sweeps.record.folder import Record, Runs

RATES = (3e-4, 1e-3, 1e-5)


def record(runs: Path, psnr: float | None, status: str = "finished", **given: Any) -> TrialConfig:
    """A record with the config and the identity of a true trial."""
    config = TrialConfig.from_flat({"size": 64, "loss": "gradient", "steps": 100, **given})
    scores = {"gradient/psnr": psnr, "image/psnr": -psnr} if psnr is not None else {}
    folder = Runs(runs).folder(config.trial_id)
    folder.path.mkdir(parents=True)
    folder.write(Record(config.trial_id, status, config.flat(), scores, {}, {}, {}))
    return config


@pytest.fixture
def tuned(runs: Path) -> dict[str, TrialConfig]:
    """Activation → its best by gradient/psnr on seed 0 of camera and coins; relu has neither n_modes nor omega_0."""
    best = {}
    for image in ("camera", "coins"):
        for rate in RATES:
            config = record(runs, 20 - 1000 * rate, image=image, activation="relu", learning_rate=rate)
            best["relu"] = config if rate == 1e-5 and image == "camera" else best.get("relu", config)
        for omega in (10, 12.5):
            given = {"image": image, "activation": "square", "omega_0": omega, "n_modes": 3, "learning_rate": 1e-3}
            config = record(runs, 15 + omega, **given)
            best["square"] = config if omega == 12.5 and image == "camera" else best.get("square", config)
    record(runs, 99, image="camera", activation="square", omega_0=10, n_modes=3, learning_rate=1e-3, seed=5)
    return best


def arguments(runs: Path, into: Path, *more: str) -> list[str]:
    chosen = ["--by=activation", "--selection-seeds=0", "--rank-by=gradient/psnr", "--where", "loss=gradient"]
    return ["replicate", str(runs), *chosen, f"--into={into}", *more]


def refused(capsys: pytest.CaptureFixture[str], code: int, given: list[str]) -> str:
    assert main(given) == code
    found = capsys.readouterr()
    assert found.out == ""
    return found.err


def test_the_files_and_what_is_printed(
    runs: Path, tmp_path: Path, tuned: dict[str, TrialConfig], capsys: pytest.CaptureFixture[str]
) -> None:
    into = tmp_path / "new" / "chosen"
    assert main(arguments(runs, into, "--seeds=1,2,1")) == 0
    found = capsys.readouterr()
    assert found.err == ""
    assert found.out.splitlines() == [
        "activation=relu: learning_rate=1e-05, gradient/psnr 19.99, 3 tried",
        "activation=square: learning_rate=0.001, omega_0=12.5, first_omega_0=12.5, gradient/psnr 27.5, 2 tried",
        f"python run.py --sweep {into}/chosen_relu.yaml --runs {runs}",
        f"python run.py --sweep {into}/chosen_square.yaml --runs {runs}",
    ]
    first, _, rest = (into / "chosen_square.yaml").read_text().partition("\n")
    assert first == (
        "# activation=square: learning_rate=0.001, omega_0=12.5, first_omega_0=12.5, chosen by gradient/psnr (27.5) "
        "on seed 0 and images camera, coins, 2 tried"
    )
    fields = {name: {"value": value} for name, value in tuned["square"].flat().items()}
    assert yaml.safe_load(rest) == {
        "name": "chosen_square",
        "method": "grid",
        "metric": {"name": "gradient/psnr", "goal": "maximize"},
        "command": ["${env}", "python", "run.py", "--trial", "${args}"],
        "parameters": {**fields, "image": {"values": ["camera", "coins"]}, "seed": {"values": [1, 2]}},
    }
    assert "n_modes:\n    value: 3\n" in rest
    assert not {"n_modes", "omega_0"} & yaml.safe_load((into / "chosen_relu.yaml").read_text())["parameters"].keys()


@pytest.mark.parametrize("activation", ["relu", "square"])
def test_a_planned_trial_differs_from_the_choice_in_its_seed_only(
    runs: Path, tmp_path: Path, tuned: dict[str, TrialConfig], activation: str
) -> None:
    into = tmp_path / "chosen"
    assert main(arguments(runs, into, "--seeds=1", "--images=camera")) == 0
    spec = load_spec(into / f"chosen_{activation}.yaml")
    assert (spec.name, spec.metrics) == (f"chosen_{activation}", (Metric("gradient/psnr", "maximize"),))
    (planned,) = make_plan(spec, Runs(runs)).trials
    assert planned.config.flat() == {**tuned[activation].flat(), "seed": 1}
    assert planned.config.trial_id != tuned[activation].trial_id
    assert TrialConfig.from_flat({**planned.config.flat(), "seed": 0}).trial_id == tuned[activation].trial_id


def test_seeds_and_images_are_planned_crosswise(runs: Path, tmp_path: Path, tuned: dict[str, TrialConfig]) -> None:
    assert main(arguments(runs, tmp_path / "c", "--seeds=1,2,3", "--images=moon,page")) == 0
    plan = make_plan(load_spec(tmp_path / "c" / "c_square.yaml"), Runs(runs))
    same = {k: v for k, v in tuned["square"].flat().items() if k not in ("image", "seed")}
    expected = [{**same, "image": image, "seed": seed} for image in ("moon", "page") for seed in (1, 2, 3)]
    assert [trial.config.flat() for trial in plan.trials] == expected


def test_the_choice_is_that_of_the_table(runs: Path, tuned: dict[str, TrialConfig]) -> None:
    for name, value in (("relu", 1e-5), ("square", 1e-3)):
        record(runs, 1.0, image="camera", seed=1, **{**_own(tuned[name]), "learning_rate": value})
    frame = analysis.load(runs)
    options: dict[str, Any] = {"selection_seeds": [0], "rank_by": "gradient/psnr"}
    replicas = make_replicas(frame, Question(**options), "c", [1])
    choices = compare(frame, Question(**options)).choices
    assert [said.split(": ")[1].split(", gradient")[0] for said in replicas.said] == [
        ", ".join(f"{name}={value:g}" for name, value in choice.values.items()) for choice in choices
    ]


def _own(config: TrialConfig) -> dict[str, Any]:
    return {k: v for k, v in config.flat().items() if k not in ("image", "seed")}


def test_what_is_there_is_not_overwritten(
    runs: Path, tmp_path: Path, tuned: dict[str, TrialConfig], capsys: pytest.CaptureFixture[str]
) -> None:
    into = tmp_path / "chosen"
    given = arguments(runs, into, "--seeds=1")
    assert main(given) == 0
    (into / "chosen_relu.yaml").unlink()
    before = (into / "chosen_square.yaml").stat().st_ino
    said = capsys.readouterr().out
    assert main(given) == 0  # the same content again
    assert capsys.readouterr().out == said
    assert (into / "chosen_square.yaml").stat().st_ino == before  # not even written anew
    (into / "chosen_relu.yaml").unlink()
    other = into / "chosen_square.yaml"
    other.write_text("mine")
    assert refused(capsys, 1, given) == (
        f"analysis: error: {other} exists with other content: delete it, or give another folder as --into\n"
    )
    assert [path.name for path in into.iterdir()] == ["chosen_square.yaml"]  # nothing is written by halves
    assert other.read_text() == "mine"


def test_a_row_without_a_choice_is_told(
    runs: Path, tmp_path: Path, tuned: dict[str, TrialConfig], capsys: pytest.CaptureFixture[str]
) -> None:
    record(runs, None, "diverged", image="camera", activation="sine")
    assert main(arguments(runs, tmp_path / "c", "--seeds=1")) == 0
    found = capsys.readouterr()
    why = "no trial finished on the selection seeds"
    assert found.err == f"note: nothing could be chosen in activation=sine: {why}\n"
    assert sorted(path.name for path in (tmp_path / "c").iterdir()) == ["c_relu.yaml", "c_square.yaml"]
    record(runs, 30.0, image="camera", activation="sine", seed=1)
    record(runs, None, "diverged", image="coins", activation="sine")
    error = refused(capsys, 1, arguments(runs, tmp_path / "d", "--seeds=2", "--where=activation=sine"))
    assert error == f"analysis: error: nothing could be chosen in any row: {why} 0\n"
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize(
    ("more", "code", "sentence"),
    [
        (["--seeds=1,0"], 2, "--seeds got 0, which are selection seeds: the selection inflates their scores"),
        (["--seeds=1", "--by=activation,image", "--images=moon"], 2, "--by got image, which --images would change"),
        (["--seeds=1", "--by=activation,seed"], 2, "--by got seed, which --seeds would change"),
        ([], 2, "the following arguments are required: --seeds"),
        (["--seeds=1", "--selection-seeds=7"], 2, "no trial has the selection seed 7: there are 0, 5"),
        (["--seeds=1", "--rank-by=gradient/psn"], 2, "unknown column 'gradient/psn'"),
        (["--seeds=1", "--nuisance=omega_0"], 1, "will not average over learning_rate, which varies in "),
        (["--seeds=1", "--confidence=0.9"], 2, "unrecognized arguments: --confidence=0.9"),
    ],
)
def test_mistakes_are_one_sentence(
    runs: Path,
    tmp_path: Path,
    tuned: dict[str, TrialConfig],
    capsys: pytest.CaptureFixture[str],
    more: list[str],
    code: int,
    sentence: str,
) -> None:
    error = refused(capsys, code, arguments(runs, tmp_path / "c", *more))
    assert error.startswith(f"analysis: error: {sentence}"), error
    assert error.count("\n") == 1
    assert not (tmp_path / "c").exists()


def test_what_is_required(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = "--selection-seeds, --seeds, --into"
    error = refused(capsys, 2, ["replicate", str(runs)])
    assert error == f"analysis: error: the following arguments are required: {names}; see --help\n"


def test_names_of_files_are_made_safe(runs: Path, tmp_path: Path) -> None:
    frames.write(runs, 30.0, image="a/b c|é.png", loss="image+gradient", learning_rate=1e-5)
    into = tmp_path / "my choice"
    assert main(["replicate", str(runs), "--by=image,loss", "--selection-seeds=0", "--seeds=1", f"--into={into}"]) == 0
    (path,) = into.iterdir()
    assert path.name == "my-choice_a-b-c--.png_image-gradient.yaml"
    assert yaml.safe_load(path.read_text())["name"] == path.stem
    assert yaml.safe_load(path.read_text())["parameters"]["image"] == {"values": ["a/b c|é.png"]}
    replicas = make_replicas(analysis.load(runs), Question(selection_seeds=[0], by=("image",)), into, [1])
    (command,) = replicas.commands("runs")
    assert shlex.split(command) == ["python", "run.py", "--sweep", str(into / "my-choice_a-b-c--.png.yaml")]
    frames.write(runs, 30.0, image="a-b/c|é.png", loss="image+gradient", learning_rate=1e-5)
    with pytest.raises(InputError, match="two rows would be written to "):
        make_replicas(analysis.load(runs), Question(selection_seeds=[0], by=("image",)), into, [1])


def test_one_row(runs: Path) -> None:
    frames.write(runs, 30.0)
    replicas = make_replicas(analysis.load(runs), Question(selection_seeds=[0], by=()), "c", [1])
    assert [path.name for path in replicas.files] == ["c.yaml"]
    assert replicas.said == ("all: learning_rate=0.0001, image/psnr 30, 1 tried",)


def test_optuna_alone_does_not_know_a_trial(runs: Path) -> None:
    frames.write(runs, 30.0)
    frame = analysis.load(runs)
    frame["source"] = "optuna"
    with pytest.raises(InputError, match="give --runs FOLDER"):
        make_replicas(frame, Question(selection_seeds=[0]), "c", [1])


def content(metric: str = "image/psnr", **columns: Any) -> dict[str, Any]:
    scored = pd.DataFrame({"source": ["records"], "seed": [0], **{name: [value] for name, value in columns.items()}})
    text = sweep_file(Choice((), {}, 1, metric, 1.0, scored), (), "c", {"seed": [1]})
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def test_values_have_their_type() -> None:
    given = {"a": 4.0, "b": 0.1, "c": None, "d": np.nan, "e": True, "f": "on", "g": "4", "h": 2**53 + 1, "i": 1e-7}
    parameters = content(**given)["parameters"]
    assert {name: block.get("value") for name, block in parameters.items() if name != "seed"} == {
        name: value for name, value in given.items() if name not in ("c", "d")
    }
    assert type(parameters["a"]["value"]) is int


def test_a_metric_is_what_a_sweep_accepts() -> None:
    for name in rankable():
        assert content(name)["metric"] == {"name": name, "goal": metric(name).goal}
    for name in ("loss/total", "loss/image", "timing/seconds_total", "best/image/psnr", "gradient/psnr_zero"):
        assert "metric" not in content(name)
