"""LaTeX: numbers that siunitx reads, every row whole, and a document that compiles where there is a TeX."""

import re
import shutil
import subprocess
from pathlib import Path

import frames
import numpy as np
import pytest

import analysis
from analysis.comparison.blocks import compare_losses
from analysis.tables.latex import PAGE, latex

PDFLATEX = shutil.which("pdflatex")
DOCUMENT = """\\documentclass{article}
\\usepackage{booktabs}
\\usepackage{siunitx}
\\begin{document}
%s
\\typeout{the width is \\the\\textwidth}
\\end{document}
"""


@pytest.fixture
def source(runs: Path) -> str:
    """Two losses: on eight images, with intervals, ties and negative numbers; on two, with values and odd names."""
    generator = np.random.default_rng(0)
    for place in range(8):
        level = float(generator.normal(25, 9))
        for activation, score in {"sine": level, "square": level + 0.1 * (-1) ** place, "relu": level - 30}.items():
            found = {
                **frames.metrics(score, 20.0 + place),
                "discrete_gradient/psnr": 19.0,
                "discrete_gradient/ssim": 0.1,
            }
            frames.write(runs, found, activation=activation, image=f"image{place}")
    for place in range(2):
        for activation in ("sine", "50%_&#{}~^\\$|<>"):
            found = {**frames.zero_laplacian(9.5 + 91 * place), "image/psnr_aligned": 99.0, "image/psnr_ceiling": 101.5}
            frames.write(runs, found, activation=activation, loss="gradient", image=f"[{place}*--''")
    return latex(compare_losses(analysis.load(runs)), every=True)


def test_every_row_has_as_many_cells_as_the_table_has_columns(source: str) -> None:
    tables = re.findall(r"\\begin\{tabular\}\{([^\n]*)\}\n(.*?)\\end\{tabular\}", source, re.DOTALL)
    assert len(tables) > 2
    for specification, body in tables:
        columns = len(re.sub(r"\[[^]]*\]", "", specification))
        rows = [line for line in body.splitlines() if line.endswith(" \\\\")]
        assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {columns - 1}
        rules = [line for line in body.splitlines() if line.endswith("rule")]
        assert (rules[:2], rules[-1]) == (["\\toprule", "\\midrule"], "\\bottomrule")
        assert rules[2:-1] in ([], ["\\midrule"])


def test_a_table_has_a_caption_a_label_and_its_notes_apart(source: str) -> None:
    floats = re.findall(r"\\begin\{table\}(.*?)\\end\{table\}", source, re.DOTALL)
    labels = [re.findall(r"\\label\{(.*)\}", each) for each in floats]
    assert labels == [["tab:image"], ["tab:gradient"]]
    assert [each.count("\\caption{Loss: ") for each in floats] == [1, 1]
    assert not any("held fixed" in each.lower() for each in floats)
    assert source.count("\\ref{tab:image}") >= 1
    assert "Held fixed: " in source


def test_numbers_stand_in_columns_of_siunitx(source: str) -> None:
    assert re.search(r"S\[table-format=-?2\.2\(\d+\), table-space-text-post=\{\\tied\}\]", source)
    assert re.search(r"\\best \d+\.\d+ \\pm \d+\.\d+", source)
    assert re.search(r"\d+\.\d+ \\pm \d+\.\d+ \{\\tied\}", source)
    assert "{n/a}" in source


@pytest.mark.skipif(PDFLATEX is None, reason="there is no pdflatex here")
def test_it_compiles_and_nothing_is_wider_than_the_page(source: str, tmp_path: Path) -> None:
    (tmp_path / "page.tex").write_text(DOCUMENT % source, encoding="utf-8")
    command = [str(PDFLATEX), "-draftmode", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    for _ in range(2):  # the second time the references are known
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")
        assert done.returncode == 0, done.stdout[-3000:]
    log = (tmp_path / "page.log").read_text(errors="replace")
    assert "Overfull" not in log
    assert "undefined" not in log
    assert f"the width is {PAGE}pt" in log
