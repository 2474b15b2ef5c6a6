"""``--advise``: what it proposes, from which records, and what is told of a wrong command."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tiny import ROOT, command, train

import run
from inr.advice import band
from inr.config import TrialConfig
from inr.signals import load_signal


def advise(*flags: str) -> int:
    return run.main(["--advise", "--size=16", *flags])


def proposed(out: str) -> dict[str, float]:
    """The numbers of the command that is proposed."""
    (line,) = (line for line in out.splitlines() if line.startswith("python run.py --trial"))
    return {n: float(v) for n, v in re.findall(r"--(\w*omega_0)=(\S+)", line)}


def test_without_records_reach_and_band_are_equal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert advise(f"--runs={tmp_path / 'absent'}", "--image=moon") == 0
    out, err = capsys.readouterr()
    assert err.startswith("note: the rule is not calibrated: no such runs folder")
    assert err.count("\n") == 1
    width = band(load_signal("moon", 16, "gray").values)
    expected = width / (2 / 15) * 2 * np.pi * 2  # ω₀ / 2 is the largest ω₀ W, 2π a cycle, 2 / 15 the spacing
    assert proposed(out)["first_omega_0"] == pytest.approx(expected, rel=0.02)
    assert proposed(out)["omega_0"] == 30


def test_the_proposal_of_a_law_with_another_first_layer_reaches_as_far(capsys: Any, tmp_path: Path) -> None:
    for law in ("paper", "pytorch", "kaiming"):
        assert advise(f"--runs={tmp_path}", f"--init={law}") == 0
        (share,) = re.findall(r"sample, (\S+) times the band", capsys.readouterr().out)
        assert float(share) == pytest.approx(1, abs=0.02)


def test_records_calibrate_it_and_its_error_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for image in ("moon", "camera"):
        for omega in (2, 30):
            assert run.main(command(tmp_path, image=image, omega_0=omega)) == 0
    capsys.readouterr()
    assert advise(f"--runs={tmp_path}", "--image=coins") == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "| camera |" in out
    assert "| moon |" in out
    assert "leaving out one of 2 signals (4 trials), the rule loses" in out
    found = proposed(out)
    assert found["omega_0"] == found["first_omega_0"]
    (line,) = (line for line in out.splitlines() if line.startswith("python run.py"))
    given = dict(word[2:].split("=", 1) for word in shlex.split(line)[3:])
    assert TrialConfig.from_flat(given).trial_id


PLUGIN = """
from dataclasses import dataclass

from inr.schedules import Schedule


@dataclass(frozen=True, kw_only=True)
class Even(Schedule):
    \"\"\"Keep the rate.\"\"\"

    def factor(self, share: float) -> float:
        return 1.0
"""


def test_the_command_names_the_plugin_that_it_needs(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(PLUGIN)
    flags = ["--advise", "--size=16", "--plugin=mine.py", "--schedule=even"]
    words = [sys.executable, str(ROOT / "run.py"), *flags]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("python run.py"))
    assert re.search(r"--plugin=\S*mine\.py@sha256:[0-9a-f]+", line)


def test_a_sound_has_a_proposal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--advise", "--task=audio", "--seconds=0.1", f"--runs={tmp_path}"]) == 0
    assert 100 < proposed(capsys.readouterr().out)["first_omega_0"] < 5000


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        (["--image=absent.png"], 1, "cannot read 'absent.png': there is no such file"),
        (["--image=text.png"], 1, "cannot read 'text.png'"),
        (["--image=grey.png"], 1, "grey.png"),
        (["--image=camra"], 2, "did you mean 'camera'?"),
        (
            ["--activation=relu"],
            2,
            "--advise got --activation=relu: expected one for all layers that has an ω₀, such as sine",
        ),
        (["--encoding=fourier"], 2, "--advise got --encoding=fourier"),
        (["--task=super_resolution"], 2, "--advise got --task=super_resolution"),
        (["--omega_0=20"], 2, "--omega_0 is what --advise proposes: leave it out"),
        (["--into=x"], 2, "--into"),
    ],
)
def test_what_has_no_proposal_is_told_in_a_sentence(
    flags: list[str], code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.png").write_text("no picture")
    Image.new("L", (32, 32), 7).save("grey.png")
    assert advise(*flags) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


def test_an_empty_runs_folder_is_told_and_a_proposal_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "trials").mkdir()
    assert advise(f"--runs={tmp_path}") == 0
    out, err = capsys.readouterr()
    assert "has records of 0 signals" in err
    assert proposed(out)


def test_records_of_another_activation_do_not_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train(tmp_path, image="moon", omega_0=5)
    capsys.readouterr()
    assert advise(f"--runs={tmp_path}", "--activation=finer") == 0
    assert "of finer, image loss" in capsys.readouterr().err
