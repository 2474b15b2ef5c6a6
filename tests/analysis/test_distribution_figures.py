"""The pictures of distributions: what is drawn is what was measured, and one scale serves what is compared."""

import itertools

import numpy as np
import pytest

from analysis.figures.distributions import MOST, histograms, sizes
from analysis.figures.style import sequence
from inr.config import TrialConfig
from inr.distributions import PHI, Distributions, U, at_initialisation


def drawn(*laws: str, **given: object) -> list[Distributions]:
    flat = {"activation": "sine", "hidden_features": 32, "hidden_layers": 2, **given}
    return [*at_initialisation(TrialConfig.from_flat({**flat, "init": law}) for law in laws)]


def test_a_row_a_network_a_column_a_layer_with_the_numbers_above() -> None:
    found = drawn("paper", "kaiming")
    panels = np.reshape(histograms(found, U, "title").axes, (2, 3))
    for one, line in zip(found, panels, strict=True):
        assert line[0].get_ylabel() == one.name
        for layer, axes in zip(one.layers, line, strict=True):
            assert axes.get_title() == f"{layer.measured.deviation:.3g} ({layer.predicted.deviation:.3g})"
            assert len(axes.lines) == (layer.layer > 1)  # the law
    (law,) = panels[1][2].lines
    np.testing.assert_array_equal(law.get_ydata(), found[1].layers[2].laws[U])


@pytest.mark.parametrize(("laws", "shared"), [(("paper", "tuner"), True), (("paper", "kaiming"), False)])
def test_rows_of_like_sizes_share_a_scale(laws: tuple[str, str], shared: bool) -> None:
    panels = np.reshape(histograms(drawn(*laws), U, "").axes, (2, 3))
    limits = [{axes.get_xlim() for axes in line[1:]} for line in panels]
    assert [len(row) for row in limits] == [1, 1]
    assert (limits[0] == limits[1]) == shared


def test_layers_that_grow_too_much_for_one_scale_have_one_each() -> None:
    panels = histograms(drawn("ones", activation="relu"), U, "").axes
    assert panels[1].get_xlim()[1] < panels[2].get_xlim()[1] / 10


def test_of_many_layers_the_first_the_last_and_some_between_are_drawn() -> None:
    figure = histograms(drawn("paper", hidden_layers=20, hidden_features=4), PHI, "")
    named = [int(text.get_text().split()[1]) for axes in figure.axes for text in axes.texts]
    assert named == sorted(named)
    assert (named[0], named[-1], len(named)) == (1, 21, MOST)


def test_measured_and_predicted_sizes_are_drawn_for_every_network() -> None:
    found = drawn("paper", "eye")
    figure = sizes(found, "")
    for axes, name in zip(figure.axes, ("deviation", "output", "slope"), strict=True):
        lines = [line.get_ydata() for line in axes.lines]
        expected = [
            [getattr(getattr(layer, kind), name) for layer in one.layers]
            for one, kind in itertools.product(found, ("measured", "predicted"))
        ]
        np.testing.assert_allclose(lines, expected)
        low, high = axes.get_ylim()
        assert high >= 1.99 * low
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["paper", "eye"]


def test_there_are_styles_enough_and_twelve_colours() -> None:
    first = [*itertools.islice(sequence(), 30)]
    assert len({style.color for style in first[:12]}) == 12
    assert len({(style.color, style.marker, str(style.line)) for style in first}) == 30
