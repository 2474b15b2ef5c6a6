"""Quality against derivative quality: which settings are beaten in neither."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from analysis.comparison.quality import QUALITY, axis_label, footnote
from analysis.comparison.subject import over, subject, task
from analysis.figures.names import initials, label, varying
from analysis.figures.style import WIDTH, Style, legend, picture, sheet, styles
from analysis.figures.trials import scored, told
from inr.errors import InputError
from inr.tasks import Task
from inr.vocabulary import families, metric


def front(x: ArrayLike, y: ArrayLike) -> NDArray[np.bool_]:
    """Find the Pareto front: True for each point that no other point beats (higher is better in x and y).

    A point beats another if it is at least as high in both and higher in one. x and y are (n,).
    """
    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    at_least = (a[None] >= a[:, None]) & (b[None] >= b[:, None])
    above = (a[None] > a[:, None]) | (b[None] > b[:, None])
    return np.asarray(~(at_least & above).any(axis=1))


@picture
def pareto(frame: pd.DataFrame, against: Sequence[str] | None = None) -> Figure:
    """Draw quality against the scores ``against``, by default the derivatives'; a point is the median of a setting.

    A point is a setting, its median over what is fitted and the seeds.

    The front is joined, its points are filled and carry the terms of their loss. A setting that lacks some of the
    data is left out: another mix is another scale.
    """
    rows, notes = scored(frame, QUALITY)
    kind = task(rows)
    against = against or derivatives(kind)
    panels = [name for name in against if name in rows and np.isfinite(pd.to_numeric(rows[name])).any()]
    if not panels:
        raise InputError(f"no trial has {' or '.join(against) or 'a score of a derivative'}")
    points = _points(rows, panels, notes)
    entries = styles(points["activation"])
    lines = -(-len(panels) // 2)
    letters = initials(kind.terms)
    text = f"a point: a setting, the median over its {kind.subject}s and seeds ({len(rows)} trials, "
    text += f"{len(points)} settings); filled: on the front, with the terms of its loss ({', '.join(letters.values())})"
    text += "; dotted: an all-zero map" if any(_zero(name) in points for name in panels) else ""
    figure = sheet(WIDTH, 2.8 * lines + 0.8, "; ".join(filter(None, [text, footnote(QUALITY, rows), told(notes)])))
    axes = figure.subplots(lines, 2, sharex=True, squeeze=False).ravel()
    for panel, name in zip(axes, panels, strict=False):
        _panel(panel, points[points[name].notna()], name, entries, letters)
    for panel in axes[len(panels) :]:
        panel.set_axis_off()
    for panel in axes[max(0, len(panels) - 2) : len(panels)]:
        panel.set_xlabel(axis_label(QUALITY, rows))
        panel.xaxis.set_tick_params(labelbottom=True)
    legend(figure, entries)
    return figure


def derivatives(kind: type[Task]) -> list[str]:
    """List the first score of each derivative, the network's beside its values': they can rank differently."""
    return [
        f"{family.name}/{names[0]}"
        for family in families()
        if family.belongs_to(kind.name())
        and (family.derivative_of or family.truth)
        and (names := (*family.shown, *family.occasional))
    ]


def _points(rows: pd.DataFrame, panels: list[str], notes: list[str]) -> pd.DataFrame:
    """One row a setting: medians of the qualities and of the zero maps' scores."""
    settings = list(dict.fromkeys(["activation", "loss", *(n for n in varying(rows) if n not in over(rows))]))
    scores = list(dict.fromkeys([QUALITY, *panels, *(zero for p in panels if (zero := _zero(p)) in rows)]))
    numbers = rows.assign(**{name: pd.to_numeric(rows[name], errors="coerce") for name in scores})
    groups = numbers.replace([np.inf, -np.inf], np.nan).groupby(settings, dropna=False)
    name = subject(rows)
    fitted = groups[name].nunique() if name in rows else groups.size().clip(upper=1)
    points = groups[scores].median()[fitted == fitted.max()].reset_index()
    if len(points) < len(fitted):
        notes.append(f"left out: {len(fitted) - len(points)} settings without all {fitted.max()} {name}s")
    return points


def _panel(axes: Axes, points: pd.DataFrame, name: str, entries: dict[str, Style], letters: Mapping[str, str]) -> None:
    on = front(points[QUALITY], points[name])
    line = points[on].sort_values(QUALITY)
    axes.step(line[QUALITY], line[name], where="pre", color="#888888", linewidth=1, zorder=1.5)
    for activation, style in entries.items():
        own = (points["activation"] == activation).to_numpy()
        for chosen, face in ((own & ~on, "white"), (own & on, style.color)):
            axes.scatter(
                points.loc[chosen, QUALITY], points.loc[chosen, name], s=26, marker=style.marker, facecolor=face,
                edgecolor=style.color, linewidth=1, zorder=2 + (face != "white"),
            )  # fmt: skip
    for _, point in line.iterrows():
        terms = "".join(letters.get(term, "?") for term in point["loss"].split("+"))
        axes.annotate(terms, (point[QUALITY], point[name]), (4, 3), textcoords="offset points", size=7)
    for value in points.get(_zero(name), pd.Series(dtype=float)).dropna().unique()[:1]:
        axes.axhline(value, color="#444444", linestyle=":", linewidth=0.9, zorder=1)
    axes.margins(0.09)
    axes.set_ylabel(label(name).replace(" (", "\n("))


def _zero(name: str) -> str:
    """Return the column with the all-zero map's score of the same true map."""
    return metric(name).reference("zero")
