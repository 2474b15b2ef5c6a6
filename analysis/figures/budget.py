"""The curve of the budget: the best score to expect after some trials of a search, a line an activation."""

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.comparison.budget import FEWEST, LEVEL, Expected, expected_best, higher_is_better, search_of, steps_of
from analysis.comparison.losses import loss_label, losses
from analysis.comparison.quality import QUALITY, axis_label, footnote
from analysis.comparison.subject import over
from analysis.figures.style import WIDTH, picture, sheet
from analysis.figures.trials import scored
from inr.errors import InputError
from inr.words import plural
from inr.words import text as said

Curves = dict[str, list[Expected]]
"""Activation → its curve."""


@picture
def budget(frame: pd.DataFrame) -> Figure:
    """Draw for every activation the best quality to expect after 1, 2, 4, … trials of its search; a panel a loss.

    ``frame`` has all trials, whatever their status. The search of a loss is on the one signal and seed with most
    trials. The activations are sorted by their last point, that of the whole search. Raises :class:`InputError` where
    no activation has four trials of one search.
    """
    panels = searches_of(frame)
    rows = max(len(curves) for _, curves in panels.values())
    note = "; ".join(filter(None, [read(panels), footnote(QUALITY, frame)]))
    figure = sheet(WIDTH, (0.3 * rows + 0.6) * len(panels) + 0.7, note)
    every = figure.subplots(len(panels), 1, squeeze=False).ravel()
    for axes, (loss, (_, curves)) in zip(every, panels.items(), strict=True):
        _draw(axes, curves)
        axes.set_title(loss_label(loss), loc="left")
        axes.set_xlabel(axis_label(QUALITY, frame[frame["loss"] == loss]))
        axes.legend(loc="lower left", bbox_to_anchor=(0.25, 1.0), ncols=8, title="after so many trials: ", borderpad=0)
    return figure


def searches_of(frame: pd.DataFrame) -> dict[str, tuple[str, Curves]]:
    """Find the searches: loss → the signal and seed, and the curve of each activation. Raises as :func:`budget`."""
    finished, _ = scored(frame)
    panels = {loss: found for loss in losses(finished["loss"]) if (found := _curves(frame[frame["loss"] == loss]))}
    if not panels:
        raise InputError(f"no activation has {FEWEST} trials of one signal and seed, so there is no search to draw")
    return panels


def read(panels: dict[str, tuple[str, Curves]]) -> str:
    """Tell how to read the picture, and what the searches were on."""
    searches = "; ".join(f"{loss_label(loss)}, {where}" for loss, (where, _) in panels.items())
    return (
        f"from top to bottom: the best score to expect after 1, 2, 4, … trials and after all; its bar: {LEVEL:.0%} of "
        f"such searches; a trial without a score counts as the worst; {searches}"
    )


def _curves(trials: pd.DataFrame) -> tuple[str, Curves] | None:
    """Name the signal and seed of the search, and compute the curve of each activation with enough trials; or None."""
    searched = search_of(trials)
    groups = {str(name): rows[QUALITY] for name, rows in searched.groupby("activation")} if len(searched) else {}
    enough = {name: scores for name, scores in groups.items() if len(scores) >= FEWEST and scores.notna().any()}
    if not enough:
        return None
    up = higher_is_better(searched)
    curves = {name: expected_best(scores, steps_of(len(scores)), up) for name, scores in enough.items()}
    where = ", ".join(f"{name} {said(searched[name].iloc[0])}" for name in over(searched))
    ordered = sorted(curves, key=lambda name: curves[name][-1].mean, reverse=up)
    return where, {name: curves[name] for name in ordered}


def _draw(axes: Axes, curves: Curves) -> None:
    steps = sorted({point.trials for points in curves.values() for point in points})
    colors = matplotlib.colormaps["cividis_r"]
    shades = {k: colors(0.15 + 0.85 * i / max(1, len(steps) - 1)) for i, k in enumerate(steps)}
    for place, points in enumerate(curves.values()):
        heights = [place + 0.5 * (i / max(1, len(points) - 1) - 0.5) for i in range(len(points))]
        axes.plot([p.mean for p in points], heights, color="#bbbbbb", linewidth=0.8, zorder=1)
        for point, height in zip(points, heights, strict=True):
            axes.plot([point.low, point.high], [height] * 2, color=shades[point.trials], linewidth=1.1, zorder=2)
            axes.plot([point.mean], [height], ".", color=shades[point.trials], markersize=7, zorder=3)
    for k, shade in shades.items():
        axes.plot([], [], ".-", color=shade, markersize=7, linewidth=1.1, label=str(k))
    counts = {points[-1].trials for points in curves.values()}
    names = [name if len(counts) == 1 else f"{name} ({plural(p[-1].trials, 'trial')})" for name, p in curves.items()]
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.margins(x=0.03)
