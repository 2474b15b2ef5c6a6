"""Draw the distributions of every layer at initialisation and after training, with the predicted law."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.comparison.losses import loss_label
from analysis.comparison.subject import subject, task
from analysis.figures import laws
from analysis.figures.names import short
from analysis.figures.style import WIDTH, picture, sheet, styles
from analysis.figures.trials import Arrays, arrays, history, median_trial, scored, told
from inr.activations import Activation
from inr.errors import InputError
from inr.words import text
from sweeps.record.folder import Row

Array = NDArray[np.float64]
KINDS = {"pre_activation": "pre-activation", "activation": "activation"}


@dataclass(frozen=True)
class Histogram:
    """A histogram as densities, with the mean, standard deviation and excess kurtosis of all values."""

    edges: Array
    density: Array
    mean: float
    deviation: float
    kurtosis: float


def histogram(found: Arrays, layer: int, kind: str, evaluation: int, scale: float = 1.0) -> Histogram:
    """Read one histogram from the arrays of ``histograms.npz``, with the values multiplied by ``scale``.

    ``kind`` is pre_activation or activation; ``evaluation`` is an index, -1 being the last.
    """
    (group,) = np.flatnonzero((found["layer"] == layer) & (found["kind"] == kind))
    at = (evaluation, group)
    edges, counts = found["edges"][at] * scale, found["counts"][at]
    density = counts / max(counts.sum(), 1) / np.maximum(np.diff(edges), 1e-300)
    return Histogram(
        edges,
        density,
        mean=float(found["mean"][at]) * scale,
        deviation=float(found["standard_deviation"][at]) * scale,
        kurtosis=float(found["kurtosis"][at]),
    )


@dataclass(frozen=True)
class Layer:
    """A layer's place, its activation, and the deviation of u = factor · z that is predicted from its weights."""

    place: int
    phi: Activation | None
    """None where the plugin that defines it is not loaded."""
    deviation: float | None
    """None in records of earlier versions."""
    own: str = ""
    """The name of its activation, where layers differ."""

    @property
    def factor(self) -> float:
        """The factor on z inside φ."""
        return 1.0 if self.phi is None else self.phi.factor

    @property
    def name(self) -> str:
        """The layer's place, and its activation where layers differ."""
        return f"layer {self.place}{f', {self.own}' if self.own else ''}"

    @property
    def unit(self) -> str:
        """The words for what is drawn of a pre-activation."""
        own = self.phi is not None and self.phi.frequency == self.factor
        return "u = ω₀z" if own else "z" if self.factor == 1 else f"u = {self.factor:g}z"


@picture
def layer_distributions(frame: pd.DataFrame, activation: str, loss: str | None = None) -> Figure:
    """Draw one row per layer, with pre-activation and activation: grey at initialisation, a line after training.

    Pre-activations are drawn as u = ω₀z if there is an ω₀. Of several trials, the one of median quality is shown.
    Raises :class:`InputError` if no finished trial of the activation and loss has histograms.
    """
    return _draw(layers_of(frame, activation, loss))


@dataclass(frozen=True, eq=False)
class Layers:
    """The histograms of the one trial that is shown, which is the median of ``count``."""

    trial: pd.Series
    found: Arrays
    count: int
    before: Row = field(default_factory=dict)
    """The evaluation before training."""

    @property
    def all(self) -> list[Layer]:
        """Each layer, from the first."""
        pairs = zip(self.found["layer"], self.found["kind"], strict=True)
        return [self._layer(place) for place in sorted({int(layer) for layer, kind in pairs if kind == "activation"})]

    def _layer(self, place: int) -> Layer:
        predicted, phi = self.before.get(f"deviation/layer_{place}_predicted"), laws.activation_of(self.trial, place)
        own = "" if phi is None or phi.name() == self.trial["activation"] else phi.name()
        return Layer(place, phi, None if predicted is None else float(predicted), own)

    def stages(self, layer: Layer, kind: str) -> tuple[Histogram, Histogram]:
        """Read a layer's histograms before and after training; pre-activations times the factor on them inside φ."""
        scale = layer.factor if kind == "pre_activation" else 1.0
        return histogram(self.found, layer.place, kind, 0, scale), histogram(self.found, layer.place, kind, -1, scale)

    @property
    def title(self) -> str:
        """The title of a picture of the trial: ``sine, ω₀ = 30, loss: image, on camera``."""
        loss = loss_label(str(self.trial["loss"]))
        return f"{self.trial['activation']}{_settings(self.trial)}, {loss}{_on(self.trial)}"

    @property
    def note(self) -> str:
        """The words on how to read such a picture, and on which trial it shows."""
        which = f"trial {self.trial['trial_id']}" + (f", the median of {self.count}" if self.count > 1 else "")
        stages = f"grey: at initialisation; line: after {int(self.found['step'][-1])} steps"
        return f"{stages}; dashed: the law predicted at initialisation; {which}"


def layers_of(frame: pd.DataFrame, activation: str, loss: str | None = None) -> Layers:
    """Read the layers of the trial of median quality. Raises as :func:`layer_distributions`."""
    finished, _ = scored(frame)
    rows = finished[finished["activation"] == activation]
    rows = rows[rows["loss"] == (loss or _first_loss(rows))] if len(rows) else rows
    if rows.empty:
        raise InputError(f"there is no finished trial of {activation}{f' with loss {loss}' if loss else ''}")
    trial, notes = median_trial(rows), []  # type: pd.Series, list[str]
    found = arrays(trial, "histograms", notes)
    if not found:
        raise InputError(f"no layers of {activation} to draw: {told(notes)}")
    return Layers(trial, found, len(rows), *history(trial, notes)[:1])


def _first_loss(rows: pd.DataFrame) -> str:
    value = [term for term in task(rows).terms[:1] if (rows["loss"] == term).any()]
    return [*value, *sorted(map(str, rows["loss"]))][0]


def _draw(shown: Layers) -> Figure:
    layers = shown.all
    figure = sheet(WIDTH, 1.3 * len(layers) + 1.0, shown.note)
    figure.suptitle(shown.title, x=0.01, ha="left", fontsize=9.5)
    panels = figure.subplots(len(layers), 2, squeeze=False)
    for line, layer in zip(panels, layers, strict=True):
        for axes, kind in zip(line, KINDS, strict=True):
            _panel(axes, shown, layer, kind)
        line[0].set_ylabel(f"{layer.name}\ndensity")
    for axes, kind in zip(panels[-1], KINDS, strict=True):
        axes.set_xlabel(" or ".join(sorted({quantity(layer, kind) for layer in layers})))
    for axes in panels[:, 0]:
        axes.sharex(panels[0][0])
    for axes in panels[:, 1]:
        axes.sharex(panels[0][1])
    return figure


def quantity(layer: Layer, kind: str) -> str:
    """Write what a histogram of that kind counts: pre-activations as u = ω₀z where there is an ω₀."""
    return f"{KINDS[kind]} {'φ(z)' if kind == 'activation' else layer.unit}"


def _settings(trial: pd.Series) -> str:
    names = {"omega_0": "ω₀", "n_modes": "n_modes"}
    given = {label: trial[name] for name, label in names.items() if name in trial and pd.notna(trial[name])}
    return "".join(f", {label} = {text(value)}" for label, value in given.items())


def _on(trial: pd.Series) -> str:
    fitted = trial.get(subject(trial.to_frame().T))
    return f", on {short(fitted)}" if pd.notna(fitted) else ""


def _panel(axes: Axes, shown: Layers, layer: Layer, kind: str) -> None:
    first, last = shown.stages(layer, kind)
    name = str(shown.trial["activation"])
    axes.stairs(first.density, first.edges, fill=True, color="#c9c9c9")
    axes.stairs(last.density, last.edges, color=styles([name])[name].color, linewidth=1.3)
    law = law_of(layer, kind, first)
    if law is not None:
        axes.plot((first.edges[1:] + first.edges[:-1]) / 2, law[1], color="black", linestyle="--", linewidth=1)
    tops = [np.sort(density)[-3] for density in (first.density, last.density)]
    axes.set_ylim(0, 1.25 * max(*tops, 1e-9))
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.set_title(f"law: {law[0]}" if law else "", loc="right", fontsize=6.8, color="#444444", pad=2)
    axes.set_title(measured(first, last), loc="left", fontsize=6.8, pad=2)


def law_of(layer: Layer, kind: str, first: Histogram) -> tuple[str, Array] | None:
    """Predict the law of a histogram: (name, mean density in every bin); None where there is no prediction."""
    if kind == "activation":
        if layer.phi is None or layer.deviation is None:
            return None
        return laws.output(layer.phi, layer.place, layer.deviation, first.edges)
    if layer.place == 1:
        return None
    if layer.deviation is None:
        return "normal, same std", laws.normal(first.edges, first.mean, first.deviation)
    return f"N(0, {layer.deviation:.2f}²)", laws.normal(first.edges, deviation=layer.deviation)


def measured(first: Histogram, last: Histogram) -> str:
    """Write the deviation and the excess kurtosis at initialisation and after training."""
    return f"std {first.deviation:.2f} → {last.deviation:.2f}  kurtosis {first.kurtosis:.1f} → {last.kurtosis:.1f}"
