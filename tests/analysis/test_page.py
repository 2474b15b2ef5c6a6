"""The page can be asked, and everything on it is of one selection of trials, in a chart as in a table."""

import base64
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browser
import numpy as np
import pandas as pd
import pytest
from records import true_runs  # noqa: F401
from test_report import page  # noqa: F401

import analysis
from analysis.commands import main
from analysis.comparison.quality import with_quality
from analysis.figures.cost import SECONDS
from analysis.report.charts.palette import CONTRAST, PAPERS, PATHS, Palette, contrast, legible
from analysis.report.maps import BLUE, RED, WHITE, errors
from analysis.report.page import css_string
from inr.vocabulary import families, metric

OF_THE_SEARCH = ("response", "importance")
LABELS = {metric(f"{family.name}/psnr").label: f"{family.name}/psnr" for family in families()}
LABELS |= {metric("image/psnr_aligned").label: "image/psnr_aligned"}

needs_browser = pytest.mark.skipif(browser.CHROMIUM is None, reason="there is no Chromium here")


def unpacked(text: str, name: str) -> Any:
    """What a script of the page would read."""
    (found,) = re.findall(rf'id="{name}">([^<]*)<', text)
    return json.loads(found if name == "store" else gzip.decompress(base64.b64decode(found)))


@pytest.mark.parametrize(
    "flags",
    [
        ["--selection-seeds=0", "--where", "loss=image"],
        ["--by=activation,loss", "--where", "loss=gradient", "loss=laplacian"],
    ],
)
def test_every_number_of_a_chart_is_of_a_trial_of_the_tables(
    true_runs: Path, tmp_path: Path, flags: list[str]  # noqa: F811
) -> None:  # fmt: skip
    out = tmp_path / "page.html"
    assert main(["report", str(true_runs), *flags, f"--out={out}", "--thumbnails=0"]) == 0
    text = out.read_text()
    of_the_tables = set(re.findall(r'href="#trial-([0-9a-f]+)"', text.partition('<section id="sheets"')[0]))
    trials = unpacked(text, "store")["trials"]["id"]
    frame = with_quality(analysis.load(true_runs)).set_index("trial_id").loc[trials]
    drawn = 0
    for name, chart in unpacked(text, "charts").items():
        for panel in chart["panels"]:
            points = pd.DataFrame(panel["points"])
            points = points[points["trial"].notna()] if "trial" in points else points.iloc[:0]
            own = frame.iloc[points["trial"].astype(int)] if len(points) else frame.iloc[:0]
            if not name.startswith(OF_THE_SEARCH):
                assert set(own.index) <= of_the_tables, name
            drawn += len(points)
            for column, expected in expectations(name, panel, points, own).items():
                np.testing.assert_allclose(
                    points[column].astype(float), expected.astype(float), rtol=1e-6, err_msg=name
                )
    assert drawn > 100


def expectations(name: str, panel: dict[str, Any], points: pd.DataFrame, own: pd.DataFrame) -> dict[str, pd.Series]:
    """What the columns of a chart's points must be."""
    if name == "cost":
        return {"x": own[SECONDS], "value": own["quality"]}
    if name == "pareto":
        said = panel["told"][0]["label"]
        score = next(m for f in families() for m in f.metrics if metric(m).label == said)
        return {"x": own["quality"], "value": own[score]}
    if name.startswith("response"):
        return {"x": own[name.removeprefix("response-")], "value": own["quality"]}
    if name.startswith("standing"):
        values = [row[LABELS[label]] for (_, row), label in zip(own.iterrows(), points["label"], strict=True)]
        return {"value": pd.Series(values)}
    if name == "convergence":
        return {"value": own["quality"].where(points["last"].to_numpy(bool), points["value"].to_numpy())}
    return {}


def test_a_still_picture_with_text_stands_where_each_chart_will_be(page: Path) -> None:  # noqa: F811
    text = page.read_text(encoding="utf-8")
    views = re.findall(r'<div class="view" role="img" aria-label="[^"]+">(.*?)</div>', text, re.DOTALL)
    panels = sum(len(chart["panels"]) for chart in unpacked(text, "charts").values())
    assert len(views) == panels > 10
    assert all(view.startswith("<svg") and "<text" in view and "NaN" not in view for view in views)


def test_each_image_has_a_sheet_with_errors_and_bars_and_no_path_is_told(page: Path, true_runs: Path) -> None:  # noqa: F811
    text = page.read_text(encoding="utf-8")
    titles = re.findall(r'<div class="sheet".*?<h4>(\w+) on (\w+),', text, re.DOTALL)
    assert set(titles) == {(a, i) for a in ("sine", "triangle", "square", "relu") for i in ("camera", "coins")}
    assert text.count('class="scale error"') == text.count('class="scale grey"') == 3 * len(titles)
    assert text.count("the error") > 3 * len(titles)
    assert str(true_runs) not in text


def test_an_error_is_blue_below_zero_and_red_above() -> None:
    levels = errors(np.array([[-2.0, 0.0, 2.0, 9.0]]), 2.0).levels
    np.testing.assert_array_equal(levels[0], np.array([BLUE, WHITE, RED, RED], dtype=np.uint8))
    coloured = errors(np.array([[[-1.0, 0.0, 1.0]]]), 1.0).levels
    assert coloured.tolist() == [[[0, 128, 255]]]


@pytest.mark.parametrize("paper", PAPERS)
def test_every_colour_stands_out_from_its_paper(paper: str) -> None:
    palette = Palette.of([f"activation {n}" for n in range(12)] + ["relu", "sine", "square", "triangle"])
    inks = re.findall(r"--ink-\d+:(#[0-9a-f]{6})", palette.css(paper))
    assert len(inks) == 16
    assert min(contrast(ink, PAPERS[paper]) for ink in inks) >= CONTRAST[paper]
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert legible("#000000", "#ffffff", 3) == "#000000"
    assert len(set(PATHS.values())) == len(PATHS)


def test_a_heading_stays_a_text_of_the_style_sheet() -> None:
    assert css_string('a"}</style>\\\n') == '"a\\22 \\7d \\3c \\2f style\\3e \\5c \\a "'


@pytest.fixture(scope="module")
def tab(page: Path) -> Iterator[browser.Page]:  # noqa: F811
    if browser.CHROMIUM is None:
        pytest.skip("there is no Chromium here: apt-get install chromium")
    with browser.Page(browser.address(page)) as tab:
        tab.run("Promise.all(window.report.panels.map(window.report.draw)).then(() => 1)")
        yield tab


POINT = """(() => {
  const mark = [...document.querySelectorAll('#cost .view path')].find((p) => p.__data__?.datum?.trial != null);
  mark.scrollIntoView({ block: 'center' });
  const box = mark.getBoundingClientRect(), trial = mark.__data__.datum.trial;
  return [box.x + box.width / 2, box.y + box.height / 2, window.report.store.trials.id[trial], trial]; })()"""
SHOWN = "[...document.querySelectorAll('#trial-table tbody tr')].filter((r) => !r.hidden)"
TICK = """(name, value) => { const box = document.querySelector(`#choice input[name="${name}"][value="${value}"]`);
  box.checked = !box.checked; box.dispatchEvent(new Event('change', { bubbles: true })); }"""


def test_a_point_tells_its_trial_and_leads_to_it(tab: browser.Page) -> None:
    tab.run("document.getElementById('choice').reset()")
    x, y, trial, _ = tab.run(POINT)
    tab.point(x, y)
    tab.wait("!document.getElementById('tip').hidden")
    said = tab.run("document.getElementById('tip').textContent")
    assert f"trial {trial}" in said
    assert re.search(r"(sine|relu|square|triangle), (image|gradient|laplacian).*seed \d", said)
    assert re.search(r"PSNR.*: -?[\d.]+ dB", said)
    tab.point(x, y, click=True)
    tab.wait(f"location.hash === '#trial-{trial}'")
    assert trial in tab.run("document.querySelector('tr:target').textContent")


def test_control_and_the_wheel_zoom_and_the_wheel_alone_does_not(tab: browser.Page) -> None:
    x, y, *_ = tab.run(POINT)
    domain = "[...window.report.views].find(([p]) => p.dataset.chart === 'cost')[1].view.scale('y').domain()"
    before = tab.run(domain)
    tab.turn(x, y, -120, control=False)
    tab.run("new Promise((done) => setTimeout(() => done(1), 300))")
    assert tab.run(domain) == before
    x, y, *_ = tab.run(POINT)
    tab.turn(x, y, -120, control=True)
    tab.wait(f"(([a, b]) => b - a < {0.99 * (before[1] - before[0])})({domain})")


def test_one_choice_is_of_all_charts_and_tables(tab: browser.Page, page: Path, true_runs: Path) -> None:  # noqa: F811
    tab.run(f"({TICK})('activation', 'sine'); ({TICK})('image', 'coins')")
    tab.wait(f"{SHOWN}.every((r) => !/sine|coins/.test(r.textContent))")
    rows = "[...window.report.views].flatMap(([p, { view }]) => view.data('points')).filter((d) => d.trial != null)"
    store = "window.report.store.trials"
    tab.wait(f"{rows}.every((d) => {store}.activation[d.trial] !== 'sine' && {store}.image[d.trial] !== 'coins')")
    assert tab.run(f"{rows}.length") > 20
    sheets = """[...document.querySelectorAll('.sheet')].filter((s) => s.offsetParent)
      .map((s) => s.querySelector('h4').textContent)"""
    assert {(t.split()[0], t.split()[2].rstrip(",")) for t in tab.run(sheets)} == {
        (name, "camera") for name in ("triangle", "square", "relu")
    }
    frame = analysis.load(true_runs)
    own = frame[(frame["loss"] == "gradient") & (frame["image"] == "camera") & (frame["activation"] == "triangle")]
    cells = """(() => { const table = [...document.querySelectorAll('table.comparison')][1];
      const column = [...table.tHead.rows[0].cells].findIndex((c) => c.textContent.trim() === 'image PSNR (dB)');
      return [...table.tBodies[0].rows].filter((r) => !r.hidden)
        .map((r) => [r.cells[0].textContent, r.cells[column].dataset.value]); })()"""
    found = dict(tab.run(cells))
    assert "sine" not in found
    assert float(found["triangle"]) == pytest.approx(own["image/psnr"].mean(), rel=1e-6)
    assert tab.run("[...document.querySelectorAll('p.some')].every((p) => !p.hidden)")
    tab.run("document.getElementById('choice').reset()")
    tab.wait(f"{SHOWN}.length === document.querySelectorAll('#trial-table tbody tr').length")
    assert "sine" in dict(tab.run(cells))


def test_the_means_of_an_answers_picture_are_the_tables(tab: browser.Page) -> None:
    means = """(() => { const found = {}; const walk = (item) => {
        const d = item.datum; if (d && 'deviation' in d && d.label === 'image PSNR') found[d.row] = d.value;
        for (const each of item.items ?? []) walk(each); };
      const [, { view }] = [...window.report.views].find(([p]) => p.dataset.chart === 'standing-0');
      walk(view.scenegraph().root); return found; })()"""
    table = """(() => { const table = document.querySelector('table.comparison');
      const column = [...table.tHead.rows[0].cells].findIndex((c) => c.textContent.trim() === 'image PSNR (dB)');
      return Object.fromEntries([...table.tBodies[0].rows]
        .map((r) => [r.cells[0].textContent, Number(r.cells[column].dataset.value)])); })()"""
    drawn = tab.run(means)
    assert len(drawn) >= 4
    assert drawn == pytest.approx(tab.run(table), rel=1e-6)


def test_a_comparison_sorts_and_columns_of_all_trials_filter(tab: browser.Page) -> None:
    column = """(heading) => [...document.querySelector('#trial-table thead').rows[0].cells]
      .findIndex((c) => c.textContent.trim() === heading)"""
    write = f"""(heading, text) => {{
      const field = document.querySelector('tr.filters').cells[({column})(heading)].querySelector('input');
      field.value = text; field.dispatchEvent(new Event('input')); }}"""
    number = f"Number(r.cells[({column})('image PSNR (dB)')].dataset.value)"
    values = f"{SHOWN}.map((r) => [r.cells[({column})('activation')].textContent, {number}])"
    every = tab.run(values)
    tab.run(f"({write})('activation', 'sine'); ({write})('image PSNR (dB)', '> 10')")
    kept = tab.run(values)
    assert 0 < len(kept) < len(every)
    assert sorted(kept) == sorted([name, value] for name, value in every if name == "sine" and value > 10)
    tab.run(f"({write})('activation', ''); ({write})('image PSNR (dB)', '5..9')")
    assert sorted(tab.run(values)) == sorted([name, value] for name, value in every if 5 <= value <= 9)
    tab.run(f"({write})('image PSNR (dB)', '')")
    first = (
        "[...document.querySelector('table.comparison').tBodies[0].rows].map((r) => Number(r.cells[1].dataset.value))"
    )
    tab.run("document.querySelector('table.comparison thead th.number button').click()")
    assert tab.run(first) == sorted(tab.run(first), reverse=True)


NARROW = "[...document.querySelectorAll('.wide, .view, .sheet')].every((e) => e.scrollWidth <= e.clientWidth + 1)"
FITS = "document.documentElement.scrollWidth <= innerWidth"


def test_no_column_is_cut_off_on_a_common_screen(tab: browser.Page) -> None:
    assert tab.run(f"innerWidth === 1280 && {NARROW} && {FITS}")


def test_the_dark_page_is_dark_everywhere(tab: browser.Page) -> None:
    light = "[...document.querySelectorAll('.view text')].map((t) => getComputedStyle(t).fill)"
    paper = "getComputedStyle(document.body).backgroundColor"
    assert (tab.run(paper), set(tab.run(light))) == ("rgb(255, 255, 255)", {"rgb(26, 26, 26)"})
    tab.media(prefers_color_scheme="dark")
    assert tab.run(paper) == "rgb(21, 23, 26)"
    assert set(tab.run(light)) == {"rgb(230, 230, 227)"}
    tab.media()


def test_paper_has_no_tools_all_notes_and_no_orphaned_heading(tab: browser.Page) -> None:
    tab.media("print", prefers_color_scheme="dark")
    hidden = """['nav', '#choice', '.tools', '.filters']
      .every((s) => getComputedStyle(document.querySelector(s)).display === 'none')"""
    assert tab.run(hidden)
    assert tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    style = "[...document.querySelectorAll('{}')].every((e) => getComputedStyle(e).{} === 'avoid')"
    assert tab.run(style.format("h2, h3, h4, .keys, .over", "breakAfter"))
    assert tab.run(style.format(".sheet, .panel, tr", "breakInside"))
    tab.run("window.dispatchEvent(new Event('beforeprint'))")
    assert tab.run("[...document.querySelectorAll('details.notes')].every((d) => d.open)")
    paper = 1010  # pixels of the height of A4 between its margins
    assert tab.run(f"[...document.querySelectorAll('.sheet, .panel')].every((e) => e.offsetHeight < {paper / 2})")
    tab.run("window.dispatchEvent(new Event('afterprint'))")
    tab.media()


@needs_browser
def test_a_phone_shows_cards(page: Path) -> None:  # noqa: F811
    with browser.Page(browser.address(page), width=500) as tab:
        tab._send("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
        assert tab.run(f"innerWidth === 390 && {FITS} && {NARROW}")
        assert tab.run("getComputedStyle(document.querySelector('.trials thead')).display") == "none"
        assert tab.run("getComputedStyle(document.querySelector('.trials tbody tr')).display") == "block"
        label = "getComputedStyle(document.querySelector('.trials tbody td:nth-child(4)'), '::before').content"
        assert tab.run(label) == '"activation"'
