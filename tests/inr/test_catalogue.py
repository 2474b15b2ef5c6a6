"""The catalogue of activations: true to the classes, readable at two widths, and the same in README.md."""

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

import run
from inr.activations import ACTIVATIONS, Activation
from inr.catalogue import catalogue, details, formula, markdown
from inr.config import parameters
from inr.errors import UsageError
from inr.parameters import OneOf
from inr.tree import flat
from sweeps.screen.catalogue import show
from sweeps.screen.terminal import Screen

README = Path(__file__).parents[2] / "README.md"
ROWS = {row.name: row for row in catalogue()}


def test_every_activation_is_listed():
    assert [*ROWS] == sorted(ACTIVATIONS)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_row_is_what_the_class_says(name):
    row, cls = ROWS[name], ACTIVATIONS[name]
    assert f"φ(z) = {row.formula}" in " ".join(cls.__doc__.split())
    assert row.formula.count("(") == row.formula.count(")")
    assert (row.init, row.reference) == (cls.init, cls.reference)
    for told, (parameter, default) in zip(row.hyperparameters, flat(cls()).items(), strict=True):
        if isinstance(default, str):
            names = parameters()[parameter].first(OneOf).names
            assert told == f"{parameter} = {default}, one of {', '.join(names)}"
            continue
        assert told.startswith(f"{parameter} = {default:g} in ")
        low, high = map(float, re.search(r"[\[(](\S+), (\S+)[\])]$", told).groups())
        assert low <= default <= high
        for beyond in (low - 1, high + 1, *([low] if "(" in told else [])):
            with pytest.raises(UsageError):
                parameters()[parameter].coerce(beyond)
    assert row.laplacian == (cls.vanishes_from not in (1, 2))


def test_the_numbers_are_the_published_ones():
    assert ROWS["sine"].gains == pytest.approx((1.01, 1.15, 2.00), abs=0.006)
    assert ROWS["gaussian"].gains == pytest.approx((0.35, 0.89, 1.94), abs=0.006)
    assert ROWS["sine"].hyperparameters == ("omega_0 = 30 in (0, 1e+06]", "first_omega_0 = 30 in (0, 1e+06]")
    assert ROWS["square"].hyperparameters[2] == "n_modes = 4 in [1, 1024]"
    assert not ROWS["relu"].laplacian


@pytest.mark.parametrize("width", [80, 140])
def test_it_fits_the_screen_and_loses_nothing(width):
    out = io.StringIO()
    show([*ROWS.values()], Screen(width=width, file=out))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    text = " ".join(out.getvalue().split())
    for row in ROWS.values():
        assert " ".join((row.name, *details(row))) in text
    assert len(lines) < 9 * len(ROWS)


def test_the_table_of_the_readme_is_the_catalogue(capsys):
    found = re.search(
        r"<!-- python run.py (--activations=markdown) -->\n(.*?)<!-- end -->", README.read_text("utf-8"), re.DOTALL
    )
    assert found[2] == markdown(), f"put the output of python run.py {found[1]} between its comments"
    assert run.main([found[1]]) == 0
    assert capsys.readouterr().out == found[2]
    assert len({line.replace(r"\|", "").count("|") for line in found[2].splitlines()}) == 1


def test_the_command_lists_them(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert run.main(["--activations"]) == 0
    assert "φ(z) = sin(ω₀ z)" in capsys.readouterr().out
    assert run.main(["--activations=html"]) == 2
    assert "--activations got 'html': expected text or markdown" in capsys.readouterr().err


@pytest.mark.usefixtures("restored_registries")
def test_ones_own_activation_is_listed_too():
    @dataclass(frozen=True, kw_only=True)
    class Cube(Activation):
        """φ(z) = z³: a cube of 0.5. It is odd."""

        init: ClassVar[str] = "pytorch"
        reference: ClassVar[str] = "nobody"

        def jet(self, z, order):
            return (z**3, 3 * z * z, 6 * z, 6 + 0 * z)[: order + 1]

    (row,) = (row for row in catalogue() if row.name == "cube")
    assert (row.formula, row.hyperparameters) == ("z³", ())
    assert formula(Cube) == "z³"
    assert row.gains == pytest.approx([3 * (3 / 15) ** 0.5] * 3, rel=1e-6)
