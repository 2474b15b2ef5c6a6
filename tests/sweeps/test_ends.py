"""However a command ends: a signal at any instant, a terminal that goes, a driver that is killed."""

import io
import itertools
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path

import pytest
from signalled import Events
from small_sweeps import TINY, spec_of
from tiny import ROOT, assert_same_trial, command, only, start, train, wait_for

import run
from inr.errors import UsageError
from sweeps.crew.sweep import Crew, run_sweep
from sweeps.file.plan import make_plan
from sweeps.record import figure
from sweeps.record.folder import RecordFolder, Runs
from sweeps.trial.process import begin
from sweeps.trial.stopping import Interrupts

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FRESH, FORKED = 18, 32
"""Moments of a whole process, nearly all in its imports, and of the work of a process that has imported everything."""


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> RecordFolder:
    """The trial without a signal."""
    return train(tmp_path_factory.mktemp("expected"))


def signalled(
    runs: Path, moment: int = 0, number: int = 0, forks: Mapping[int, int] | None = None
) -> "subprocess.CompletedProcess[str]":
    """A whole process with a signal at one of its events, or in forks of it at some."""
    script = Path(__file__).parent / "signalled.py"
    return subprocess.run(
        [sys.executable, str(script), str(moment), str(int(number)), json.dumps(forks or {}), *command(runs)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def finished(runs: Path) -> bool:
    """Whether the one trial there is in its record, whole."""
    (record,) = (RecordFolder(folder).read() for folder in (runs / "trials").iterdir())
    return record is not None and record.status == "finished"


def test_a_signal_while_a_process_begins_ends_it_without_a_traceback(tmp_path: Path) -> None:
    whole = signalled(tmp_path / "whole")
    assert whole.returncode == 0, whole.stderr
    events, _ = json.loads(whole.stdout.splitlines()[-1])
    assert events > 1000
    moments = {
        1 + index * events // FRESH: int(number)
        for index, number in zip(range(FRESH), itertools.cycle(SIGNALS), strict=False)
    }
    forked = signalled(tmp_path / "forked", forks=moments)
    assert forked.returncode == 0, forked.stderr
    ended = {int(moment): end for moment, end in json.loads(forked.stdout.splitlines()[-1])[1].items()}
    assert len(ended) > FRESH // 3
    for moment, number in moments.items():
        code, said = ended[moment] if moment in ended else at_work(tmp_path / f"at {moment}", moment, number)
        assert code == (-number if moment in ended else 128 + number), (moment, said)
        assert "Traceback" not in said, said
        assert "Error" not in said, said


def at_work(runs: Path, moment: int, number: int) -> tuple[int, str]:
    """A signal when the command is at work: its exit code and what it said; a trial that has ended counts as told."""
    late = signalled(runs, moment, number)
    return (128 + number if late.returncode == 0 and finished(runs) else late.returncode), late.stderr


def test_a_signal_at_any_instant_of_a_trial_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected: RecordFolder
) -> None:
    monkeypatch.setattr(figure, "draw", lambda *arguments: b"picture")
    code, said, events = forked(tmp_path / "whole", 0, 0)
    assert code == 0, said
    assert events > 200
    codes = set()
    for index, number in zip(range(FORKED), itertools.cycle(SIGNALS), strict=False):
        runs = tmp_path / str(index)
        code, said, _ = forked(runs, 1 + index * events // FORKED, number)
        assert code in (0, -number, 128 + number), said
        assert "Traceback" not in said, said
        codes.add(code)
        assert run.main(command(runs)) == 0
        assert_same_trial(only(runs), expected)
    assert {128 + number for number in SIGNALS} <= codes


def forked(runs: Path, moment: int, number: int) -> tuple[int, str, int]:
    """Run the command in a fork with a signal at one of its events: its exit code, what it said, its events."""
    said, seen = runs.with_suffix(".said"), runs.with_suffix(".seen")
    child = os.fork()
    if child == 0:
        try:
            _run_in_a_fork(said, seen, runs, moment, number)
        except BaseException:
            said.write_text(traceback.format_exc())
        os._exit(99)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code, said.read_text(), int(seen.read_text()) if seen.exists() else 0


def _run_in_a_fork(said: Path, seen: Path, runs: Path, moment: int, number: int) -> None:
    file = os.open(said, os.O_WRONLY | os.O_CREAT)
    for descriptor in (1, 2):
        os.dup2(file, descriptor)
    sys.stdout, sys.stderr = (io.TextIOWrapper(io.FileIO(descriptor, "w")) for descriptor in (1, 2))
    sys.__stderr__ = sys.stderr
    events = Events(moment, number)
    begin()
    sys.addaudithook(events)
    code = run.main(command(runs))
    sys.stdout.flush()
    sys.stderr.flush()
    seen.write_text(str(events.seen))
    os._exit(code)


LONG = f"{TINY.replace('10', '1000000')}eval_every: {{value: 20}}\nseed: {{values: [1, 2]}}"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGHUP, 129)])
def test_workers_end_with_their_driver_and_keep_what_they_did(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    spec_of(tmp_path, LONG)
    driver = subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), "--sweep=x.yaml", "--runs=runs", "--workers=1"],
        cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    runs = Runs(tmp_path / "runs")
    wait_for(lambda: any(len(folder.history()) > 2 for folder in runs.folders()))
    (worker,) = children(driver.pid)
    driver.send_signal(number)
    assert driver.wait(60) == code
    wait_for(lambda: not Path(f"/proc/{worker}").exists())
    (folder,) = runs.folders()
    record = folder.read()
    assert record is not None
    assert (record.status, str(record.reason).split()[0]) == ("interrupted", "SIGTERM")
    assert folder.checkpoint.exists()


def children(parent: int) -> list[int]:
    """The processes that a process has started and that live."""
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def test_a_worker_whose_driver_is_gone_before_it_begins_ends(tmp_path: Path) -> None:
    code = "from sweeps.trial.process import begin; begin(); print('at work')"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "INR_PARENT": "1"}, capture_output=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (-signal.SIGTERM, b"")


@pytest.mark.parametrize("number", [signal.SIGHUP])
def test_what_nohup_ignores_stays_ignored(number: signal.Signals, tmp_path: Path) -> None:
    code = f"""
import os, signal
signal.signal({int(number)}, signal.SIG_IGN)
from sweeps.trial.stopping import interrupts
with interrupts() as caught:
    os.kill(os.getpid(), {int(number)})
    print(caught.caught)
"""
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout == "None\n"


def test_a_display_whose_reader_goes_does_not_touch_the_trial(tmp_path: Path) -> None:
    with start(tmp_path, steps=60, eval_every=1) as child:
        assert child.stderr is not None
        assert child.stderr.readline().startswith("step 0/60")
        child.stderr.close()
        assert child.wait(60) == 0
    record = only(tmp_path).read()
    assert record is not None
    assert record.status == "finished"


def test_a_reader_of_the_output_that_goes_leaves_a_whole_record(tmp_path: Path) -> None:
    flags = " ".join(command(tmp_path))
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} run.py {flags} 2>&1 | head -1; exit ${{PIPESTATUS[0]}}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.startswith("step 0/")
    record = only(tmp_path).read()
    assert record is not None
    assert record.status == "finished"


@pytest.mark.parametrize("closed", ["<&- >&- 2>&-", "2>&-", ">&-", "2>/dev/full"])
def test_streams_that_are_closed_do_not_stop_a_process(closed: str, tmp_path: Path) -> None:
    """A file that is opened later must not become a standard stream: what is printed would go into it."""
    code = (
        "from sweeps.trial.process import begin; begin(); import os, sys; "
        "file = open(sys.argv[1], 'w'); assert file.fileno() > 2; "
        "print('out'); print('err', file=sys.stderr, flush=True); os.dup(2); file.write('whole'); file.close()"
    )
    place = tmp_path / "file"
    done = subprocess.run(
        ["bash", "-c", f'{sys.executable} -c "{code}" {place} {closed}'], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert place.read_text() == "whole"


@pytest.mark.parametrize("environment", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}])
def test_what_an_encoding_lacks_is_replaced(environment: dict[str, str]) -> None:
    code = (
        "from sweeps.trial.process import begin; begin(); import sys; "
        "print('\\u03c9 \\u2013'); print('\\u03c6', file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONCOERCECLOCALE": "0", **environment},
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"? ?\n"
    assert done.stderr == b"\\u03c6\n"


class Refusing(Crew):
    """Workers that refuse what they are given."""

    def start(self, index: int) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(["sh", "-c", "exit 2"])


def test_a_worker_that_refuses_is_not_started_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec, runs = spec_of(tmp_path, f"{TINY}\nseed: {{values: [1, 2]}}"), Runs(tmp_path / "runs")
    with pytest.raises(UsageError, match="a worker refused the sweep, see its message above"):
        run_sweep(make_plan(spec, runs), runs, tmp_path / "x.journal", Refusing(2, 1, []), Interrupts())
    assert "starting another" not in capsys.readouterr().err
