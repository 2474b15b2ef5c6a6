"""The figures of an archive: those of :mod:`analysis.figures`, for papers, of the trials that its tables report."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from analysis import figures
from analysis.comparison.statistics import critical_difference
from analysis.figures.names import varying
from analysis.figures.style import styles
from analysis.report.parts import Part
from analysis.report.pictures import metric_and_values
from inr.errors import InputError
from inr.vocabulary import metric as known

Make = Callable[[], Figure]


class Drawing(NamedTuple):
    """A figure as a file."""

    name: str
    caption: str
    ending: str
    data: bytes


def drawings(part: Part, everything: pd.DataFrame) -> Iterator[Drawing]:
    """Draw every figure that the trials allow. ``everything`` are all trials of the task."""
    for name, caption, make, pixels in _wanted(part, everything):
        try:
            figure = make()
        except InputError:  # the trials do not allow it: a search of one trial, a task without maps
            continue
        ending, write = ("png", figures.png) if pixels else ("svg", figures.svg)
        yield Drawing(name, caption, ending, write(figure))


def _wanted(part: Part, everything: pd.DataFrame) -> Iterator[tuple[str, str, Make, bool]]:
    trials = part.trials
    for name in styles(trials["activation"].dropna()) if "activation" in trials else ():
        yield f"sheet-{name}", f"{name}: what each loss makes of it.", _of(figures.study_grid, trials, name), True
        yield f"layers-{name}", f"{name}: every layer.", _of(figures.layer_distributions, trials, name), False
    yield "convergence", "Quality while training.", _of(figures.convergence, trials), False
    yield "pareto", "Quality against the derivatives' scores.", _of(figures.pareto, trials), False
    yield "spectra", "Energy by frequency, between the pixels.", _of(figures.spectra, trials), False
    yield "cost", "Quality against training time and size.", _of(figures.cost, trials), False
    yield "sparsity", "Sparsity of the outputs of every layer.", _of(figures.sparsity_by_layer, trials), False
    yield "importance", "Importance of the parameters, of all trials.", _of(figures.importance, everything), False
    yield "budget", "The best score to expect after some trials of the search.", _of(figures.budget, everything), False
    for name in ("omega_0", "first_omega_0", "n_modes"):
        if name in varying(everything):
            yield f"response-{name}", f"Quality against {name}.", _of(figures.response, everything, name), False
    for each in part.compared:
        if each.found:
            name, values = metric_and_values(each.found)
            title = "-".join(["ranks", *each.heading.lower().replace(":", "").split()])
            yield title, f"Average ranks by {name}.", _ranks(name, values), False


def _of(draw: Callable[..., Figure], *arguments: object) -> Make:
    return lambda: draw(*arguments)


def _ranks(name: str, values: pd.DataFrame) -> Make:
    def make() -> Figure:
        if values.shape[1] < 2 or values.empty:
            raise InputError(f"fewer than two rows have {name} on the same blocks, so there are no ranks")
        return figures.critical_difference(critical_difference(values, known(name).higher_is_better), name)

    return make
