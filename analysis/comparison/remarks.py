"""The sentences under a table: what was averaged, held fixed, chosen, tested, left out, and what means nothing."""

from collections.abc import Collection, Iterator, Sequence

import pandas as pd

from analysis.comparison.basis import held_fixed
from analysis.comparison.choose import Selection, described
from analysis.comparison.comparable import Comparable
from analysis.comparison.groups import conjunction, counted, distinct, groups, label, varying
from analysis.comparison.quality import ranked_by, ranking_metrics
from analysis.comparison.result import Comparison
from analysis.comparison.subject import subject
from analysis.sources.rows import CHANGED, FINISHED, config_columns
from inr.vocabulary import Metric, metric, references
from inr.words import plural, text

ENVIRONMENT = ("commit", "torch", "device_name", "products", "threads", "compiled")
SHOWN = 4


def under(
    comparison: Comparison,
    given: Comparable,
    selection: Selection,
    selection_seeds: Collection[int],
    absent: Collection[str],
) -> Iterator[str]:
    """The sentences, in the order in which a reader needs them."""
    yield _averaged(comparison)
    yield from _tested(comparison)
    yield from _fixed(comparison, given.nuisance)
    yield from _chosen(comparison, selection, selection_seeds)
    yield from selection.notes
    yield from _left_out(comparison)
    yield from given.notes
    yield from _unfinished(given.trials, comparison.by)
    yield from _meaningless(comparison)
    yield from _free(comparison)
    if absent:
        yield f"no trial has {conjunction(sorted(absent))}"
    yield from _environment(comparison.basis.used)
    yield from _continued(comparison.basis.used)


def _averaged(comparison: Comparison) -> str:
    used, unit = comparison.basis.used, comparison.basis.unit
    blocks = used["_block"].nunique()
    named = ", ".join(sorted(used["_block"].unique())[:8]) + (", …" if blocks > 8 else "")
    if unit == "seed":
        what = f"n = {plural(blocks, 'seed')} of {_listed(used)}"
        return f"mean{_interval(comparison, blocks)} over {what}" if blocks > 1 else f"{what}: no interval"
    inside = used.groupby(["_row", "_block"]).size()
    seeds = text(inside.min()) if inside.min() == inside.max() else f"{inside.min()} to {inside.max()}"
    noun = "seed" if seeds == "1" else "seeds, averaged inside"
    return f"mean{_interval(comparison, blocks)} over n = {plural(blocks, unit)} ({named}), each with {seeds} {noun}"


def _interval(comparison: Comparison, blocks: int) -> str:
    return f" ± {100 * comparison.confidence:g} % confidence interval" if blocks > 1 else ""


def _listed(used: pd.DataFrame) -> str:
    name = subject(used)
    values = [text(v) for v in used[name].unique()] if name in used else []
    return f"{name} {', '.join(values)}" if values else f"one {name}"


def _tested(comparison: Comparison) -> Iterator[str]:
    if not comparison.basis.paired:
        over = conjunction(comparison.basis.over)
        yield f"no test can be made: no {over} is common to all rows, whose means may differ for that alone"
    reasons = {tests.impossible for tests in comparison.tests.values()} - {None}
    for reason in sorted(filter(None, reasons)):
        yield f"{reason}; bold (or *) is the best mean, and may be luck"
    tested = {m: t for m, t in comparison.tests.items() if not t.impossible}
    if tested:
        level = 1 - comparison.confidence
        yield (
            "bold (or *): best mean; ~: not distinguishable from it (Wilcoxon's signed-rank test over "
            f"{comparison.basis.unit}s, Holm-corrected over all pairs, level {level:.2g})"
        )
    overall = {m: t.friedman for m, t in tested.items() if t.friedman is not None}
    if overall:
        yield "Friedman's test, p: " + ", ".join(f"{m} {p:.2g}" for m, p in overall.items())
    if tested and comparison.basis.unit == "seed":
        one = subject(comparison.basis.used)
        yield f"the tests are over seeds of one {one}, and say nothing of other {one}s"


def _fixed(comparison: Comparison, nuisance: Sequence[str]) -> Iterator[str]:
    used, by = comparison.basis.used, comparison.by
    told = [*by, *comparison.basis.over]
    fixed = held_fixed(used, told)
    yield "held fixed: " + (", ".join(f"{name}={value}" for name, value in fixed.items()) or "nothing")
    chosen = nuisance if comparison.choices else ()
    names = [n for n in config_columns(used) if n not in (*told, *chosen) and not n.startswith("_")]
    for name in varying(used, names):
        values = {label(by, key): text(rows[name].iloc[0]) for key, rows in groups(used, by).items()}
        said = "; ".join(f"{value} in {row}" for row, value in values.items() if value != "–")
        yield f"differs between the rows: {name} ({said})"


def _chosen(comparison: Comparison, selection: Selection, seeds: Collection[int]) -> Iterator[str]:
    if not comparison.choices:
        return
    said = [
        f"{label(comparison.by, choice.key) or 'all'}: {described(choice)}, {choice.tried} tried"
        for choice in comparison.choices
    ]
    numbers = ", ".join(map(str, sorted(seeds)))
    yield (
        f"chosen by {conjunction(sorted({choice.rank_by for choice in comparison.choices}))} on "
        f"{'seeds' if len(seeds) > 1 else 'seed'} {numbers}, reported on the others: " + "; ".join(said)
    )


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
            beside = [v.label for v in references() if ranking.reference(v.name) in used]
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
