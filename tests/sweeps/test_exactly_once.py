"""Four workers, sixty trials, two workers killed: each trial is finished once, on the journal as on PostgreSQL."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from optuna.trial import TrialState
from postgres import postgres

from sweeps.file.spec import load_spec
from sweeps.record.folder import Runs
from sweeps.search.storage import one_at_a_time
from sweeps.search.study import fill, open_study
from sweeps.trial.stopping import Interrupts

ROOT = Path(__file__).parents[2]
TRIALS = 60
DEADLINE = 100

SWEEP = """
name: once
method: grid
metric: {name: image/psnr, goal: maximize}
parameters:
  activation: {values: [relu, sine]}
  seed: {min: 0, max: 29}
  size: {value: 16}
  hidden_features: {value: 8}
  hidden_layers: {value: 0}
  steps: {value: 20}
  eval_every: {value: 1000}
"""

# No pictures, which take most of so small a trial. Each trial is noted when its training has ended.
LAUNCHER = f"""
import os, sys, time
sys.path.insert(0, {str(ROOT)!r})
import run, sweeps.trial.runner
from sweeps.record import figure
from sweeps.search import queue
figure.draw = lambda *arguments: b""
queue.BEAT_SECONDS, queue.SILENCE_SECONDS = 0.5, 4.0
trained = sweeps.trial.runner._train
def train(config, *rest):
    time.sleep(0.1)
    outcome = trained(config, *rest)
    with open(os.environ["TRAINED"], "a") as file:
        file.write(config.trial_id + "\\n")
    return outcome
sweeps.trial.runner._train = train
sys.exit(run.main(sys.argv[1:]))
"""


@pytest.fixture(params=["journal", "postgresql"])
def storage(request, tmp_path):
    if request.param == "journal":
        yield str(tmp_path / "once.journal")
        return
    with postgres() as url:
        yield url


def test_every_trial_is_finished_once(storage, tmp_path, request):
    (tmp_path / "once.yaml").write_text(SWEEP)
    (tmp_path / "launch.py").write_text(LAUNCHER)
    spec, runs = load_spec(tmp_path / "once.yaml"), Runs(tmp_path / "runs")
    local = "://" not in storage
    where = runs.path / "sweeps" / "once.journal" if local else storage
    study = open_study(spec, where)
    request.addfinalizer(lambda: disconnect(study))
    fill(study, spec)
    assert len(study.get_trials(states=(TrialState.WAITING,))) == TRIALS

    command = [sys.executable, "launch.py", "--sweep=once.yaml", "--runs=runs", "--worker", "--threads=1"]
    command += [] if local else [f"--storage={storage}"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TRAINED": "trained"}
    log = (tmp_path / "log").open("wb")
    workers = [
        subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log, start_new_session=True)
        for _ in range(4)
    ]
    try:
        killed = kill_two(study, workers)
        deadline = time.monotonic() + DEADLINE
        codes = [w.wait(max(1, deadline - time.monotonic())) for w in workers if w not in killed]
    finally:
        for worker in workers:
            if worker.poll() is None:
                worker.kill()
                worker.wait()
        log.close()
    said = (tmp_path / "log").read_text()
    assert codes == [0, 0], said
    assert "Traceback" not in said

    trials = study.get_trials()
    complete = Counter(t.user_attrs["key"] for t in trials if t.state == TrialState.COMPLETE)
    assert len(complete) == TRIALS
    assert set(complete.values()) == {1}
    others = [t for t in trials if t.state != TrialState.COMPLETE]
    assert {t.state for t in others} == {TrialState.FAIL}
    assert [t.user_attrs["reason"] for t in others] == ["its worker died"] * 2
    for key in complete:
        record = runs.folder(key).read()
        assert record is not None
        assert record.status == "finished"
        assert len(runs.folder(key).history()) == 2  # before training and after it
    trained = Counter((tmp_path / "trained").read_text().split())
    assert set(trained.values()) == {1}
    # A worker that is killed when its record is complete, and not yet noted, leaves nothing to train again.
    assert complete.keys() - trained.keys() <= {t.user_attrs["key"] for t in others}


def test_drivers_that_share_no_folder_queue_every_trial_once(tmp_path):
    (tmp_path / "once.yaml").write_text(SWEEP)
    spec = load_spec(tmp_path / "once.yaml")
    together = threading.Barrier(3)

    def drive(url):
        study = open_study(spec, url)
        together.wait()
        with one_at_a_time(study, Interrupts()):
            fill(study, spec)
        disconnect(study)

    with postgres() as url:
        study = open_study(spec, url)
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(drive, [url] * 3))
        queued = Counter(trial.user_attrs["key"] for trial in study.get_trials())
        disconnect(study)
    assert len(queued) == TRIALS
    assert set(queued.values()) == {1}


def disconnect(study):
    """Close the connections of a database."""
    backend = getattr(study._storage, "_backend", None)
    if hasattr(backend, "engine"):
        backend.scoped_session.remove()
        backend.engine.dispose()


def kill_two(study, workers):
    """Kill two workers, each while it holds a trial and half a dozen or more are done; them."""
    killed = []
    deadline = time.monotonic() + DEADLINE
    while len(killed) < 2:
        assert time.monotonic() < deadline, "no trial ran"
        time.sleep(0.02)
        if len(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))) < 6:
            continue
        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            name = trial.user_attrs.get("worker", "")
            for worker in workers:
                if f"-{worker.pid}-" in name and worker not in killed and len(killed) < 2:
                    worker.send_signal(signal.SIGSTOP)  # so that it cannot end the trial before it is killed
                    still = study.get_trials(deepcopy=False)[trial.number].state == TrialState.RUNNING
                    worker.send_signal(signal.SIGKILL if still else signal.SIGCONT)
                    if still:
                        worker.wait()
                        killed.append(worker)
    return killed
