"""Quality against what it costs, and against the scores of the derivatives: a point a trial, a large one a median."""

from collections.abc import Sequence

import pandas as pd

from analysis.comparison.losses import loss_label, losses
from analysis.comparison.quality import QUALITY, footnote
from analysis.comparison.subject import over, task
from analysis.figures.cost import PARAMETERS, SECONDS
from analysis.figures.names import initials, label, varying
from analysis.figures.pareto import derivatives
from analysis.figures.trials import scored, told
from analysis.report.charts.chart import TRIAL, Chart, Panel, Told
from analysis.report.charts.marks import axis, extent, mark, median_points, metric_told, trial_points, trials_told
from analysis.report.charts.palette import Definition, Palette
from inr.errors import InputError
from inr.vocabulary import metric

COSTS = {SECONDS: Told("x", "training time", "s"), PARAMETERS: Told("x", "trainable parameters", decimals=0)}


def cost(frame: pd.DataFrame, palette: Palette, by: str = SECONDS) -> Chart:
    """Make the chart of quality against seconds of training, or against the number of parameters, a panel a loss."""
    rows, notes = scored(frame, QUALITY, SECONDS, PARAMETERS)
    names = palette.present(rows["activation"])
    told_of = COSTS[by]
    title = f"{told_of.label}{f', {told_of.unit}' if told_of.unit else ''}"
    x = axis("x", title, {"type": "log", **extent(rows[by])}, format="~f")
    places = {"x": x, "y": axis("value", scale=extent(rows[QUALITY]))}
    layers = [
        trial_points(places, palette, names),
        median_points(("x", "value"), places, palette, names, ["x"] if by == PARAMETERS else []),
    ]
    sizes = sorted({*rows[PARAMETERS].astype(int)})
    said = ["small: a trial; large: the median of an activation", told(notes)]
    said += [f"all networks have {sizes[0]:,} parameters"] if len(sizes) == 1 else []
    panels = []
    for loss in losses(rows["loss"]):
        own = rows[rows["loss"] == loss]
        measure, quality = trials_told("value", own)
        shown = pd.DataFrame({TRIAL: own.index, "x": own[by], "value": own[QUALITY]})
        panels.append(Panel(loss_label(loss), shown, (quality, told_of), measure))
    return Chart(layers, panels, palette.keys(names), said)


def pareto(frame: pd.DataFrame, palette: Palette) -> Chart:
    """Make the chart of quality against the derivatives' scores, a panel a score.

    A large point is a setting, its median over what is fitted and the seeds, with the terms of its loss; the settings
    that no other beats in both are joined. A setting that lacks some of the data is left out: another mix is another
    scale. Raises :class:`InputError` where no trial has a score of a derivative.
    """
    rows, notes = scored(frame, QUALITY)
    kind = task(rows)
    scores = [n for n in derivatives(kind) if n in rows and pd.to_numeric(rows[n], errors="coerce").notna().any()]
    if not scores:
        raise InputError(f"no trial has {' or '.join(derivatives(kind)) or 'a score of a derivative'}")
    rows = _complete(rows, notes)
    names, letters = palette.present(rows["activation"]), initials(kind.terms)
    title, quality = trials_told("x", rows)
    places = {"x": axis("x", title), "y": axis("value")}
    layers = [trial_points(places, palette, names), *_settings(places, palette, names)]
    said = [f"small: a trial; large: a setting, its median, with the terms of its loss ({', '.join(letters.values())})",
            "joined: settings that no other beats in both; dashed: an all-zero map", footnote(QUALITY, rows),
            told(notes)]  # fmt: skip
    panels = [_against(rows, score, quality, letters) for score in scores]
    return Chart(layers, panels, palette.keys(names), said)


def _complete(rows: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Keep the trials of the settings that have all of what is fitted; name their setting."""
    fitted, seed = over(rows)
    settings = list(dict.fromkeys(["activation", "loss", *(n for n in varying(rows) if n not in (fitted, seed))]))
    rows = rows.assign(setting=rows.groupby(settings, dropna=False).ngroup())
    having = rows.groupby("setting")[fitted].transform("nunique") if fitted in rows else rows["setting"] * 0
    if left := rows.loc[having < having.max(), "setting"].nunique():
        notes.append(f"left out: {left} settings without all {having.max()} {fitted}s")
    return rows[having == having.max()]


def _settings(places: Definition, palette: Palette, names: Sequence[str]) -> list[Definition]:
    """Draw the settings' medians, the front, the terms of the losses and the all-zero map."""
    by = ["setting", "terms"]
    middle = median_points(("x", "value"), places, palette, names, by)
    (median,) = middle["transform"]
    middles = [median]
    highest = {"op": "max", "field": "value", "as": "above"}
    order = [{"field": "x", "order": "descending"}, {"field": "value", "order": "descending"}]
    front = [*middles, {"window": [highest], "sort": order, "frame": [None, -1]},
             {"filter": "!isValid(datum.above) || datum.value > datum.above"}]  # fmt: skip
    line = mark("line", interpolate="step-before", color="var(--soft)", strokeWidth=1)
    text = mark("text", dx=8, dy=-8, align="left")
    median_zero = {"aggregate": [{"op": "median", "field": "zero", "as": "zero"}]}
    zero = {"transform": [{"filter": "datum.zero != null"}, median_zero],
            "mark": mark("rule", strokeDash=[4, 3], color="var(--soft)", strokeWidth=1),
            "encoding": {"y": {**places["y"], "field": "zero"}}}  # fmt: skip
    return [
        zero,
        {"transform": front, "mark": line, "encoding": places},
        {**middle, "transform": middles},
        {"transform": middles, "mark": text, "encoding": {**places, "text": {"field": "terms"}}},
    ]


def _against(rows: pd.DataFrame, score: str, quality: Told, letters: dict[str, str]) -> Panel:
    known = metric(score)
    values = pd.to_numeric(rows[score], errors="coerce")
    terms = ["".join(letters.get(term, "?") for term in str(loss).split("+")) for loss in rows["loss"]]
    shown = pd.DataFrame(
        {TRIAL: rows.index, "x": rows[QUALITY], "value": values, "setting": rows["setting"], "terms": terms}
    )
    zero = known.reference("zero")
    shown = shown.assign(zero=pd.to_numeric(rows[zero], errors="coerce") if zero in rows else None)
    return Panel(label(score), shown[values.notna()], (metric_told("value", score), quality))
