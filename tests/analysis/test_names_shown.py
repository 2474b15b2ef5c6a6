"""Names are data in every table, page, picture and sweep file of the analysis."""

import csv
import dataclasses
import functools
import io
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import frames
import hostile
import pandas as pd
import pytest
from hostile import EXAMPLES, NAMES, assert_shown, few, printed
from hypothesis import assume, example, given
from markdown_it import MarkdownIt
from records import true_runs  # noqa: F401

from analysis import figures
from analysis.comparison.compare import compare
from analysis.comparison.question import Question
from analysis.comparison.result import Comparison
from analysis.figures.sheets import write_sheets
from analysis.figures.style import sheet
from analysis.replicate.replicas import make_replicas, write_files
from analysis.report.page import report
from analysis.sources.load import load
from analysis.sources.rows import frame_of, row_of
from analysis.tables import latex, markup
from analysis.tables.differences import show_tests
from analysis.tables.latex import _LATEX, escaped
from analysis.tables.terminal import show
from analysis.tables.text import to_csv
from inr.errors import UsageError
from sweeps.file.names import refusal
from sweeps.file.spec import load_spec
from sweeps.screen.console import visible


def frame(*images: str) -> pd.DataFrame:
    """Three seeds of each image."""
    rows = []
    for image in images:
        for seed in range(3):
            config = {**frames.CONFIG, "image": image, "seed": seed}
            record = {"trial_id": f"{len(rows):016x}", "status": "finished", "config": config, "reason": f"no {image}"}
            rows.append(row_of({**record, "metrics": frames.metrics(20.0 + len(rows) ** 2)}, "records", None))
    return frame_of(rows, [])


def compared(name: str) -> Comparison:
    """A comparison of two images, one of that name."""
    return renamed(_compared(), "NAME", name)  # type: ignore[no-any-return]


@functools.cache
def _compared() -> Comparison:
    return compare(frame("NAME", "other"), Question(by=["image"], over=["seed"], metrics=["image/psnr"]))


def renamed(value: Any, old: str, new: str) -> Any:
    """The value with another name wherever it has text: comparing takes longer than printing."""
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, tuple | list):
        return type(value)(renamed(item, old, new) for item in value)
    if isinstance(value, dict):
        return {renamed(key, old, new): renamed(item, old, new) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value) if field.init]
        return dataclasses.replace(value, **{name: renamed(getattr(value, name), old, new) for name in names})
    return value


@few
@given(NAMES)
@example("x[/b].png")
@example(":smile:")
@example("\x1b[2J")
def test_a_table_in_the_terminal_and_its_tests(name: str) -> None:
    comparison = compared(name)
    for options in ({}, {"force_terminal": True, "color_system": "truecolor"}):
        for printer in (show, show_tests):
            out = printed(lambda screen, printer=printer: printer([comparison], screen), **options)
            assert_shown(hostile.without_styles(out), name)


class Page(HTMLParser):
    """The elements of a page in their order, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@few
@given(NAMES)
@example("<script>alert(1)</script>")
@example("&lt;i&gt;")
def test_a_table_in_html(name: str) -> None:
    page, plain = (Page(markup.page([compared(image)])) for image in (name, "plain"))
    assert sorted(page.tags) == sorted(plain.tags)
    assert_shown(page.text, name)


@few
@given(NAMES)
@example("![a](http://b)")
@example(":smile:")
@example("&lt;")
def test_a_table_in_markdown(name: str) -> None:
    def tokens(image: str) -> list[str]:
        return [token.type for token in MarkdownIt("js-default").parse(markup.markdown([compared(image)]))]

    page = MarkdownIt("js-default").parse(markup.markdown([compared(name)]))
    assert [token.type for token in page] == tokens("plain")
    children = [child for token in page for child in token.children or ()]
    assert {child.type.partition("_")[0] for child in children} <= {"text", "strong", "em"}
    cells = ["".join(child.content for child in token.children or ()) for token in page if token.type == "inline"]
    assert visible(name).strip() in cells


@few
@given(NAMES)
@example("[/b]")
@example("*--''")
def test_a_table_in_latex(name: str) -> None:
    out = latex.latex([compared(name)])
    lines = out.splitlines()
    assert any(line.startswith(f"{escaped(name)} & ") for line in lines)
    assert not [line for line in lines[5:] if line.startswith(("[", "*"))]
    known = sorted({*_LATEX.values(), "{}", "$-$"}, key=len, reverse=True)
    rest = re.sub("|".join(map(re.escape, known)), "", escaped(name))
    assert not set(rest) & set("\\{}$&#^_%~[]*<>|`")
    assert not re.search(r"--|''|,,", escaped(name).replace(_LATEX["–"], "").replace(_LATEX["″"], ""))


@few
@given(NAMES)
def test_a_table_for_a_program(name: str) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv([compared(name)]), newline="")))
    assert name in {row["image"] for row in rows}


@few
@given(NAMES)
@example("\x1b[2J")
@example("null")
@example("\x85")
def test_a_sweep_file_reads_back_the_same(name: str) -> None:
    assume(not ({*"*?"} & {*name} or os.path.isdir(name)))  # they stand for files, in every sweep file
    replicas = make_replicas(frame(name), Question(selection_seeds=(0, 1, 2), by=("activation",)), "chosen", (7,))
    ((path, content),) = replicas.files.items()
    assert content.startswith("# activation=sine: ")
    folder = Path(os.environ["PYTEST_FOLDER"])
    file = folder / path.name
    file.write_bytes(content.encode())
    spec = load_spec(file)
    assert spec.parameters["image"].values == (name,)
    assert spec.name == path.stem


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTEST_FOLDER", str(tmp_path))
    return tmp_path


def test_rows_with_any_name_have_files_in_the_folder(tmp_path: Path) -> None:
    names = ["../../escaped", "/absolute", ". ", "-rf", "x" * 400, "\x1b[2J"]
    replicas = make_replicas(
        frame(*names), Question(selection_seeds=(0, 1, 2), by=("image",), over=("seed",)), tmp_path / ".into", (7,)
    )
    write_files(replicas)
    assert {path.parent for path in replicas.files} == {tmp_path / ".into"}
    assert len([*(tmp_path / ".into").iterdir()]) == len(names)
    assert all(refusal(load_spec(path).name) is None for path in replicas.files)


def test_a_page_shows_every_name_as_text(tmp_path: Path) -> None:
    names = [*EXAMPLES, "</title>{{ 1 }}", 'a"b', "$\\frac{", "_x"]
    out = report(
        frame(*names), tmp_path / "page.html", Question(by=["image"]), title=f"On {names[0]} <b>", source="\x1b[2J"
    )
    source = out.read_text(encoding="utf-8")
    page = Page(source)
    assert "alert" not in source
    assert "On [/b] <b>" in page.text
    assert "b" not in page.tags[page.tags.index("main") :] or "</b>" not in page.text
    for name in names:
        assert name.encode(errors="backslashreplace").decode() in page.text


@pytest.mark.parametrize("image", EXAMPLES)
def test_a_picture_is_drawn_whatever_it_is_of(image: str) -> None:
    figure = sheet(4, 2, note=f"on {image}")
    figure.suptitle(image[:200])
    for data in (figures.svg(figure), figures.png(figure)):
        assert data
    assert not re.search(rb"[\x00-\x08\x0b-\x1f]", figures.svg(figure))


def test_a_sheet_stays_in_its_folder(
    true_runs: Path,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from analysis.figures import sheets

    recorded = load(true_runs)
    own = recorded[(recorded["activation"] == "sine") & (recorded["image"] == "camera")]
    monkeypatch.setattr(sheets, "load_records", lambda runs: own.assign(activation="../../escaped"))
    (written,) = write_sheets(tmp_path / "runs", "x", list(own["trial_id"]))
    assert written.parent == tmp_path / "runs" / "sweeps" / "x"
    assert set(tmp_path.rglob("*.png")) == {written}


@pytest.mark.parametrize("sweep", ["../../x", "/x", "..", "a\0b", "\x1b[2J", "x" * 300, ""])
def test_a_sweep_that_is_asked_for_is_a_name_and_no_path(tmp_path: Path, sweep: str) -> None:
    frames.write(tmp_path / "runs" / "deep")
    (tmp_path / "runs" / "deep" / "sweeps").mkdir()
    (tmp_path / "runs" / "x.journal").touch()  # what ../../x would read
    with pytest.raises(UsageError, match="--sweep got a name that no sweep has: '"):
        load(tmp_path / "runs" / "deep", sweep=sweep)


def test_the_page_of_a_sweep_of_wandb_is_written_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import argparse

    from analysis.report.page import run

    monkeypatch.chdir(tmp_path)
    options = argparse.Namespace(sources=["wandb:a/b"], sweep="../x", out=None, thumbnails=0, by=["image"])
    assert run(options, frame("camera")) == 0
    assert [path.name for path in tmp_path.glob("*.html")] == ["_..-x.html"]
