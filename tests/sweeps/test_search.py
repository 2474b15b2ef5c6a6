"""Where the configs of a sweep come from: conditional, distinct, claimed once, queued again, never repeated."""

import functools
import io
import math
import multiprocessing
import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import optuna
import pytest
from optuna.trial import TrialState
from small_sweeps import MACHINE, METRIC, TINY, count, spec_of

from inr.config import TrialConfig
from inr.errors import UsageError
from sweeps.crew.dashboard import failures, latest
from sweeps.crew.summary import show_sweep
from sweeps.crew.worker import work
from sweeps.file.spec import load_spec
from sweeps.record.folder import Record, Runs
from sweeps.screen.terminal import Screen
from sweeps.search import queue
from sweeps.search.queue import ATTEMPTS, Worker, requeue
from sweeps.search.space import choose, suggest
from sweeps.search.study import fill, open_study, points
from sweeps.trial.how import How
from sweeps.trial.stopping import Interrupts

ZOO = "activation: {values: [relu, sine, square]}\nomega_0: {values: [10, 30]}\nn_modes: {values: [1, 2]}"
SPACE = """activation: {values: [relu, sine, triangle, square]}
loss: {values: [image, all]}
n_modes: {min: 1, max: 16}
omega_0: {min: 1.0, max: 60.0}
gradient_weight: {distribution: log_uniform_values, min: 0.01, max: 1.0}
learning_rate: {distribution: log_uniform_values, min: 1.0e-5, max: 1.0e-2}"""


@pytest.fixture
def load(tmp_path):
    return functools.partial(spec_of, tmp_path)


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "x.journal"


def search(method, run_cap=20, more=""):
    return f"method: {method}\nrun_cap: {run_cap}\n{METRIC}\n{more}"


def end(study, trial, status="failed"):
    trial.set_user_attr("status", status)
    study.tell(trial, None, TrialState.FAIL)


def test_only_what_exists_is_chosen(load):
    spec = load(SPACE, search("random"))
    asked: list[str] = []

    def pick(activation, loss):
        def value(name, distribution):
            asked.append(name)
            return {"activation": activation, "loss": loss}.get(name, distribution.middle()[0])

        return value

    for activation, own in (("relu", set()), ("sine", {"omega_0"}), ("square", {"omega_0", "n_modes"})):
        for loss, weight in (("image", set()), ("all", {"gradient_weight"})):
            asked.clear()
            chosen = choose(spec, pick(activation, loss))
            assert set(chosen) == set(asked) == {"activation", "loss", "learning_rate", *own, *weight}
            assert TrialConfig.from_flat(chosen).ignored == ()


def test_what_is_suggested_is_conditional_as_well(load):
    spec = load(SPACE, search("bayes"))
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(30):
        trial = study.ask()
        chosen = suggest(spec, trial)
        assert trial.params == chosen
        assert ("n_modes" in chosen) == (chosen["activation"] in ("triangle", "square"))
        assert ("gradient_weight" in chosen) == (chosen["loss"] != "image")
        assert TrialConfig.from_flat(chosen).ignored == ()


def test_a_value_that_records_leave_unsaid_is_searched_like_any_other(load):
    spec = load("activation: {values: [sine, square]}\namplitude: {values: [published, unit_peak]}", search("bayes"))
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    drawn = [suggest(spec, study.ask()) for _ in range(30)]
    assert {chosen.get("amplitude") for chosen in drawn if chosen["activation"] == "square"} == {
        "published",
        "unit_peak",
    }
    assert all("amplitude" not in chosen for chosen in drawn if chosen["activation"] == "sine")


def test_random_points_are_distinct_and_the_same_each_time(load):
    spec = load("activation: {values: [relu, sine]}\nseed: {min: 0, max: 49}", search("random", 90))
    drawn = list(points(spec))
    assert len({TrialConfig.from_flat(point).trial_id for point in drawn}) == len(drawn) == 90
    assert list(points(spec)) == drawn
    more = load("activation: {values: [relu, sine]}\nseed: {min: 0, max: 49}", search("random", 95))
    assert list(points(more))[:90] == drawn  # a budget may grow


def test_random_points_of_a_space_that_is_too_small_end(load):
    assert len(list(points(load("seed: {values: [1, 2, 3]}", search("random", 10))))) == 3


def test_probabilities_are_honoured(load):
    spec = load(
        "activation: {values: [relu, sine, square], probabilities: [0.7, 0.3, 0]}\nseed: {min: 0, max: 99999}",
        search("random", 1000),
    )
    drawn = Counter(point["activation"] for point in points(spec))
    assert drawn["relu"] == pytest.approx(700, abs=60)
    assert set(drawn) == {"relu", "sine"}


def test_a_grid_is_queued_once_with_what_collapses(load, journal):
    spec = load(ZOO)
    study = open_study(spec, journal)
    for _ in range(2):
        fill(study, spec)
        keys = [trial.user_attrs["key"] for trial in study.get_trials()]
        assert len(set(keys)) == len(keys) == 1 + 2 + 4
    fill(open_study(spec, journal), spec)
    assert count(study, TrialState.WAITING) == 7


def test_a_grid_ends_at_run_cap(load, journal):
    spec = load(ZOO, search("grid", 3))
    study = open_study(spec, journal)
    fill(study, spec)
    fill(study, spec)
    assert count(study, TrialState.WAITING) == 3


def test_failed_trials_are_queued_again_and_diverged_ones_are_not(load, journal):
    spec = load("seed: {values: [1, 2, 3, 4]}")
    study = open_study(spec, journal)
    fill(study, spec)
    worker = Worker(study)
    failed, diverged, complete = (worker.claim() for _ in range(3))
    end(study, failed)
    end(study, diverged, "diverged")
    study.tell(complete, 1.0)
    assert len(failures(study.get_trials())) == 2
    fill(study, spec)
    fill(study, spec)
    waiting = [trial.user_attrs["key"] for trial in study.get_trials(states=(TrialState.WAITING,))]
    assert sorted(waiting) == sorted([failed.user_attrs["key"], study.get_trials()[3].user_attrs["key"]])
    # what is tried again has not failed any more
    assert [line.split(":")[0] for line in failures(study.get_trials())] == ["diverged"]
    assert len(latest(study.get_trials())) == 4


def test_the_slots_of_bayes_are_exact(load, journal):
    spec = load(SPACE, search("bayes", 12))
    study = open_study(spec, journal)
    fill(study, spec)
    worker = Worker(study)
    for _ in range(5):
        trial = worker.claim()
        suggest(spec, trial)
        study.tell(trial, 1.0)
    failed = worker.claim()
    end(study, failed)
    fill(study, spec)
    fill(open_study(spec, journal), spec)
    assert len(latest(study.get_trials())) == 12
    assert count(study, TrialState.WAITING) == 7
    more = load(SPACE, search("bayes", 14))
    fill(study, more)
    assert count(study, TrialState.WAITING) == 9


@pytest.mark.parametrize("method", ["random", "bayes"])
def test_every_activation_has_the_same_budget(load, journal, method):
    spec = load(SPACE, search(method, 22))
    study = open_study(spec, journal)
    fill(study, spec)
    worker = Worker(study)
    chosen = [suggest(spec, worker.claim())["activation"] for _ in range(22)]
    assert Counter(chosen) == {"relu": 6, "sine": 6, "triangle": 5, "square": 5}
    weighted = SPACE.replace("square]}", "square], probabilities: [1, 0, 0, 0]}", 1)
    spec = load(weighted, search("random", 9))
    assert {point["activation"] for point in points(spec)} == {"relu"}


def test_every_activation_is_tuned_by_its_own_trials_alone(load, journal):
    """ReLU is best at high rates, sine at low ones; sine scores higher throughout."""
    spec = load(
        "activation: {values: [relu, sine]}\nlearning_rate: {distribution: log_uniform_values, min: 1.0e-6, max: 1.0}",
        search("bayes", 160),
    )
    study = open_study(spec, journal)
    fill(study, spec)
    rates = {"relu": [], "sine": []}
    worker = Worker(study)
    for _ in range(160):
        trial = worker.claim()
        point = suggest(spec, trial)
        log = math.log10(point["learning_rate"])
        study.tell(trial, -abs(log + 1) if point["activation"] == "relu" else 10 - abs(log + 5))
        rates[point["activation"]].append(log)
    late = {activation: statistics.median(values[-40:]) for activation, values in rates.items()}
    assert late["relu"] == pytest.approx(-1, abs=0.7)
    assert late["sine"] == pytest.approx(-5, abs=0.7)


@pytest.mark.parametrize("method", ["random", "bayes"])
def test_no_trial_of_a_search_repeats_another(load, journal, method):
    spec = load(SPACE, search(method, 24))
    study = open_study(spec, journal)
    fill(study, spec)
    worker = Worker(study)
    chosen = []
    while trial := worker.claim():
        chosen.append(TrialConfig.from_flat(suggest(spec, trial)).trial_id)
        study.tell(trial, 0.0)
    assert len({*chosen}) == len(chosen) == 24


@pytest.mark.parametrize("method", ["random", "bayes"])
def test_a_search_needs_an_end(load, journal, method):
    spec = load(SPACE, f"method: {method}\n{METRIC}")
    with pytest.raises(UsageError, match="has no end: give it run_cap"):
        fill(open_study(spec, journal), spec)


def claim_all(path, journal, results):
    study = open_study(load_spec(path), journal)
    worker = Worker(study)
    numbers = []
    while trial := worker.claim():
        numbers.append((trial.number, trial.user_attrs["worker"] == worker.name))
        study.tell(trial, 0.0)
    results.put(numbers)


def test_processes_never_claim_the_same_trial(load, journal):
    spec = load("seed: {min: 0, max: 29}")
    study = open_study(spec, journal)
    fill(study, spec)
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    processes = [context.Process(target=claim_all, args=(spec.path, journal, results)) for _ in range(2)]
    for process in processes:
        process.start()
    claimed = [number for _ in processes for number in results.get(timeout=60)]
    for process in processes:
        process.join()
    results.close()
    results.join_thread()
    assert sorted(claimed) == [(number, True) for number in range(30)]
    assert len(study.get_trials()) == 30


def test_threads_never_claim_the_same_trial_and_none_is_made(load, journal):
    spec = load("seed: {min: 0, max: 39}")
    fill(open_study(spec, journal), spec)

    def claims(_):
        worker = Worker(open_study(spec, journal))
        numbers = []
        while trial := worker.claim():
            numbers.append(trial.number)
        return numbers

    with ThreadPoolExecutor(4) as pool:
        claimed = [number for numbers in pool.map(claims, range(4)) for number in numbers]
    assert sorted(claimed) == list(range(40))
    study = open_study(spec, journal)
    assert Worker(study).claim() is None
    assert len(study.get_trials()) == 40


def test_a_worker_that_dies_while_it_asks_does_not_change_the_trial(load, journal):
    """It has asked for some of what was fixed: the rest must stay fixed as well."""
    spec = load("activation: {values: [relu, sine]}\nseed: {values: [1, 2, 3, 4, 5]}")
    study = open_study(spec, journal)
    fill(study, spec)
    trial = Worker(study).claim()
    trial.suggest_categorical("activation", ["relu", "sine"])
    requeue(study, study.get_trials()[trial.number], "its worker died", counts=True)
    again = study.get_trials()[-1]
    assert again.state == TrialState.WAITING
    config = TrialConfig.from_flat(suggest(spec, optuna.Trial(study, again._trial_id)))
    assert config.trial_id == trial.user_attrs["key"]


def test_a_trial_that_was_failed_but_not_queued_again_is_found(load, journal, monkeypatch):
    spec = load("seed: {values: [1, 2]}")
    study = open_study(spec, journal)
    fill(study, spec)
    trial = Worker(study).claim()
    monkeypatch.setattr(queue, "enqueue", lambda *_: None)  # killed before it
    requeue(study, study.get_trials()[trial.number], "its worker died", counts=True)
    monkeypatch.undo()
    assert count(study, TrialState.WAITING) == 1
    assert queue.requeue_lost(study) == 1
    assert queue.requeue_lost(study) == 0
    again = study.get_trials()[-1]
    assert again.user_attrs["key"] == trial.user_attrs["key"]
    assert again.user_attrs["attempts"] == 1


def test_a_law_that_is_searched_is_queued_under_its_own_name(load, journal):
    spec = load("activation: {values: [relu, sine]}\ninit: {values: [own, ones]}")
    study = open_study(spec, journal)
    fill(study, spec)
    worker = Worker(study)
    trials = [worker.claim() for _ in range(4)]
    assert {suggest(spec, trial)["init"] for trial in trials} == {"own", "ones"}
    assert [TrialConfig.from_flat(suggest(spec, trial)).trial_id for trial in trials] == [
        trial.user_attrs["key"] for trial in trials
    ]


def test_a_line_that_a_full_disk_cut_short_does_not_spoil_the_journal(load, journal):
    spec = load("seed: {values: [1, 2]}")
    study = open_study(spec, journal)
    fill(study, spec)
    with journal.open("ab") as file:
        file.write(b'{"op_code": 5, "wor')
    Worker(open_study(spec, journal)).claim()
    again = open_study(spec, journal)
    assert count(again, TrialState.RUNNING) == 1
    assert count(again, TrialState.WAITING) == 1


def test_what_is_recorded_needs_no_worker(load, journal, tmp_path):
    spec = load("activation: {values: [relu, sine]}\nomega_0: {min: 1.0, max: 9.0}", search("random", 4))
    first, second, *_ = (TrialConfig.from_flat(point) for point in points(spec))
    runs = Runs(tmp_path / "runs")
    for config, status in ((first, "finished"), (second, "interrupted")):
        folder = runs.folder(config.trial_id)
        folder.path.mkdir(parents=True)
        folder.write(Record(config.trial_id, status, config.flat(), {"image/psnr": 12.5}, {}, {}, {}))
    study = open_study(spec, journal)
    fill(study, spec, runs)
    (told,) = study.get_trials(states=(TrialState.COMPLETE,))
    assert (told.value, told.user_attrs["trial_id"]) == (12.5, first.trial_id)
    assert told.params == {name: value for name, value in first.flat().items() if name in told.params}
    assert told.params["activation"] == "relu"
    assert count(study, TrialState.WAITING) == 3
    fill(study, spec, runs)
    assert len(study.get_trials()) == 4


def test_a_damaged_record_stops_its_own_trial_only(load, journal, tmp_path):
    spec, runs = load(TINY + "seed: {values: [0, 1]}"), Runs(tmp_path / "runs")
    first, _ = (TrialConfig.from_flat(point) for point in points(spec))
    runs.folder(first.trial_id).path.mkdir(parents=True)
    (runs.folder(first.trial_id).path / "record.json").write_text("{")
    study = open_study(spec, journal)
    fill(study, spec, runs)
    work(spec, study, How(runs, MACHINE), Interrupts())
    assert count(study, TrialState.COMPLETE) == count(study, TrialState.FAIL) == 1
    (line,) = failures(study.get_trials())
    assert "it is not a record" in line
    shown = Screen(file=io.StringIO(), width=200)
    show_sweep(spec, study, runs, shown)
    assert "1 finished, 0 pruned, 1 without a result, 0 left" in shown.file.getvalue()


def test_sqlite_is_refused(load, tmp_path):
    with pytest.raises(UsageError, match="SQLite gives one trial to several workers"):
        open_study(load("seed: {value: 1}"), f"sqlite:///{tmp_path}/x.db")


def test_an_orphan_is_queued_again_so_many_times(load, journal, monkeypatch):
    monkeypatch.setattr(queue, "SILENCE_SECONDS", -1.0)
    spec = load("seed: {value: 1}\nomega_0: {min: 1.0, max: 30.0}", search("bayes", 1))
    study = open_study(spec, journal)
    fill(study, spec)
    chosen = []
    for attempt in range(ATTEMPTS):
        trial = Worker(study).claim()
        trial.set_user_attr("status", "finished")  # killed between this and the telling
        chosen.append(suggest(spec, trial))
        (orphan,) = Worker(study).orphans()
        again = requeue(study, orphan, "its worker died", counts=True)
        assert again == (attempt + 1 < ATTEMPTS)
        assert requeue(study, orphan, "its worker died", counts=True)  # another worker found it too
        assert count(study, TrialState.WAITING) == again
    assert len(study.get_trials()) == ATTEMPTS
    assert chosen[1:] == chosen[:-1]  # what was chosen stays
    (line,) = failures(study.get_trials())
    assert line.startswith("failed: ")
    assert line.endswith(f"its worker died, {ATTEMPTS} times")
    fill(study, spec)  # the next run tries again
    assert count(study, TrialState.WAITING) == 1


def test_an_interruption_is_no_attempt(load, journal):
    spec = load("seed: {values: [1, 2]}", f"method: grid\nrun_cap: 1\n{METRIC}")
    study = open_study(spec, journal)
    fill(study, spec)
    for _ in range(ATTEMPTS + 2):
        trial = Worker(study).claim()
        assert requeue(study, study.get_trials()[trial.number], "interrupted", counts=False)
    assert count(study, TrialState.WAITING) == 1


class Clock:
    """A clock that a test turns."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(queue.time, "monotonic", lambda: self.now)


@pytest.mark.parametrize("behind", [-3600.0, 0.0, 60.0, 3600.0])
def test_only_the_silent_are_dead_whatever_their_clocks_say(load, journal, monkeypatch, behind):
    spec = load("seed: {values: [1, 2, 3]}")
    study = open_study(spec, journal)
    fill(study, spec)
    clock = Clock(monkeypatch)
    monkeypatch.setattr(queue.time, "time", lambda: clock.now - behind)
    silent, alive, unnamed = Worker(study), Worker(study), Worker(study)
    trials = [worker.claim() for worker in (silent, alive)]
    silent._beat()
    study._storage.set_trial_state_values(study.get_trials()[2]._trial_id, state=TrialState.RUNNING)
    listener = unnamed
    for _ in range(4):
        assert not listener.orphans()
        alive._beat()
        clock.now += queue.SILENCE_SECONDS / 3
    dead = [trial.number for trial in listener.orphans()]
    assert dead == [trials[0].number, 2]  # the second of them was killed before it could say its worker's name
    alive._beat()
    clock.now += 1000 * queue.SILENCE_SECONDS  # a listener that was away has not heard that nothing was said
    assert trials[1].number not in [trial.number for trial in listener.orphans()]


def test_a_trial_that_another_process_trains_comes_after_all_others(load, journal):
    spec = load("seed: {values: [1, 2, 3]}")
    study = open_study(spec, journal)
    fill(study, spec)
    first = study.get_trials()[0].user_attrs["key"]
    assert [Worker(study).claim(last=[first]).number for _ in range(3)] == [1, 2, 0]


def test_a_worker_beats(load, journal, monkeypatch):
    monkeypatch.setattr(queue, "BEAT_SECONDS", 0.02)
    study = open_study(load("seed: {values: [1, 2]}"), journal)
    worker = Worker(study)
    with worker.alive():
        first = study.user_attrs[f"worker/{worker.name}"]
        time.sleep(0.2)
        assert study.user_attrs[f"worker/{worker.name}"] > first


@pytest.mark.parametrize(
    ("parameters", "head"),
    [
        ("seed: {values: [1, 2, 3]}", f"method: grid\n{METRIC}"),
        ("seed: {values: [1, 2]}", "method: grid\nmetric: {name: image/ssim, goal: maximize}"),
        ("seed: {values: [1, 2]}", search("random")),
    ],
)
def test_another_space_under_the_same_name_is_refused(load, journal, parameters, head):
    open_study(load("seed: {values: [1, 2]}"), journal)
    spec = load(parameters, head)
    with pytest.raises(UsageError, match="was begun with another space") as caught:
        open_study(spec, journal)
    lines = str(caught.value).splitlines()
    assert any(line.startswith("-") for line in lines[3:])
    assert any(line.startswith("+") for line in lines[3:])


def test_the_same_space_otherwise_written_is_the_same_sweep(load, journal):
    open_study(load(ZOO), journal)
    open_study(load(f"# more\n{ZOO}", f"method: grid # still\n{METRIC}\nrun_cap: 5"), journal)


def draws(spec, journal, seed):
    study = open_study(spec, journal, seed)
    trial = study.ask()
    chosen = suggest(spec, trial)
    study._storage.set_trial_state_values(trial._trial_id, state=TrialState.FAIL)
    return chosen["learning_rate"]


def test_neither_another_worker_nor_a_resumed_sweep_repeats_a_draw(load, tmp_path):
    spec = load(SPACE, search("bayes"))
    same = {draws(spec, tmp_path / f"{i}.journal", "a") for i in range(2)}
    assert len(same) == 1  # seeded
    other = draws(spec, tmp_path / "2.journal", "b")
    resumed = [draws(spec, tmp_path / "2.journal", "b") for _ in range(3)]
    assert len({*same, other, *resumed}) == 5


def run_all(spec, journal, runs):
    study = open_study(spec, journal, "worker")
    fill(study, spec)
    work(spec, study, How(runs, MACHINE), Interrupts())
    return study


def test_hyperband_prunes(load, journal, tmp_path):
    rates = "learning_rate: {values: [1.0e-2, 1.0e-6, 1.0e-7, 1.0e-8]}\nseed: {values: [0, 1]}"
    head = f"method: grid\n{METRIC}\nearly_terminate: {{type: hyperband, min_iter: 2, eta: 2}}"
    spec, runs = load(TINY + rates + "\neval_every: {value: 1}\nactivation: {value: sine}", head), Runs(tmp_path)
    study = run_all(spec, journal, runs)
    pruned = study.get_trials(states=(TrialState.PRUNED,))
    assert pruned
    assert len(pruned) + count(study, TrialState.COMPLETE) == 8
    for trial in pruned:
        record = runs.folder(trial.user_attrs["trial_id"]).read()
        assert record.status == "pruned"
        assert "is behind the others" in record.reason
        rows = runs.folder(trial.user_attrs["trial_id"]).history()
        assert len(rows) < 11
        assert max(trial.intermediate_values) == len(rows)
    fill(study, spec)
    assert count(study, TrialState.WAITING) == 0


@pytest.mark.parametrize(("stop", "least"), [("min_iter: 4", 4), ("max_iter: 27, s: 2", 3), ("max_iter: 2, s: 3", 1)])
def test_hyperband_begins_where_wandb_does(load, journal, stop, least):
    spec = load("seed: {values: [1, 2]}", f"method: grid\n{METRIC}\nearly_terminate: {{type: hyperband, {stop}}}")
    assert open_study(spec, journal).pruner._min_resource == least


def test_objectives_have_the_names_of_their_metrics(load, journal):
    head = "method: grid\nmetrics: [{name: image/psnr, goal: maximize}, {name: laplacian/nrmse, goal: minimize}]"
    study = open_study(load("seed: {values: [1, 2]}", head), journal)
    assert study.metric_names == ["image/psnr", "laplacian/nrmse"]
    size = journal.stat().st_size
    assert open_study(load("seed: {values: [1, 2]}", head), journal).metric_names == study.metric_names
    again = journal.read_bytes()[size:]
    assert b"metric_names" not in again  # written once, whatever opens it


def test_several_metrics_have_a_front(load, journal, tmp_path):
    head = """method: bayes
run_cap: 5
metrics:
  - {name: image/psnr, goal: maximize}
  - {name: laplacian/nrmse, goal: minimize}"""
    rates = "learning_rate: {distribution: log_uniform_values, min: 1.0e-4, max: 1.0e-1}"
    study = run_all(load(TINY + rates, head), journal, Runs(tmp_path))
    complete = study.get_trials(states=(TrialState.COMPLETE,))
    assert len(complete) == 5
    front = {trial.number for trial in study.best_trials}

    def beaten(trial):
        return any(
            o.values[0] >= trial.values[0] and o.values[1] <= trial.values[1] and o.values != trial.values
            for o in complete
        )

    assert front == {trial.number for trial in complete if not beaten(trial)}


def test_a_trial_that_cannot_be_read_fails_and_the_others_run(load, journal, tmp_path):
    (tmp_path / "no.png").write_text("no picture")
    spec = load(TINY + f"image: {{values: [camera, {tmp_path / 'no.png'}]}}")
    study = run_all(spec, journal, Runs(tmp_path / "runs"))
    assert count(study, TrialState.COMPLETE) == count(study, TrialState.FAIL) == 1
    (line,) = failures(study.get_trials())
    assert line.startswith("failed: ")
    assert "no.png" in line


@pytest.mark.parametrize("remembered", [True, False], ids=["says its meaning", "older than that"])
def test_a_sweep_whose_numbers_mean_something_else_is_refused(load, journal, monkeypatch, remembered):
    spec = load("seed: {values: [1, 2]}")
    with monkeypatch.context() as before:
        for module in ("inr.config", "sweeps.file.spec", "sweeps.search.study"):
            before.setattr(f"{module}.MEANING", 1)
        study = open_study(spec, journal)
        if not remembered:
            study.set_user_attr("meaning", None)
    with pytest.raises(UsageError) as caught:
        open_study(load("# another comment\nseed: {values: [1, 2]}"), journal)
    assert str(caught.value) == (
        "the sweep 'x' was begun by a version of this program whose numbers have another meaning: "
        "set another name: to run it again, or continue it with that version"
    )
