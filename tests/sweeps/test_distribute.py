"""``--distributions``: the table, the pictures and the CSV of random inputs, and what is told of a wrong command."""

import csv
import io
from pathlib import Path
from typing import Any

import matplotlib.image
import pytest
from tiny import train

import run
from inr.config import TrialConfig
from sweeps.distributions import _title
from sweeps.record.folder import RecordFolder

SMALL = ("--hidden_features=8", "--hidden_layers=1")
FILES = {"pre_activations.png", "activations.png", "sizes.png", "distributions.csv"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RecordFolder:
    return train(tmp_path_factory.mktemp("runs"))


def distribute(*flags: str) -> int:
    return run.main(["--distributions", *flags])


def test_laws_side_by_side_become_a_table_and_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    into = tmp_path / "square"
    assert distribute(*SMALL, "--activation=square", "--init=paper, ones,paper", f"--into={into}") == 0
    assert {path.name for path in into.iterdir()} == FILES
    rows = [*csv.DictReader(io.StringIO((into / "distributions.csv").read_text()))]
    assert [(row["network"], row["layer"]) for row in rows] == [(law, n) for law in ("paper", "ones") for n in "12"]
    table = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert len(table) == 2 + len(rows)
    cells = [cell.strip() for cell in table[-1].split("|")[1:-1]]
    deviations = [float(rows[-1][name]) for name in ("deviation", "deviation_predicted")]
    assert cells[:3] == ["ones", "2", "{:.4g} ({:.4g})".format(*deviations)]
    for name in FILES - {"distributions.csv"}:
        height, width, _ = matplotlib.image.imread(into / name).shape
        assert height > 200
        assert width > 600


def test_a_law_stands_once_under_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert distribute(*SMALL, "--activation=sine", "--init=own,paper") == 0
    assert capsys.readouterr().out.count("| paper | 2 |") == 1


def test_one_activation_a_layer_has_its_numbers_in_the_title(tmp_path: Path, capsys: Any) -> None:
    mixed = ("--activation=sine,gaussian:scale=5", "--hidden_layers=1", "--hidden_features=8", "--init=unit_variance")
    assert distribute(*mixed, f"--into={tmp_path / 'mixed'}") == 0
    assert "| unit_variance | 2 |" in capsys.readouterr().out
    config = TrialConfig.from_flat({"activation": "sine,gaussian:scale=5", "hidden_layers": 1, "omega_0": 20})
    assert _title(config) == "sine,gaussian:scale=5, omega_0 = 20, first_omega_0 = 20; 2 layers of 256"


def test_all_laws_are_there_without_a_choice(capsys: pytest.CaptureFixture[str]) -> None:
    assert distribute(*SMALL) == 0
    found = capsys.readouterr().out
    for law in ("ones", "eye", "pytorch", "paper", "unit_variance", "unit_gradient", "xavier", "kaiming"):
        assert f"| {law} | 2 |" in found


def test_a_trial_is_drawn_before_and_after_its_training(folder: RecordFolder, tmp_path: Path, capsys: Any) -> None:
    into = tmp_path / "trial"
    assert distribute(folder.path.name, f"--runs={folder.path.parents[1]}", f"--into={into}") == 0
    out = capsys.readouterr().out
    assert "| at initialisation | 1 |" in out
    assert "| after 20 steps | 2 |" in out
    assert {path.name for path in into.iterdir()} == FILES


def test_a_folder_is_not_overwritten_unless_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = (*SMALL, "--init=paper", f"--into={tmp_path}")
    assert distribute(*flags) == 0
    (tmp_path / "sizes.png").write_bytes(b"mine")
    assert distribute(*flags) == 1
    assert capsys.readouterr().err.endswith("it has a distributions.csv already; give another name, or --force\n")
    assert distribute(*flags, "--force") == 0
    assert (tmp_path / "sizes.png").read_bytes() != b"mine"


def test_a_parameter_of_no_law_is_noted(capsys: pytest.CaptureFixture[str]) -> None:
    assert distribute(*SMALL, "--init=paper,unit_variance", "--init_sigma=2", "--n_modes=3") == 0
    notes = capsys.readouterr().err
    assert "n_modes=3 is ignored" in notes
    assert "init_sigma" not in notes


def test_what_grows_too_large_is_left_out_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deep = ("--activation=relu", "--init=ones", "--hidden_features=64", "--hidden_layers=90")
    assert distribute(*deep, f"--into={tmp_path}") == 0
    assert "are too large for floats; it and those behind it are left out" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == FILES


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        (["--steps=3"], 2, "--steps is a parameter of training, and --distributions trains nothing"),
        (["--n-epochs=3"], 2, "--n_epochs is a parameter of training"),
        (["--init=paper,papr"], 2, "--init got 'papr': did you mean 'paper'?"),
        (["--hidden_features=0"], 2, "--hidden_features got '0'"),
        (["--into=absent/x"], 1, "there is no folder absent"),
        (["0123"], 1, "has an id that begins with '0123'"),
        (["--extent=2"], 2, "--extent"),
    ],
)
def test_what_cannot_be_drawn_is_told_in_a_sentence(
    flags: list[str], code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    assert distribute(*flags) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1
    assert not [*tmp_path.iterdir()]


def test_a_parameter_beside_a_trial_is_refused(folder: RecordFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert distribute(str(folder.path), "--omega_0=3") == 2
    assert "--omega_0 is a parameter of a network that is drawn anew" in capsys.readouterr().err
    assert run.main(["--plan=x.yaml", "--into=y"]) == 2
