"""``run.py --agent`` against the loopback server: every run is mirrored, failed or stopped, and the agent goes on."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from online import LONG, QUICK_AGENT, RUN, TINY, assert_mirrors, create, end, interrupt, start
from tiny import ROOT, wait_for
from wandb_server import WandbServer
from wandb_server.server import API_KEY

from inr.config import TrialConfig
from inr.errors import InputError
from run import main
from sweeps.record.files import locked
from sweeps.record.folder import RecordFolder, Runs
from sweeps.trial.execution import Execution
from sweeps.trial.how import How
from sweeps.trial.stopping import Interrupts
from sweeps.weights_and_biases import agent
from sweeps.weights_and_biases.agent import Agent
from sweeps.weights_and_biases.sweep_link import Away, Command

LINK = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from inr.errors import InputError
from sweeps.weights_and_biases import sweep_link

sweep_link.ANSWER_SECONDS = 2.0
try:
    sweep_link.SweepLink("a/b/c")
except InputError as error:
    print(error, file=sys.stderr)
"""
"""``run.py``'s way to W&B, without torch."""


@pytest.fixture
def server() -> Iterator[WandbServer]:
    with WandbServer() as server:
        yield server


def quick(server: WandbServer, home: Path, sweep: str, *flags: str, **extra: str) -> "subprocess.Popen[str]":
    (home / "quick.py").write_text(QUICK_AGENT)
    return start(server, home, "quick.py", f"--agent={sweep}", "--threads=1", *flags, **extra)


def folder(home: Path, **parameters: Any) -> RecordFolder:
    return Runs(home / "runs").folder(TrialConfig.from_flat(parameters).trial_id)


def test_every_run_is_mirrored_into_its_own(server: WandbServer, tmp_path: Path) -> None:
    sweep = create(server, tmp_path, TINY, activation=["relu", "sine", "sinus"], omega_0=[10, 30])
    # What an agent around this process would leave; it must not win over what W&B hands out.
    left = {"WANDB_SWEEP_ID": "another", "WANDB_RUN_ID": "foreign"}
    said = end(start(server, tmp_path, RUN, f"--agent={sweep.path}", "--threads=1", **left))
    assert [line for line in said.splitlines() if line.startswith("wandb:")] == []
    assert said.splitlines()[-1] == f"{sweep.path}: 6 runs: 4 finished, 2 failed"
    assert sweep.state == "FINISHED"
    assert list(server.runs) == list(sweep.handed_out)
    assert [sent.sweep for sent in server.runs.values()] == [sweep.name] * 6
    *trained, first_failed, second_failed = server.runs.values()
    for sent in trained:
        values = sweep.handed_out[sent.name]
        mirrored = folder(tmp_path, **values)
        if values["activation"] == "relu":
            record = mirrored.read()
            assert record is not None
            assert "omega_0" not in record.config
        assert_mirrors(sent, mirrored, **values)  # relu has no ω₀, but the sweep's point has
    assert len(list(Runs(tmp_path / "runs").folders())) == 3  # relu was trained once
    for sent in (first_failed, second_failed):
        assert (sent.state, sent.exit_code, sent.history) == ("failed", 1, [])
        assert sent.config == sweep.handed_out[sent.name]
        assert sent.summary["reason"].startswith("--activation got 'sinus': did you mean")


def test_what_fails_on_the_way_is_a_failed_run_with_its_reason(server: WandbServer, tmp_path: Path) -> None:
    constants = {**TINY, "activation": "sine", "seed": 7}
    sweep = create(server, tmp_path, constants, omega_0=[10, 20], image=["absent.png", "camera"])
    said = end(quick(server, tmp_path, sweep.path), code=1)
    *_, story, last = said.splitlines()
    assert story == f"{sweep.path}: 4 runs: 4 failed"
    # of the machine, not of the trial: the next would do no better
    assert last.startswith("run.py: error: no space is left on the disk")
    absent, also_absent, broken, full = server.runs.values()
    assert {sent.state for sent in server.runs.values()} == {"failed"}
    assert absent.summary["reason"] == also_absent.summary["reason"]
    assert absent.summary["reason"].startswith("cannot read 'absent.png'")
    assert broken.summary["reason"] == "RuntimeError: boom"
    assert [row["_step"] for row in broken.history][:2] == [0, 2]
    assert len(full.history) == 2


def test_a_run_is_stopped_a_sweep_is_cancelled(server: WandbServer, tmp_path: Path) -> None:
    sweep = create(server, tmp_path, {**LONG, "activation": "sine"}, omega_0=[10, 20, 30])
    busy = Runs(tmp_path / "runs").lock(TrialConfig.from_flat({**LONG, "omega_0": 10}).trial_id)
    child = quick(server, tmp_path, sweep.path)
    with locked(busy):  # another process is at work on the first trial
        wait_for(lambda: [a.running for a in server.agents.values()] == [["sweep001run001"]])
        assert not server.runs
    wait_for(lambda: "sweep001run001" in server.runs)
    server.runs["sweep001run001"].stop_requested = True
    wait_for(lambda: "sweep001run002" in server.runs)
    end(start(server, tmp_path, "-m", "wandb", "sweep", "--cancel", sweep.path))
    assert end(child).splitlines()[-1] == f"{sweep.path}: 2 runs: 2 interrupted"
    assert (sweep.state, len(sweep.handed_out)) == ("CANCELED", 2)
    for sent in server.runs.values():
        stopped = folder(tmp_path, **sweep.handed_out[sent.name])
        record = stopped.read()
        assert record is not None
        assert record.status == "interrupted"
        assert str(record.reason).startswith("stopped in W&B at step ")
        assert stopped.checkpoint.exists()
        assert_mirrors(sent, stopped)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_ends_it_with_everything_written(server: WandbServer, tmp_path: Path, number: signal.Signals) -> None:
    sweep = create(server, tmp_path, LONG, seed=[1, 2])
    child = quick(server, tmp_path, sweep.path)
    wait_for(lambda: "sweep001run001" in server.runs)
    stopped = folder(tmp_path, **LONG, seed=1)
    wait_for(lambda: len(stopped.history()) > 1)
    said = interrupt(child, number).splitlines()
    assert said[-2] == f"{sweep.path}: 1 runs: 1 interrupted"
    assert said[-1].startswith(f"run.py: {number.name}; ")
    (sent,) = server.runs.values()
    record = stopped.read()
    assert record is not None
    assert str(record.reason).startswith(f"{number.name} at step ")
    assert_mirrors(sent, stopped)
    assert stopped.checkpoint.exists()


def test_a_server_that_is_away_for_twenty_seconds_loses_nothing(server: WandbServer, tmp_path: Path) -> None:
    sweep = create(server, tmp_path, {**TINY, "steps": 2000, "eval_every": 100}, seed=[1])
    child = quick(server, tmp_path, sweep.path, "--runs=elsewhere")
    wait_for(lambda: bool(server.runs))
    server.pause(20)
    began = time.monotonic()
    said = end(child)
    assert 20 < time.monotonic() - began < 90
    assert "could not" not in said
    assert 503 in {request.status for request in server.requests}
    (sent,) = server.runs.values()
    (recorded,) = Runs(tmp_path / "elsewhere").folders()
    assert_mirrors(sent, recorded, **sweep.handed_out[sent.name])


def test_what_it_cannot_be_an_agent_of_is_told_in_a_sentence(server: WandbServer, tmp_path: Path) -> None:
    said = end(quick(server, tmp_path, "absent"), code=1)
    assert said.startswith("run.py: error: W&B knows no sweep 'absent': give ENTITY/PROJECT/SWEEP_ID, as ")
    assert said.count("\n") == 1
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("extra", "sentence"),
    [
        ({"WANDB_API_KEY": ""}, "there is no login to W&B (No API key configured"),
        ({"WANDB_API_KEY": API_KEY[::-1]}, "W&B cannot be used (Failed to verify credentials"),
        ({"WANDB_BASE_URL": "http://127.0.0.1:9"}, "W&B cannot be used (Failed to verify credentials"),
    ],
    ids=["no_login", "foreign_key", "no_server"],
)
def test_w_and_b_that_cannot_be_used(server: WandbServer, tmp_path: Path, extra: dict[str, str], sentence: str) -> None:
    said = end(start(server, tmp_path, "-c", LINK, **extra))
    assert said.startswith(sentence)
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (
            ["--agent=a/b/c/d"],
            "--agent got 'a/b/c/d': expected SWEEP_ID or ENTITY/PROJECT/SWEEP_ID, as wandb prints it",
        ),
        (["--agent=a", "--wandb=off"], "--agent and --wandb=off contradict: an agent is online, leave --wandb out"),
        (["--agent=a", "--count=0"], "--count got '0': expected an integer of at least 1"),
        (["--trial", "--count=2"], "--count is how many runs an agent does: give it with --agent SWEEP_ID"),
        (["--agent=a", "--size=16"], "--size is a parameter of --trial: in a sweep it stands in the file"),
    ],
)
def test_wrong_flags(flags: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(flags) == 2
    assert capsys.readouterr().err == f"run.py: error: {sentence}\n"


class Script:
    """A link that answers what it is told to; an exception is raised."""

    def __init__(self, *answers: list[Command] | Exception) -> None:
        self.answers = list(answers)
        self.asked = 0

    def beat(self, running: list[str]) -> list[Command]:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(agent, "POLL_SECONDS", 0.0)

    def make(*answers: list[Command] | Exception) -> Agent:
        how = How(Runs(tmp_path), Execution("cpu", 1, "ieee"))
        return Agent(Script(*answers), how, Interrupts())  # type: ignore[arg-type]

    return make


def test_it_waits_for_a_paused_sweep_and_for_w_and_b_and_ends_with_the_sweep(scripted: Any) -> None:
    worker = scripted([], Away("no route"), [], [Command("exit", "None", {})])
    worker.work()
    assert worker.link.asked == 4
    assert worker.story() == "0 runs"


def test_its_patience_with_w_and_b_ends(scripted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent, "PATIENCE_SECONDS", 0.05)
    with pytest.raises(InputError, match=r"W&B has not answered for 0 minutes \(no route\): run the command again"):
        scripted(Away("no route")).work()


def test_count_ends_it(scripted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    monkeypatch.setattr(Agent, "_run", lambda self, command: ran.append(command.run_id) or "finished")
    worker = scripted([Command("run", "a", {})], [Command("resume", "b", {}), Command("run", "c", {})], [])
    worker.count = 2
    worker.work()
    assert ran == ["a", "b"]
    assert worker.story() == "2 runs: 2 finished"


def test_a_sweep_that_is_deleted_ends_it(scripted: Any) -> None:
    with pytest.raises(InputError, match="gone"):
        scripted([], InputError("gone")).work()
