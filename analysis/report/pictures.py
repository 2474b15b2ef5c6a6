"""The pictures of the report: what each shows in words, and the trials behind it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.comparison.quality import QUALITY, axis_label, ranking_metric
from analysis.comparison.result import Comparison
from analysis.comparison.statistics import critical_difference
from analysis.comparison.subject import task
from analysis.figures.cost import PARAMETERS
from analysis.figures.names import label, varying
from analysis.figures.spectra import SCORE
from analysis.report import charts
from analysis.report.charts.chart import Chart
from analysis.report.charts.layers import WORDS
from analysis.report.charts.palette import Palette
from analysis.report.sheets import PageSheet, sheets
from analysis.report.shown import Shown
from analysis.report.tables import Compared
from inr.errors import InputError
from inr.vocabulary import metric as known

SEARCH = "Of all finished trials, also those that no table shows: this is the search itself."


@dataclass(frozen=True, eq=False)
class Picture:
    """One figure of the page, a chart or sheets of maps; where it could not be drawn, ``missing`` says why."""

    name: str
    caption: str
    alt: str
    chart: Chart | None = None
    sheets: Sequence[PageSheet] = ()
    missing: str = ""


@dataclass(frozen=True, eq=False)
class Section:
    """Pictures under one heading, with a word on how to read them."""

    name: str
    heading: str
    text: str
    pictures: tuple[Picture, ...]


def sections(shown: Shown, compared: Sequence[Compared], palette: Palette) -> list[Section]:
    """All pictures that the trials allow; a parameter that does not vary has no response to draw."""
    return [
        _sheets(shown, palette),
        _quality(shown, compared, palette),
        *_responses(shown, palette),
        _price(shown, palette),
        _layers(shown, palette),
    ]


def draw(name: str, caption: str, alt: str, make: Callable[[], Chart]) -> Picture:
    """The picture of a chart, or the sentence that says why there is none."""
    try:
        return Picture(name, caption, alt, make())
    except InputError as error:
        return Picture(name, caption, alt, missing=str(error))


def standing(place: int, found: Comparison, palette: Palette) -> Picture:
    """The picture under an answer, the ``place``-th of its task."""
    metric = known(ranking_metric(found.basis.used))
    caption = f"{metric.header}: the best on top."
    alt = f"Dots and intervals of {metric.label}: a row each, the best on top, with what it is read beside."
    return draw(f"standing-{place}", caption, alt, lambda: charts.standing(found, palette))


def _activations(frame: pd.DataFrame, palette: Palette) -> list[str]:
    return palette.present(frame["activation"].dropna()) if "activation" in frame else []


def _sheets(shown: Shown, palette: Palette) -> Section:
    rows = task(shown.everything).shown
    fitted = task(shown.everything).subject
    text = (
        f"A sheet for every activation and {fitted}: the reference, what each loss makes of it, and the error beside "
        f"it. The rows are {rows}, the derivatives being the network's own. Of several trials the median is shown."
    )
    pictures = []
    for name, found in sheets(shown.trials, _activations(shown.everything, palette)).items():
        caption = f"{name}: {rows} under each loss."
        given = {"missing": str(found)} if isinstance(found, InputError) else {"sheets": found}
        pictures.append(Picture(f"sheet-{name}", caption, caption, **given))
    return Section("sheets", "What the networks made", text, tuple(pictures))


def _quality(shown: Shown, compared: Sequence[Compared], palette: Palette) -> Section:
    frame = shown.trials
    quality, fitted = axis_label(QUALITY, frame), task(shown.everything).subject
    pictures = [
        draw("convergence", f"{quality} while training.", "Line chart, a panel a loss, a line an activation: "
             f"{quality} against the training step.", lambda: charts.convergence(frame, palette)),
        draw("pareto", f"{fitted.capitalize()} against derivatives: the network's exact derivatives, and the "
             f"operator applied to its {fitted}. The two can rank activations differently.",
             f"Scatter charts of {quality} against the derivatives' scores, the Pareto front joined.",
             lambda: charts.pareto(frame, palette)),
    ]  # fmt: skip
    if SCORE in frame and frame[SCORE].notna().any():
        pictures.append(
            draw("spectra", "Energy by frequency, of the networks between the pixels and of the picture.", "Line "
                 "chart, a panel a loss, a line an activation: energy against frequency, to four times Nyquist's.",
                 lambda: charts.spectra(frame, palette))
        )  # fmt: skip
    pictures += [
        _ranks(each.heading, each.found, palette) for each in compared if each.found and _separates(each.found)
    ]
    text = (
        f"How fast, and at what price in the derivatives. The range of a PSNR is 2 for the {fitted}, and the "
        "reference's for a derivative."
    )
    return Section("quality", "Quality", text, tuple(pictures))


def _separates(found: Comparison) -> bool:
    """Tell whether average ranks could tell two rows apart: a diagram of one block says nothing."""
    _, values = metric_and_values(found)
    return values.shape[1] > 1 and len(values) > 1 and critical_difference(values).impossible is None


def metric_and_values(found: Comparison) -> tuple[str, pd.DataFrame]:
    """Name what ranks the trials of a table, and give its values, blocks by rows, where every row has one."""
    metric = ranking_metric(found.basis.used)
    return metric, found.values[metric].dropna() if metric in found.values else pd.DataFrame()


def _ranks(heading: str, found: Comparison, palette: Palette) -> Picture:
    """The average ranks by what ranks the trials of the table."""
    metric, values = metric_and_values(found)

    def make() -> Chart:
        return charts.ranks(critical_difference(values, known(metric).higher_is_better), palette, metric)

    name = "-".join(["ranks", *heading.lower().replace(":", "").split()])
    caption = f"{heading or 'All'}: average ranks by {metric}; blocks are {found.basis.unit}s."
    return draw(name, caption, f"Critical-difference diagram by {metric}.", make)


def _responses(shown: Shown, palette: Palette) -> list[Section]:
    quality = axis_label(QUALITY, shown.everything)
    varied = [name for name in ("omega_0", "first_omega_0", "n_modes") if name in varying(shown.everything)]
    pictures = [
        draw(
            f"response-{name}",
            f"The answer of {quality} to {name}. {SEARCH}",
            f"Line chart, a panel a loss, a line an activation: {quality} against {name}.",
            lambda name=name: charts.response(shown.everything, palette, name),  # type: ignore[misc]
        )
        for name in varied
    ]
    alt = f"A row an activation: the best {quality} to expect after 1, 2, 4 … trials of its search, with intervals."
    caption = f"The best {quality} to expect after some trials of a search. {SEARCH}"
    search = draw("budget", caption, alt, lambda: charts.budget(shown.everything, palette))
    pictures += [] if search.missing else [search]
    text = "What each activation makes of its own hyperparameters. A line that ends at its highest was not tuned."
    return [Section("response", "Hyperparameters", text, tuple(pictures))] if pictures else []


def _price(shown: Shown, palette: Palette) -> Section:
    text = "What decides the result, and what it costs."
    quality = axis_label(QUALITY, shown.trials)
    pictures = [
        draw("importance", f"Importance of the parameters that vary for what ranks the trials. {SEARCH}",
             "Bar chart of the importance of every parameter that varies.",
             lambda: charts.importance(shown.everything, palette)),
        draw("cost", "Quality against training time.", f"Scatter charts of {quality} against seconds of training.",
             lambda: charts.cost(shown.trials, palette)),
    ]  # fmt: skip
    if PARAMETERS in shown.trials and shown.trials[PARAMETERS].nunique() > 1:
        alt = f"Scatter charts of {quality} against {label('network_size')}."
        pictures.append(
            draw("size", "Quality against size.", alt, lambda: charts.cost(shown.trials, palette, PARAMETERS))
        )
    return Section("price", "Importance and cost", text, tuple(pictures))


def _layers(shown: Shown, palette: Palette) -> Section:
    text = (
        "Values of every layer at initialisation and after training, with the law that theory predicts for the start. "
        "The original study held that triangle gives sparse outputs and square dense ones: the last pictures and the "
        "table below them measure that."
    )
    pictures = [
        draw(
            f"layers-{name}",
            f"{name}: pre-activations and activations, layer by layer.",
            f"Histograms for {name}: a row a layer, left the pre-activations, right the activations; grey at "
            "initialisation, a line after training.",
            lambda name=name: charts.layer_distributions(shown.trials, palette, name),  # type: ignore[misc]
        )
        for name in _activations(shown.everything, palette)
    ]
    pictures += [
        draw(
            "sparsity" if statistic == "near_zero" else f"sparsity-{statistic}",
            f"Sparsity of the outputs, layer by layer: {words}.",
            f"Line charts of the {words} against the layer, at initialisation and after training.",
            lambda statistic=statistic: charts.sparsity_by_layer(*shown.layers, palette, statistic),  # type: ignore[misc]
        )
        for statistic, words in WORDS.items()
    ]
    return Section("layers", "Layers", text, tuple(pictures))
