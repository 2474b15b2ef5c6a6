"""``--version`` of both command lines."""

import platform
import subprocess
import tomllib
from collections.abc import Callable, Sequence

import pytest
import torch
from checkout import ROOT, copy_to

import run
from analysis.commands import main as analyse
from inr.config import MEANING
from sweeps.trial import versions


@pytest.mark.parametrize("main", [run.main, analyse])
def test_it_names_what_decides_the_numbers(
    main: Callable[[Sequence[str]], int], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    first, second, third = capsys.readouterr().out.splitlines()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert first.removesuffix("+changes") == f"{project['name']} {project['version']}, commit {head.strip()}"
    assert second == f"Python {platform.python_version()}, PyTorch {torch.__version__}"
    assert third.startswith(f"meaning of the numbers: {MEANING} ")


def test_a_checkout_has_the_version_of_its_own_project(tmp_path, monkeypatch):
    copy_to(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[project]\nversion = '9.8.7'\n")
    monkeypatch.setattr(versions, "__file__", str(tmp_path / "sweeps" / "trial" / "versions.py"))
    monkeypatch.setattr(versions, "commit", lambda: None)
    assert versions.versions()[0] == "inr-activation-sweeps 9.8.7, not from a checkout"
