"""Spectra of networks between the pixels, beside the picture's: what lies above Nyquist's frequency is no pixel's."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.comparison.losses import loss_label, losses
from analysis.comparison.subject import subject
from analysis.figures.style import WIDTH, Style, hide, legend, picture, sheet, styles
from analysis.figures.trials import Arrays, arrays, median_trial, scored, told
from inr.bands import FINER
from inr.errors import InputError

Array = NDArray[np.float64]
SPECTRUM = "spectrum"
"""The array of ``fields.npz``; that of the picture begins with ``reference_``."""
SCORE = "alias/above"
"""The metric that trials with a spectrum have."""


READ = (
    "energy of the frequencies of a ring, in shares of the picture's (without its mean); grey: the picture; "
    "right of 1 the pixels say nothing; of several trials the one of median quality"
)
"""How to read the picture."""


class Panel(NamedTuple):
    """The spectra under one loss, on one picture."""

    loss: str
    fitted: str
    networks: dict[str, Arrays]
    """Activation → the arrays of its median trial."""
    trials: dict[str, Any]
    """Activation → the place of that trial in the frame."""


@picture
def spectra(frame: pd.DataFrame) -> Figure:
    """Draw energy against frequency, a panel a loss, a line an activation: its trial of median quality.

    A panel is of the picture that most trials of its loss fit. Raises :class:`InputError` where no trial has a
    spectrum.
    """
    panels, notes = spectra_of(frame)
    entries = styles(name for panel in panels for name in panel.networks)
    columns = min(len(panels), 2)
    lines = -(-len(panels) // columns)
    figure = sheet(WIDTH, 2.35 * lines + 0.7, "; ".join(filter(None, [READ, told(notes)])))
    axes = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for one, panel in zip(axes, panels, strict=False):
        _draw(one, panel, entries)
    for one in axes[len(panels) :]:
        hide(one)
    for one in axes[max(0, len(panels) - columns) : len(panels)]:
        one.set_xlabel("frequency / Nyquist's of the pixels")
        one.xaxis.set_tick_params(labelbottom=True)
    figure.supylabel("share of energy", fontsize=8.5)
    legend(figure, entries)
    return figure


def spectra_of(frame: pd.DataFrame) -> tuple[list[Panel], list[str]]:
    """Read the spectra, a panel a loss, and notes on what cannot be read. Raises as :func:`spectra`."""
    if SCORE not in frame:
        raise InputError("no trial was looked at between its pixels: only pictures are, by later versions")
    finished, notes = scored(frame, SCORE)
    panels = [_panel(finished[finished["loss"] == loss], loss, notes) for loss in losses(finished["loss"])]
    panels = [panel for panel in panels if panel.networks]
    if not panels:
        raise InputError(f"no trial has a spectrum: {told(notes)}")
    return panels, notes


def _panel(rows: pd.DataFrame, loss: str, notes: list[str]) -> Panel:
    of = subject(rows)
    fitted = str(rows[of].mode().iloc[0])
    own = rows[rows[of] == fitted]
    medians = {str(name): median_trial(trials) for name, trials in own.groupby("activation")}
    found = {name: arrays(trial, "fields", notes) for name, trial in medians.items()}
    networks = {name: each for name, each in found.items() if SPECTRUM in each}
    return Panel(loss, fitted, networks, {name: medians[name].name for name in networks})


def curve(found: Arrays, name: str = SPECTRUM) -> tuple[Array, Array]:
    """Give frequencies, in units of Nyquist's, and shares of energy; that of the picture if it is known is 1."""
    energy = found[name].astype(np.float64)
    whole = found.get(f"reference_{SPECTRUM}", found[SPECTRUM]).sum()
    return FINER * np.arange(1, len(energy)) / (len(energy) - 1), energy[1:] / whole


def _draw(axes: Axes, panel: Panel, entries: dict[str, Style]) -> None:
    known = [found for found in panel.networks.values() if f"reference_{SPECTRUM}" in found]
    for found in known[:1]:
        axes.plot(*curve(found, f"reference_{SPECTRUM}"), color="#bbbbbb", linewidth=3, zorder=1)
    for name, found in panel.networks.items():
        axes.plot(*curve(found), color=entries[name].color, linestyle=entries[name].line, linewidth=1.1)
    axes.axvline(1, color="#444444", linestyle=":", linewidth=0.9)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_ylim(bottom=1e-8)
    axes.set_title(f"{loss_label(panel.loss)}, {panel.fitted}", loc="left")
