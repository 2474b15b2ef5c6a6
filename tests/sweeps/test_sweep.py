"""``run.py --sweep`` as a person has it: to the end, again, interrupted, with dead workers and failures."""

import os
import shlex
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from optuna.trial import TrialState
from postgres import server
from small_sweeps import SHORT
from tiny import ROOT, wait_for

from analysis.commands import main as analysis_main
from inr.errors import UsageError
from sweeps.crew.dashboard import Dashboard
from sweeps.crew.sweep import crew_of, default_storage
from sweeps.file.spec import load_spec
from sweeps.record.folder import Runs
from sweeps.search.study import fill, open_study

SWEEP = f"name: tiny\n{SHORT}" + "  steps: {value: 5}\n  eval_every: {value: 1000}\n"
GRID = "  activation: {values: [relu, sine]}\n  n_modes: {values: [1, 2]}\n  seed: {values: [0, 1]}\n"
"""Eight points, four trials."""

LAUNCHER = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
import run, sweeps.trial.runner, sweeps.crew.sweep
from sweeps.record import figure
from sweeps.search import queue
sweeps.crew.sweep.__file__ = __file__.replace("run.py", "sweeps/crew/sweep.py")
figure.draw = lambda *arguments: b""
queue.BEAT_SECONDS, queue.SILENCE_SECONDS = 0.3, 2.0
trained = sweeps.trial.runner._train
def train(*arguments):
    time.sleep(0.5)
    return trained(*arguments)
sweeps.trial.runner._train = train
sys.exit(run.main(sys.argv[1:]))
"""
"""run.py with slow trials without pictures, and workers that are taken for dead soon; it starts workers like itself."""


class Sweep:
    """The sweep of a test, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.runs = folder, Runs(folder / "runs")
        (folder / "run.py").write_text(LAUNCHER)

    def write(self, parameters: str) -> None:
        (self.folder / "tiny.yaml").write_text(SWEEP + parameters)

    def start(self, *flags: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "run.py", "--sweep=tiny.yaml", "--runs=runs", *flags],
            cwd=self.folder,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *flags: str) -> tuple[int, str, str]:
        process = self.start(*flags)
        out, error = process.communicate(timeout=90)
        assert "Traceback" not in error, error
        return process.returncode, out, error

    @property
    def trials(self):
        spec = load_spec(self.folder / "tiny.yaml")
        return open_study(spec, default_storage(spec, self.runs)).get_trials()

    def journal(self) -> str:
        path = self.runs.path / "sweeps" / "tiny.journal"
        return path.read_text() if path.exists() else ""

    def states(self) -> Counter:
        return Counter(trial.state for trial in self.trials)


@pytest.fixture
def sweep(tmp_path):
    made = Sweep(tmp_path)
    made.write(GRID)
    return made


def table(out: str) -> list[str]:
    return [line for line in out.splitlines() if line.startswith("│")]


SWEPT = {"relu", "sine"}


def names(rows: list[str]) -> list[str]:
    return [row.split("│")[1].strip() for row in rows]


def wait_for_worker(sweep: Sweep, which: int = 1) -> int:
    """The process id of the worker that began the last of so many trials."""
    wait_for(lambda: sweep.journal().count('"user_attr":{"worker":') >= which)
    name = sweep.journal().split('"user_attr":{"worker":"')[which].split('"')[0]
    return int(name.split("-")[-2])


def test_a_sweep_ends_with_the_table_and_is_not_run_again(sweep):
    code, out, error = sweep.run("--workers=2")
    assert code == 0
    assert out.splitlines()[0] == "loss: image, best first by image PSNR (dB)"
    panel = out.partition("└")[0]  # the first of those that the metrics need
    rows, _, references = panel.partition("├")
    rows = table(rows)
    assert sorted(row.split("│")[1].rstrip() for row in rows) == [
        *("  seed 0", "  seed 0", "  seed 1", "  seed 1", "relu", "sine")
    ]
    assert {"all-zero map", "Lanczos"} <= {*names(table(references))}
    means = {name: float(rows[at].split("│")[2].strip("* ")) for at, name in enumerate(names(rows)) if name in SWEPT}
    values = {name: [t.values[0] for t in sweep.trials if t.params["activation"] == name] for name in SWEPT}
    assert means == {name: pytest.approx(sum(values[name]) / 2, abs=0.005) for name in SWEPT}
    assert list(means) == sorted(means, key=means.get, reverse=True)
    assert {name: "n/a" in rows[names(rows).index(name)] for name in SWEPT} == {"relu": True, "sine": False}
    assert "sweep tiny: 4 finished, 0 pruned, 0 without a result, 0 left" in out
    assert "pictures: runs/sweeps/tiny" in out.splitlines()
    assert max(map(len, out.partition("next:")[0].splitlines()[:12])) <= 140
    sheets = sorted((sweep.runs.path / "sweeps" / "tiny").iterdir())
    assert [sheet.name for sheet in sheets] == ["relu.png", "sine.png"]
    assert all(sheet.read_bytes().startswith(b"\x89PNG") for sheet in sheets)
    lines = error.splitlines()  # plain, one a trial
    assert len(lines) == 4
    assert lines[-1].startswith("4/4 done, 0 failed, 0 s left  activation=")
    assert "\x1b" not in error + out

    again = sweep.run("--workers=1")
    assert again == (0, out, "")
    assert sweep.states() == {TrialState.COMPLETE: 4}


def test_a_sweep_ends_with_commands_that_work_as_they_are_pasted(sweep, monkeypatch, capsys):
    sweep.write(GRID + "  learning_rate: {values: [1.0e-3, 1.0e-4]}\n  loss: {values: [image, gradient]}\n")
    monkeypatch.chdir(sweep.folder)
    code, out, _ = sweep.run("--workers=1")
    assert code == 0
    commands = [shlex.split(line) for line in out.partition("next:\n")[2].splitlines()]
    verbs = [words[3] for words in commands]
    assert verbs == ["replicate", "tests", "table", "report"]
    assert all("--selection-seeds" in words for words in commands)
    for program, *words in commands:
        assert [program, *words[:2]] == ["python", "-m", "analysis"]
        assert analysis_main(words[2:]) == 0, words
    said = capsys.readouterr().out
    assert "loss: gradient, best first by image PSNR, aligned (dB)" in said
    assert sorted(path.name for path in Path("tiny-chosen").iterdir()) == [
        f"tiny-chosen_{activation}_{loss}.yaml" for activation in ("relu", "sine") for loss in ("gradient", "image")
    ]


def test_an_interrupted_sweep_continues(sweep):
    process = sweep.start("--workers=2")
    wait_for_worker(sweep)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert "Traceback" not in error
    assert "run.py: SIGINT; the same command continues from there" in error
    before = sweep.states()
    assert before[TrialState.RUNNING] == 0
    assert before[TrialState.WAITING] + before[TrialState.COMPLETE] == 4
    assert before[TrialState.WAITING] > 0
    assert f"{before[TrialState.WAITING]} left" in out

    assert sweep.run("--workers=1")[0] == 0
    complete = Counter(t.user_attrs["key"] for t in sweep.trials if t.state == TrialState.COMPLETE)
    assert len(complete) == 4
    assert set(complete.values()) == {1}
    assert sweep.states()[TrialState.WAITING] == 0


def test_the_second_interrupt_ends_at_once_and_nothing_is_lost(sweep):
    process = sweep.start("--workers=1")
    worker = wait_for_worker(sweep)
    os.kill(worker, signal.SIGSTOP)  # it will not obey the first
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.5)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 130
    assert error.splitlines()[-1].startswith("run.py: stopped at once")
    assert "Traceback" not in error

    assert sweep.run("--workers=1")[0] == 0
    states = sweep.states()
    assert states == {TrialState.COMPLETE: 4, TrialState.FAIL: 1}


def test_a_killed_worker_is_replaced_even_the_only_one(sweep):
    process = sweep.start("--workers=1")
    os.kill(wait_for_worker(sweep, 2), signal.SIGKILL)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 0
    assert error.count("note: a worker ended with -9; starting another") == 1
    assert "4 finished, 0 pruned, 0 without a result, 0 left" in out
    assert {*names(table(out))} >= SWEPT
    assert [t.user_attrs["reason"] for t in sweep.trials if t.state == TrialState.FAIL] == ["its worker died"]


def test_failed_and_diverged_trials_are_told_and_do_not_stop_the_sweep(sweep):
    (sweep.folder / "no.png").write_text("no picture")
    sweep.write(
        "  image: {values: [camera, no.png]}\n  activation: {value: relu}\n"
        "  learning_rate: {values: [1.0e-4, 1.0e+9]}\n"
    )
    code, out, error = sweep.run("--workers=1")
    assert code == 0
    assert "1 finished, 0 pruned, 3 without a result, 0 left" in out
    told = sorted(line for line in out.splitlines() if line.startswith(("failed: ", "diverged: ")))
    assert [line.split(":")[0] for line in told] == ["diverged", "failed", "failed"]
    assert all("no.png" in line.split(": ", 2)[2] for line in told[1:])
    assert error.splitlines()[-1].startswith("1/4 done, 3 failed")

    code, out, error = sweep.run("--workers=1")  # the failed are tried again, the diverged is not
    assert code == 0
    assert sorted(line for line in out.splitlines() if line.startswith(("failed: ", "diverged: "))) == told
    statuses = Counter(t.user_attrs.get("status") for t in sweep.trials)
    assert statuses == {"finished": 1, "diverged": 1, "failed": 4}


def test_a_changed_file_is_refused_before_anything_runs(sweep):
    spec = load_spec(sweep.folder / "tiny.yaml")
    fill(open_study(spec, default_storage(spec, sweep.runs)), spec)
    sweep.write(GRID.replace("[0, 1]", "[0, 1, 2]"))
    code, out, error = sweep.run()
    assert (code, out) == (2, "")
    assert "the sweep 'tiny' was begun with another space: set another name:, or undo the change" in error
    assert "-  seed: {values: [0, 1]}\n+  seed: {values: [0, 1, 2]}\n" in error


def test_mistakes_that_show_when_values_meet_create_nothing(sweep):
    sweep.write("  operator: {values: [sobel, analytic]}\n  seed: {values: [0, 1]}\n")
    code, out, error = sweep.run()
    assert (code, out) == (2, "")
    assert "2 points cannot be run" in error
    assert not sweep.runs.path.exists()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgresql://somebody:secret@localhost:1/x", "refused"),
        ("nosuch://host/x", "nosuch"),
    ],
)
def test_a_storage_that_cannot_be_used_is_one_sentence(sweep, url, why):
    code, out, error = sweep.run(f"--storage={url}")
    assert (code, out) == (1, "")
    (line,) = error.splitlines()
    assert line.startswith("run.py: error: the storage ")
    assert why in line
    assert "secret" not in line


def test_a_database_that_goes_away_costs_one_sentence_and_no_trial(sweep):
    with server() as database:
        process = sweep.start("--workers=1", f"--storage={database.url}")
        wait_for(lambda: any(sweep.runs.folders()))
        database.stop()
        _, error = process.communicate(timeout=60)
        assert process.returncode == 1, error
        assert "Traceback" not in error
        assert error.splitlines()[-1].startswith("run.py: error: the storage 'postgresql+psycopg://")
        database.start()
        code, out, error = sweep.run("--workers=1", f"--storage={database.url}")
    assert code == 0, error
    assert "4 finished, 0 pruned, 0 without a result, 0 left" in out


def test_every_worker_has_its_share_of_the_cores(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)), raising=False)
    shares = {workers: crew_of(workers, None, []) for workers in (None, 1, 2, 4, 9)}
    assert {w: (c.workers, c.threads) for w, c in shares.items()} == {
        None: (6, 1),
        1: (1, 6),
        2: (2, 3),
        4: (4, 1),
        9: (9, 1),
    }


def test_gpus_are_dealt_out_and_threads_are_bounded(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)), raising=False)
    crew = crew_of(None, None, [], ["0", "2"])
    assert (crew.workers, crew.threads) == (6, 1)
    assert [crew._card(i)["CUDA_VISIBLE_DEVICES"] for i in range(3)] == ["0", "2", "0"]
    assert crew_of(None, None, [], ["0"]).workers == 4
    assert crew_of(None, 3, []).workers == 2
    with pytest.raises(UsageError, match="--workers=3 with --threads=4 are 12 threads, and there are 6 cores"):
        crew_of(3, 4, [])


def test_workers_that_keep_dying_end_the_sweep_with_an_error(sweep):
    launcher = sweep.folder / "run.py"
    text = launcher.read_text()
    end = "sys.exit(run.main"
    launcher.write_text(
        text.replace(end, f"sweeps.crew.sweep.RESTARTS = 1\nif '--worker' in sys.argv: sys.exit(9)\n{end}")
    )
    code, out, error = sweep.run("--workers=1")
    assert code == 1
    assert error.count("note: a worker ended with 9; starting another") == 1
    assert error.splitlines()[-1].startswith("run.py: error: 4 trials are left, the workers died too often")
    assert "4 left" in out


def test_the_live_display_has_the_running_and_the_best(sweep):
    spec = load_spec(sweep.folder / "tiny.yaml")
    study = open_study(spec, default_storage(spec, sweep.runs))
    fill(study, spec)
    done, running = study.ask(), study.ask()
    for trial in (done, running):
        trial.suggest_categorical("activation", ["relu", "sine"])
    study.tell(done, 12.5)
    dashboard = Dashboard(spec, study, sweep.runs)
    with dashboard.console.capture() as captured:
        dashboard.console.print(dashboard._picture())
    lines = captured.get().splitlines()
    assert lines[0].startswith("sweep tiny: 1/4 done, 0 failed")
    assert lines[1] == "best image PSNR (dB) so far"
    assert [line.split() for line in lines[2:]] == [
        ["activation", "done", "best", "current"],
        ["relu", "1/2", "12.50", "step", "0/1"],
        ["sine", "0/2", "–"],
    ]


def test_before_its_workers_start_a_driver_has_not_imported_what_only_they_need(tmp_path):
    (tmp_path / "tiny.yaml").write_text(SWEEP + GRID)
    code = (
        "import sys, run, sweeps.crew.sweep\n"
        "heavy = {'inr.trial', 'matplotlib', 'skimage', 'pandas', 'wandb'}\n"
        "sweeps.crew.sweep.run_sweep = lambda *arguments: sys.exit(print(sorted(heavy & {*sys.modules})))\n"
        "run.main(sys.argv[1:])\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, "--sweep=tiny.yaml"]
    said = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"
