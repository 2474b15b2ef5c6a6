"""The curve of the budget: against all subsets, written out; the search that it is of; what a choice lost."""

import itertools
from pathlib import Path

import frames
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import analysis
from analysis.comparison.budget import expected_best, gaps, search_of, steps_of
from analysis.comparison.compare import compare
from analysis.comparison.question import Question
from analysis.figures import budget, svg
from inr.errors import InputError

SCORES = st.lists(st.floats(-50, 50), min_size=2, max_size=8)


def best_of_all_subsets(scores: list[float], k: int, best=max) -> float:
    return float(np.mean([best(subset) for subset in itertools.combinations(scores, k)]))


@given(SCORES)
def test_it_is_the_mean_over_all_subsets(scores: list[float]) -> None:
    every = range(1, len(scores) + 1)
    for found in expected_best(scores, every):
        assert found.mean == pytest.approx(best_of_all_subsets(scores, found.trials))
    for found in expected_best(scores, every, higher_is_better=False):
        assert found.mean == pytest.approx(best_of_all_subsets(scores, found.trials, min))


@given(SCORES)
def test_it_never_falls_and_ends_at_the_best(scores: list[float]) -> None:
    curve = expected_best(scores, range(1, len(scores) + 1))
    assert all(a.mean <= b.mean + 1e-9 for a, b in itertools.pairwise(curve))
    assert curve[-1].mean == pytest.approx(max(scores))
    assert all(a.low <= a.high for a in curve)
    assert curve[-1].high <= max(scores) + 1e-9


def test_a_trial_that_failed_has_cost_one() -> None:
    (one,) = expected_best([10.0, 20.0, np.nan, np.nan], [1])
    assert one.mean == pytest.approx((10 + 20 + 10 + 10) / 4)


def test_the_interval_is_that_of_searches_of_as_many_trials() -> None:
    scores = np.random.default_rng(3).normal(size=400)
    (found,) = expected_best(scores, [1])
    width = 2 * 1.645 * scores.std() / 20  # of a mean of 400
    assert found.high - found.low == pytest.approx(width, rel=0.15)


def test_the_curve_is_told_at_powers_of_two_and_at_the_end() -> None:
    assert steps_of(20) == [1, 2, 4, 8, 16, 20]
    assert steps_of(8) == [1, 2, 4, 8]
    assert steps_of(1) == [1]


def searched(runs: Path) -> None:
    """Five rates on camera with seed 0, of which one diverged; the best of them on other seeds, and on coins."""
    for rate, score in ((1e-4, 20.0), (3e-4, 24.0), (1e-3, 30.0), (3e-3, 26.0)):
        frames.write(runs, score, activation="sine", image="camera", seed=0, learning_rate=rate)
    frames.write(runs, None, "diverged", activation="sine", image="camera", seed=0, learning_rate=1e-2)
    for image, seed, score in (("camera", 1, 28.0), ("camera", 2, 27.0), ("coins", 1, 40.0)):
        frames.write(runs, score, activation="sine", image=image, seed=seed, learning_rate=1e-3)


def test_the_search_is_on_the_picture_and_seed_with_most_trials(tmp_path: Path) -> None:
    searched(tmp_path)
    found = search_of(analysis.load(tmp_path))
    assert {*found["image"]} == {"camera"}
    assert {*found["seed"]} == {0}
    assert sorted(found["quality"].dropna()) == [20.0, 24.0, 26.0, 30.0]
    assert found["quality"].isna().sum() == 1


def test_what_the_choice_lost_is_told_on_the_pictures_that_chose(tmp_path: Path) -> None:
    searched(tmp_path)
    found = compare(analysis.load(tmp_path), Question(selection_seeds=[0], nuisance=["learning_rate"]))
    assert gaps(found) == {"sine": pytest.approx(30.0 - 27.5)}
    only = compare(
        analysis.load(tmp_path),
        Question(selection_seeds=[0], nuisance=["learning_rate"], where={"image": ["camera", "coins"], "seed": [0, 1]}),
    )
    assert gaps(only) == {"sine": pytest.approx(30.0 - 28.0)}


def test_a_choice_that_was_reported_on_other_pictures_has_no_gap(tmp_path: Path) -> None:
    frames.write(tmp_path, 20.0, activation="sine", image="camera", seed=0, learning_rate=1e-4)
    frames.write(tmp_path, 30.0, activation="sine", image="camera", seed=0, learning_rate=1e-3)
    frames.write(tmp_path, 30.0, activation="sine", image="coins", seed=1, learning_rate=1e-3)
    assert gaps(compare(analysis.load(tmp_path), Question(selection_seeds=[0], nuisance=["learning_rate"]))) == {}


def test_the_picture_has_a_row_for_each_activation_that_was_searched(tmp_path: Path) -> None:
    searched(tmp_path)
    frames.write(tmp_path, 22.0, activation="relu", image="camera", seed=0)
    drawn = budget(analysis.load(tmp_path))
    (axes,) = drawn.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["sine"]
    assert "camera" in drawn.get_supxlabel()
    assert svg(drawn) == svg(budget(analysis.load(tmp_path)))


def test_without_a_search_it_says_so(tmp_path: Path) -> None:
    frames.write(tmp_path, 22.0, activation="relu")
    with pytest.raises(InputError, match="no activation has 4 trials of one signal and seed"):
        budget(analysis.load(tmp_path))
