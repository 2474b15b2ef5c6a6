"""Tables against means worked out by hand: what is averaged, what is refused, what stands under the table."""

from pathlib import Path
from typing import Any

import frames
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import analysis
from analysis.comparison.compare import compare
from analysis.comparison.question import Question
from analysis.comparison.result import Cell, Comparison
from inr.errors import InputError, UsageError

IMAGES = {
    "sine": {"camera": [30.0, 32.0], "coins": [40.0, 44.0], "moon": [35.0, 35.0]},
    "relu": {"camera": [20.0, 24.0], "coins": [39.0, 41.0], "moon": [31.0, 29.0]},
}


def table(runs: Path, **options: Any) -> Comparison:
    return compare(analysis.load(runs), Question(**options))


def cell(found: Comparison, row: str, metric: str = "image/psnr") -> Cell:
    return next(each for each in found.rows if each.name == row).cells[metric]


def note(found: Comparison, start: str) -> str:
    (one,) = [text for text in found.notes if text.startswith(start)]
    return one


def test_images_are_blocks_with_seeds_averaged_inside(runs: Path) -> None:
    frames.grid(runs, IMAGES)
    found = table(runs)
    assert [row.name for row in found.rows] == ["relu", "sine"]
    sine = cell(found, "sine")
    assert sine.mean == pytest.approx((31 + 42 + 35) / 3)
    half = stats.t.ppf(0.975, 2) * np.std([31, 42, 35], ddof=1) / np.sqrt(3)
    assert (sine.low, sine.high, sine.n) == (pytest.approx(36 - half), pytest.approx(36 + half), 3)
    assert cell(found, "relu").mean == pytest.approx((22 + 40 + 30) / 3)
    assert (sine.best, cell(found, "relu").best) == (True, False)
    assert found.unit == "image"
    assert found.values["image/psnr"].to_dict("list") == {"relu": [22, 40, 30], "sine": [31, 42, 35]}
    assert note(found, "mean ") == (
        "mean over n = 3 images (camera, coins, moon), each with 2 seeds, averaged inside; "
        "under it the values, too few for an interval"
    )
    assert sine.few == {"camera": 31, "coins": 42, "moon": 35}
    assert note(found, "no test can be made with n = 3: 2 rows at a level of 0.05 need n ≥ 6")


def test_with_one_image_the_seeds_are_the_blocks(runs: Path) -> None:
    frames.grid(runs, {"sine": {"camera": [30.0, 32.0, 37.0]}})
    found = table(runs)
    assert found.unit == "seed"
    assert (cell(found, "sine").mean, cell(found, "sine").n) == (33, 3)
    assert note(found, "mean ").startswith("mean over n = 3 seeds of image camera; under it the values")


def test_one_trial_has_no_interval(runs: Path) -> None:
    frames.write(runs, 30.0)
    found = table(runs)
    assert cell(found, "sine") == Cell(mean=30.0, n=1)
    assert note(found, "n = 1 seed of image camera: no interval")


def test_the_confidence_is_the_callers(runs: Path) -> None:
    frames.grid(runs, {"sine": {"camera": [30.0, 32.0]}})
    # two values 2 apart: s / √n is 1, and t at 80 % with one degree of freedom is 3.0777
    assert cell(table(runs, confidence=0.8), "sine").high == pytest.approx(31 + 3.0777, abs=1e-4)


def test_what_cannot_be_told_from_the_best_is_marked(runs: Path) -> None:
    generator = np.random.default_rng(0)
    images = {f"image{i}": generator.normal(30, 8) for i in range(10)}
    offsets = {"a": lambda i: 0.0, "b": lambda i: 0.4 * (-1) ** i + 0.01 * i - 0.1, "c": lambda i: -1 - 0.1 * i}
    for name, offset in offsets.items():
        frames.grid(runs, {name: {image: [value + offset(i)] for i, (image, value) in enumerate(images.items())}})
    found = table(runs)
    marks = {row.name: (row.cells["image/psnr"].best, row.cells["image/psnr"].tied) for row in found.rows}
    assert marks == {"a": (True, False), "b": (False, True), "c": (False, False)}
    assert note(found, "bold (or *): best mean; ~: not distinguishable from it (Wilcoxon")
    p = stats.friedmanchisquare(*found.values["image/psnr"].to_numpy().T).pvalue
    assert f"image/psnr {p:.2g}" in note(found, "Friedman's test, p: ")


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"size": 128}, r"will not average over size, which varies in activation=sine \(size: .*--where size="),
        (
            {"steps": 7, "operator": "central"},
            "will not average over operator and steps, which vary in activation=sine",
        ),
        ({"n_modes": 4}, r"will not average over n_modes, which varies in activation=sine \(n_modes: .*–"),
        ({"omega_0": 9.0}, "omega_0 varies in activation=sine and must be chosen: give --selection-seeds, some of the"),
    ],
)
def test_it_refuses_to_average_over_what_nobody_named(runs: Path, config: dict[str, Any], sentence: str) -> None:
    frames.write(runs, seed=0)
    frames.write(runs, seed=1, **config)
    with pytest.raises(InputError, match=sentence) as found:
        table(runs)
    assert "\n" not in str(found.value)
    name, value = next(iter(config.items()))
    assert len(table(runs, by=["activation", *config]).rows) == 2
    assert cell(table(runs, over=["image", "seed", *config]), "sine").mean == 30
    assert len(table(runs, where={name: value}).basis.used) == 1


def test_what_is_named_twice_counts_once(runs: Path) -> None:
    frames.grid(runs, {"sine": {"camera": [30.0]}}, size=64)
    frames.grid(runs, {"sine": {"camera": [34.0]}}, size=128)
    found = table(runs, where={"size": [64, "128"]}, over=("size", "image", "seed"))
    assert (cell(found, "sine").mean, found.unit) == (32, "size")


def test_rows_may_differ_in_more_than_their_name_and_it_is_told(runs: Path) -> None:
    frames.write(runs, activation="sine", init="paper", omega_0=30.0)
    frames.write(runs, activation="relu", init="unit_variance")
    found = table(runs)
    assert note(found, "held fixed: ") == (
        "held fixed: task = image, size = 64, loss = image, operator = sobel, steps = 100, learning_rate = 0.0001, "
        "init = unit_variance (relu), paper (sine), omega_0 = 30 (only sine)"
    )


def test_only_what_every_row_has_is_averaged(runs: Path) -> None:
    frames.grid(runs, IMAGES)
    frames.grid(runs, {"sine": {"brick": [50.0]}})
    frames.write(runs, 1.0, status="diverged", activation="relu", image="brick")
    found = table(runs)
    assert cell(found, "sine").mean == pytest.approx(36)
    assert note(found, "left out for all rows: 1 combination of image and seed that relu did not finish (brick, 0)")
    assert note(found, "not averaged: 1 trial without a result (activation=relu: 1 diverged)")


def test_a_row_without_a_result_stands_there_empty(runs: Path) -> None:
    frames.grid(runs, {"sine": {"camera": [30.0, 31.0]}})
    frames.write(runs, 1.0, status="diverged", activation="square")
    found = table(runs)
    assert cell(found, "square") == Cell()
    assert cell(found, "sine").n == 2


def test_without_anything_in_common_nothing_is_tested(runs: Path) -> None:
    frames.grid(runs, {"sine": {"camera": [30.0]}, "relu": {"coins": [20.0]}})
    found = table(runs)
    assert (cell(found, "sine").mean, cell(found, "relu").mean) == (30, 20)
    assert not found.tests
    assert not any(c.best for row in found.rows for c in row.cells.values())
    assert note(found, "no test can be made: no image and seed is common to all rows")


def test_nuisance_is_chosen_on_some_seeds_and_reported_on_the_others(runs: Path) -> None:
    # on seed 0 the higher rate is lucky, and only there
    frames.grid(runs, {"sine": {"camera": [30.0, 31.0, 32.0]}}, learning_rate=1e-4)
    frames.grid(runs, {"sine": {"camera": [33.0, 21.0, 23.0]}}, learning_rate=1e-3)
    frames.write(runs, 99.0, status="diverged", learning_rate=1e-2)
    frames.grid(runs, {"relu": {"camera": [10.0, 11.0, 12.0]}})
    found = table(runs, selection_seeds=[0])
    assert cell(found, "sine").mean == 22
    assert cell(found, "relu").mean == 11.5
    assert note(found, "chosen by image/psnr on seed 0, reported on the others: ") == (
        "chosen by image/psnr on seed 0, reported on the others: activation=relu: learning_rate=0.0001, 1 tried; "
        "activation=sine: learning_rate=0.001, 3 tried"
    )
    assert note(found, "the tuning budgets differ")
    assert cell(table(runs, selection_seeds=[1, 2]), "sine").mean == 30
    assert cell(table(runs, selection_seeds=[0], rank_by="loss/total"), "sine").n == 2


def test_selection_is_over_images_with_seeds_averaged_inside(runs: Path) -> None:
    # means over trials: 24.67 against 25.33; over images: 27 against 26
    frames.grid(runs, {"sine": {"camera": [20.0, 20.0, 1.0], "coins": [34.0]}}, omega_0=10.0)
    frames.grid(runs, {"sine": {"camera": [24.0, 24.0, 2.0], "coins": [28.0]}}, omega_0=30.0)
    found = table(runs, selection_seeds=[0, 1], over=("image", "seed"))
    assert found.choices[0].values["omega_0"] == 10.0
    assert cell(found, "sine").mean == 1


def test_a_configuration_that_did_not_finish_everywhere_is_not_chosen(runs: Path) -> None:
    frames.grid(runs, {"sine": {"camera": [20.0, 20.0, 20.0]}}, omega_0=10.0)
    frames.write(runs, 60.0, omega_0=99.0, seed=0)
    frames.write(runs, 60.0, omega_0=99.0, seed=1, status="diverged")
    assert table(runs, selection_seeds=[0, 1]).choices[0].values["omega_0"] == 10.0


def test_losses_are_chosen_by_the_least(runs: Path) -> None:
    for rate, nrmse in ((1e-4, 0.1), (1e-3, 0.4)):
        for seed in (0, 1):
            frames.write(runs, {**frames.metrics(30.0), "image/nrmse": nrmse}, learning_rate=rate, seed=seed)
    found = table(runs, selection_seeds=[0], rank_by="image/nrmse", metrics=["image/nrmse"])
    assert cell(found, "sine", "image/nrmse").mean == 0.1


def test_losses_without_an_image_term_are_chosen_by_the_aligned_image(runs: Path) -> None:
    for rate, plain, aligned in ((1e-4, 10.0, 30.0), (1e-3, 20.0, 25.0)):
        for seed in (0, 1):
            scores = {**frames.metrics(plain), "image/psnr_aligned": aligned}
            frames.write(runs, scores, learning_rate=rate, seed=seed, loss="gradient")
    found = table(runs, selection_seeds=[0])
    assert cell(found, "sine", "image/psnr_aligned").mean == 30
    assert found.choices[0].rank_by == "image/psnr_aligned"
    assert note(found, "the loss gradient leaves a constant or a harmonic function free")


def test_nothing_left_to_report(runs: Path) -> None:
    frames.grid(runs, {"sine": {"camera": [30.0]}}, learning_rate=1e-4)
    frames.grid(runs, {"sine": {"camera": [31.0]}}, learning_rate=1e-3)
    with pytest.raises(InputError, match="no trial is left to report outside the selection seeds 0"):
        table(runs, selection_seeds=[0])
    with pytest.raises(UsageError, match="no trial has the selection seed 5: there are 0"):
        table(runs, selection_seeds=[5])


def test_the_laplacian_of_relu_means_nothing(runs: Path) -> None:
    for seed in (0, 1):
        frames.write(runs, frames.zero_laplacian(20.0 + seed), activation="relu", seed=seed)
        frames.write(runs, 30.0 + seed, activation="sine", seed=seed)
    found = table(runs)
    assert cell(found, "relu", "laplacian/psnr") == Cell(means_nothing=True)
    assert cell(found, "relu", "laplacian/ssim").means_nothing
    assert not cell(found, "relu", "gradient/psnr").means_nothing
    assert cell(found, "sine", "laplacian/psnr").mean == 15
    assert note(found, "n/a: the network's Laplacian is zero everywhere for relu, by construction")
    assert list(found.values["laplacian/psnr"]) == ["sine"]


def test_a_dead_network_is_a_result(runs: Path) -> None:
    zero = {f"{m}/{s}": v for m in ("gradient", "laplacian") for s, v in (("nrmse", 1.0), ("correlation", None))}
    frames.write(runs, {**frames.metrics(12.0), **zero, "image/correlation": None})
    found = table(runs)
    assert not any(c.means_nothing for c in found.rows[0].cells.values())


def test_references_stand_beside_their_columns(runs: Path) -> None:
    for image, zero in (("camera", 18.0), ("coins", 22.0)):
        for activation in ("relu", "sine"):
            scores = {**frames.metrics(30.0), "gradient/psnr_zero": zero}
            scores |= {"image/psnr_ceiling": 29.0, "held_out/psnr": 21.0, "held_out/psnr_bilinear": 23.0}
            frames.write(runs, scores, activation=activation, image=image)
    found = table(runs)
    values = {reference.kind: reference.values for reference in found.references}
    assert values["zero"] == pytest.approx({"gradient/psnr": 20.0, "gradient/ssim": 0.02, "laplacian/psnr": 14.0})
    assert values["ceiling"] == {"image/psnr": 29.0}
    assert values["bilinear"] == {"held_out/psnr": 23.0}
    names = [reference.name for reference in found.references][1:]
    assert names == ["image that the targets ask for", "linear interpolation"]


def test_a_ceiling_that_depends_on_the_row_says_of_which(runs: Path) -> None:
    for loss, ceiling in (("gradient", 29.0), ("laplacian", 36.0)):
        frames.write(runs, {**frames.metrics(20.0), "image/psnr_ceiling": ceiling}, loss=loss)
    found = table(runs, by=["loss"])
    ceilings = {r.name: r.values["image/psnr"] for r in found.references if r.kind == "ceiling"}
    name = "image that the targets ask for"
    assert ceilings == {f"{name} (gradient)": 29.0, f"{name} (laplacian)": 36.0}


def test_two_trials_of_one_config_are_refused(runs: Path) -> None:
    frames.write(runs, 30.0)
    frame = analysis.load(runs)
    other = frame.assign(trial_id="other")
    with pytest.raises(InputError, match=r"have one config .* and would count twice: delete one's record"):
        compare(pd.concat([frame, other], ignore_index=True))
    later = other.assign(**{"environment/commit": "beef"})
    with pytest.raises(InputError, match="they differ in environment/commit, keep one with --where environment/commit"):
        compare(pd.concat([frame, later], ignore_index=True))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"by": ["activaton"]}, "unknown column 'activaton': did you mean 'activation'"),
        ({"over": ["image", "sed"]}, "unknown column 'sed': did you mean 'seed'"),
        ({"metrics": ["image/pnsr"]}, "unknown column 'image/pnsr': did you mean 'image/psnr'"),
        ({"rank_by": "image/snr"}, "unknown column 'image/snr': did you mean"),
        ({"where": {"los": "image"}}, "unknown column 'los': did you mean 'loss'"),
        ({"where": {"loss": "imge"}}, "no trial has loss=imge: did you mean 'image'"),
        ({"where": {"size": "big"}}, "no trial has size=big: expected one of 64"),
    ],
)
def test_wrong_names_are_answered_with_the_nearest(runs: Path, options: dict[str, Any], sentence: str) -> None:
    frames.write(runs)
    with pytest.raises(UsageError, match=sentence):
        table(runs, **options)


def test_what_optuna_alone_does_not_say_is_asked_for() -> None:
    frame = pd.DataFrame({"activation": ["relu", "sine"], "status": "finished", "image/psnr": [20.0, 30.0]})
    with pytest.raises(InputError, match="have no image and no seed, over which a table averages: give --runs"):
        compare(frame)


def test_nothing_to_compare(runs: Path) -> None:
    frames.write(runs, None, status="failed")
    with pytest.raises(InputError, match=r"no trial has finished \(1 failed\)"):
        table(runs)
    (runs / "trials").rename(runs / "gone")
    with pytest.raises(InputError, match="there are no trials to compare"):
        table(runs)


def test_two_sweeps_with_different_metrics_share_a_table(runs: Path) -> None:
    frames.write(runs, {"image/psnr": 30.0, "image/ssim": 0.9}, activation="sine")
    frames.write(runs, {"image/psnr": 20.0, "laplacian/psnr": 15.0}, activation="relu")
    found = table(runs)
    assert found.metrics == ("image/psnr", "image/ssim", "laplacian/psnr")
    assert (cell(found, "relu", "image/ssim"), cell(found, "sine", "image/ssim").mean) == (Cell(), 0.9)
    assert note(found, "no trial has gradient/psnr, gradient/ssim and laplacian/ssim")


def test_different_environments_are_told(runs: Path) -> None:
    frames.write(runs)
    frame = analysis.load(runs)
    other = frame.assign(seed=1, trial_id="b", **{"environment/commit": "beef"})
    found = compare(pd.concat([frame, other], ignore_index=True))
    assert note(found, "the trials did not run in one environment: 2 values of environment/commit")


def test_a_finished_trial_that_lacks_its_image_spoils_no_row(runs: Path) -> None:
    frames.grid(runs, {"sine": {"camera": [30.0, 32.0]}, "relu": {"camera": [20.0, 22.0]}})
    frames.write(runs, 99.0, image=None, seed=7)
    frames.write(runs, 99.0, activation=None)
    found = table(runs)
    assert [(row.name, row.cells["image/psnr"].mean) for row in found.rows] == [("relu", 21.0), ("sine", 31.0)]
    assert note(found, "in no row, because no record gives their activation and image: 2 finished")


def parts(**second: Any) -> dict[str, Any]:
    """An environment of two parts, the second of which differs from the first in what is given."""
    first = {"from_step": 0, "to_step": 40, "threads": 1, "compiled": False, "commit": "c0ffee", "host": "here"}
    return {"threads": 2, "parts": [first, {**first, "from_step": 40, "to_step": 100, **second}]}


def test_trials_that_continued_in_another_way_are_told(runs: Path) -> None:
    frames.write(runs, seed=0, environment={"threads": 1})
    frames.write(runs, seed=1, environment=parts(threads=2))
    frames.write(runs, seed=2, environment=parts(threads=2, commit="beef"))
    frames.write(runs, seed=3, environment=parts())
    frames.write(runs, None, "failed", seed=4, environment=parts(host="there"))
    for _ in range(2):  # the second time from the cache
        frame = analysis.load(runs).sort_values("seed")
        assert frame["environment/parts"].tolist()[1:4] == [
            "steps 0 to 40: threads 1; 40 to 100: threads 2",
            "steps 0 to 40: threads 1, commit c0ffee; 40 to 100: threads 2, commit beef",
            "steps 0 to 40; 40 to 100",
        ]
        found = compare(frame)
        assert note(found, "2 trials of 4 continued with other values of commit and threads than at the beginning")
        assert "2 values of environment/threads" in note(found, "the trials did not run in one environment")
    alone = compare(frame, Question(where={"seed": [0, 3]}))
    assert not [text for text in alone.notes if "continued" in text]


def test_parts_that_are_none_are_text(runs: Path) -> None:
    for seed, strange in enumerate(([1, "a"], "x", {"a": 1}, [[{}]], None)):
        frames.write(runs, seed=seed, environment={"parts": strange})
    assert analysis.load(runs).sort_values("seed")["environment/parts"].tolist()[:4] == ["1xa", "x", "{'a': 1}", "[{}]"]
    assert len(table(runs).basis.used) == 5
