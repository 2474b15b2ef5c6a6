"""The picture of an answer: rows sorted by what ranks them, means with intervals, ceilings and zero maps."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.comparison.basis import BLOCK, ROW, UNIT
from analysis.comparison.quality import ranking_metric
from analysis.comparison.references import find_references, means_nothing
from analysis.comparison.result import Comparison
from analysis.comparison.statistics import interval_factors
from analysis.report.charts.chart import TRIAL, Chart, Panel, Told
from analysis.report.charts.marks import axis, mark
from analysis.report.charts.palette import BROKEN, CROSSED, HOLLOW, PATHS, UPRIGHT, Definition, Key, Palette
from inr.errors import InputError
from inr.families import VARIANTS
from inr.vocabulary import Metric, families, metric
from inr.words import plural

LEAST = 4
"""The fewest blocks of which an interval is drawn."""
LINE, BETWEEN = 15, 10
"""Pixels of a place of a row, and between two rows."""
AT = [PATHS["o"], PATHS["s"], PATHS["D"]]
"""Symbols of the places where a score is measured, in the order of :func:`measured_at`."""
BESIDE = [UPRIGHT, BROKEN, CROSSED, HOLLOW]
"""Symbols of the references."""


def standing(found: Comparison, palette: Palette) -> Chart:
    """Make the picture of a comparison: a row each, at all samples, at the trained ones and away from them.

    Means and intervals are worked out where it is drawn, of the trials that are chosen there. Raises
    :class:`InputError` where no row has what ranks it.
    """
    ranking = metric(ranking_metric(found.basis.used))
    at = measured_at(found, ranking)
    trials = pd.concat([_trials(found, known, label) for label, known in at.items()], ignore_index=True)
    rows = _sorted(trials[trials["label"] == ranking.label], ranking)
    if not rows:
        raise InputError(f"no row has {ranking.name}")
    references = _references(found, at)
    score = ranking.score.label if ranking.score else ranking.label
    points = pd.concat([trials, references], ignore_index=True) if len(references) else trials.assign(reference=None)
    y = {"field": "row", "type": "nominal", "sort": rows, "axis": {"title": None, "ticks": False, "grid": True}}
    offset = {"field": "label", "type": "nominal", "sort": [*at], "scale": {"domain": [*at], "paddingOuter": 0.35}}
    unit = f" ({ranking.unit})" if ranking.unit else ""
    places = {"x": axis("value", f"{score}{unit}"), "y": y, "yOffset": offset}
    beside = sorted({*references["reference"]}) if len(references) else []
    names = palette.present(trials["activation"].dropna())
    layers = [*_means(places, [*at], palette, names, _factors(found)), _beside(places, beside)]
    keys = [Key(symbol, label) for symbol, label in (*zip(AT, at, strict=False), *zip(BESIDE, beside, strict=False))]
    told = (Told("label", ""), Told("reference", ""), Told("value", score, ranking.unit, ranking.decimals))
    shared = {"height": (LINE * len(at) + BETWEEN) * len(rows), "resolve": {"scale": {"shape": "independent"}}}
    return Chart(layers, [Panel("", points, told)], keys, _said(found), shared, zooms=False)


def measured_at(found: Comparison, ranking: Metric) -> dict[str, Metric]:
    """Find where the score that ranks is measured: label → metric, the ranking one first.

    Behind it stand those of the families that any task may measure, which are of a part of the samples.
    """
    score = ranking.score.name if ranking.score else ""
    parts = [metric(f"{family.name}/{score}") for family in families() if not family.tasks]
    used = found.basis.used
    there = [known for known in parts if known.score and known.name in used and used[known.name].notna().any()]
    return {known.label: known for known in (ranking, *there)}


def _trials(found: Comparison, known: Metric, label: str) -> pd.DataFrame:
    """Take the score of every trial behind the table, of the units of which every row has one."""
    used = found.basis.used
    values = pd.to_numeric(used[known.name], errors="coerce") if known.name in used else pd.Series(math.nan, used.index)
    nothing = {row for row, trials in used.groupby(ROW) if means_nothing(trials, known.name)}
    activation = used["activation"] if "activation" in found.by else None
    points = pd.DataFrame({TRIAL: used.index, "row": used[ROW], "label": label, "block": used[BLOCK],
                           "value": values, "activation": activation, "unit": used[UNIT]})  # fmt: skip
    points = points[~points["row"].isin(nothing)]
    points = points[points.groupby("row")["value"].transform("count") > 0]
    whole = points.groupby("unit")["value"].transform(lambda some: some.notna().all()).astype(bool)
    return (points[whole] if whole.any() else points[points["value"].notna()]).drop(columns="unit")


def _sorted(trials: pd.DataFrame, ranking: Metric) -> list[str]:
    means = trials.groupby(["row", "block"])["value"].mean().groupby("row").mean()
    return [str(name) for name in means.sort_values(ascending=not ranking.higher_is_better, kind="stable").index]


def _references(found: Comparison, at: Mapping[str, Metric]) -> pd.DataFrame:
    """Put each reference beside the rows that it belongs to."""
    labels = {known.name: label for label, known in at.items()}
    return pd.DataFrame([
        {"row": row, "label": labels[name], "value": value, "reference": VARIANTS[reference.kind].label}
        for reference in find_references(found.basis, [*labels])
        for name, value in reference.values.items()
        for row in reference.rows
    ])  # fmt: skip


def _factors(found: Comparison) -> list[float | None]:
    """List Student's factors: an interval of n blocks is the mean ± factor[n] times their deviation / √n."""
    factors = interval_factors(found.basis.used[BLOCK].nunique(), found.confidence)
    return [factor if n >= LEAST else None for n, factor in enumerate(factors)]


def _means(
    places: Definition, labels: Sequence[str], palette: Palette, names: Sequence[str], factors: Sequence[float | None]
) -> list[Definition]:
    """Draw the trials, the intervals, and the means of the blocks' means."""
    by = ["row", "activation", "label"]
    table = "[" + ",".join("null" if factor is None else repr(factor) for factor in factors) + "]"
    half = f"{table}[datum.n] * datum.deviation / sqrt(datum.n)"
    block = {"aggregate": [{"op": "mean", "field": "value", "as": "value"}], "groupby": [*by, "block"]}
    whole = {"groupby": by, "aggregate": [
        {"op": "mean", "field": "value", "as": "value"}, {"op": "stdev", "field": "value", "as": "deviation"},
        {"op": "count", "as": "n"}]}  # fmt: skip
    only = {"filter": f"datum.{TRIAL} != null"}
    ends = [{"filter": f"{table}[datum.n] != null"}, {"calculate": f"datum.value - {half}", "as": "low"},
            {"calculate": f"datum.value + {half}", "as": "high"}]  # fmt: skip
    color = palette.color(names) if names else {"value": "var(--ink)"}
    shape = {"field": "label", "type": "nominal", "legend": None, "scale": {"domain": [*labels], "range": AT}}
    means = {**places, "color": color, "shape": shape}
    x, spread = places["x"], {**places, "color": color}
    return [
        {"trials": True, "transform": [only], "mark": mark("point", size=18, filled=True, opacity=0.5),
         "encoding": spread},
        {"transform": [only, block, whole, *ends], "mark": mark("rule", strokeWidth=2),
         "encoding": {**spread, "x": {**x, "field": "low"}, "x2": {"field": "high"}}},
        {"name": "means", "transform": [only, block, whole], "mark": mark("point", size=80, filled=True, opacity=1),
         "encoding": means},
    ]  # fmt: skip


def _beside(places: Definition, names: Sequence[str]) -> Definition:
    scale = {"domain": [*names], "range": BESIDE[: len(names)]}
    shape = {"field": "reference", "type": "nominal", "legend": None, "scale": scale}
    return {"transform": [{"filter": "isValid(datum.reference)"}], "encoding": {**places, "shape": shape},
            "mark": mark("point", size=130, color="var(--ink)", opacity=1, strokeWidth=1.6)}  # fmt: skip


def _said(found: Comparison) -> list[str]:
    blocks, unit = found.basis.used[BLOCK].nunique(), found.unit
    interval = f"line: its {100 * found.confidence:g} % interval" if blocks >= LEAST else ""
    few = "" if blocks >= LEAST else f"no interval of {plural(blocks, unit)}"
    return [f"large: the mean over {plural(blocks, unit)}; small: a trial", interval or few]
