"""The laws of the picture of layers: against samples, closed forms and quadrature, for every activation."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from matplotlib.figure import Figure
from plugin import EXAMPLE

import analysis
import run
from analysis import figures
from analysis.figures import laws
from inr.activations import ACTIVATIONS as REGISTERED
from inr.choices import options
from inr.moments import value_moment
from inr.plugins import load as load_plugin

ODD = range(1, 9, 2)
FORMULAS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "sine": np.sin,
    "square": lambda u: 4 / np.pi * sum(np.sin(k * u) / k for k in ODD),
    "triangle": lambda u: 8 / np.pi**2 * sum((1 if k % 4 == 1 else -1) * np.sin(k * u) / k**2 for k in ODD),
    "sawtooth": lambda u: 2 / np.pi * sum((1 if k % 2 else -1) * np.sin(k * u) / k for k in range(1, 5)),
    "hosc": lambda u: np.tanh(8 * np.sin(u)),
    "relu": lambda u: np.maximum(u, 0),
    "gaussian": lambda u: np.exp(-u * u),
}
"""Activation → φ at its defaults, of u = factor · z."""


@pytest.mark.parametrize("name", FORMULAS)
def test_the_laws_are_those_of_samples(name: str) -> None:
    row = pd.Series({"activation": name, "omega_0": 30.0, "n_modes": 4.0, "learning_rate": 1.0})
    rng, edges = np.random.default_rng(0), np.linspace(-1.31, 1.31, 43)
    for layer, u in ((1, rng.uniform(0, 2 * np.pi, 400_000)), (2, 1.5 * rng.normal(size=400_000))):
        phi = laws.activation_of(row, layer)
        assert phi is not None
        found = laws.output(phi, layer, 15.0 if layer == 1 else 1.5, edges)
        if layer == 1 and name in ("relu", "gaussian"):
            assert found is None
            continue
        assert found is not None
        expected = np.histogram(FORMULAS[name](u), edges)[0] / len(u) / np.diff(edges)
        np.testing.assert_allclose(found[1], expected, atol=0.02, rtol=0.03)
        assert (found[0] == "arcsine") == (layer == 1 and name == "sine")


def test_the_law_of_a_sine_is_the_arcsine_law() -> None:
    edges = np.linspace(-1, 1, 33)
    found = laws.output(REGISTERED["sine"](), 1, 15.0, edges)
    assert found is not None
    exact = np.diff(scipy.stats.arcsine.cdf(edges, loc=-1, scale=2)) / np.diff(edges)
    np.testing.assert_allclose(found[1], exact, rtol=1e-3)
    assert laws.output(REGISTERED["sine"](), 1, 3.0, edges) is None  # less than a period: the phase is not uniform


@pytest.mark.parametrize("name", sorted(REGISTERED))
def test_every_activation_has_a_law_of_its_own_moment(name: str) -> None:
    phi = REGISTERED[name]()
    if phi.trains:
        assert laws.output(phi, 2, 1.0, np.linspace(-1, 1, 9)) is None
        return
    edges = np.linspace(-10, 10, 200_001)
    found = laws.output(phi, 2, 0.7, edges)
    assert found is not None
    density, middles = found[1] * np.diff(edges), (edges[1:] + edges[:-1]) / 2
    assert density.sum() == pytest.approx(1)
    assert density @ middles**2 == pytest.approx(value_moment(phi, 0.7), rel=0.04)  # a quadrature


def test_the_laws_ask_the_activation_of_the_layer() -> None:
    row = pd.Series({"activation": "square", "n_modes": 4, "omega_0": 30.0, "first_omega_0": 45.0, "beta": np.nan})
    first, second = (laws.activation_of(row, layer) for layer in (1, 2))
    assert first is not None
    assert second is not None
    assert (first.factor, second.factor) == (45, 30)
    assert laws.activation_of(pd.Series({"activation": "of a plugin that is not loaded"}), 2) is None


def test_layers_of_a_plugin_are_drawn_with_its_law_where_it_is_loaded(
    tmp_path: Path, restored_registries: None
) -> None:
    plugin = load_plugin(str(EXAMPLE))
    tiny = ["--size=16", "--hidden_features=8", "--hidden_layers=1", "--steps=2", "--threads=1", f"--runs={tmp_path}"]
    assert run.main(["--trial", f"--plugin={plugin.argument}", "--activation=bell", *tiny]) == 0
    frame = analysis.load(tmp_path)
    assert "φ of a normal argument" in titles(figures.layer_distributions(frame, "bell"))
    options("activation").pop("bell")  # type: ignore[attr-defined]
    assert "φ of a normal argument" not in titles(figures.layer_distributions(frame, "bell"))


def titles(figure: Figure) -> list[str]:
    """What stands at the right above every panel."""
    return [axes.get_title(loc="right").removeprefix("law: ") for axes in figure.axes]
