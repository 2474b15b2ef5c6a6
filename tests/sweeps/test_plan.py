"""Plans: what collapses, what is refused, what it costs, what is recorded, and that they are quick."""

import io
import itertools

import pytest

from inr.config import TrialConfig
from inr.errors import UsageError
from inr.trial import problem_of
from sweeps.file.plan import distinct, grid_points, make_plan, trial_flops
from sweeps.file.plan_summary import ROWS, show_plan
from sweeps.file.spec import load_spec
from sweeps.record.folder import Record, Runs
from sweeps.screen.terminal import Screen
from sweeps.trial.programs import worth_compiling
from tests.fits import truth


@pytest.fixture
def load(tmp_path, monkeypatch):
    """The sweep of some parameters (YAML, one a line), and more of the file."""
    monkeypatch.chdir(tmp_path)

    def load(parameters, head="method: grid"):
        lines = "".join(f"  {line.strip()}\n" for line in parameters.strip().splitlines())
        (tmp_path / "x.yaml").write_text(f"{head}\nparameters:\n{lines}")
        return load_spec("x.yaml")

    return load


@pytest.fixture
def runs(tmp_path):
    return Runs(tmp_path / "runs")


def record(runs, point, status="finished"):
    config = TrialConfig.from_flat(point)
    folder = runs.folder(config.trial_id)
    folder.path.mkdir(parents=True)
    folder.write(Record(config.trial_id, status, config.flat(), {"image/psnr": 12.5}))


def shown(plan, **kwargs):
    console = Screen(record=True, width=160, file=io.StringIO())
    show_plan(plan, console, **kwargs)
    return console.export_text()


ZOO = """
    activation: {values: [relu, sine, triangle, square]}
    n_modes: {min: 1, max: 3}
    omega_0: {values: [10, 30]}
"""


def test_points_are_the_product_in_file_order(load):
    spec = load(ZOO)
    names = ("activation", "n_modes", "omega_0")
    product = itertools.product(["relu", "sine", "triangle", "square"], [1, 2, 3], [10.0, 30.0])
    assert list(grid_points(spec)) == [dict(zip(names, p, strict=True)) for p in product]


def test_parameters_that_do_not_apply_collapse(load, runs):
    plan = make_plan(load(ZOO), runs)
    assert plan.points == 24
    # relu has neither, sine has ω₀ only, square and triangle have both
    by_activation = {a: [t for t in plan.trials if str(t.config.activation) == a] for a in ("relu", "sine", "triangle")}
    assert {a: len(trials) for a, trials in by_activation.items()} == {"relu": 1, "sine": 2, "triangle": 6}
    assert len(plan.trials) == 15
    assert [t.points for t in by_activation["sine"]] == [3, 3]
    assert by_activation["relu"][0].points == 6
    assert by_activation["relu"][0].point == {"activation": "relu", "n_modes": 1, "omega_0": 10.0}
    assert len({t.config.trial_id for t in plan.trials}) == 15


def test_refused_combinations_are_named_once_with_their_count(load, runs):
    spec = load("""
        operator: {values: [sobel, analytic]}
        holdout: {values: [none, random]}
        loss: {values: [image, all]}
        image: {values: [camera, no_such_picture.png]}
    """)
    with pytest.raises(UsageError) as caught:
        make_plan(spec, runs)
    counts = dict(line.removeprefix("x.yaml: ").split(" points cannot be run")[::-1] for line in _lines(caught))
    # 16 points: 8 analytic (4 for each image), 2 with random pixels and derivatives, 3 of a file that is not there
    assert sorted(counts.values()) == ["2", "3", "4", "4"]
    assert next(why for why, count in counts.items() if count == "3").endswith("there is no such file; check the path")


def _lines(caught):
    return str(caught.value).splitlines()


def test_the_first_refused_point_is_shown():
    points = [{"operator": "analytic", "seed": seed} for seed in range(3)]
    with pytest.raises(
        UsageError, match=r"^f.yaml: 3 points cannot be run, first operator=analytic seed=0: --operator"
    ):
        distinct([{"seed": 1}, *points], "f.yaml")


@pytest.mark.parametrize(
    ("metric", "parameter", "why"),
    [
        ("held_out/psnr", "holdout: {values: [none, grid]}", "1 trial would not have the metric held_out/psnr, which"),
        ("exact_laplacian/psnr", "image: {value: camera}", "which needs a closed form as image"),
        ("image/psnr_aligned", "loss: {values: [image, gradient]}", "1 trial would not have"),
    ],
)
def test_a_metric_that_a_trial_would_not_have_is_refused(load, runs, metric, parameter, why):
    spec = load(parameter, f"method: grid\nmetric: {{name: {metric}, goal: maximize}}")
    with pytest.raises(UsageError, match=why):
        make_plan(spec, runs)


@pytest.mark.parametrize(
    ("change", "products"),
    [
        ({}, 3),
        ({"loss": "image+gradient"}, 6),
        ({"loss": "gradient", "channels": "rgb"}, 9),
        ({"loss": "all"}, 12),
        ({"loss": "all", "laplacian_weight": 0}, 6),
    ],
)
def test_cost(change, products):
    config = TrialConfig.from_flat({"size": 64, "steps": 10, "hidden_features": 128, "hidden_layers": 2, **change})
    hidden = 10 * 64**2 * 128**2 * 2 * 2 * products
    assert hidden <= trial_flops(config) <= 1.03 * hidden  # the first and the last layer are small


def test_cost_of_a_batch_and_of_a_holdout():
    def cost(**given):
        return trial_flops(TrialConfig.from_flat({"size": 64, **given}))

    assert cost(batch_size=1024) == cost() / 4
    assert cost(holdout="grid") == cost() / 4
    assert cost(holdout="random", holdout_fraction=0.5) == cost() / 2
    assert cost(batch_size=10**6) == cost()
    assert cost(steps=1000) == 2 * cost(steps=500)
    # A complex matrix has four entries for each of a real one, two real maps have two.
    assert cost(activation="wire") == pytest.approx(4 * cost(), rel=0.01)
    assert cost(activation="real_gabor") == pytest.approx(2 * cost(), rel=0.01)


@pytest.mark.parametrize(
    ("gflops", "text"), [(1, "about 0.8 min at 1 G"), (1e-3, "about 13 h at 0.001"), (1e-2, "about 1.3 h at")]
)
def test_the_time_is_that_of_the_operations(load, runs, gflops, text):
    plan = make_plan(load("size: {value: 32}\nhidden_features: {value: 64}\nsteps: {value: 604}"), runs)
    assert plan.flops == pytest.approx(46.3e9, rel=0.01)  # by hand: 6 · 604 steps · 32² points · (3 · 64² + 3 · 64)
    assert text in shown(plan, gflops=gflops)


def test_recorded_trials_are_not_run_again(load, runs):
    spec = load(ZOO)
    record(runs, {"activation": "relu"})
    record(runs, {"activation": "sine", "omega_0": 10}, "diverged")
    record(runs, {"activation": "sine", "omega_0": 30}, "failed")
    plan = make_plan(spec, runs)
    statuses = {t.config.trial_id: t.status for t in plan.trials if t.status}
    assert sorted(statuses.values()) == ["diverged", "failed", "finished"]
    assert len(plan.to_run) == 13
    assert plan.flops == sum(trial_flops(t.config) for t in plan.trials if t.status in (None, "failed"))
    text = shown(plan, gflops=100)
    assert "24 points, 15 distinct, 2 recorded, 13 to run" in text
    assert "at 100 GFLOP/s" in text


def test_a_record_that_cannot_be_read_does_not_stop_the_plan(load, runs):
    (trial,) = make_plan(load("seed: {value: 1}"), runs).trials
    path = runs.folder(trial.config.trial_id).path
    path.mkdir(parents=True)
    (path / "record.json").write_text("{")
    assert make_plan(load("seed: {value: 1}"), runs).trials[0].status == "unreadable"


def test_run_cap_cuts_a_grid(load, runs):
    plan = make_plan(load(ZOO, "method: grid\nrun_cap: 4"), runs)
    assert (len(plan.trials), plan.left_out) == (4, 11)
    assert "15 distinct, 11 beyond run_cap left out, 0 recorded, 4 to run" in shown(plan)


def test_the_table_has_a_dash_for_what_does_not_apply_and_seeds_in_one_row(load, runs):
    spec = load(ZOO + "    seed: {min: 0, max: 4}")
    for seed in range(2):
        record(runs, {"activation": "relu", "seed": seed})
    rows = [line.split() for line in shown(make_plan(spec, runs)).splitlines() if "│" in line]
    cells = [[cell for cell in row if cell != "│"] for row in rows]
    assert len(cells) == 15
    assert cells[0][:5] == ["relu", "–", "–", "5", "30"]
    assert cells[0][6:] == ["2", "of", "5", "finished"]
    assert cells[1][:5] == ["sine", "–", "10", "5", "15"]
    assert cells[-1][:4] == ["square", "3", "30", "5"]


def test_a_long_table_is_cut(load, runs):
    text = shown(make_plan(load("n_modes: {min: 1, max: 50}\nactivation: {value: square}"), runs))
    assert text.count("│") // 5 == ROWS  # cell separators of a row of four columns
    assert "… and 10 more" in text


def test_the_plan_of_a_search_says_its_budget_and_its_dimensions(load, runs):
    spec = load(
        """
        activation: {values: [relu, sine, square]}
        learning_rate: {distribution: log_uniform_values, min: 1.0e-5, max: 1.0e-3}
        omega_0: {min: 1.0, max: 30.0}
        n_modes: {min: 1, max: 8}
        """,
        "method: bayes\nrun_cap: 12\nmetric: {name: image/psnr, goal: maximize}",
    )
    plan = make_plan(spec, runs)
    assert plan.dimensions == {
        "relu": ("learning_rate",),
        "sine": ("learning_rate", "omega_0"),
        "square": ("learning_rate", "omega_0", "n_modes"),
    }
    assert plan.flops == pytest.approx(12 * trial_flops(TrialConfig.from_flat({})))
    text = shown(plan)
    assert "run_cap: 12 trials of method bayes" in text
    assert "relu 1, sine 2, square 3" in text
    assert "1e-05 … 0.001, log-uniform" in text


def test_a_search_without_an_end_says_so(load, runs):
    assert "no run_cap: the sweep has no end" in shown(
        make_plan(load("omega_0: {min: 1.0, max: 3.0}", "method: random"), runs)
    )


def test_a_combination_that_a_search_could_draw_is_refused_too(load, runs):
    spec = load("operator: {values: [sobel, analytic]}\nomega_0: {min: 1.0, max: 3.0}", "method: random")
    with pytest.raises(UsageError, match=r"1 point cannot be run, first operator=analytic omega_0=2\.0: --operator"):
        make_plan(spec, runs)


def test_ten_thousand_points_come_to_the_trials_that_differ(load, runs, capsys):
    spec = load("""
        activation: {values: [relu, sine, triangle, square]}
        n_modes: {min: 1, max: 10}
        omega_0: {min: 1, max: 10}
        loss: {values: [image, gradient, laplacian, all, image+gradient]}
        seed: {min: 0, max: 4}
    """)
    plan = make_plan(spec, runs)
    assert plan.points == 10_000
    assert capsys.readouterr().err == (
        "note: the sweep x has 10,000 points, each of which is resolved now: that takes a while\n"
    )
    assert len(plan.trials) == 25 * (1 + 10 + 100 + 100)
    # one row for the seeds of a config, and no more rows than a person reads
    assert f"… and {5 * (1 + 10 + 100 + 100) - ROWS} more" in shown(plan)


@pytest.mark.parametrize(
    ("change", "order"),
    [
        ({"laplacian_weight": 0}, 1),
        ({"laplacian_weight": 0, "gradient_weight": 0}, 0),
        ({"image_weight": 0, "gradient_weight": 0}, 2),
        ({}, 2),
    ],
    ids=str,
)
def test_a_term_without_a_weight_costs_and_compiles_as_if_it_were_not_there(monkeypatch, change, order):
    alone = ("image", "gradient", "laplacian")[order]
    sizes = {"size": 16, "hidden_features": 8, "hidden_layers": 1, "steps": 2}
    config, other = (TrialConfig.from_flat({**sizes, **flat}) for flat in ({"loss": "all", **change}, {"loss": alone}))
    assert max(term.order for term in problem_of(config).groups[0].terms) == order
    assert trial_flops(config) == trial_flops(other)
    monkeypatch.setattr("shutil.which", lambda name: name)
    values = 2 * 256 * 8 * 2 * (order + 1)
    for least, worth in ((values, True), (values + 1, False)):
        monkeypatch.setattr("sweeps.trial.programs.WORTH_COMPILING", least)
        assert worth_compiling(config, 256) == worth_compiling(other, 256) == worth


def test_a_metric_of_a_term_without_a_weight_is_that_of_a_loss_without_it(load, runs):
    spec = load(
        "loss: {value: image+gradient}\nimage_weight: {value: 0}\nsize: {value: 16}",
        "method: grid\nmetric: {name: image/psnr_aligned, goal: maximize}",
    )
    (trial,) = make_plan(spec, runs).trials
    problem = problem_of(trial.config)
    assert "image/psnr_aligned" in problem.judge.scores(truth(problem.judge))


def test_the_points_of_a_grid_are_counted_before_any_is_made(load, runs, capsys, monkeypatch):
    monkeypatch.setattr("sweeps.file.plan.distinct", lambda points, source: pytest.fail(capsys.readouterr().err))
    with pytest.raises(pytest.fail.Exception, match="note: the sweep x has 100,000 points"):
        make_plan(load("seed: {min: 0, max: 99999}"), runs)
