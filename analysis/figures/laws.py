"""The distributions that theory predicts at initialisation, as densities over the bins of a histogram.

After the first layer u = factor · z is close to normal, with mean zero and a deviation that follows from the weights.
The record has it, and SIREN's initialisation makes it 1 (Sitzmann et al. 2020, supplement 1). The activation then has
the law of φ(u), which φ itself gives. In the first layer, a u that covers a period of φ or more is a uniform phase: a
sine then has the arcsine law 1 / (π √(1 − a²)).
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from inr.activations import ACTIVATIONS, Activation
from inr.choices import build, parameters_of
from inr.moments import outputs

Array = NDArray[np.float64]
POINTS, COARSE = 200_001, 2_001
"""Points of u at equal probabilities, and those where each neuron has numbers of its own."""


def activation_of(row: pd.Series, layer: int) -> Activation | None:
    """Make a trial's activation as a layer has it, counted from 1; None for that of a plugin that is not loaded."""
    cls = ACTIVATIONS.get(str(row["activation"]))
    if cls is None:
        return None
    given = {p.name: row[p.name] for p in parameters_of(cls) if pd.notna(row.get(p.name))}
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in given.items()}
    phi = build(cls, plain, {})
    return phi.in_first_layer() if layer == 1 else phi


def normal(edges: Array, mean: float = 0.0, deviation: float = 1.0) -> Array:
    """Compute the mean density of a normal law in every bin; ``edges`` (n + 1,) → (n,)."""
    return np.asarray(np.diff(scipy.stats.norm.cdf(edges, mean, max(deviation, 1e-300))) / np.diff(edges))


def output(phi: Activation, layer: int, deviation: float, edges: Array) -> tuple[str, Array] | None:
    """Predict the law of φ(u) where u has this deviation: (name, mean density in every bin).

    None in a first layer where u covers less than a period, or φ has none; and for an activation that draws numbers of
    its own, whose law is that of the draw.
    """
    if phi.trains:
        return None
    if layer > 1:
        return "φ of a normal argument", _density(phi, scipy.stats.norm(scale=deviation).ppf, edges)
    if phi.period is None or deviation < phi.period / 2:  # a normal phase of that deviation is uniform within 1.5 %
        return None
    return phi.of_uniform_phase, _density(phi, scipy.stats.uniform(scale=phi.period).ppf, edges)


def _density(phi: Activation, quantile: Callable[[Array], Array], edges: Array) -> Array:
    """The density of all outputs of φ; its inputs are independent and have the same law."""
    count = COARSE if phi.constants(1) else POINTS
    u = quantile((np.arange(count) + 0.5) / count)
    rng = np.random.default_rng(0)
    found = outputs(phi, np.stack([u, *(rng.permutation(u) for _ in range(phi.inputs - 1))], axis=1))
    counts, _ = np.histogram(found, edges)
    return np.asarray(counts / len(found) / np.diff(edges))
