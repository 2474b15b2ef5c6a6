"""The command line: every format says the same, and every mistake is one sentence."""

import csv
import io
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import frames
import pytest

import analysis
from analysis.commands import main
from analysis.comparison.question import NUISANCE, Question
from analysis.tables.latex import escaped
from analysis.tables.markup import _markdown

ROOT = Path(analysis.__file__).parent.parent


@pytest.fixture
def recorded(runs: Path) -> Path:
    for seed in (0, 1):
        frames.write(runs, frames.zero_laplacian(20.0 + seed), activation="relu", seed=seed)
        frames.write(runs, 30.0 + 2 * seed, activation="sine", seed=seed)
    frames.write(runs, 12.0, activation="square", status="diverged", **{"loss": "image"})
    return runs


def output(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main(["table", *map(str, arguments)]) == 0
    found = capsys.readouterr()
    assert found.err == ""
    return found.out


def cells(line: str, between: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip(between).split(between)]


def test_the_terminal_has_the_table_and_what_it_stands_on(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = output(capsys, recorded, "--notes")
    assert re.findall(r"^│(\S+|  \S+ \d)", out, re.M)[:7] == [
        *("sine", "  seed 0", "  seed 1", "relu", "  seed 0", "  seed 1", "square")
    ]
    (relu,) = [cells(line, "│") for line in out.splitlines() if line.startswith("│relu")]
    (sine,) = [cells(line, "│") for line in out.splitlines() if line.startswith("│sine")]
    (square,) = [cells(line, "│") for line in out.splitlines() if line.startswith("│square")]
    assert sine[:3] == ["sine", "31.00 *", "0.310 *"]
    values = [cells(line, "│")[1] for line in out.splitlines() if "  seed" in line]
    assert values == [
        "30.00",
        "32.00",
        "20.00",
        "21.00",
    ]
    assert relu[1:] == ["20.50", "0.205", "20.00 *", "0.200 *", "n/a", "n/a", "2"]
    assert square[1:] == ["–"] * 6 + ["0"]
    assert "image PSNR (dB)" in out
    assert "- held fixed: image = camera" not in out  # the image is averaged over, and named with n
    fixed = "size = 64, loss = image, operator = sobel, steps = 100, learning_rate = 0.0001"
    assert f"- held fixed: task = image, {fixed}\n" in out
    assert "- not averaged: 1 trial without a result (activation=square: 1 diverged)\n" in out
    assert re.search(r"│all-zero map +│ +│ +│ +18.00 +│ +0.020 +│ +14.00 +│", out)


def test_csv_has_the_unrounded_numbers(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", str(recorded), "--format=csv", "--notes"]) == 0
    found = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(found.out)))
    (sine,) = [row for row in rows if row["activation"] == "sine" and row["metric"] == "image/psnr"]
    assert (float(sine["mean"]), sine["n"], sine["best"]) == (31.0, "2", "1")
    assert float(sine["high"]) == pytest.approx(31 + 12.7062, abs=1e-4)
    (zero,) = [row for row in rows if row["reference"] == "all-zero map" and row["metric"] == "laplacian/psnr"]
    assert float(zero["mean"]) == 14
    assert "note: held fixed: task = image, size = 64" in found.err


class Page(HTMLParser):
    """Tags that are closed as they were opened, and the text between them."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[list[str]] = []
        self.strong: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)
        self.cells.extend([[]] if tag == "tr" else [])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self.open:
            self.cells[-1].append(data)
        if "strong" in self.open:
            self.strong.append(data)


def test_html_is_well_formed_and_has_the_same_cells(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = Page()
    page.feed(output(capsys, recorded, "--format=html"))
    assert page.open == []
    assert page.cells[1][:2] == ["sine", "31.00"]
    assert page.cells[4][:2] == ["relu", "20.50"]
    assert "31.00" in page.strong


def test_markdown_has_as_many_cells_in_every_row(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line for line in output(capsys, recorded, "--format=markdown").splitlines() if line.startswith("|")]
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1
    assert "| sine | **31.00** |" in "\n".join(lines)
    assert "| &emsp;seed 1 | 32.00 |" in "\n".join(lines)


def test_latex_is_balanced(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = output(capsys, recorded, "--format=latex", "--notes")
    assert "sine & \\best 31.00 &" in out
    assert "learning\\_rate = 0.0001" in out
    for body, specification in zip(out.split("\\toprule")[1:], re.findall(r"begin{tabular}{(.*)}", out), strict=True):
        columns = len(re.sub(r"\[[^]]*\]", "", specification)) - 1
        lines = body.partition("\\bottomrule")[0].splitlines()
        assert {len(re.findall(r"(?<!\\)&", line)) for line in lines if line.endswith("\\\\")} == {columns}
    assert len(re.findall(r"(?<!\\)\$", out)) % 2 == 0
    assert out.isascii()


def test_text_that_means_something_to_a_format_is_escaped(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frames.write(runs, 30.0, image="a_b&c|<i>50%$#{x}~^\\.png")
    by = ("--by=image", "--over=seed")
    assert "a_b&amp;c|&lt;i&gt;50%$#{x}~^\\.png" in output(capsys, runs, *by, "--format=html")
    latex = "a\\_b\\&c\\textbar{}\\textless{}i\\textgreater{}50\\%\\$\\#\\{x\\}\\textasciitilde{}\\textasciicircum{}"
    assert latex + "\\textbackslash{}.png" in output(capsys, runs, *by, "--format=latex")
    assert r"a\_b\&c\|\<i\>50%\$\#\{x\}\~^\\.png" in output(capsys, runs, *by, "--format=markdown")
    assert (escaped("-1.5"), _markdown("a*b")) == ("$-$1.5", r"a\*b")


def test_by_where_over_and_seeds(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frames.grid(recorded, {"sine": {"camera": [40.0, 41.0]}}, size=128)
    out = output(
        capsys, recorded, "--by", "activation,size", "--where", "activation=sine", "seed=0", "--metrics=image/psnr"
    )
    rows = [cells(line, "│") for line in out.splitlines() if line.startswith("│sine")]
    assert rows == [["sine", "128", "40.00 *", "1"], ["sine", "64", "30.00", "1"]]
    frames.grid(recorded, {"sine": {"camera": [50.0, 20.0]}}, size=128, learning_rate=1e-3)
    out = output(capsys, recorded, "--where=size=128", "--selection_seeds", "0", "--metrics=image/psnr", "--notes")
    assert [cells(line, "│") for line in out.splitlines() if line.startswith("│sine")] == [["sine", "20.00", "1"]]
    assert "activation=sine: learning_rate=0.001, 2 tried" in out


def test_the_tests_command_prints_differences(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for i in range(7):
        frames.write(runs, 20.0 + i, image=f"image{i}", activation="relu")
        frames.write(runs, 23.0 + 1.5 * i, image=f"image{i}", activation="sine")
    assert main(["tests", str(runs), "--metrics=image/psnr"]) == 0
    (row,) = [cells(line, "│") for line in capsys.readouterr().out.splitlines() if line.startswith("│image PSNR")]
    assert row[:4] == ["image PSNR (dB)", "relu", "sine", "-4.50"]
    assert row[5:] == ["0.016", "7"]  # all of one sign: 2 / 2⁷


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ([], 2, "the following arguments are required: COMMAND"),
        (["table"], 2, "the following arguments are required: SOURCE"),
        (["tabel", "runs"], 2, "COMMAND: invalid choice: 'tabel'"),
        (["table", "RUNS", "--formt=csv"], 2, "unknown flag --formt: did you mean --format?"),
        (["table", "RUNS", "--format=cvs"], 2, "--format got 'cvs': did you mean 'csv'?"),
        (["table", "RUNS", "--by=activaton"], 2, "unknown column 'activaton': did you mean 'activation'?"),
        (["table", "RUNS", "--by=seed,seed"], 2, "--by: got 'seed,seed': a name stands twice"),
        (["table", "RUNS", "--where", "size"], 2, "--where got 'size': expected NAME=VALUE"),
        (["table", "RUNS", "--selection-seeds=a"], 2, "--selection-seeds: got 'a': expected seeds"),
        (["table", "RUNS", "--confidence=95"], 2, "--confidence: got '95': expected a number between 0 and 1"),
        (["table", "RUNS", "--where", "status=failed"], 2, "no trial has status=failed"),
        (["table", "RUNS", "--by=seed"], 1, "will not average over activation, which varies in seed=0"),
        (["table", "RUNS", "--sweep=none"], 1, "no sweep 'none' in "),
        (["table", "nowhere"], 1, "no such runs folder: 'nowhere'"),
        (["table", "wandb:project"], 2, "wandb:project got 'project': expected wandb:entity/project"),
        (["table", "none.journal"], 1, "no such journal: 'none.journal'"),
    ],
)  # fmt: skip
def test_mistakes_are_one_sentence(
    recorded: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, sentence: str
) -> None:
    assert main([str(recorded) if a == "RUNS" else a for a in arguments]) == code
    found = capsys.readouterr()
    assert found.out == ""
    assert found.err.startswith(f"analysis: error: {sentence}"), found.err
    assert found.err.count("\n") == 1


def test_what_is_damaged_is_told_and_the_rest_is_shown(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (recorded / "trials" / "half").mkdir()
    (recorded / "trials" / "half" / "record.json").write_text('{"trial_id": "ha')
    assert main(["table", str(recorded)]) == 0
    found = capsys.readouterr()
    assert found.err.startswith("note: 1 record cannot be read, left out: half (half: ")
    assert found.err.count("\n") == 1
    assert "│sine" in found.out


def test_an_empty_folder(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs.mkdir()
    assert main(["table", str(runs)]) == 1
    note, error = capsys.readouterr().err.splitlines()
    assert note.startswith("note: ")
    assert note.endswith(f"has no records: run a trial or a sweep with --runs={runs}")
    assert error == "analysis: error: there are no trials to compare"


def test_the_command_in_a_process_and_a_reader_that_leaves(recorded: Path) -> None:
    command = [sys.executable, "-m", "analysis", "table", str(recorded)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "│sine" in done.stdout
    assert done.stderr == ""
    piped = f"{sys.executable} -m analysis table {recorded} --format=csv | head -c 1"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {piped}"], cwd=ROOT, capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


@pytest.mark.parametrize("empty", ["SOURCE", "--sweep", "--runs", "--rank-by", "--format", "--out", "--into"])
def test_an_empty_value_is_refused(runs: Path, capsys: pytest.CaptureFixture[str], empty: str) -> None:
    command = {"--out": ["report"], "--into": ["replicate", "--selection-seeds=0", "--seeds=1"]}.get(empty, ["table"])
    arguments = [""] if empty == "SOURCE" else [str(runs), f"{empty}="]
    assert main([*command, *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"analysis: error: {empty} got '': expected a value, or leave it out")


def test_the_flags_of_a_command_are_the_fields_of_the_question(monkeypatch: pytest.MonkeyPatch, recorded: Path) -> None:
    asked: list[Question] = []
    monkeypatch.setattr("analysis.commands._print", lambda options, comparison: None)
    monkeypatch.setattr("analysis.commands.compare_losses", lambda frame, question: asked.append(question))
    given = Question(["loss"], ["seed"], {"seed": ["0"]}, ["n_modes"], [1], "image/psnr", ["image/mae"], 0.9)
    flags = {
        name: ",".join(map(str, value)) if isinstance(value, list) else value
        for name, value in vars(given).items()
        if name != "where"
    }
    assert main(["table", str(recorded)]) == 0
    texts = [f"--{name}={value}" for name, value in flags.items()]
    assert main(["table", str(recorded), "--where=seed=0", *texts]) == 0
    plain = [{n: list(v) if isinstance(v, tuple) else v for n, v in vars(question).items()} for question in asked]
    assert plain == [vars(Question()) | {"nuisance": [*NUISANCE], "selection_seeds": []}, vars(given)]
