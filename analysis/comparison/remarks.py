"""The sentences under a table: what was averaged, tested, left out, what means nothing, what was chosen, held fixed."""

from collections.abc import Collection, Iterable, Iterator, Sequence

import pandas as pd

from analysis.comparison.choose import Selection, described
from analysis.comparison.comparable import Comparable
from analysis.comparison.fixed import held_fixed
from analysis.comparison.groups import conjunction, counted, distinct, groups, label, varying
from analysis.comparison.quality import ranked_by, ranking_metrics
from analysis.comparison.result import FEWEST, Comparison, Note
from analysis.comparison.statistics import Tests
from analysis.comparison.subject import subject
from analysis.sources.rows import CHANGED, FINISHED
from inr.vocabulary import Metric, metric, references
from inr.words import plural, text

ENVIRONMENT = ("commit", "torch", "device_name", "products", "threads", "compiled")
SHOWN = 4

AVERAGED, TESTED, MISSING = "what is averaged", "the tests", "what is missing"
"""Topics that notes from elsewhere are put behind or among."""
CHOSEN, FRIEDMAN, ABSENT, FIXED = "what was chosen", "Friedman's test", "absent metrics", "what was held fixed"
ON_REQUEST = (CHOSEN, FRIEDMAN, ABSENT, FIXED)
"""Topics that change no number's reading."""


def under(
    comparison: Comparison,
    given: Comparable,
    selection: Selection,
    selection_seeds: Collection[int],
    absent: Collection[str],
) -> Iterator[Note]:
    """The sentences, in the order in which a reader needs them."""
    parts: dict[str, Iterable[str]] = {
        AVERAGED: [_averaged(comparison, selection_seeds)],
        TESTED: _tested(comparison),
        MISSING: [
            *_left_out(comparison),
            *_unfinished(given.trials, comparison.by),
            *selection.notes,
            *given.notes,
        ],
        "what the loss leaves free": _free(comparison),
        "n/a": _meaningless(comparison),
        CHOSEN: _chosen(comparison, selection, selection_seeds),
        FRIEDMAN: _friedman(comparison),
        "the environment": [*_environment(comparison.basis.used), *_continued(comparison.basis.used)],
        ABSENT: [f"no trial has {conjunction(sorted(absent))}"] if absent else [],
        FIXED: _fixed(comparison, given.nuisance),
    }
    for topic, sentences in parts.items():
        yield from (Note(topic, sentence) for sentence in sentences)


def _averaged(comparison: Comparison, seeds: Collection[int]) -> str:
    used, unit = comparison.basis.used, comparison.basis.unit
    blocks = used["_block"].nunique()
    named = ", ".join(sorted(used["_block"].unique())[:8]) + (", …" if blocks > 8 else "")
    tuned = f", of what {_seeds(seeds)} chose for each row" if comparison.choices else ""
    if unit == "seed":
        what = f"n = {plural(blocks, 'seed')} of {_listed(used)}{tuned}"
        return _mean(comparison, blocks, what) if blocks > 1 else f"{what}: no interval"
    inside = used.groupby(["_row", "_block"]).size()
    each = text(inside.min()) if inside.min() == inside.max() else f"{inside.min()} to {inside.max()}"
    noun = "seed" if each == "1" else "seeds, averaged inside"
    over = f"n = {plural(blocks, unit)} ({named}), each with {each} {noun}{tuned}"
    return _mean(comparison, blocks, over)


def _mean(comparison: Comparison, blocks: int, over: str) -> str:
    if blocks >= FEWEST:
        return f"mean ± {100 * comparison.confidence:g} % confidence interval over {over}"
    return f"mean over {over}" + ("; under it the values, too few for an interval" if blocks > 1 else "")


def _seeds(seeds: Collection[int]) -> str:
    return f"{'seeds' if len(seeds) > 1 else 'seed'} {', '.join(map(str, sorted(seeds)))}"


def _listed(used: pd.DataFrame) -> str:
    name = subject(used)
    values = [text(v) for v in used[name].unique()] if name in used else []
    return f"{name} {', '.join(values)}" if values else f"one {name}"


def _tested(comparison: Comparison) -> Iterator[str]:
    if not comparison.basis.paired:
        over = conjunction(comparison.basis.over)
        yield f"no test can be made: no {over} is common to all rows, whose means may differ for that alone"
    # of several, the one of the most rows: it needs the most blocks
    largest = max(comparison.tests.values(), key=lambda tests: len(tests.differences), default=None)
    if largest and largest.impossible:
        yield f"{largest.impossible}; bold (or *) is the best mean, and may be luck"
    if _possible(comparison):
        level = 1 - comparison.confidence
        yield (
            "bold (or *): best mean; ~: not distinguishable from it (Wilcoxon's signed-rank test over "
            f"{comparison.basis.unit}s, Holm-corrected over all pairs, level {level:.2g})"
        )
        if comparison.basis.unit == "seed":
            one = subject(comparison.basis.used)
            yield f"the tests are over seeds of one {one}, and say nothing of other {one}s"


def _possible(comparison: Comparison) -> dict[str, Tests]:
    return {m: tests for m, tests in comparison.tests.items() if not tests.impossible}


def _friedman(comparison: Comparison) -> Iterator[str]:
    overall = {m: t.friedman for m, t in _possible(comparison).items() if t.friedman is not None}
    if overall:
        yield "Friedman's test, p: " + ", ".join(f"{m} {p:.2g}" for m, p in overall.items())


def _fixed(comparison: Comparison, nuisance: Sequence[str]) -> Iterator[str]:
    chosen = nuisance if comparison.choices else ()
    told = [*comparison.by, *comparison.basis.over, *chosen]
    fixed = held_fixed(comparison.basis.used, told, [row.name for row in comparison.rows])
    yield "held fixed: " + (", ".join(fixed) or "nothing")


def _chosen(comparison: Comparison, selection: Selection, seeds: Collection[int]) -> Iterator[str]:
    if not comparison.choices:
        return
    said = [
        f"{label(comparison.by, choice.key) or 'all'}: {described(choice)}, {choice.tried} tried"
        for choice in comparison.choices
    ]
    by = conjunction(sorted({choice.rank_by for choice in comparison.choices}))
    yield f"chosen by {by} on {_seeds(seeds)}, reported on the others: " + "; ".join(said)


def _left_out(comparison: Comparison) -> Iterator[str]:
    left = comparison.basis.left_out
    if left:
        lacking = sorted({name for names in left.values() for name in names})
        units = "; ".join([*left][:SHOWN]) + ("; …" if len(left) > SHOWN else "")
        yield (
            f"left out for all rows: {plural(len(left), 'combination')} of {conjunction(comparison.basis.over)} "
            f"that {conjunction(lacking)} did not finish ({units})"
        )


def _unfinished(trials: pd.DataFrame, by: Sequence[str]) -> Iterator[str]:
    rest = trials[trials["status"] != FINISHED]
    if len(rest):
        rows = [f"{label(by, key) or 'all'}: {counted(found['status'])}" for key, found in groups(rest, by).items()]
        yield f"not averaged: {plural(len(rest), 'trial')} without a result ({'; '.join(rows)})"


def _meaningless(comparison: Comparison) -> Iterator[str]:
    rows = {row.name: [m for m, cell in row.cells.items() if cell.means_nothing] for row in comparison.rows}
    for metrics in dict.fromkeys(tuple(found) for found in rows.values() if found):
        names = [name for name, found in rows.items() if tuple(found) == metrics]
        families = conjunction(list(dict.fromkeys(family.noun for m in metrics if (family := metric(m).family))))
        yield (
            f"n/a: the network's {families} is zero everywhere for {conjunction(names)}, by construction; "
            "its score would be the all-zero map's"
        )


def _free(comparison: Comparison) -> Iterator[str]:
    """A warning on the plain score of trials that are ranked by a variant of it."""
    used = comparison.basis.used
    names = ranked_by(used)
    for ranking in map(metric, ranking_metrics(used)):
        rows = used[names == ranking.name]
        losses = rows["loss"].dropna().unique() if "loss" in used else ()
        if ranking.variant and len(losses) and _shows_plain(comparison.metrics, ranking):
            noun = ranking.family.noun if ranking.family else ""
            beside = [v.named(noun) for v in references() if ranking.reference(v.name) in used]
            yield (
                f"the loss {conjunction(losses)} {ranking.variant.advice}: "
                f"read {ranking.name}{f', beside the {conjunction(beside)},' if beside else ''} and not {ranking.plain}"
            )


def _shows_plain(metrics: Sequence[str], ranking: Metric) -> bool:
    shown = [known for known in map(metric, metrics) if known.family == ranking.family]
    return any(known.variant is None for known in shown)


def _environment(used: pd.DataFrame) -> Iterator[str]:
    names = varying(used, [f"environment/{name}" for name in ENVIRONMENT])
    if names:
        differ = [f"{distinct(used[name])} values of {name}" for name in names]
        yield f"the trials did not run in one environment: {conjunction(differ)}"


def _continued(used: pd.DataFrame) -> Iterator[str]:
    """Note the trials that no single command makes again, bit for bit."""
    changed = used[CHANGED].dropna() if CHANGED in used else ()
    if len(changed):
        facts = sorted({fact for facts in changed for fact in facts.split(", ")})
        yield (
            f"{plural(len(changed), 'trial')} of {len(used)} continued with other values of {conjunction(facts)} "
            "than at the beginning (environment/parts): no single command makes the same digits again"
        )
