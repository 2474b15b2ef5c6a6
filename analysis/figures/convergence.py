"""The speed at which a metric is reached: against the training step, one line an activation, one panel a loss."""

import pandas as pd
from matplotlib.figure import Figure

from analysis.comparison.losses import loss_label, losses
from analysis.comparison.quality import QUALITY, axis_label, footnote, ranked_by
from analysis.figures import bands
from analysis.figures.names import label
from analysis.figures.style import WIDTH, hide, legend, picture, sheet, styles
from analysis.figures.trials import history, over, scored, told
from inr.errors import InputError


@picture
def convergence(frame: pd.DataFrame, metric: str = QUALITY) -> Figure:
    """The histories of all finished trials; panels share both axes.

    Lines are medians over whatever varies beside activation and loss, which the footnote names. Raises
    :class:`InputError` where no history has the metric.
    """
    finished, notes = scored(frame)
    curves = curves_of(finished, metric, notes)
    if curves.empty:
        raise InputError(f"no history has {metric}: {told(notes) or 'its values are not finite'}")
    names = losses(curves["loss"])
    entries = styles(curves["activation"])
    counts = curves.groupby(["loss", "activation"])["trial"].nunique()
    quartiles = bands.kind(list(counts))
    columns = min(len(names), 2)
    lines = -(-len(names) // columns)
    pooled = over(finished, "activation", "loss")
    foot = [
        bands.told(quartiles, list(counts)),
        f"over {pooled}" if pooled else "",
        footnote(metric, finished),
        told(notes),
    ]
    figure = sheet(WIDTH if columns > 1 else 4.6, 2.35 * lines + 0.7, "; ".join(filter(None, foot)))
    panels = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axes, loss in zip(panels, names, strict=False):
        axes.set_title(loss_label(loss), loc="left")
        for name, style in entries.items():
            rows = curves[(curves["loss"] == loss) & (curves["activation"] == name)]
            if len(rows):
                bands.draw(axes, bands.band(rows["step"], rows["value"], quartiles), style)
    for axes in panels[len(names) :]:
        hide(axes)
    for axes in panels[max(0, len(names) - columns) : len(names)]:
        axes.set_xlabel(label("step"))
        axes.xaxis.set_tick_params(labelbottom=True)
    figure.supylabel(axis_label(metric, finished), fontsize=8.5)
    legend(figure, entries)
    return figure


def curves_of(finished: pd.DataFrame, metric: str, notes: list[str]) -> pd.DataFrame:
    """Read the histories of finished trials, and put what cannot be read into ``notes``.

    One row an evaluation: loss, activation, trial (its id), row (its index in the frame), step, value; per loss and
    activation only the steps that all trials have.
    """
    own = ranked_by(finished) if metric == QUALITY else pd.Series(metric, finished.index)
    rows = [
        (str(trial["loss"]), str(trial["activation"]), trial["trial_id"], index, row["step"], row[name])
        for (index, trial), name in zip(finished.iterrows(), own, strict=True)
        for row in history(trial, notes)
        if row.get(name) is not None
    ]
    curves = pd.DataFrame(rows, columns=["loss", "activation", "trial", "row", "step", "value"])
    if curves.empty:
        return curves
    group = curves.groupby(["loss", "activation"])["trial"].transform("nunique")
    return curves[curves.groupby(["loss", "activation", "step"])["trial"].transform("nunique") == group]
