"""What a sweep ends with: a comparison where there can be one, else what was chosen; and commands that work."""

import io
import shlex
from pathlib import Path

import frames
import pytest

import analysis
from analysis.commands import main
from analysis.tables.ending import show_ending
from sweeps.crew.ended import Ended
from sweeps.screen.terminal import Screen


def ending(runs: Path, source: tuple[str, ...] = (), **more: object) -> tuple[str, list[str]]:
    """What is printed of all trials of a folder, and the commands."""
    file = io.StringIO()
    ids = analysis.load(runs)["trial_id"].tolist()
    ended = Ended("swept", runs, ids, source or (str(runs),), **more)  # type: ignore[arg-type]
    commands = show_ending(ended, Screen(file=file, width=140, color_system=None))
    return file.getvalue(), commands


@pytest.fixture
def searched(runs: Path) -> Path:
    """One seed on which sine and square have two learning rates, square also two numbers of modes."""
    for rate, score in ((1e-4, 30.0), (1e-3, 35.0)):
        frames.write(runs, score, learning_rate=rate)
        for modes in (2, 4):
            frames.write(runs, score + modes, learning_rate=rate, n_modes=modes, activation="square")
    return runs


def test_a_search_on_one_seed_ends_with_what_it_chose_and_is_called_no_comparison(
    searched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, (command,) = ending(searched, searched=("learning_rate", "n_modes"), rank_by="image/psnr")
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in out.splitlines() if line.startswith("│")]
    assert rows == [
        ["square", "learning_rate=0.001, n_modes=4", "image PSNR 39.00 dB", "4"],
        ["sine", "learning_rate=0.001", "image PSNR 35.00 dB", "2"],
    ]
    assert "no comparison before the choices have run on other seeds" in out
    program, *words = shlex.split(command)
    assert [program, *words[:3]] == ["python", "-m", "analysis", "replicate"]
    monkeypatch.chdir(tmp_path)
    assert main(words[2:]) == 0
    assert sorted(path.name for path in Path("swept-chosen").iterdir()) == [
        "swept-chosen_sine.yaml",
        "swept-chosen_square.yaml",
    ]


def test_with_a_second_seed_the_first_chooses_and_the_other_is_reported(searched: Path) -> None:
    for activation, modes in (("sine", None), ("square", 4)):
        frames.write(searched, 20.0, seed=1, learning_rate=1e-3, n_modes=modes, activation=activation)
    out, commands = ending(searched, searched=("learning_rate", "n_modes"), rank_by="image/psnr")
    assert "what seed 0 chose for each row" in out
    assert [shlex.split(command)[3] for command in commands] == ["replicate", "tests", "table", "report"]
    assert all("--selection-seeds 0" in command and "--nuisance" in command for command in commands)
    assert "--seeds 2,3" in commands[0]
    assert main(shlex.split(commands[1])[3:]) == 0


def test_what_varies_besides_makes_rows_and_a_variable_is_left_to_the_shell(runs: Path) -> None:
    for size in (32, 64):
        frames.grid(runs, {"sine": {"camera": [30.0, 31.0]}, "relu": {"camera": [20.0, 21.0]}}, size=size)
    out, commands = ending(runs, ("$INR_STORAGE", "--runs", str(runs)))
    assert [line.split()[0].strip("│") for line in out.splitlines() if line.startswith(("│sine", "│relu"))] == [
        *("sine", "sine", "relu", "relu")
    ]
    assert all('analysis replicate "$INR_STORAGE" --runs' in each for each in commands[:1])
    assert all("--by activation,size" in each and "--selection-seeds" not in each for each in commands[1:])


def test_nothing_finished_is_no_comparison(runs: Path) -> None:
    frames.write(runs, None, status="failed")
    assert ending(runs) == ("", [])
