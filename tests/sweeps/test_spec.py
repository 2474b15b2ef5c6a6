"""Sweep files: what is read, and that every mistake is named, with its line, all of them at once."""

from random import Random

import pytest

from inr.config import TrialConfig
from inr.errors import InputError, UsageError
from inr.signals.fields import FIELDS
from inr.trial import run_trial
from inr.vocabulary import metric, rankable, references
from sweeps.file.distributions import Choice, Uniform
from sweeps.file.spec import Metric, load_spec
from tests.cases import SMALL_TASKS

HEAD = "method: {method}\nmetric: {{name: image/psnr, goal: maximize}}\nparameters:\n"


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a sweep file; its path, relative to the working folder."""
    monkeypatch.chdir(tmp_path)

    def write(text, name="x.yaml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return name

    return write


@pytest.fixture
def read(write):
    """The distribution of one parameter, from its line after `HEAD` (line 4)."""

    def read(line, method="random"):
        (distribution,) = load_spec(write(HEAD.format(method=method) + "  " + line)).parameters.values()
        return distribution

    return read


@pytest.fixture
def mistakes(write):
    """The mistakes of a file, without its name."""

    def mistakes(text):
        with pytest.raises(UsageError) as caught:
            load_spec(write(text))
        lines = str(caught.value).splitlines()
        assert all(line.startswith("x.yaml:") for line in lines)
        return [line.removeprefix("x.yaml:") for line in lines]

    return mistakes


FORMS = {
    "omega_0: {value: 30}": Choice((30.0,)),
    "n_epochs: {distribution: categorical, values: [100, 200.0]}": Choice((100, 200)),
    "omega_0: {distribution: constant, value: '30'}": Choice((30.0,)),
    "learning_rate: {values: [1e-4, 1.0e-3]}": Choice((1e-4, 1e-3)),
    "activation: {values: [relu, sine], probabilities: [0.25, 0.75]}": Choice(("relu", "sine"), (0.25, 0.75)),
    "loss: {values: [all, gradient+image]}": Choice(("all", "image+gradient")),
    "n_modes: {min: 1, max: 16}": Uniform(1, 16, integer=True),
    "omega_0: {min: 1, max: 16}": Uniform(1, 16, integer=True),
    "omega_0: {min: 1.0, max: 16}": Uniform(1.0, 16.0),
    "n_modes: {distribution: int_uniform, min: 1, max: 4}": Uniform(1, 4, integer=True),
    "omega_0: {distribution: uniform, min: 1, max: 4}": Uniform(1.0, 4.0),
    "omega_0: {distribution: q_uniform, min: 1, max: 4, q: 0.5}": Uniform(1.0, 4.0, q=0.5),
    "omega_0: {distribution: q_uniform, min: 1, max: 4}": Uniform(1.0, 4.0, q=1.0),
    "size: {distribution: q_uniform, min: 32, max: 128, q: 32}": Uniform(32, 128, q=32, integer=True),
    "learning_rate: {distribution: log_uniform_values, min: 1e-5, max: 0.01}": Uniform(1e-5, 0.01, log=True),
    "n_modes: {distribution: q_log_uniform_values, min: 1, max: 16, q: 1}": Uniform(1, 16, log=True, integer=True),
    "size: {distribution: q_log_uniform_values, min: 32, max: 256, q: 32}": Uniform(32, 256, True, 32, True),
}


@pytest.mark.parametrize(("line", "expected"), FORMS.items())
def test_forms(read, line, expected):
    got = read(line)
    assert got == expected
    assert repr(got) == repr(expected)  # 30 and 30.0 are equal, and not the same


@pytest.mark.parametrize("distribution", [d for d in FORMS.values() if isinstance(d, Uniform)], ids=str)
def test_draws_stay_inside_on_the_lattice_and_reach_both_ends(distribution):
    random = Random(0)
    drawn = [distribution.draw(random) for _ in range(2000)]
    assert all(distribution.low <= x <= distribution.high for x in drawn)
    assert {type(x) for x in drawn} == {int if distribution.integer else float}
    step = distribution.q or (1 if distribution.integer else None)
    if step:
        assert all(x % step == 0 for x in drawn)
        assert {min(drawn), max(drawn)} == {distribution.low, distribution.high}
    else:
        (middle,) = distribution.middle()
        assert sum(x < middle for x in drawn) / len(drawn) == pytest.approx(0.5, abs=0.05)


def test_choices_are_drawn_by_their_probability():
    random = Random(0)
    drawn = [Choice(("a", "b"), (0.2, 0.8)).draw(random) for _ in range(2000)]
    assert drawn.count("a") / 2000 == pytest.approx(0.2, abs=0.03)


def test_the_rest_of_a_file(write):
    spec = load_spec(
        write("""
name: mine
description: why
method: bayes
run_cap: 7
entity: me
project: p
program: run.py
metric: {name: held_out/nrmse, goal: minimize}
early_terminate: {type: hyperband, max_iter: 27, s: 2}
command: ["${env}", "${interpreter}", "${program}", --trial, "${args}"]
parameters:
  n_epochs: {value: 10}
  omega_0: {min: 1.0, max: 30.0}
""")
    )
    assert (spec.name, spec.description, spec.method, spec.run_cap) == ("mine", "why", "bayes", 7)
    assert spec.metrics == (Metric("held_out/nrmse", "minimize"),)
    assert spec.early_terminate == {"max_iter": 27, "s": 2, "eta": 3}
    assert list(spec.parameters) == ["steps", "omega_0"]
    assert spec.varying == ("omega_0",)
    assert spec.text.startswith("\nname: mine")


def test_defaults(write):
    spec = load_spec(write("method: grid\nparameters: {seed: {values: [0, 1]}}", "some.yaml"))
    assert (spec.name, spec.metrics, spec.run_cap, spec.early_terminate) == ("some", (), None, None)


def test_a_scheduler_sweep_of_wandb_is_searched_by_our_optuna(write):
    text = "method: custom\nscheduler: {engine: optuna, source: s.py}\n" + HEAD.format(method="x").split("\n", 1)[1]
    assert load_spec(write(text + "  omega_0: {min: 1.0, max: 2.0}")).method == "bayes"


BASE = (
    "method: random\nrun_cap: 5\nmetric: {name: image/psnr, goal: maximize}\nparameters:\n  omega_0: {values: [1, 2]}\n"
)
SAME = {
    "comment": BASE + "# c\n",
    "budget": BASE.replace("run_cap: 5", "run_cap: 6"),
    "name": "name: other\n" + BASE,
    "spelling": BASE.replace("[1, 2]", "[1.0, '2']"),
}
OTHER = {
    "method": BASE.replace("random", "bayes"),
    "metric": BASE.replace("image/psnr", "gradient/psnr"),
    "values": BASE.replace("[1, 2]", "[1, 3]"),
    "probabilities": BASE.replace("[1, 2]", "[1, 2], probabilities: [0.1, 0.9]"),
    "parameter": BASE + "  seed: {value: 1}\n",
    "stopping": BASE + "early_terminate: {type: hyperband, min_iter: 3}\n",
}


@pytest.mark.parametrize("name", [*SAME, *OTHER])
def test_the_hash_is_over_what_is_searched(write, name):
    before = load_spec(write(BASE)).space_hash
    after = load_spec(write({**SAME, **OTHER}[name])).space_hash
    assert (before == after) == (name in SAME)


# Line of the mistake and how its sentence begins, for one parameter of a random sweep (line 4).
PARAMETER_MISTAKES = {
    "omega_0: {valuess: [1]}": "unknown key 'valuess' in parameter 'omega_0': did you mean 'values'?",
    "omgea_0: {value: 1}": "unknown parameter 'omgea_0': did you mean 'omega_0'?",
    "omega_0: {values: [x]}": "omega_0 got 'x': expected a number above 0",
    "omega_0: {values: [-1]}": "omega_0 got '-1': expected a number above 0",
    "omega_0: {values: [.nan]}": "omega_0 got 'nan': expected a number above 0",
    "n_modes: {values: [1.5]}": "n_modes got '1.5': expected an integer",
    "seed: {value: yes}": "seed got 'True': expected an integer",
    "activation: {values: [sin]}": "activation got 'sin': did you mean 'sine'?",
    "loss: {values: [imag]}": "loss got 'imag': did you mean 'image'?",
    "omega_0: {values: []}": "values of 'omega_0' must be a list of at least one value",
    "omega_0: {values: 3}": "values of 'omega_0' must be a list of at least one value",
    "omega_0: {value: null}": "a value of 'omega_0' has no value",
    "omega_0: {value: [1, 2]}": "a value of 'omega_0' must be a single value",
    "omega_0: {values: [[1]]}": "a value of 'omega_0' must be a single value",
    "image: {value: 2020-13-45}": "a value of 'image' got '2020-13-45', which YAML cannot read",
    "image: {value: !!python/name:os.system x}": "a value of 'image' got 'x', which YAML cannot read",
    "omega_0: {values: [30, 10, 30.0]}": "omega_0 has the value 30.0 twice, first in line 4",
    "loss: {values: [gradient+image, image+gradient]}": "loss has the value image+gradient twice",
    "omega_0:": "parameter 'omega_0' must be a mapping",
    "omega_0: {}": "parameter 'omega_0' must be a mapping",
    "omega_0: 30": "parameter 'omega_0' must be a mapping",
    "omega_0: {distribution: uniform, min: 1}": "parameter 'omega_0' has no max, which distribution uniform needs",
    "omega_0: {distribution: normal}": "distribution 'normal' of parameter 'omega_0' is not supported: use min",
    "omega_0: {distribution: beta}": "distribution 'beta' of parameter 'omega_0' is not supported: use min and max",
    "omega_0: {distribution: log_uniform, min: 1, max: 2}": "distribution 'log_uniform' of parameter 'omega_0' is",
    "omega_0: {distribution: inv_log_uniform_values, min: 1, max: 2}": "distribution 'inv_log_uniform_values' of",
    "omega_0: {distribution: unifrom, min: 1, max: 2}": "unknown distribution 'unifrom' of parameter 'omega_0': did",
    "omega_0: {distribution: null, min: 1, max: 2}": "distribution has no value",
    "omega_0: {parameters: {a: {value: 1}}}": "'parameters' of parameter 'omega_0' is not supported: parameters",
    "omega_0: {min: 1, max: 3, q: 1}": "q of parameter 'omega_0' needs distribution: q_uniform or",
    "omega_0: {distribution: uniform, min: 1, max: 3, q: 1}": "'q' of parameter 'omega_0' does not go with",
    "omega_0: {value: 1, values: [1]}": "'values' of parameter 'omega_0' does not go with distribution constant",
    "omega_0: {min: 3.0, max: 3}": "min of omega_0 is 3 and max 3: min must be below max",
    "omega_0: {distribution: log_uniform_values, min: 0, max: 3}": "min of omega_0 is 0, which has no logarithm",
    "omega_0: {distribution: q_uniform, min: 1, max: 3, q: 0}": "q of omega_0 is 0: expected a number above 0",
    "omega_0: {distribution: q_uniform, min: 1, max: 3, q: 2}": "omega_0 is drawn in multiples of q = 2: min 1 and max",
    "size: {distribution: q_uniform, min: 8, max: 9, q: 0.5}": "size takes integers, and q is 0.5",
    "omega_0: {distribution: int_uniform, min: 1.5, max: 3}": "omega_0 is int_uniform between 1.5 and 3: give integers",
    "omega_0: {min: true, max: 3}": "min of 'omega_0' got 'true': expected a number",
    "omega_0: {min: 1.0, max: .inf}": "max of 'omega_0' got '.inf': expected a number",
    "omega_0: {min: -1.0, max: 3.0}": "omega_0 got '-1.0': expected a number above 0",
    "holdout_fraction: {min: 0.5, max: 1.0}": "holdout_fraction got '1.0': expected a number above 0 and below 1",
    "n_modes: {min: 1.0, max: 3.0}": "n_modes takes integers, and uniform draws fractions: use int_uniform",
    "n_modes: {distribution: log_uniform_values, min: 1, max: 3}": "n_modes takes integers, and log_uniform_values",
    "activation: {min: 1, max: 3}": "activation takes a text, not a range: list them with values",
    "omega_0: {values: [1, 2], probabilities: [1]}": "probabilities of 'omega_0' are 1, its values are 2",
    "omega_0: {values: [1, 2], probabilities: [0.5, 0.6]}": "probabilities of 'omega_0' sum to 1.1",
    "omega_0: {values: [1, 2], probabilities: [-0.5, 1.5]}": "probabilities of 'omega_0' sum to 1: expected numbers of",
    "omega_0: {values: [1, 2], probabilities: [x, 1]}": "probabilities of 'omega_0' got 'x': expected a number",
}


@pytest.mark.parametrize(("line", "sentence"), PARAMETER_MISTAKES.items())
def test_a_mistake_in_a_parameter(mistakes, line, sentence):
    (only,) = mistakes(HEAD.format(method="random") + "  " + line)
    assert only.startswith(f"4: {sentence}")


@pytest.mark.parametrize(
    ("line", "sentence"),
    {
        "omega_0: {min: 1.0, max: 2.0}": "omega_0 is uniform, and a grid needs finitely many values",
        "omega_0: {distribution: q_uniform, min: 1, max: 2}": "omega_0 is q_uniform, and a grid",
        "omega_0: {values: [1, 2], probabilities: [0.5, 0.5]}": "probabilities of 'omega_0' mean nothing in a grid",
    }.items(),
)
def test_a_grid_takes_finite_values_only(mistakes, line, sentence):
    (only,) = mistakes(HEAD.format(method="grid") + "  " + line)
    assert only.startswith(f"4: {sentence}")


P = "parameters: {seed: {values: [0, 1]}}\n"
MILLION = "{seed: {min: 0, max: 999}, size: {min: 8, max: 1007}}\n"
ENDLESS = "{seed: {min: 0, max: 9223372036854775807}}\n"
METRIC = "metric: {name: image/psnr, goal: maximize}\n"
FILE_MISTAKES = {
    "": "1: the file is empty: a sweep needs method and parameters",
    "- a": "1: a sweep must be a mapping",
    "method: [": "1: this is not YAML: while parsing a flow node, expected the node content",
    "a: b\n\tc: d": "2: this is not YAML: while scanning for the next token, found character '\\t'",
    "a: \x07": "1: this is not YAML: the character '\\x07' is not allowed",
    "method: grid\n---\nx: 1": "2: this is not YAML: expected a single document",
    "method: *a": "1: this is not YAML: found undefined alias 'a'",
    "[" * 5000: "1: this is not a sweep: it is nested too deeply",
    P: "1: the sweep has no method: give one of grid, random, bayes",
    "method: grid": "1: the sweep has no parameters: give at least one",
    "method: gird\n" + P: "1: unknown method 'gird': did you mean 'grid'?",
    P + "metod: grid\nmethod: grid": "2: unknown key 'metod' in the sweep: did you mean 'method'?",
    "method: grid\nmethod: random\n" + P: "2: 'method' stands twice in a sweep, first in line 1",
    "method: grid\njob: x\n" + P: "2: 'job' of the sweep is not supported: W&B Launch is not used here",
    "method: grid\nrun_cap: 0\n" + P: "2: run_cap is 0: expected an integer",
    "method: grid\nrun_cap: 1.5\n" + P: "2: run_cap is 1.5: expected an integer",
    "method: grid\nrun_cap: 5\nparameters: "
    + MILLION: "3: the grid has 1,000,000 points, and at most 100,000 are taken",
    "method: grid\nparameters: " + ENDLESS: "2: the grid has 9,223,372,036,854,775,808 points, and at most 100,000",
    "method: random\nrun_cap: 100001\n" + P: "2: run_cap is 100,001: expected at most 100,000",
    "method: grid\nparameters:\n  seed: {value: 1}\n  seed: {value: 2}": "4: 'seed' stands twice in parameters",
    "method: grid\nparameters:\n  steps: {value: 1}\n  n_epochs: {value: 2}": "4: 'n_epochs' is steps, which stands in",
    "method: grid\nparameters: {}": "2: parameters must be a mapping",
    "method: bayes\n" + P: "1: method bayes has no metric to learn from: give metric",
    "method: bayes\nmetric: {name: image/pnsr, goal: maximize}\n" + P: "2: unknown metric 'image/pnsr': did you mean",
    "method: grid\nmetric: {name: accuracy, goal: maximize}\n" + P: "2: unknown metric 'accuracy': expected a map and",
    "method: grid\nmetric: {name: loss, goal: minimize}\n" + P: "2: the metric loss compares nothing between losses",
    "method: grid\nmetric: {goal: minimize}\n" + P: "2: a metric has no name",
    "method: grid\nmetric: {name: image/psnr}\n" + P: "2: the metric image/psnr has no goal, and W&B would minimize it",
    "method: grid\nmetric: {name: image/psnr, goal: minimize}\n"
    + P: "2: the goal of image/psnr is 'minimize': the best",
    "method: grid\nmetric: {name: image/psnr, goal: maximize, target: 3}\n" + P: "2: 'target' of a metric is not supp",
    "method: grid\nmetrics: []\n" + P: "2: metrics must be a list of at least one value",
    METRIC + "method: grid\nmetrics: [{name: image/ssim, goal: maximize}]\n" + P: "3: metric and metrics cannot stand",
    "method: grid\nmetrics:\n- {name: image/ssim, goal: maximize}\n- {name: image/ssim, goal: maximize}\n"
    + P: "4: the metric image/ssim stands twice",
    "method: grid\nearly_terminate: {type: hyperband, min_iter: 1}\n"
    + P: "2: early_terminate needs exactly one metric",
    METRIC + "method: grid\nearly_terminate: {min_iter: 1}\n" + P: "3: the type of early_terminate is None",
    METRIC + "method: grid\nearly_terminate: {type: hyperband}\n" + P: "3: early_terminate needs one of min_iter and",
    METRIC + "method: grid\nearly_terminate: {type: hyperband, max_iter: 3}\n" + P: "3: early_terminate takes max_iter",
    METRIC + "method: grid\nearly_terminate: {type: hyperband, min_iter: 0}\n" + P: "3: min_iter is 0: expected an int",
    METRIC + "method: grid\nearly_terminate: {type: hyperband, min_iter: 1, strict: x}\n" + P: "3: strict got 'x'",
    METRIC
    + "method: grid\nearly_terminate: {type: hyperband, min_iter: 1, strict: false}\n"
    + P: "3: strict got False",
    METRIC + "method: grid\nearly_terminate: {type: hyperband, min_iter: 1, etta: 3}\n" + P: "3: unknown key 'etta' in",
    METRIC + "method: custom\n" + P: "2: method: custom and scheduler go together",
    "method: custom\nscheduler: {engine: ax}\n" + METRIC + P: "2: the engine of scheduler is ax: only optuna",
    "method: grid\nprogram: run.py\n" + P: "2: program without command would lack --trial",
    "method: grid\ncommand: [python, run.py, --trial]\n" + P: "2: command ends in '--trial': its last item must be",
    "method: grid\ncommand: [python, train.py, --trial, '${args}']\n" + P: "2: command does not call run.py --trial",
    "method: grid\ncommand: [python, run.py, '${args}']\n" + P: "2: command does not call run.py --trial",
}


@pytest.mark.parametrize(("text", "sentence"), FILE_MISTAKES.items(), ids=[s[:60] for s in FILE_MISTAKES.values()])
def test_a_mistake_in_a_file(mistakes, text, sentence):
    (only,) = mistakes(text)
    assert only.startswith(sentence)


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_lines(mistakes):
    text = (
        "metohd: grid\nmethod: gird\nrun_cap: 0\nparameters:\n  omega_0:\n    valuess: [1]\n"
        "  n_modes:\n    values:\n      - 1\n      - x\n      - 1.0\n  activaton: {value: sine}\n"
    )
    numbers = [int(mistake.split(":")[0]) for mistake in mistakes(text)]
    assert numbers == [1, 2, 3, 6, 10, 11, 12]


def test_a_file_that_is_not_there_or_not_text(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        load_spec(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="directory"):
        load_spec(tmp_path)
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not text in UTF-8"):
        load_spec(tmp_path / "b.yaml")


def test_the_metrics_are_those_that_trials_log():
    field = {"image": next(iter(FIELDS)), "operator": "sobel", "holdout": "grid", "loss": "gradient"}
    sound = {"task": "audio", "seconds": 0.02, "holdout": "grid"}
    logged = set()
    others = [{"task": name, **small} for name, small in SMALL_TASKS.items() if name not in ("image", "audio")]
    for given in (field, {"image": "camera", "loss": "image"}, {**sound, "loss": "derivative"}, sound, *others):
        config = TrialConfig.from_flat({"size": 24, "hidden_features": 4, "hidden_layers": 0, "steps": 1, **given})
        *_, last = run_trial(config)
        logged |= set(last.evaluation.metrics)
    constant = ("/data_range", "network/parameters")
    assert {n for n in logged if not n.endswith(constant) and metric(n).variant not in references()} == set(rankable())
