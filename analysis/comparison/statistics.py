"""Test which differences between the rows of a table are significant, with scipy and scikit-posthocs.

The unit is a block, an image, with the seeds averaged inside; the treatments are the rows of a table. ``values`` is a
frame of blocks (index) by treatments (columns) without gaps. Friedman's test asks whether any treatment differs.
Wilcoxon's signed-rank test, with Holm's correction over all pairs, asks which ones do (Benavoli et al. 2016).
Nemenyi's critical difference belongs to the diagram of average ranks (Demšar 2006). If even the most extreme outcome
could not reach the level, a sentence replaces the p-value.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

RESAMPLES = 9999
SEED = 0
"""Seed of the bootstrap, so that the same table has the same intervals."""

ROUNDING = 1e-12
"""Differences that vary by less than this share of the largest are equal: the bootstrap would divide by 0."""

LEAST_FOR_BOOTSTRAP = 5
"""The fewest blocks for a bootstrap; four have 35 distinct resamples, too few for a 95 % interval."""


@dataclass(frozen=True)
class Difference:
    """The paired difference of a treatment to the best one (mean, interval and p), in the units of the metric."""

    name: str
    best: str
    mean: float
    low: float | None
    """Lower end of the BCa bootstrap interval; None with too few blocks."""
    high: float | None
    """Upper end of the interval; None with too few blocks."""
    p: float | None
    """Wilcoxon's signed-rank test, two-sided, Holm-corrected over all pairs; None where no test can be made."""


@dataclass(frozen=True)
class Tests:
    """The tests of one metric: Friedman's p-value, and every treatment's difference to the best."""

    blocks: int
    best: str
    friedman: float | None
    """p-value; None with two treatments, or where no test can be made."""
    differences: tuple[Difference, ...]
    """The difference of every other treatment to the best."""
    impossible: str | None
    """The reason why no test can be made; None if one can."""

    def indistinguishable(self, level: float) -> tuple[str, ...]:
        """List the treatments whose difference to the best has p > ``level``; empty if no test can be made."""
        return tuple(d.name for d in self.differences if d.p is not None and d.p > level)


@dataclass(frozen=True)
class CriticalDifference:
    """The data of a critical-difference diagram."""

    blocks: int
    ranks: dict[str, float]
    """Treatment → average rank over the blocks, 1 is best; best first. Ties share the mean rank."""
    difference: float
    """Nemenyi's critical difference: average ranks that lie closer are not distinguishable."""
    cliques: tuple[tuple[str, ...], ...]
    """Maximal sets of treatments that lie within the difference, two or more each."""
    friedman: float | None
    """Friedman's p-value; None with two treatments. If it is above the level, call no pair different."""
    level: float
    impossible: str | None
    """The reason why the diagram cannot separate any two treatments; None if it can."""


def compare_to_best(values: pd.DataFrame, higher: bool = True, confidence: float = 0.95) -> Tests:
    """Test every treatment against the one with the best mean.

    ``values`` is blocks × treatments; ``higher`` says whether a higher value is better; ``confidence`` is that of the
    intervals, and 1 − ``confidence`` the level of the tests. Raises ValueError for a table with gaps.
    """
    _check(values)
    best = str(values.mean().idxmax() if higher else values.mean().idxmin())
    impossible = no_test(len(values), values.shape[1], 1 - confidence)
    corrected = None if impossible else pairwise(values)
    differences = tuple(
        _difference(values, name, best, corrected, confidence) for name in map(str, values.columns) if name != best
    )
    return Tests(len(values), best, None if impossible else friedman(values), differences, impossible)


def no_test(blocks: int, treatments: int, level: float) -> str | None:
    """Explain why no pair of ``treatments`` could differ significantly at ``level``; None if a pair could.

    The smallest two-sided p-value of the signed-rank test is 2 / 2ⁿ, and Holm's first step multiplies it by the
    number of pairs.
    """
    if treatments < 2:
        return "there is nothing to compare: one row only"
    pairs = math.comb(treatments, 2)
    needed = math.ceil(1 + math.log2(pairs / level))
    if blocks >= needed:
        return None
    return f"no test can be made with n = {blocks}: {treatments} rows at a level of {level:.2g} need n ≥ {needed}"


def friedman(values: pd.DataFrame) -> float | None:
    """Compute Friedman's p-value (χ², tie-corrected); None for two treatments, 1 if all are equal in every block."""
    if values.shape[1] < 3:
        return None
    if (values.nunique(axis=1) == 1).all():
        return 1.0
    return float(scipy.stats.friedmanchisquare(*(values[name] for name in values)).pvalue)


def pairwise(values: pd.DataFrame) -> pd.DataFrame:
    """Compute the p-values of Wilcoxon's signed-rank test, treatments × treatments, Holm-corrected over all pairs."""
    import scikit_posthocs  # the import takes a second

    long = values.melt(var_name="treatment", value_name="value", ignore_index=True)
    # zsplit: a difference of zero counts half for either side, so that equal columns have p = 1 and no warning
    corrected: pd.DataFrame = scikit_posthocs.posthoc_wilcoxon(
        long, val_col="value", group_col="treatment", zero_method="zsplit", p_adjust="holm"
    )
    return corrected


def bootstrap_interval(differences: Sequence[float], confidence: float = 0.95) -> tuple[float, float] | None:
    """Compute the BCa interval (low, high) of the mean; None for too few values; no width if all are equal."""
    sample = np.asarray(differences, dtype=np.float64)
    if len(sample) < LEAST_FOR_BOOTSTRAP:
        return None
    if np.ptp(sample) <= ROUNDING * np.abs(sample).max():
        return float(sample[0]), float(sample[0])
    rng = np.random.default_rng(SEED)
    interval = scipy.stats.bootstrap(
        (sample,), np.mean, n_resamples=RESAMPLES, confidence_level=confidence, method="BCa", rng=rng
    ).confidence_interval
    return float(interval.low), float(interval.high)


def critical_difference(values: pd.DataFrame, higher: bool = True, level: float = 0.05) -> CriticalDifference:
    """Compute average ranks and Nemenyi's critical difference q √(k (k + 1) / 6n) for k treatments on n blocks.

    q is the quantile of the studentized range over √2 (Demšar 2006, section 3.2.2). ``higher`` says whether a higher
    value is better. Raises ValueError for a table with gaps.
    """
    _check(values)
    blocks, treatments = values.shape
    ranks = values.rank(axis=1, ascending=not higher).mean().sort_values(kind="stable")
    average = {str(name): float(rank) for name, rank in ranks.items()}
    quantile = (
        scipy.stats.studentized_range.ppf(1 - level, treatments, np.inf) / math.sqrt(2) if treatments > 1 else 0.0
    )
    difference = float(quantile * math.sqrt(treatments * (treatments + 1) / (6 * blocks)))
    # treatments - 1 is the largest possible difference of average ranks: always first against always last
    impossible = (
        f"no two rows can be told apart with n = {blocks}: the critical difference of ranks is {difference:.2f}, "
        f"the largest there can be is {treatments - 1}"
        if treatments - 1 < difference
        else None
    )
    return CriticalDifference(
        blocks, average, difference, _cliques(average, difference), friedman(values), level, impossible
    )


def _cliques(ranks: dict[str, float], difference: float) -> tuple[tuple[str, ...], ...]:
    """Return the maximal runs of the sorted ranks that span no more than the difference."""
    names = list(ranks)
    runs = [tuple(n for n in names[i:] if ranks[n] - ranks[names[i]] <= difference) for i in range(len(names))]
    return tuple(run for i, run in enumerate(runs) if len(run) > 1 and not (i and set(run) <= set(runs[i - 1])))


def _difference(
    values: pd.DataFrame, name: str, best: str, corrected: pd.DataFrame | None, confidence: float
) -> Difference:
    paired = values[name] - values[best]
    low, high = bootstrap_interval(paired.tolist(), confidence) or (None, None)
    p = None if corrected is None else float(corrected.loc[name, best])
    return Difference(name, best, float(paired.mean()), low, high, p)


def _check(values: pd.DataFrame) -> None:
    if values.empty or values.isna().to_numpy().any():
        raise ValueError("the values must be a full table of blocks by treatments")


def mean_interval(sample: Sequence[float], confidence: float = 0.95) -> tuple[float, float] | None:
    """Compute Student's interval (low, high) of the mean of independent values; None for fewer than two."""
    if len(sample) < 2:
        return None
    half = float(scipy.stats.t.ppf((1 + confidence) / 2, len(sample) - 1) * scipy.stats.sem(sample))
    mean = float(np.mean(sample))
    return mean - half, mean + half


def interval_factors(most: int, confidence: float = 0.95) -> list[float | None]:
    """List Student's factors f for 0 to ``most`` values: the interval of n is the mean ± f[n] · deviation / √n."""
    return [_interval_factor(n, confidence) for n in range(most + 1)]


def _interval_factor(n: int, confidence: float) -> float | None:
    """Read the factor off the interval of a sample, so that both have one rule."""
    sample = [0.0] * (n - 1) + [1.0]
    ends = mean_interval(sample, confidence)
    return (ends[1] - ends[0]) / 2 * math.sqrt(n) / float(np.std(sample, ddof=1)) if ends else None
