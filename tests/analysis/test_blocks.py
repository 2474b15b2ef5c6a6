"""Tables of several losses: a block each, the best first, what belongs to it beside it, at any width."""

import io
import re
from collections.abc import Sequence
from pathlib import Path

import frames
import pytest

import analysis
from analysis.commands import main
from analysis.comparison.blocks import blocks, compare_losses
from analysis.comparison.compare import compare
from analysis.comparison.order import ordered
from analysis.comparison.question import Question
from analysis.comparison.result import Comparison
from analysis.tables.terminal import show
from analysis.tables.text import render
from inr.errors import InputError, UsageError
from inr.families import FAMILIES, Family
from inr.vocabulary import metric, tabulated
from sweeps.screen.terminal import Screen

SCORES = {
    "image": {"sine": 40.0, "relu": 20.0, "square": 30.0},
    "gradient": {"sine": 25.0, "relu": 26.0, "square": 24.0},
}


def operators(scores: dict[str, float]) -> dict[str, float]:
    """Scores with those that the operator has of the predicted image."""
    same = {f"discrete_{name}": value - 1 for name, value in scores.items() if re.match("gradient|laplacian", name)}
    return {**scores, **{name: value for name, value in same.items() if not name.endswith("_zero")}}


@pytest.fixture
def losses(runs: Path) -> Path:
    """Two losses, of which the second is ranked by the aligned image, on two images."""
    for loss, scores in SCORES.items():
        for activation, score in scores.items():
            for image in ("camera", "coins"):
                found = operators(frames.metrics(60.0 - score if loss == "gradient" else score))
                more = {"image/psnr_aligned": score, "image/psnr_ceiling": 30.0} if loss == "gradient" else {}
                frames.write(runs, {**found, **more}, activation=activation, loss=loss, image=image)
    return runs


def printed(comparisons: Sequence[Comparison], width: int, every: bool = False) -> str:
    file = io.StringIO()
    show(comparisons, Screen(file=file, width=width, color_system=None), every)
    return file.getvalue()


def bests(found: Comparison, metric: str) -> list[str]:
    return [row.name for row in found.rows if row.cells[metric].best]


def test_each_loss_has_a_block_with_a_best_of_its_own_which_stands_first(losses: Path) -> None:
    image, gradient = compare_losses(analysis.load(losses))
    assert [row.name for row in ordered(image)] == ["sine", "square", "relu"]
    assert [row.name for row in ordered(gradient)] == ["relu", "sine", "square"]
    assert bests(image, "image/psnr") == ["sine"]
    assert (bests(gradient, "image/psnr_aligned"), bests(gradient, "image/psnr")) == (["relu"], ["square"])
    assert (image.losses, gradient.losses) == (["image"], ["gradient"])
    assert "image/psnr_aligned" not in image.metrics


def test_a_row_without_a_score_stands_last_and_the_least_error_first(runs: Path) -> None:
    frames.write(runs, {"image/psnr": 30.0, "image/nrmse": 0.3}, activation="sine")
    frames.write(runs, {"image/psnr": 31.0, "image/nrmse": 0.1}, activation="square")
    frames.write(runs, None, status="failed", activation="relu")
    (found,) = compare_losses(analysis.load(runs))
    assert [row.name for row in ordered(found)] == ["square", "sine", "relu"]
    (errors,) = compare_losses(
        analysis.load(runs).assign(**{"best/rank_by": "image/nrmse"}), Question(metrics=["image/nrmse"])
    )
    assert [row.name for row in ordered(errors)][:2] == ["square", "sine"]


def test_what_the_targets_ask_for_stands_in_the_block_of_its_loss(losses: Path) -> None:
    image, gradient = compare_losses(analysis.load(losses))
    assert "image that the targets ask for" in [reference.name for reference in gradient.references]
    assert not [reference for reference in image.references if reference.kind == "ceiling"]


OPERATORS = [family for family in FAMILIES.values() if family.truth and FAMILIES[family.truth].shown]


@pytest.mark.parametrize("family", OPERATORS, ids=lambda family: family.name)
def test_the_operators_scores_stand_behind_the_networks(family: Family) -> None:
    shown = FAMILIES[family.truth].shown
    names = [f"{each}/{score}" for each in (family.truth, family.name) for score in shown]
    first = tabulated().index(names[0])
    assert list(tabulated()[first : first + len(names)]) == names


def test_losses_that_are_compared_or_averaged_stand_in_one_table(losses: Path) -> None:
    frame = analysis.load(losses)
    frame = frame[frame["activation"] == "sine"]
    (compared,) = compare_losses(frame, Question(by=["loss"]))
    assert sorted(row.name for row in compared.rows) == ["gradient", "image"]
    (averaged,) = compare_losses(frame, Question(over=["loss", "image", "seed"]))
    assert averaged.rows[0].cells["image/psnr"].mean == pytest.approx((40 + 35) / 2)
    split = compare_losses(frame, Question(by=["activation", "loss"]))
    assert [found.by for found in split] == [("activation",), ("activation",)]


def test_a_loss_without_a_table_says_why_and_the_others_have_theirs(losses: Path) -> None:
    frames.write(losses, 1.0, loss="laplacian", size=32)
    frames.write(losses, 1.0, loss="laplacian", size=48, seed=1)
    found = compare_losses(analysis.load(losses))
    assert [each.losses for each in found] == [["image"], ["gradient"]]
    assert found[0].notes[2].startswith("no table for the loss laplacian: will not average over size")
    assert [block.loss for block in blocks(analysis.load(losses)) if block.refused] == ["laplacian"]
    with pytest.raises(UsageError, match="unknown column 'activaton'"):
        compare_losses(analysis.load(losses), Question(by=["activaton"]))
    frames.write(losses, {"sound/snr": 9.0}, task="audio", image=None, sound="chirp", loss="sound")
    with pytest.raises(InputError, match="share no scores"):
        compare_losses(analysis.load(losses))


@pytest.mark.parametrize("width", [60, 80, 140, 240])
def test_nothing_is_cut_at_any_width(losses: Path, width: int) -> None:
    found = compare_losses(analysis.load(losses))
    out = printed(found, width)
    tables = [line for line in out.splitlines() if not line.startswith(("-", "loss: "))]
    assert max(map(len, tables)) <= width
    assert "…" not in out
    said = re.findall(r"-?\d+\.\d+", "\n".join(line for line in tables if line.startswith("│")))
    expected = [
        number
        for each in found
        for cell in (cell for row in each.rows for cell in row.cells.values())
        for number in [cell.mean, *cell.few.values()]
    ] + [value for each in found for reference in each.references for value in reference.values.values()]
    assert sorted(map(float, said)) == pytest.approx(
        sorted(value for value in expected if value is not None), abs=0.005
    )
    words = {word for name in found[1].metrics for word in metric(name).header.split()}
    assert words <= set(re.split(r"[\s┃]+", out))


def test_network_and_operator_stand_in_one_panel_of_a_narrow_screen(losses: Path) -> None:
    panels = printed(compare_losses(analysis.load(losses))[:1], 80).split("┏")[1:]
    assert len(panels) > 1
    of_derivatives = [panel for panel in panels if "(network)" in panel]
    assert of_derivatives
    assert all("(operator)" in panel for panel in of_derivatives)
    assert all("activation" in panel and "sine" in panel for panel in panels)


@pytest.mark.parametrize("images", [2, 3, 4, 5])
def test_fewer_than_four_blocks_are_printed_and_more_have_an_interval(runs: Path, images: int) -> None:
    for place in range(images):
        frames.write(runs, 30.0 + 2 * place, image=f"picture{place}")
    out = printed(compare_losses(analysis.load(runs), Question(metrics=["image/psnr"])), 80)
    assert ("±" in out) == (images >= 4)
    assert [f"picture{place} " in out for place in range(images)] == [images < 4] * images
    assert ("too few for an interval" in out) == (images < 4)


def test_three_notes_are_told_unasked_and_what_all_tables_share_once(losses: Path) -> None:
    found = compare_losses(analysis.load(losses))
    notes = [line for line in printed(found, 240).splitlines() if line.startswith("- ")]
    assert len([note for note in notes if note.startswith("- mean over")]) == 1
    assert notes[-1].startswith("- --notes also tells: ")
    assert "what was held fixed" in notes[-1]
    assert not any("held fixed: " in note for note in notes)
    every = [line[2:] for line in printed(found, 240, every=True).splitlines() if line.startswith("- ")]
    assert {*every} == {note for each in found for note in each.notes}


def test_a_document_has_no_word_of_flags(losses: Path) -> None:
    found = compare_losses(analysis.load(losses))
    for form in ("markdown", "html", "latex"):
        assert "notes also tells" not in render(found, form)


@pytest.mark.parametrize(
    ("having", "said"),
    [
        ({"sine": 10.0, "square": 10.0, "relu": None}, "omega_0 = 10 (all but relu)"),
        ({"sine": 10.0, "square": None, "relu": None}, "omega_0 = 10 (only sine)"),
        ({"sine": 10.0, "square": 10.0, "relu": 10.0}, "omega_0 = 10"),
        ({"sine": 5.0, "square": 10.0, "relu": 10.0}, "omega_0 = 10 (all but sine), 5 (sine)"),
        ({"sine": 5.0, "square": 10.0, "relu": None}, "omega_0 = 5 (sine), 10 (square)"),
    ],
)
def test_what_was_held_fixed_says_where(runs: Path, having: dict[str, float | None], said: str) -> None:
    for activation, value in having.items():
        frames.write(runs, 30.0, activation=activation, omega_0=value)
    (fixed,) = [note for note in compare(analysis.load(runs)).notes if note.startswith("held fixed: ")]
    assert fixed.endswith(f", {said}")


def test_the_command_prints_a_block_a_loss(losses: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("table", "tests"):
        assert main([verb, str(losses)]) == 0
        out = capsys.readouterr().out
        first = out.index("loss: image, best first by image PSNR (dB)\n")
        assert out.index("loss: gradient, best first by image PSNR, aligned (dB)\n") > first
    assert main(["table", str(losses), "--format=csv"]) == 0
    rows = [line.split(",") for line in capsys.readouterr().out.splitlines()]
    best = {(row[1], row[0]) for row in rows[1:] if row[3] == "image/psnr" and row[8] == "1"}
    assert best == {("image", "sine"), ("gradient", "square")}
