"""Charts whose numbers are worked out of all trials: the importance of parameters, and average ranks."""

import pandas as pd

from analysis.comparison.statistics import CriticalDifference
from analysis.figures.importance import parameter_importance
from analysis.report.charts.chart import Chart, Panel, Told
from analysis.report.charts.marks import axis, mark, points
from analysis.report.charts.palette import Definition, Palette
from inr.errors import InputError

LINE = 24
"""Pixels of a row."""
LANE = 0.16
"""Ranks between the bars that join rows."""


def importance(frame: pd.DataFrame, palette: Palette) -> Chart:
    """Make the bar chart of the importance of every parameter that varies; the seed's is the size of chance."""
    found = parameter_importance(frame)
    rows = pd.DataFrame({"row": [*found.values], "x": [*found.values.values()]})
    share = found.method.startswith("PED")
    title = "share of the importance" if share else "strength of the association"
    y = _rows([*rows["row"]])
    text: Definition = {"field": "x", "format": ".2f"}
    layers = [
        {"mark": mark("bar", color="var(--bar)", height={"band": 0.62}, strokeWidth=0),
         "encoding": {"x": _from_zero(title), "y": y,
                      "opacity": {"condition": {"test": "datum.row == 'seed'", "value": 0.5}, "value": 1}}},
        {"mark": mark("text", align="left", dx=5, strokeWidth=0),
         "encoding": {"x": _from_zero(title), "y": y, "text": text}},
    ]  # fmt: skip
    said = [f"{found.method}, {found.trials} trials"]
    said += ["pale: the seed, what chance amounts to"] if "seed" in found.values else []
    told = (Told("row", "parameter"), Told("x", title, decimals=2))
    return Chart(layers, [Panel("", rows, told)], (), said, _high(len(rows)), whole=True, zooms=False)


def ranks(found: CriticalDifference, palette: Palette, metric: str) -> Chart:
    """Make the chart of average ranks: bars join the rows that lie within the critical difference.

    Raises :class:`InputError` where it would separate nothing.
    """
    if found.impossible:
        raise InputError(found.impossible)
    order = sorted(found.ranks, key=lambda name: (found.ranks[name], name))
    activations = {name: name.split(",")[0] for name in order}
    names = palette.present(activations.values())
    dots = pd.DataFrame({"row": order, "x": [found.ranks[name] for name in order]})
    dots = dots.assign(activation=[activations[name] for name in order])
    bars = pd.DataFrame([_joined(clique, order, lane) for lane, clique in enumerate(found.cliques)])
    y = _rows(order)
    x = axis("x", f"average rank over {found.blocks} blocks by {metric}, 1 is best")
    layers = [
        {"transform": [{"filter": "datum.to != null"}], "mark": mark("rule", strokeWidth=4, color="var(--soft)"),
         "encoding": {"x": x, "y": y, "y2": {"field": "to"}}},
        {"transform": [{"filter": "datum.to == null"}], "mark": mark("point", size=90, filled=True, opacity=1),
         "encoding": {"x": x, "y": y, **points(palette, names)}},
    ]  # fmt: skip
    said = [f"a bar joins rows within the critical difference of {found.difference:.2f}, which cannot be told apart"]
    told = (Told("row", "row"), Told("x", "average rank", decimals=2))
    shown = pd.concat([dots, bars], ignore_index=True)
    return Chart(layers, [Panel("", shown, told)], (), said, _high(len(order)), whole=True, zooms=False)


def _joined(clique: tuple[str, ...], order: list[str], lane: int) -> dict[str, object]:
    inside = sorted(clique, key=order.index)
    return {"row": inside[0], "to": inside[-1], "x": len(order) + LANE * (lane + 1)}


def _rows(order: list[str]) -> Definition:
    shown = {"title": None, "ticks": False, "domain": False, "grid": True}
    return {"field": "row", "type": "nominal", "sort": order, "axis": shown}


def _from_zero(title: str) -> Definition:
    return axis("x", title, {"zero": True, "nice": True, "padding": 0})


def _high(count: int) -> Definition:
    return {"height": LINE * count}
