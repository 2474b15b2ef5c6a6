"""The figures of the report: what each shows in words, and the trials behind it."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from analysis import figures
from analysis.comparison.quality import QUALITY, axis_label, ranking_metric
from analysis.comparison.result import Comparison
from analysis.comparison.statistics import critical_difference
from analysis.comparison.subject import task
from analysis.figures.names import varying
from analysis.figures.spectra import SCORE
from analysis.figures.style import STYLES
from analysis.report.shown import Shown
from analysis.report.tables import Compared
from inr.errors import InputError
from inr.vocabulary import metric as known

PIXELS = 112
"""Of the page, an inch of a figure: its text is then as large as the page's small print."""


SEARCH = "Of all finished trials, also those that no table shows: this is the search itself."


@dataclass(frozen=True)
class Picture:
    """One figure of the page; where it could not be drawn, ``missing`` says why."""

    name: str
    caption: str
    alt: str
    source: str = ""
    """A data address."""
    width: int = 0
    """In pixels of the page."""
    missing: str = ""


@dataclass(frozen=True)
class Section:
    """Pictures under one heading, with a word on how to read them."""

    name: str
    heading: str
    text: str
    pictures: tuple[Picture, ...]


def sections(shown: Shown, compared: Sequence[Compared]) -> list[Section]:
    """All pictures that the trials allow; a parameter that does not vary has no response to draw."""
    return [_sheets(shown), _quality(shown, compared), *_responses(shown), _price(shown), _layers(shown)]


def draw(name: str, caption: str, alt: str, make: Callable[[], Figure], pixels: bool = False) -> Picture:
    """The picture, or the sentence that says why there is none."""
    try:
        figure = make()
    except InputError as error:
        return Picture(name, caption, alt, missing=str(error))
    kind, data = ("png", figures.png(figure)) if pixels else ("svg+xml", figures.svg(figure))
    source = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    return Picture(name, caption, alt, source, round(figure.get_figwidth() * PIXELS))


def _activations(frame: pd.DataFrame) -> list[str]:
    names = sorted({str(name) for name in frame["activation"].dropna()}) if "activation" in frame else []
    study = ["sine", "triangle", "square", "relu"]
    return [name for name in study if name in names] + [name for name in names if name not in STYLES]


def _sheets(shown: Shown) -> Section:
    rows = task(shown.everything).shown
    text = (
        "One sheet an activation, as in the original study: the reference and what each loss makes of it. "
        f"The rows are {rows}, the derivatives being the network's own."
    )
    pictures = [
        draw(
            f"sheet-{name}",
            f"{name}: {rows} under each loss.",
            f"Grid of panels for {name}. Columns: the reference, then one a loss. Rows: {rows}.",
            lambda name=name: figures.study_grid(shown.trials, name),  # type: ignore[misc]
            pixels=True,
        )
        for name in _activations(shown.everything)
    ]
    return Section("sheets", "What the networks made", text, tuple(pictures))


def _quality(shown: Shown, compared: Sequence[Compared]) -> Section:
    frame = shown.trials
    quality, fitted = axis_label(QUALITY, frame), task(shown.everything).subject
    pictures = [
        draw("convergence", f"{quality} while training.", "Line chart, a panel a loss, a line an activation: "
             f"{quality} against the training step.", lambda: figures.convergence(frame)),
        draw("pareto", f"{fitted.capitalize()} against derivatives: above, the network's exact derivatives; below, the "
             f"operator applied to its {fitted}. The two can rank activations differently.",
             f"Scatter charts of {quality} against the derivatives' scores, the Pareto front joined.",
             lambda: figures.pareto(frame)),
    ]  # fmt: skip
    if SCORE in frame and frame[SCORE].notna().any():
        pictures.append(
            draw("spectra", "Energy by frequency, of the networks between the pixels and of the picture.", "Line "
                 "chart, a panel a loss, a line an activation: energy against frequency, to four times Nyquist's.",
                 lambda: figures.spectra(frame))
        )  # fmt: skip
    pictures += [_ranks(each.heading, each.found) for each in compared if each.found]
    text = (
        f"How fast, and at what price in the derivatives. The range of a PSNR is 2 for the {fitted}, and the "
        "reference's for a derivative."
    )
    return Section("quality", "Quality", text, tuple(pictures))


def _ranks(heading: str, found: Comparison) -> Picture:
    """The average ranks by what ranks the trials of the table."""
    metric = ranking_metric(found.basis.used)

    def make() -> Figure:
        values = found.values[metric].dropna() if metric in found.values else pd.DataFrame()
        if values.shape[1] < 2 or values.empty:
            raise InputError(
                f"fewer than two rows have {metric} on the same {found.basis.unit}s, so there are no ranks."
            )
        return figures.critical_difference(critical_difference(values, known(metric).higher_is_better), metric)

    name = "-".join(["ranks", *heading.lower().replace(":", "").split()])
    caption = f"{heading or 'All'}: average ranks by {metric}; blocks are {found.basis.unit}s."
    return draw(name, caption, f"Critical-difference diagram by {metric}.", make)


def _responses(shown: Shown) -> list[Section]:
    quality = axis_label(QUALITY, shown.everything)
    varied = [name for name in ("omega_0", "first_omega_0", "n_modes") if name in varying(shown.everything)]
    pictures = [
        draw(
            f"response-{name}",
            f"The answer of {quality} to {name}. {SEARCH}",
            f"Line chart, a panel a loss, a line an activation: {quality} against {name}.",
            lambda name=name: figures.response(shown.everything, name),  # type: ignore[misc]
        )
        for name in varied
    ]
    text = "What each activation makes of its own hyperparameters. A line that ends at its highest was not tuned."
    return [Section("response", "Hyperparameters", text, tuple(pictures))] if pictures else []


def _price(shown: Shown) -> Section:
    text = "What decides the result, and what it costs."
    quality = axis_label(QUALITY, shown.trials)
    pictures = (
        draw("importance", f"Importance of the parameters that vary. {SEARCH}", "Bar chart of the importance of every "
             "parameter that varies.", lambda: figures.importance(shown.everything)),
        draw("cost", "Quality against training time and size.", f"Scatter charts of {quality} against "
             "seconds of training, and against parameters where sizes differ.", lambda: figures.cost(shown.trials)),
    )  # fmt: skip
    return Section("price", "Importance and cost", text, pictures)


def _layers(shown: Shown) -> Section:
    text = (
        "Values of every layer at initialisation and after training, with the law that theory predicts for the start. "
        "The original study held that triangle gives sparse outputs and square dense ones: the last picture and the "
        "table below it measure that."
    )
    pictures = [
        draw(
            f"layers-{name}",
            f"{name}: pre-activations and activations, layer by layer.",
            f"Histograms for {name}: a row a layer, left the pre-activations, right the activations; grey at "
            "initialisation, a line after training.",
            lambda name=name: figures.layer_distributions(shown.trials, name),  # type: ignore[misc]
        )
        for name in _activations(shown.everything)
    ]
    pictures.append(
        draw("sparsity", "Sparsity of the outputs, layer by layer.", "Line charts of the share of values near zero and "
             "of the excess kurtosis against the layer, at initialisation and after training.",
             lambda: figures.sparsity_by_layer(shown.trials))
    )  # fmt: skip
    return Section("layers", "Layers", text, tuple(pictures))
