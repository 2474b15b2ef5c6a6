"""The report: complete, one file, traceable to records and commands, and right in a real browser."""

import argparse
import html
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import browser
import pandas as pd
import pytest
from needed import missing
from records import ACTIVATIONS, LOSSES, copy, true_runs  # noqa: F401

import analysis
from analysis.report import page as module
from analysis.report.page import report
from analysis.report.trials import command
from analysis.sources.rows import config_columns
from inr.config import TrialConfig
from inr.errors import InputError


@pytest.fixture(scope="session")
def page(true_runs: Path) -> Path:  # noqa: F811
    """A report beside the runs, with an unfinished and a hostile trial among the others."""
    frame = analysis.load(true_runs)
    strange = frame.iloc[[0, 1]].assign(
        trial_id=["0" * 16, "1" * 16],
        status=["failed", "diverged"],
        reason=["<script>alert(1)</script>", "loss is nan"],
        folder=[None, str(true_runs / "trials" / "absent")],
    )
    target = true_runs.parent / f"page {os.getpid()}.html"
    both = pd.concat([frame, strange], ignore_index=True)
    both.attrs["notes"] = ["one folder could not be read & more"]
    return report(both, target, source="runs", title="Tiny <trials>")


@pytest.fixture(scope="session")
def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@pytest.fixture
def opened(page: Path) -> Iterator[browser.Page]:
    if browser.CHROMIUM is None:
        missing("there is no Chromium here: apt-get install chromium")
    with browser.Page(browser.address(page)) as tab:
        yield tab


def test_there_is_every_part(text: str) -> None:
    for name in ("comparison", "sheets", "quality", "response", "price", "layers", "trials", "setting"):
        assert f'<section id="{name}"' in text
    for name in (*(f"sheet-{a}" for a in ACTIVATIONS), "convergence", "pareto", "spectra", "response-omega_0",
                 "response-n_modes", "importance", "cost", *(f"layers-{a}" for a in ACTIVATIONS),
                 "sparsity"):  # fmt: skip
        assert f'<figure id="{name}">' in text, name
    assert "1 failed" in text
    assert "1 diverged" in text
    assert "one folder could not be read &amp; more" in text


def test_nothing_is_fetched_and_nothing_is_injected(text: str) -> None:
    addresses = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert not [a for a in addresses if re.match(r"(https?:)?//", a)]
    assert "@import" not in text
    assert "url(" not in text
    assert "<script>alert" not in text
    assert "Tiny &lt;trials&gt;" in text


def test_every_link_leads_somewhere(page: Path, text: str) -> None:
    ids = re.findall(r' id="([^"]*)"', text)
    assert len(ids) == len(set(ids))
    links = [html.unescape(a) for a in re.findall(r'<a href="([^"]*)"', text)]
    inside = {a[1:] for a in links if a.startswith("#")}
    outside = {unquote(a) for a in links if not a.startswith("#")}
    assert inside <= set(ids)
    assert sum("record.json" in a for a in outside) == text.count('<tr id="trial-') - 2
    assert all((page.parent / a).is_file() for a in outside)


def test_every_picture_has_a_text(text: str) -> None:
    pictures = re.findall(r"<img ([^>]*)>", text)
    assert pictures
    assert all(re.search(r'alt="[^"]{10,}"', p) for p in pictures)


def test_every_heading_has_a_scope(text: str) -> None:
    assert all("scope=" in heading for heading in re.findall(r"<th[ >][^>]*>?", text))


def test_the_command_makes_the_trial_again(true_runs: Path, text: str) -> None:  # noqa: F811
    frame = analysis.load(true_runs)
    assert len(frame) > 40
    for _, trial in frame.iterrows():
        line = command(trial, config_columns(frame))
        assert html.escape(line, quote=False).replace("'", "&#39;") in text
        program, script, action, *flags = shlex.split(line)
        assert (program, script, action) == ("python", "run.py", "--trial")
        flat = dict(flag.removeprefix("--").split("=", 1) for flag in flags)
        assert TrialConfig.from_flat(flat).trial_id == trial["trial_id"]


def test_the_numbers_of_the_comparison_lead_to_their_trials(true_runs: Path, text: str) -> None:  # noqa: F811
    frame = analysis.load(true_runs)
    relu = frame[(frame["activation"] == "relu") & (frame["loss"] == "gradient")]
    table = text[text.index("<h3>Loss: gradient</h3>") : text.index("<h3>Loss: Laplacian</h3>")]
    row = next(line for line in table.split("<tr>") if '<th scope="row">relu' in line)
    assert set(re.findall(r'href="#trial-([0-9a-f]*)"', row)) == set(relu["trial_id"])
    assert "zero by construction" in row


def test_one_comparison_a_loss(text: str) -> None:
    assert text.count('<table class="comparison">') == len(LOSSES)


def test_a_browser_shows_it_without_a_complaint(opened: browser.Page, page: Path) -> None:
    opened.wait("[...document.images].every((i) => i.complete && i.naturalWidth > 0)")
    assert opened.complaints == []
    assert {r for r in opened.requests if not r.startswith("data:")} == {browser.address(page)}
    assert opened.run("document.documentElement.scrollWidth <= innerWidth")


COLUMN = """(heading) => { const h = [...document.querySelectorAll("#trial-table thead th")];
    const i = h.findIndex((e) => e.textContent.trim() === heading);
    return [...document.querySelectorAll("#trial-table tbody tr")].map((r) => r.cells[i].textContent.trim()); }"""
HEADING = """(heading) => [...document.querySelectorAll("#trial-table thead th")]
    .find((e) => e.textContent.trim() === heading)"""


def test_it_sorts_by_mouse_and_keyboard(opened: browser.Page) -> None:
    heading = "image PSNR (dB)"
    before = opened.run(f"({COLUMN})({heading!r})")
    opened.run(f"({HEADING})({heading!r}).querySelector('button').click()")
    down = opened.run(f"({COLUMN})({heading!r})")
    assert opened.run(f"({HEADING})({heading!r}).ariaSort") == "descending"
    assert sorted(before) == sorted(down)
    assert [float(v) for v in down] == sorted(map(float, before), reverse=True) != [float(v) for v in before]
    opened.run(f"({HEADING})({heading!r}).querySelector('button').focus()")
    opened.press("Enter", "\r")
    opened.wait(f"({HEADING})({heading!r}).ariaSort === 'ascending'")
    assert [float(v) for v in opened.run(f"({COLUMN})({heading!r})")] == sorted(map(float, before))
    opened.run(f"({HEADING})('activation').querySelector('button').click()")
    names = opened.run(f"({COLUMN})('activation')")
    assert names == sorted(names)
    assert opened.run(f"({HEADING})({heading!r}).ariaSort") == "none"


def test_what_is_missing_stands_last_either_way(opened: browser.Page) -> None:
    for _ in range(2):
        opened.run(f"({HEADING})('harmonics n_modes').querySelector('button').click()")
        values = opened.run(f"({COLUMN})('harmonics n_modes')")
        known = [v for v in values if v != "–"]
        assert values == known + ["–"] * (len(values) - len(known))
        assert len(known) < len(values)


def test_the_filter_narrows_and_a_link_finds_what_it_hides(opened: browser.Page) -> None:
    opened.run("(() => { const f = document.getElementById('filter'); f.value = 'relu coins'; "
               "f.dispatchEvent(new Event('input')); })()")  # fmt: skip
    shown = "[...document.querySelectorAll('#trial-table tbody tr')].filter((r) => !r.hidden)"
    rows = opened.run(f"{shown}.map((r) => r.textContent)")
    assert rows
    assert all("relu" in row and "coins" in row for row in rows)
    assert opened.run("document.getElementById('shown').textContent").startswith(f"{len(rows)} of ")
    opened.run("[...document.querySelectorAll('.comparison tbody tr')].find((r) => r.cells[0].textContent === 'sine')"
               ".querySelector('details a').click()")  # fmt: skip
    opened.wait("document.querySelector('tr:target') && !document.querySelector('tr:target').hidden")
    assert "sine" in opened.run("document.querySelector('tr:target').textContent")


def test_a_narrow_screen_scrolls_tables_not_the_page(page: Path) -> None:
    if browser.CHROMIUM is None:
        missing("there is no Chromium here: apt-get install chromium")
    with browser.Page(browser.address(page), width=500) as tab:
        assert tab.run("document.documentElement.scrollWidth <= innerWidth")


def test_what_cannot_be_shown_says_so_and_the_rest_is_there(true_runs: Path, tmp_path: Path) -> None:  # noqa: F811
    runs = copy(true_runs, tmp_path / "runs")
    frame = analysis.load(runs)
    few = frame[(frame["activation"] == "sine") & (frame["loss"] == "image") & (frame["image"] == "camera")]
    for folder in few["folder"]:
        (Path(folder) / "histograms.npz").unlink()
        (Path(folder) / "fields.npz").write_bytes(b"damaged")
        (Path(folder) / "figure.png").write_bytes(b"damaged")
    text = report(few, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "no trial of sine has maps to show" in text
    assert "no layers of sine to draw" in text
    assert "There is no table of sparsity" in text
    assert '<figure id="convergence">' in text
    assert text.count('<tr id="trial-') == len(few)


def test_trials_that_did_not_finish_are_reported(true_runs: Path, tmp_path: Path) -> None:  # noqa: F811
    frame = analysis.load(true_runs).iloc[:3].assign(status="failed", reason="it failed")
    text = report(frame, tmp_path / "page.html").read_text(encoding="utf-8")
    assert text.count('<tr id="trial-') == 3
    assert "There is no comparison" in text


def test_an_empty_frame_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    with pytest.raises(InputError, match=r"there are no trials to report: .* has no records"):
        report(analysis.load(tmp_path / "runs"), tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_the_command_writes_the_page(
    true_runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]  # noqa: F811
) -> None:  # fmt: skip
    parser = argparse.ArgumentParser()
    parser.add_argument("sources", nargs="+")
    module.add_arguments(parser)
    options = parser.parse_args([str(true_runs), f"--out={tmp_path / 'out' / 'page.html'}", "--thumbnails=1"])
    assert module.run(options, analysis.load(true_runs).iloc[:3]) == 0
    out = Path(capsys.readouterr().out.strip())
    assert out == tmp_path / "out" / "page.html"
    assert out.read_text(encoding="utf-8").count('class="thumbnail"') == 1
