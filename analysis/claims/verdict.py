"""The verdict on a claim: holds, fails, not distinguishable, or not tested at this size."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from analysis.claims.claim import Claim
from analysis.comparison.basis import ROW
from analysis.comparison.compare import compare
from analysis.comparison.groups import keep
from analysis.comparison.question import Question
from analysis.comparison.result import Comparison
from analysis.comparison.statistics import bootstrap_interval
from analysis.comparison.subject import subject
from inr.errors import InputError
from inr.vocabulary import metric
from inr.words import plural, text

HOLDS, FAILS, UNDECIDED, UNTESTED = "holds", "fails", "not distinguishable", "not tested at this size"


@dataclass(frozen=True)
class Lead:
    """The distance by which one row is ahead of another; negative where it is behind."""

    over: str
    mean: float
    low: float | None
    """Of the BCa interval of the paired difference; None with too few images."""
    high: float | None

    def state(self, margin: float) -> str:
        """Compare the interval with the least lead that is claimed."""
        if self.low is None or self.high is None:
            return UNTESTED
        return HOLDS if self.low > margin else FAILS if self.high < margin else UNDECIDED


@dataclass(frozen=True)
class Verdict:
    """The state of a claim in some records, with the sentences that say why."""

    claim: Claim
    state: str
    sentences: tuple[str, ...]
    trials: tuple[str, ...] = ()
    """The ``trial_id`` of every trial behind it."""


def judge(claim: Claim, frame: pd.DataFrame, question: Question) -> Verdict:
    """Judge a claim by the finished trials of a frame.

    ``question`` says how nuisance parameters are chosen, and the confidence of the intervals, which are not corrected
    for the number of claims. It holds if the whole interval of the paired difference lies above the margin, for every
    activation that it is said to be ahead of; it fails if one interval lies below the margin.
    """
    try:
        found = _compared(claim, frame, question)
    except InputError as error:
        return Verdict(claim, UNTESTED, (f"There is nothing to test it on: {str(error).rstrip('.')}.",))
    leads = [_lead(claim, found, over) for over in claim.of]
    told = tuple(_told(claim, lead, question.confidence) for lead in leads)
    trials = tuple(found.basis.used["trial_id"])
    lacking = _lacking(claim, found)
    if lacking:
        return Verdict(claim, UNTESTED, (lacking, *told), trials)
    states = [lead.state(claim.margin) for lead in leads]
    state = next((state for state in (UNTESTED, FAILS, UNDECIDED) if state in states), HOLDS)
    return Verdict(claim, state, told, trials)


def _compared(claim: Claim, frame: pd.DataFrame, question: Question) -> Comparison:
    kept = _named(claim, keep(frame, question.where))
    asked = replace(
        question, by=["activation"], where={}, metrics=[claim.metric], rank_by=question.rank_by or claim.rank_by
    )
    found = compare(kept, asked)
    nothing = [row.name for row in found.rows if row.cells[claim.metric].mean is None]
    missing = [name for name in claim.rows if name not in found.values[claim.metric]]
    if missing or nothing:
        raise InputError(f"no finished trial of {' and '.join(missing or nothing)} has {claim.metric}")
    if not found.basis.paired:
        raise InputError(f"the activations have no {found.unit} in common")
    return found


def _named(claim: Claim, frame: pd.DataFrame) -> pd.DataFrame:
    """Keep the trials that the claim is about. Raises :class:`InputError` for a value of it that no trial has."""
    where = claim.wanted
    for name, values in where.items():
        there = set(frame[name].map(text)) if name in frame else set()
        lacking = [value for value in values if text(value) not in there]
        if lacking:
            raise InputError(f"no trial has {name}={lacking[0]}")
    return keep(frame, where)


def _lead(claim: Claim, found: Comparison, over: str) -> Lead:
    values = found.values[claim.metric]
    sign = 1 if metric(claim.metric).higher_is_better else -1
    ahead = sign * (values[claim.ahead] - values[over])
    several = found.basis.used[subject(found.basis.used)].nunique() > 1
    interval = bootstrap_interval(ahead.tolist(), found.confidence) if several else None
    return Lead(over, float(ahead.mean()), *(interval or (None, None)))


def _told(claim: Claim, lead: Lead, confidence: float) -> str:
    known = metric(claim.metric)
    where = "ahead of" if lead.mean >= 0 else "behind"
    ends = ""
    if lead.low is not None and lead.high is not None:
        ends = f" ({100 * confidence:g} % interval of its lead {known.format(lead.low)} to {known.format(lead.high)})"
    asked = f"; at least {known.with_unit(claim.margin)} is claimed" if claim.margin else ""
    return f"{claim.ahead} is {known.with_unit(abs(lead.mean))} {where} {lead.over} in {known.label}{ends}{asked}."


def _lacking(claim: Claim, found: Comparison) -> str:
    """Say what of the data is too little to count as tested; empty if nothing is."""
    used = found.basis.used
    fitted = subject(used)
    images = used[fitted].nunique()
    seeds = int(used.groupby([ROW, fitted])["seed"].nunique().min())
    if images >= claim.images and seeds >= claim.seeds:
        return ""
    there, asked = (
        f"{plural(many, fitted)} and {plural(each, 'seed')}"
        for many, each in ((images, seeds), (claim.images, claim.seeds))
    )
    return f"There are {there} of each activation; {asked} are asked for."


def counts(verdicts: Sequence[Verdict]) -> str:
    """Count the verdicts: ``holds: 2, not distinguishable: 1``."""
    numbers = {state: sum(each.state == state for each in verdicts) for state in (HOLDS, FAILS, UNDECIDED, UNTESTED)}
    return ", ".join(f"{state}: {number}" for state, number in numbers.items() if number)
