"""Measure and draw the sparsity of layers, to test "triangle gives sparse outputs, square dense ones"."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, PercentFormatter

from analysis.figures import bands
from analysis.figures.style import WIDTH, legend, picture, sheet, styles
from analysis.figures.trials import arrays, scored, told
from inr.errors import InputError

STAGES = {"initialisation": 0, "trained": -1}
STATISTICS = ("near_zero", "kurtosis", "standard_deviation")
COLUMNS = ["activation", "loss", "trial_id", "row", "layer", "stage", *STATISTICS]


def layer_statistics(frame: pd.DataFrame, kind: str = "activation") -> tuple[pd.DataFrame, list[str]]:
    """Collect the statistics of every finished trial's layers: one row per trial, layer and stage; and notes.

    ``kind`` is activation or pre_activation; ``row`` is the trial's index in the frame. The notes name trials without
    histograms. Raises :class:`InputError` if no trial has histograms.
    """
    finished, notes = scored(frame)
    rows = []
    for index, trial in finished.iterrows():
        found = arrays(trial, "histograms", notes)
        groups = [i for i, k in enumerate(found.get("kind", ())) if k == kind]
        for stage, evaluation in STAGES.items():
            rows += [
                {name: trial[name] for name in ("activation", "loss", "trial_id")}
                | {"row": index, "layer": int(found["layer"][group]), "stage": stage}
                | {name: float(found[name][evaluation, group]) for name in STATISTICS}
                for group in groups
            ]
    if not rows:
        raise InputError(f"no trial has histograms of its layers: {told(notes)}")
    return pd.DataFrame(rows, columns=COLUMNS), notes


def sparsity(frame: pd.DataFrame, kind: str = "activation") -> pd.DataFrame:
    """Compute medians over trials for each activation and layer, at initialisation and after training.

    The columns are ``near_zero`` (share of the values below a tenth of their root mean square: sparse is high),
    ``kurtosis`` (excess: 0 normal, −1.2 uniform, −1.5 arcsine, −2 two values: dense is low), ``standard_deviation``,
    and the number of trials n. Raises :class:`InputError` if no trial has histograms.
    """
    return medians_of(layer_statistics(frame, kind)[0])


def medians_of(long: pd.DataFrame) -> pd.DataFrame:
    """Compute the medians of :func:`sparsity` from the statistics of :func:`layer_statistics`."""
    medians = long.groupby(["activation", "layer", "stage"])[list(STATISTICS)].median().unstack("stage")
    medians.columns = [f"{statistic} ({stage})" for statistic, stage in medians.columns]
    order = [f"{statistic} ({stage})" for statistic in STATISTICS for stage in STAGES]
    return medians[order].assign(n=long.groupby(["activation", "layer"])["trial_id"].nunique()).reset_index()


@picture
def sparsity_by_layer(frame: pd.DataFrame) -> Figure:
    """Draw the share near zero and the excess kurtosis of every layer's outputs, before and after training."""
    long, notes = layer_statistics(frame)
    entries = styles(long["activation"])
    counts = list(long.groupby(["activation", "layer", "stage"]).size())
    quartiles = bands.kind(counts)
    text = [bands.told(quartiles, counts), "near zero: below a tenth of the root mean square", told(notes)]
    figure = sheet(WIDTH, 4.8, "; ".join(filter(None, text)))
    panels = figure.subplots(2, 2, sharex=True, sharey="row")
    for line, (name, words) in zip(
        panels, {"near_zero": "share near zero", "kurtosis": "excess kurtosis"}.items(), strict=True
    ):
        line[0].set_ylabel(words)
        for axes, stage in zip(line, STAGES, strict=True):
            for activation, style in entries.items():
                own = long[(long["activation"] == activation) & (long["stage"] == stage)].dropna(subset=[name])
                if len(own):
                    bands.draw(axes, bands.band(own["layer"], own[name], quartiles), style)
    panels[0][0].set_yscale("log")
    panels[0][0].yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
    panels[0][0].yaxis.set_major_locator(FixedLocator([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]))
    panels[0][0].yaxis.set_minor_locator(NullLocator())
    panels[1][0].set_yscale("symlog", linthresh=2, linscale=1.5)
    panels[1][0].yaxis.set_major_locator(FixedLocator([-2, -1, 0, 1, 2, 5, 10, 20, 50, 100]))
    panels[1][0].yaxis.set_major_formatter("{x:g}")
    for axes, title in zip(panels[0], ("at initialisation", "after training"), strict=True):
        axes.set_title(title, loc="left")
    for axes in panels[1]:
        axes.set_xlabel("layer")
        axes.set_xticks(sorted(set(long["layer"])))
    legend(figure, entries)
    return figure
