"""Tests and intervals against Demšar's published example, against scipy called directly, and at their limits."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.comparison.statistics import (
    bootstrap_interval,
    compare_to_best,
    critical_difference,
    friedman,
    mean_interval,
    no_test,
    pairwise,
)

DEMSAR = [
    *((4, 3, 2, 1), (1, 2, 3, 4), (4, 1, 2, 3), (4, 1, 3, 2), (4, 2, 3, 1), (1, 2.5, 4, 2.5), (3, 2, 4, 1)),
    *((2.5, 2.5, 4, 1), (4, 3, 2, 1), (2.5, 2.5, 2.5, 2.5), (4, 2.5, 1, 2.5), (3, 2, 4, 1), (4, 1, 2, 3), (3, 1, 4, 2)),
]
"""Ranks of four variants of C4.5 on 14 data sets: Demšar, JMLR 7 (2006), table 6."""
NAMES = ["C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf"]


@pytest.fixture
def demsar() -> pd.DataFrame:
    return pd.DataFrame(DEMSAR, columns=NAMES)


@pytest.fixture
def scores() -> pd.DataFrame:
    generator = np.random.default_rng(5)
    images = generator.normal(30, 5, size=(12, 1))
    return pd.DataFrame(images + generator.normal([0, 0.1, 2, 4], 1, size=(12, 4)), columns=[*"abcd"])


def test_average_ranks_and_critical_difference_are_the_published_ones(demsar: pd.DataFrame) -> None:
    found = critical_difference(demsar, higher=False)
    assert list(found.ranks) == ["C4.5+m+cf", "C4.5+m", "C4.5+cf", "C4.5"]
    assert list(found.ranks.values()) == pytest.approx([1.964, 2.000, 2.893, 3.143], abs=5e-4)
    assert found.difference == pytest.approx(1.25, abs=5e-3)
    assert found.blocks == 14
    assert critical_difference(demsar, higher=False, level=0.1).difference == pytest.approx(1.12, abs=5e-3)


def test_friedman_of_the_published_example(demsar: pd.DataFrame) -> None:
    ranks = np.array([*critical_difference(demsar, higher=False).ranks.values()])
    uncorrected = 12 * 14 / (4 * 5) * (np.sum(ranks**2) - 4 * 5**2 / 4)
    assert uncorrected == pytest.approx(9.28, abs=5e-3)
    # the paper does not correct for ties: three data sets with two equal ones, one with four
    ties = 1 - (3 * (2**3 - 2) + (4**3 - 4)) / (14 * 4 * (4**2 - 1))
    assert friedman(demsar) == pytest.approx(stats.chi2.sf(uncorrected / ties, 3))


@pytest.mark.parametrize(("treatments", "quantile"), [(2, 1.960), (3, 2.343), (4, 2.569), (5, 2.728), (10, 3.164)])
def test_quantiles_are_those_of_the_paper(treatments: int, quantile: float) -> None:
    values = pd.DataFrame(np.random.default_rng(0).normal(size=(6, treatments)))
    expected = quantile * np.sqrt(treatments * (treatments + 1) / 36)
    assert critical_difference(values).difference == pytest.approx(expected, rel=1e-3)


def test_cliques_are_the_longest_runs_within_the_difference() -> None:
    values = pd.DataFrame([[1, 2, 3, 4, 5]] * 20, columns=[*"abcde"])
    found = critical_difference(values, higher=False)
    assert found.difference == pytest.approx(2.728 * np.sqrt(30 / 120), rel=1e-3)  # 1.36: neighbours only
    assert found.cliques == (("a", "b"), ("b", "c"), ("c", "d"), ("d", "e"))
    assert critical_difference(values.iloc[:6], higher=False).cliques == (
        ("a", "b", "c"),
        ("b", "c", "d"),
        ("c", "d", "e"),
    )


def test_ranks_turn_with_the_direction(scores: pd.DataFrame) -> None:
    up, down = critical_difference(scores), critical_difference(scores, higher=False)
    assert next(iter(up.ranks)) == [*down.ranks][-1] == "d"
    assert [up.ranks[name] + down.ranks[name] for name in scores] == pytest.approx([5] * 4)


def test_pairs_are_wilcoxon_with_holms_correction(scores: pd.DataFrame) -> None:
    pairs = [*itertools.combinations(scores, 2)]
    raw = {pair: stats.wilcoxon(scores[pair[0]], scores[pair[1]]).pvalue for pair in pairs}
    running, expected = 0.0, {}
    for i, pair in enumerate(sorted(pairs, key=lambda pair: raw[pair])):
        running = max(running, min(1.0, (len(pairs) - i) * raw[pair]))
        expected[pair] = running
    found = pairwise(scores)
    assert {pair: found.loc[pair] for pair in pairs} == pytest.approx(expected)
    assert {pair: found.loc[pair[::-1]] for pair in pairs} == pytest.approx(expected)


def test_what_is_distinguishable_from_the_best(scores: pd.DataFrame) -> None:
    scores["e"] = scores["d"] - np.linspace(-0.01, 0.011, 12)
    tests = compare_to_best(scores)
    assert tests.best == str(scores.mean().idxmax())
    assert set(tests.indistinguishable(0.05)) == {"d", "e"} - {tests.best}
    assert tests.friedman == pytest.approx(stats.friedmanchisquare(*scores.to_numpy().T).pvalue)
    assert compare_to_best(scores, higher=False).best in "ab"


def test_intervals_are_bca_of_the_paired_differences(scores: pd.DataFrame) -> None:
    (difference,) = [d for d in compare_to_best(scores).differences if d.name == "a"]
    paired = (scores["a"] - scores["d"]).to_numpy()
    expected = stats.bootstrap((paired,), np.mean, method="BCa", rng=np.random.default_rng(1)).confidence_interval
    assert difference.mean == pytest.approx(paired.mean())
    assert (difference.low, difference.high) == pytest.approx((expected.low, expected.high), abs=0.05)
    assert compare_to_best(scores) == compare_to_best(scores)
    assert difference.p == pytest.approx(pairwise(scores).loc["a", "d"])


def test_equal_columns_are_equal_and_warn_of_nothing() -> None:
    values = pd.DataFrame({name: np.arange(10.0) for name in "abc"})
    tests = compare_to_best(values)
    assert tests.friedman == 1
    assert [(d.mean, d.low, d.high, d.p) for d in tests.differences] == [(0, 0, 0, 1)] * 2


@pytest.mark.parametrize("treatments", [2, 3, 4, 6])
def test_no_p_value_where_the_most_extreme_outcome_could_not_reach_the_level(treatments: int) -> None:
    for blocks in range(1, 14):
        extreme = pd.DataFrame(np.add.outer(np.arange(blocks) ** 2.0, 100.0 * np.arange(treatments)))
        extreme += np.random.default_rng(0).normal(size=extreme.shape)  # differences without ties
        extreme.columns = extreme.columns.astype(str)
        reachable = 2 / 2**blocks * (treatments * (treatments - 1) / 2) <= 0.05
        assert (no_test(blocks, treatments, 0.05) is None) == reachable
        tests = compare_to_best(extreme)
        if reachable:
            assert tests.indistinguishable(0.05) == ()
        else:
            assert tests.impossible is not None
            assert "no test can be made" in tests.impossible
            assert (tests.friedman, {d.p for d in tests.differences}) == (None, {None})


def test_few_blocks_have_no_bootstrap_interval() -> None:
    assert bootstrap_interval([1.0, 2.0, 3.0, 4.0]) is None
    assert bootstrap_interval([1.0, 2.0, 3.0, 4.0, 5.0]) is not None
    assert bootstrap_interval([2.0] * 5) == (2.0, 2.0)


def test_a_diagram_that_cannot_tell_anything_says_so() -> None:
    found = critical_difference(pd.DataFrame([[1.0, 2.0, 3.0]] * 2, columns=[*"abc"]))
    assert found.impossible is not None
    assert "no two rows can be told apart with n = 2" in found.impossible
    assert critical_difference(pd.DataFrame([[1.0, 2.0, 3.0]] * 10, columns=[*"abc"])).impossible is None


def test_gaps_are_refused(scores: pd.DataFrame) -> None:
    scores.iloc[0, 0] = np.nan
    with pytest.raises(ValueError, match="full table"):
        compare_to_best(scores)


def test_the_interval_of_a_mean_is_students() -> None:
    sample = [28.1, 29.4, 30.2]
    expected = stats.ttest_1samp(sample, 0).confidence_interval(0.95)
    assert mean_interval(sample) == pytest.approx((expected.low, expected.high))
    # by hand: mean 29.2333, s 1.0599, t 4.3027, so ± 2.6330
    assert mean_interval(sample) == pytest.approx((29.2333 - 2.6330, 29.2333 + 2.6330), abs=2e-4)
    assert mean_interval([28.1]) is None


def test_differences_that_are_equal_up_to_rounding_have_an_interval_without_width() -> None:
    values = [20.0 + 0.1 * i - (40.0 + 0.1 * i) for i in range(8)]
    assert len(set(values)) > 1
    low, high = bootstrap_interval(values) or (0.0, 0.0)
    assert low == high == pytest.approx(-20)
