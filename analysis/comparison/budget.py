"""The budget of a search: the best score to expect after some of its trials, and what the choice lost afterwards."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.comparison.quality import QUALITY, ranked_by, with_quality
from analysis.comparison.result import Comparison
from analysis.comparison.subject import over, subject
from analysis.sources.rows import FINISHED, UNDER_WAY
from inr.vocabulary import metric

RESAMPLES = 1000
LEVEL = 0.9
"""Of the intervals."""
FEWEST = 4
"""Trials of a search, below which there is no curve to draw."""


@dataclass(frozen=True)
class Expected:
    """The best score to expect of ``trials`` trials of a search."""

    trials: int
    mean: float
    low: float
    high: float


def expected_best(scores: ArrayLike, trials: Sequence[int], higher_is_better: bool = True) -> list[Expected]:
    """Estimate the best score to expect after k of the n trials of a search, for every k of ``trials``.

    ``scores`` is (n,); a trial without a score is nan, and counts as the worst that has one. The estimate is the mean
    over all subsets of k trials, which has no bias (Tang et al. 2020, ACL, on Dodge et al. 2019, EMNLP). Its interval
    are percentiles over searches drawn from the n trials with replacement, from a fixed seed; at k = n it ends at the
    best score. The trials are taken as independent, which those of TPE are not.
    """
    sign = 1.0 if higher_is_better else -1.0
    values = sign * np.asarray(scores, dtype=np.float64)
    values = np.where(np.isfinite(values), values, np.nanmin(values[np.isfinite(values)]))
    n = len(values)
    drawn = np.random.default_rng(0).choice(values, (RESAMPLES, n))
    tails = [50 * (1 - LEVEL), 50 * (1 + LEVEL)]
    found = []
    for k in trials:
        low, high = np.percentile(_mean_best(drawn, k), tails)
        ends = sorted((sign * low, sign * high))
        found.append(Expected(k, float(sign * _mean_best(values[None], k)[0]), float(ends[0]), float(ends[1])))
    return found


def _mean_best(values: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    """The mean of the largest of k over all subsets of k of the n values, (S, n) → (S,)."""
    n = values.shape[1]
    # the i-th smallest is the largest of C(i − 1, k − 1) of the C(n, k) subsets
    weights = [math.comb(i, k - 1) / math.comb(n, k) for i in range(n)]
    return np.asarray(np.sort(values, axis=1) @ np.array(weights))


def steps_of(n: int) -> list[int]:
    """The numbers of trials at which the curve is told: 1, 2, 4, …, n."""
    return [*dict.fromkeys([*(2**i for i in range(int(math.log2(n)) + 1)), n])]


def search_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Select the trials of the search: those on the one signal and seed on which most settings were tried.

    ``frame`` has trials of one loss, whatever their status. The search's have a column ``quality``, nan where a trial
    did not finish.
    """
    known = frame[~frame["status"].isin(UNDER_WAY)]
    if known.empty:
        return known
    sizes = known.groupby(list(over(known)), dropna=False)["trial_id"].transform("size")
    first = known[sizes == sizes.max()].iloc[0]
    of = with_quality(known[(known[list(over(known))] == first[list(over(known))]).all(axis=1)])
    return of.assign(**{QUALITY: of[QUALITY].where(of["status"] == FINISHED)})


def higher_is_better(trials: pd.DataFrame) -> bool:
    """Ask the direction of what ranks the trials."""
    return metric(ranked_by(trials).iloc[0]).higher_is_better


def gaps(found: Comparison) -> dict[str, float]:
    """Compute what each row's choice lost: its score where it was chosen less that on other seeds of the same signals.

    In units of what chose; positive if the choice was lucky, whichever direction is better. Row → gap, without the
    rows that were reported on other signals only.
    """
    used, gap = found.basis.used, {}
    of = subject(used)
    for choice in found.choices:
        same = choice.scored[of].isin(used[of])
        name = found.basis.names[choice.key]
        again = used[(used["_row"] == name) & used[of].isin(choice.scored.loc[same, of])]
        if len(again) and choice.rank_by in again:
            sign = 1 if metric(choice.rank_by).higher_is_better else -1
            chosen = choice.scored.loc[same].groupby(of)[choice.rank_by].mean().mean()
            gap[name] = float(sign * (chosen - again.groupby(of)[choice.rank_by].mean().mean()))
    return gap
