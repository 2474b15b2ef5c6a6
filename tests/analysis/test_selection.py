"""Everything on a page takes the same trials: those of its tables."""

import re
from pathlib import Path
from typing import Any

import frames
import numpy as np
import pandas as pd
import pytest
from records import true_runs  # noqa: F401

import analysis
from analysis import figures
from analysis.commands import main
from analysis.comparison.question import Question
from analysis.figures.cost import SECONDS
from analysis.report import charts, pictures, shown
from analysis.report.pictures import SEARCH
from analysis.report.shown import select
from analysis.report.tables import comparisons
from inr.errors import InputError

OF_THE_TABLES = ("sheets", "convergence", "pareto", "cost", "layer_distributions", "layer_statistics")
OF_ALL = ("response", "importance")
WHERE = {"sheets": pictures, "layer_statistics": shown}
"""The module that calls it; the others are called as charts. Of the statistics are the table and charts of sparsity."""

Drawn = dict[str, list[set[str]]]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """Picture → the trials that it was given, each time; nothing is drawn."""
    given: Drawn = {name: [] for name in (*OF_THE_TABLES, *OF_ALL)}

    def watch(name: str) -> None:
        def draw(frame: pd.DataFrame, *rest: Any) -> object:
            given[name].append(set(frame["trial_id"]))
            if name == "sheets":  # which says for each activation why there is none
                return dict.fromkeys(rest[0], InputError("not drawn"))
            raise InputError("not drawn")

        monkeypatch.setattr(WHERE.get(name, charts), name, draw)

    for name in given:
        watch(name)
    return given


def of_the_tables(page: str) -> set[str]:
    """The trials to which the rows of the comparisons lead."""
    return set(re.findall(r'href="#trial-([0-9a-f]+)"', page.partition('<section id="sheets"')[0]))


@pytest.mark.parametrize(
    ("flags", "fewer"),
    [
        (["--selection-seeds=0", "--where", "loss=image"], True),
        (
            ["--selection-seeds=0", "--where", "loss=image", "image=camera", "--by=activation,n_modes", "--over=seed"],
            True,
        ),
        (["--where", "loss=gradient", "loss=laplacian"], False),
        (["--by=activation,loss,omega_0,n_modes"], True),  # some rows lack an image or a seed
    ],
)
def test_table_sheets_curves_cost_and_layers_are_of_the_same_trials(
    true_runs: Path, tmp_path: Path, drawn: Drawn, flags: list[str], fewer: bool  # noqa: F811
) -> None:  # fmt: skip
    page = tmp_path / "page.html"
    assert main(["report", str(true_runs), *flags, f"--out={page}", "--thumbnails=0"]) == 0
    text = page.read_text()
    expected = of_the_tables(text)
    every = set(re.findall(r'<tr id="trial-([0-9a-f]+)"', text))
    assert expected <= every
    assert (expected < every) == fewer
    assert {name: [*map(set, {*map(frozenset, drawn[name])})] for name in OF_THE_TABLES} == {
        name: [expected] for name in OF_THE_TABLES
    }
    assert all(given == every for name in OF_ALL for given in drawn[name])
    assert drawn["importance"]
    assert f"The pictures show the trials of these tables, {len(expected)} of {len(every)} that finished." in text
    assert text.count(SEARCH) == sum(len(drawn[name]) for name in OF_ALL)


def test_an_image_that_one_row_lacks_is_in_no_picture(runs: Path, tmp_path: Path, drawn: Drawn) -> None:
    frames.grid(runs, {"sine": {"camera": [30.0], "coins": [31.0]}, "relu": {"camera": [20.0]}})
    assert main(["report", str(runs), f"--out={tmp_path / 'page.html'}"]) == 0
    frame = analysis.load(runs)
    shared = set(frame.loc[frame["image"] == "camera", "trial_id"])
    assert of_the_tables((tmp_path / "page.html").read_text()) == shared
    assert all(given == shared for name in OF_THE_TABLES for given in drawn[name])


def test_where_there_is_no_table_the_pictures_show_what_finished_and_say_so(
    runs: Path, tmp_path: Path, drawn: Drawn
) -> None:
    frames.grid(runs, {"sine": {"camera": [30.0, 31.0]}, "relu": {"camera": [20.0, 21.0]}})
    refused = [frames.write(runs, 25.0, loss="gradient", omega_0=omega) for omega in (1.0, 2.0)]
    frames.write(runs, None, "failed", loss="gradient")
    page = tmp_path / "page.html"
    assert main(["report", str(runs), "--selection-seeds=0", f"--out={page}"]) == 0
    text = page.read_text()
    assert "There is no comparison: no trial is left to report outside the selection seeds 0" in text
    expected = of_the_tables(text) | {record.trial_id for record in refused}
    assert len(expected) == 4
    assert all(given == expected for name in OF_THE_TABLES for given in drawn[name])
    said = "The pictures show the trials of these tables, 4 of 6 that finished; where there is no table, under"
    assert f"{said} “Loss: gradient”, all that finished." in text
    assert main(["report", str(runs), "--by=image", f"--out={page}"]) == 0
    assert "There is no table, so the pictures show all 6 finished trials." in page.read_text()


def test_the_numbers_that_are_drawn_are_the_tables(true_runs: Path) -> None:  # noqa: F811
    frame = analysis.load(true_runs)
    frame = frame[frame["loss"] == "image"].reset_index(drop=True)
    compared = comparisons(frame, Question(selection_seeds=[0]))
    selected = select(frame, compared)
    used = compared[0].found.basis.used if compared[0].found else frame
    assert set(used["seed"]) == {1}
    points = np.concatenate([c.get_offsets() for c in figures.cost(selected.trials).axes[0].collections[::2]])
    assert sorted(map(tuple, points)) == sorted(zip(used[SECONDS], used["image/psnr"], strict=True))
    counts = figures.sparsity(selected.trials).groupby("activation")["n"].first()
    assert counts.to_dict() == used.groupby("activation").size().to_dict()
