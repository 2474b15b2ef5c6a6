"""Trials of plugins in tables: commands name the plugin, two versions are not averaged, nothing is loaded."""

import json
import shlex
from pathlib import Path
from typing import Any

import frames
import pytest
import yaml

from analysis.commands import main
from analysis.comparison.compare import compare
from analysis.comparison.question import Question
from analysis.report.trials import command
from analysis.sources.load import load
from analysis.sources.rows import PLUGIN_BYTES, PLUGINS, config_columns, row_of
from inr.errors import InputError
from sweeps.file.spec import load_spec

FIRST, SECOND = "0" * 64, "f" * 64
FILE = "/home/me/my plugins/mine.py"


def made_by(sha256: str, file: str = FILE) -> dict[str, Any]:
    return {"plugins": [{"choice": "activation.mine", "file": file, "sha256": sha256}]}


def test_versions_of_a_plugin_are_not_averaged(runs: Path) -> None:
    frames.write(runs, environment=made_by(FIRST), activation="mine", seed=0)
    frames.write(runs, environment=made_by(FIRST, "/elsewhere/mine.py"), activation="mine", seed=1)  # the same bytes
    frames.write(runs, activation="sine", seed=0)
    frames.write(runs, activation="sine", seed=1)
    assert [row.cells["image/psnr"].n for row in compare(load(runs)).rows] == [2, 2]
    frames.write(runs, environment=made_by(SECOND), activation="mine", seed=2)
    with pytest.raises(InputError) as caught:
        compare(load(runs))
    assert str(caught.value) == (
        "will not compare several versions of the plugin that defines activation.mine (environment/plugin_bytes: "
        f"activation.mine sha256:{FIRST[:16]}; activation.mine sha256:{SECOND[:16]}): add environment/plugin_bytes to "
        "--by for a row each, or give the trials of one version a runs folder of their own"
    )
    rows = compare(load(runs), Question(by=["activation", PLUGIN_BYTES])).rows
    assert [row.key[1] for row in rows] == [
        f"activation.mine sha256:{FIRST[:16]}",
        f"activation.mine sha256:{SECOND[:16]}",
        None,
    ]


def test_commands_name_the_plugin(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed, rate in ((0, 1e-3), (0, 1e-4), (1, 1e-3)):
        frames.write(runs, environment=made_by(FIRST), activation="mine", seed=seed, learning_rate=rate)
        frames.write(runs, activation="sine", seed=seed, learning_rate=rate)
    flag = f"--plugin={FILE}@sha256:{FIRST[:16]}"
    frame = load(runs)
    for _, trial in frame.iterrows():
        words = shlex.split(command(trial, config_columns(frame)))
        assert (words[3] == flag) == (flag in words) == (trial["activation"] == "mine")
    into = tmp_path / "chosen"
    assert main(["replicate", str(runs), "--selection-seeds=0", "--seeds=2", f"--into={into}"]) == 0
    mine, sine = capsys.readouterr().out.splitlines()[-2:]
    assert shlex.split(mine) == ["python", "run.py", "--sweep", f"{into}/chosen_mine.yaml", flag, "--runs", str(runs)]
    assert shlex.split(sine) == ["python", "run.py", "--sweep", f"{into}/chosen_sine.yaml", "--runs", str(runs)]
    told = yaml.safe_load((into / "chosen_mine.yaml").read_text())["command"]
    assert told == ["${env}", "python", "run.py", "--trial", flag, "${args}"]
    assert "plugin" not in (into / "chosen_sine.yaml").read_text()
    load_spec(into / "chosen_sine.yaml")


@pytest.mark.parametrize(
    "content", ["; rm -rf x", {"a": 1}, [["; rm"]], [{"choice": "a", "file": "; rm", "sha256": "x"}], [{"file": 1}], []]
)
def test_what_no_plugin_has_left_is_no_command(content: Any) -> None:
    row = row_of({"trial_id": "a", "config": frames.CONFIG, "environment": {"plugins": content}}, "records", None)
    assert (row[PLUGINS], row[PLUGIN_BYTES]) == (None, None)


def test_a_path_is_quoted_and_read_back_from_w_and_b() -> None:
    environment = json.loads(json.dumps(made_by(FIRST, "/a'; rm -rf b/$(x).py")))
    row = row_of({"trial_id": "a", "config": frames.CONFIG, "environment": environment}, "wandb", None)
    assert shlex.split(row[PLUGINS]) == [f"--plugin=/a'; rm -rf b/$(x).py@sha256:{FIRST[:16]}"]
