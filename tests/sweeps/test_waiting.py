"""Waiting is seen, and nothing else waits meanwhile; what was queued is what is trained."""

import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from optuna.trial import TrialState
from PIL import Image
from small_sweeps import MACHINE, TINY, count, spec_of
from tiny import wait_for

from sweeps.crew import worker
from sweeps.crew.dashboard import failures
from sweeps.crew.sweep import Crew, run_sweep
from sweeps.crew.worker import work
from sweeps.file.plan import make_plan
from sweeps.record.files import locked
from sweeps.record.folder import Runs
from sweeps.search.study import fill, open_study
from sweeps.trial import waiting
from sweeps.trial.how import How
from sweeps.trial.stopping import Interrupts


@pytest.fixture
def quick(monkeypatch):
    """A worker that looks around often, and says soon whom it waits for."""
    monkeypatch.setattr(worker, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(waiting, "PATIENCE_SECONDS", 0.3)


def test_a_worker_goes_on_with_others_and_says_whom_it_waits_for(tmp_path, quick, capsys):
    spec = spec_of(tmp_path, f"{TINY}\nseed: {{values: [1, 2, 3]}}")
    study, runs = open_study(spec, tmp_path / "x.journal"), Runs(tmp_path)
    fill(study, spec)
    held = study.get_trials()[0].user_attrs["key"]
    with ThreadPoolExecutor(1) as pool:
        with locked(runs.lock(held)):
            done = pool.submit(work, spec, study, How(runs, MACHINE), Interrupts())
            wait_for(lambda: count(study, TrialState.COMPLETE) == 2)
            wait_for(lambda: "note: waiting for" in capsys.readouterr().err)
            assert not done.done()
        done.result(timeout=60)
    assert count(study, TrialState.COMPLETE) == 3
    assert count(study, TrialState.FAIL) <= 2  # the attempts that were given back are few
    assert failures(study.get_trials()) == []


def test_whom_a_worker_waits_for_is_said_once(tmp_path, quick, capsys):
    spec = spec_of(tmp_path, f"{TINY}\nseed: {{value: 1}}")
    study, runs = open_study(spec, tmp_path / "x.journal"), Runs(tmp_path)
    fill(study, spec)
    held = study.get_trials()[0].user_attrs["key"]
    interrupts = Interrupts()
    with ThreadPoolExecutor(1) as pool, locked(runs.lock(held)):
        done = pool.submit(work, spec, study, How(runs, MACHINE), interrupts)
        time.sleep(1)
        interrupts.caught = signal.SIGTERM
        done.result(timeout=60)
    who = f"process {os.getpid()} on {socket.gethostname()}"
    assert capsys.readouterr().err == f"note: waiting for {who}, which trains trial {held}\n"
    assert count(study, TrialState.WAITING) == 1


def test_a_picture_that_changed_since_it_was_queued_is_not_trained(tmp_path):
    picture = tmp_path / "photo.png"
    noise = np.random.default_rng(0).integers(0, 256, (2, 16, 16), dtype=np.uint8)
    Image.fromarray(noise[0]).save(picture)
    spec = spec_of(tmp_path, f"{TINY}\nimage: {{value: {picture}}}\nseed: {{values: [1, 2]}}")
    study, runs = open_study(spec, tmp_path / "x.journal"), Runs(tmp_path)
    fill(study, spec)
    Image.fromarray(noise[1]).save(picture)
    work(spec, study, How(runs, MACHINE), Interrupts())
    lines = failures(study.get_trials())
    assert len(lines) == 2
    assert all("has changed since this trial was queued" in line for line in lines)
    assert not [*runs.folders()]
    fill(study, spec)  # the command again: the picture as it is now
    work(spec, study, How(runs, MACHINE), Interrupts())
    assert count(study, TrialState.COMPLETE) == 2


def test_a_driver_waits_until_the_queue_is_filled(tmp_path, quick, capsys):
    spec, runs = spec_of(tmp_path, f"{TINY}\nseed: {{values: [1, 2]}}"), Runs(tmp_path / "runs")
    launched = []
    with ThreadPoolExecutor(1) as pool, locked(runs.lock("sweep x")), locked(runs.lock("queue of x")):
        second = pool.submit(
            run_sweep,
            make_plan(spec, runs),
            runs,
            tmp_path / "x.journal",
            Crew(1, 1, []),
            Interrupts(),
            launched.append,
        )
        wait_for(lambda: "note: waiting for process" in capsys.readouterr().err)
        assert not second.done()
        fill(open_study(spec, tmp_path / "x.journal"), spec, runs)
    assert count(second.result(timeout=60), TrialState.WAITING) == 2
    assert len(launched) == 1


def test_a_driver_that_is_interrupted_while_it_waits_queues_nothing(tmp_path, quick):
    spec, runs = spec_of(tmp_path, f"{TINY}\nseed: {{values: [1, 2]}}"), Runs(tmp_path / "runs")
    interrupts = Interrupts()
    interrupts.caught = signal.SIGINT
    with locked(runs.lock("queue of x")):
        study = run_sweep(make_plan(spec, runs), runs, tmp_path / "x.journal", Crew(1, 1, []), interrupts)
    assert not study.get_trials()
