"""The distributions that theory predicts at initialisation, as densities over the bins of a histogram.

With SIREN's initialisation, or one that keeps the variance, u = ω₀z is N(0, 1) in every layer after the first
(Sitzmann et al. 2020, supplement 1). The activation then has the law of φ(u). For a sine whose phase covers many
periods, as in the first layer, this is the arcsine law 1 / (π √(1 − a²)).
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from inr.activations import Activation
from inr.choices import options_in, parameters_of

Array = NDArray[np.float64]
POINTS = 200_001


def _sine(u: Array, row: pd.Series) -> Array:
    return np.sin(u)


def _square(u: Array, row: pd.Series) -> Array:
    modes = range(1, 2 * int(row["n_modes"]), 2)
    return np.asarray(4 / np.pi * sum(np.sin(k * u) / k for k in modes))


def _triangle(u: Array, row: pd.Series) -> Array:
    modes = range(1, 2 * int(row["n_modes"]), 2)
    return np.asarray(8 / np.pi**2 * sum((1 if k % 4 == 1 else -1) * np.sin(k * u) / k**2 for k in modes))


def _sawtooth(u: Array, row: pd.Series) -> Array:
    modes = range(1, int(row["n_modes"]) + 1)
    return np.asarray(2 / np.pi * sum((1 if k % 2 else -1) * np.sin(k * u) / k for k in modes))


FORMULAS: dict[str, Callable[[Array, pd.Series], Array]] = {
    **{"sine": _sine, "square": _square},
    **{"triangle": _triangle, "sawtooth": _sawtooth},
}
"""Activation → φ as a function of u = ω₀z. Other activations are drawn without a predicted law."""


def of_layer(row: pd.Series, layer: int) -> pd.Series:
    """Give the row of a trial whose every layer is as this one is (counted from 1), where layers differ."""
    named = options_in(Activation.kind, str(row["activation"]))
    if len(named) < 2 or layer > len(named):
        return row
    option, own = named[layer - 1]
    others = {p.name for each in named for p in parameters_of(each.option)} - {p.name for p in parameters_of(option)}
    return pd.Series({**row.drop(labels=list(others), errors="ignore"), **own, "activation": option.name()})


def frequency(row: pd.Series, layer: int) -> float | None:
    """Return ω₀ of a layer (counted from 1); None for an activation without one."""
    row = of_layer(row, layer)
    value = row.get("first_omega_0" if layer == 1 else "omega_0", None)
    value = row.get("omega_0") if value is None or pd.isna(value) else value
    return None if value is None or pd.isna(value) else float(value)


def normal(edges: Array, mean: float = 0.0, deviation: float = 1.0) -> Array:
    """Compute the mean density of a normal law in every bin; ``edges`` (n + 1,) → (n,)."""
    return np.asarray(np.diff(scipy.stats.norm.cdf(edges, mean, max(deviation, 1e-300))) / np.diff(edges))


def arcsine(edges: Array) -> Array:
    """Compute the mean density of sin of a uniform phase in every bin; ``edges`` (n + 1,) → (n,)."""
    return np.asarray(np.diff(scipy.stats.arcsine.cdf(edges, loc=-1, scale=2)) / np.diff(edges))


def output(row: pd.Series, layer: int, edges: Array) -> tuple[str, Array] | None:
    """Predict the law of φ(u): (name, mean density in every bin); None for an activation without a formula.

    The phase u is uniform in the first layer and N(0, 1) after it.
    """
    row = of_layer(row, layer)
    name = str(row["activation"])
    if name not in FORMULAS or pd.notna(row.get("amplitude")):  # another than the published one
        return None
    if name == "sine" and layer == 1:
        return "arcsine", arcsine(edges)
    u = (np.arange(POINTS) + 0.5) / POINTS
    phase, of = (2 * np.pi * u, "uniform") if layer == 1 else (scipy.stats.norm.ppf(u), "normal")
    counts, _ = np.histogram(FORMULAS[name](np.asarray(phase), row), edges)
    return f"φ of a {of} phase", counts / POINTS / np.diff(edges)
