"""Plugins on the command line: trials, plans, sweeps with their workers, agents; and what their records say."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from online import RUN, TINY, assert_mirrors, create, end, start, upload
from plugin import EXAMPLE, copy
from small_sweeps import MACHINE, SHORT
from tiny import PARAMETERS, assert_same_trial, command, only, train
from wandb_server import WandbServer

from analysis.commands import main as analyse
from inr.choices import options
from inr.config import TrialConfig
from inr.errors import UsageError
from inr.names import DECLARED
from inr.origins import PLUGINS
from inr.plugins import load
from run import main
from sweeps.commands import _worker_arguments
from sweeps.crew.sweep import Crew
from sweeps.crew.worker import work
from sweeps.file.spec import load_spec
from sweeps.flags import parse
from sweeps.record.folder import Runs
from sweeps.search.study import fill, open_study
from sweeps.trial.how import How
from sweeps.trial.runner import run_recorded
from sweeps.trial.stopping import Interrupts, Stopped

pytestmark = pytest.mark.usefixtures("restored_registries")

SWEEP = (
    f"name: mine\n{SHORT}"
    + "  steps: {value: 3}\n  activation: {values: [bell, sine]}\n  bell_width: {values: [0.5, 1]}\n"
)


def forget() -> None:
    """As in a process that has loaded nothing."""
    PLUGINS.clear()
    options("activation").pop("bell", None)  # type: ignore[attr-defined]
    DECLARED.pop("bell_width", None)


def sweep_file(folder: Path, text: str = SWEEP) -> str:
    (folder / "mine.yaml").write_text(text)
    return str(folder / "mine.yaml")


def test_a_trial_says_which_bytes_made_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = copy(tmp_path)
    flags = [f"--plugin={mine}", "--activation=bell"]
    folder = train(tmp_path / "runs", *flags)
    record = folder.read()
    assert record is not None
    (plugin,) = PLUGINS.values()
    assert record.environment["plugins"] == [
        {"choice": "activation.bell", "file": str(mine), "sha256": plugin.sha256},
    ]
    assert TrialConfig.from_record(vars(record)).trial_id == record.trial_id
    capsys.readouterr()
    assert main(command(tmp_path / "runs", "--plugin", str(mine), "--activation=bell")) == 0
    assert "finished, recorded before" in capsys.readouterr().out
    forget()
    copy(tmp_path, end="# another version\n")
    assert main(command(tmp_path / "runs", *flags)) == 0
    assert len(list(Runs(tmp_path / "runs").folders())) == 2


def test_a_trial_that_does_not_use_it_is_as_without(tmp_path: Path) -> None:
    with_it = train(tmp_path / "with", f"--plugin={EXAMPLE}")
    forget()
    assert_same_trial(with_it, train(tmp_path / "without"))
    record = with_it.read()
    assert record is not None
    assert "plugins" not in record.environment


def test_a_stopped_trial_goes_on_bit_for_bit(tmp_path: Path) -> None:
    flags = [f"--plugin={EXAMPLE}", "--activation=bell", "--loss=all"]
    whole = train(tmp_path / "whole", *flags)
    config = TrialConfig.from_flat({**PARAMETERS, "activation": "bell", "loss": "all"})

    def stop(step: Any) -> None:
        if step.step == 7:
            raise Stopped("interrupted", "SIGTERM at step 7")

    stopped = run_recorded(config, How(Runs(tmp_path / "stopped"), MACHINE), [stop])
    assert stopped.record.status == "interrupted"
    assert_same_trial(train(tmp_path / "stopped", *flags), whole)


def test_help_and_plan_know_its_choices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help", f"--plugin={EXAMPLE}"])
    said = " ".join(capsys.readouterr().out.split())
    assert "--bell_width X width a of the bell, in units of z (with --activation=bell; default: 0.5)" in said
    assert main([f"--plan={sweep_file(tmp_path)}", "--plugin", str(EXAMPLE), f"--runs={tmp_path}"]) == 0
    assert "4 points, 3 distinct, 0 recorded, 3 to run" in capsys.readouterr().out
    forget()
    assert main([f"--plan={sweep_file(tmp_path)}", f"--runs={tmp_path}"]) == 2
    assert "activation got 'bell': expected one of bw_relu, comb" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--plugin"], "--plugin: expected one argument; see --help"),
        (["--plugin="], "--plugin got '': expected a value, or leave it out (is a variable of the shell not set?)"),
        (["--plugin=absent.py"], "--plugin=absent.py cannot be read: there is no such file; check the path"),
    ],
)
def test_a_wrong_flag_is_one_sentence(flags: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--trial", *flags]) == 2
    assert capsys.readouterr().err == f"run.py: error: {sentence}\n"


def test_a_worker_takes_the_bytes_of_its_driver_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    copy(tmp_path)
    given, _ = parse([f"--sweep={sweep_file(tmp_path)}", "--plugin=mine.py", "--plugin=./mine.py"])
    (plugin,) = PLUGINS.values()
    arguments = _worker_arguments(given)
    assert [word for word in arguments if "plugin" in word] == [
        f"--plugin={tmp_path}/mine.py@sha256:{plugin.sha256[:16]}"
    ]
    forget()
    copy(tmp_path, end="# changed meanwhile\n")
    assert main(Crew(1, 1, arguments).command[2:]) == 2
    assert "mine.py has other bytes than those that were asked for (sha256 " in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_a_sweep_with_its_workers_then_tables_without_the_plugin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    given = [f"--sweep={sweep_file(tmp_path)}", f"--plugin={copy(tmp_path)}", "--workers=2", "--threads=1"]
    assert main(given) == 0
    assert "3 finished, 0 pruned, 0 without a result, 0 left" in capsys.readouterr().out
    records = [folder.read() for folder in Runs("runs").folders()]
    assert sorted("plugins" in record.environment for record in records if record) == [False, True, True]
    assert main(given) == 0  # nothing is left
    flag = f"--plugin={tmp_path}/mine.py@sha256:{next(iter(PLUGINS.values())).sha256[:16]}"
    forget()
    capsys.readouterr()
    assert analyse(["table", "runs", "--by=activation,bell_width", "--format=csv"]) == 0
    assert "bell,0.5," in capsys.readouterr().out
    assert analyse(["report", "runs"]) == 0
    page = Path("report.html").read_text()
    assert page.count(f"python run.py --trial {flag} --task=image") >= 2
    assert not PLUGINS
    copy(tmp_path, end="# another version\n")
    assert main(given) == 2
    assert "the sweep 'mine' was begun with another version of the plugin that defines activation.bell: give" in (
        capsys.readouterr().err
    )


def test_a_trial_that_was_queued_with_other_bytes_is_refused(tmp_path: Path) -> None:
    mine = copy(tmp_path)
    load(str(mine))
    spec, runs = load_spec(sweep_file(tmp_path)), Runs(tmp_path / "runs")
    study = open_study(spec, tmp_path / "x.journal")
    fill(study, spec, runs)
    forget()
    load(str(copy(tmp_path, end="# another version\n")))
    with pytest.raises(UsageError, match=r"another version of the plugin that defines activation.bell"):
        open_study(spec, tmp_path / "x.journal")
    work(spec, study, How(runs, MACHINE), Interrupts())
    ended = {trial.state: trial for trial in study.trials}
    assert (
        ended[optuna.trial.TrialState.FAIL]
        .user_attrs["reason"]
        .startswith(f"{mine} has changed since this trial was queued (trial ")
    )
    assert only(tmp_path / "runs").path.name == TrialConfig.from_flat(TINY_SINE).trial_id


TINY_SINE = {"size": 16, "hidden_features": 8, "hidden_layers": 0, "steps": 3}


def test_a_sweep_file_loads_no_code(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_spec(sweep_file(tmp_path, f"plugin: {EXAMPLE}\nmethod: grid\nparameters:\n  plugin: {{value: mine.py}}\n"))
    assert str(caught.value).splitlines() == [
        f"{tmp_path}/mine.yaml:{line}: 'plugin' of {what} is not supported: a sweep file loads no code, "
        "give --plugin=FILE to run.py"
        for line, what in ((1, "the sweep"), (4, "parameters"))
    ]
    load_spec(sweep_file(tmp_path, f"command: [run.py, --trial, --plugin={EXAMPLE}, '${{args}}']\n" + TEXT))
    assert not PLUGINS


TEXT = "method: grid\nparameters:\n  seed: {values: [0, 1]}\n"


@pytest.fixture
def server() -> Iterator[WandbServer]:
    with WandbServer() as server:
        yield server


def test_both_agents_run_it(server: WandbServer, tmp_path: Path) -> None:
    constants = {**TINY, "activation": "bell"}
    ours = create(server, tmp_path, constants, bell_width=[0.5])
    flags = [f"--agent={ours.path}", "--threads=1"]
    said = end(start(server, tmp_path, RUN, *flags, f"--plugin={EXAMPLE}"))
    assert said.splitlines()[-1] == f"{ours.path}: 1 runs: 1 finished"
    its = upload(
        server,
        tmp_path,
        {
            "method": "grid",
            "command": ["python", str(RUN), "--trial", "--threads=1", f"--plugin={EXAMPLE}", "${args}"],
            "parameters": {name: {"values": [value]} for name, value in {**constants, "bell_width": 2}.items()},
        },
    )
    end(start(server, tmp_path, "-m", "wandb", "agent", its.path))
    load(str(EXAMPLE))
    handed = {**ours.handed_out, **its.handed_out}
    assert len(server.runs) == len(handed) == 2
    for name, values in handed.items():
        folder = Runs(tmp_path / "runs").folder(TrialConfig.from_flat(values).trial_id)
        assert_mirrors(server.runs[name], folder, **values)
        record = folder.read()
        assert record is not None
        assert server.runs[name].summary["environment/plugins"] == record.environment["plugins"]
