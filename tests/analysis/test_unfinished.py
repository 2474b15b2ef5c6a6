"""Every command of the analysis on sweeps that wait, run, are broken or have not begun: a result, or one sentence."""

import contextlib
import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import frames
import optuna
import pandas as pd
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

import analysis
from analysis import figures
from analysis.commands import main
from analysis.comparison.choose import choose
from analysis.comparison.comparable import Comparable
from analysis.comparison.compare import compare
from analysis.comparison.question import Question
from analysis.replicate.replicas import make_replicas
from analysis.report.tables import comparisons, sparsity_table
from analysis.report.trials import trial_table
from analysis.tables.text import FORMATS
from inr.config import TrialConfig
from inr.errors import InputError
from sweeps.record.folder import Record, Runs
from sweeps.search.queue import Worker, enqueue, fixed, requeue

SPACE: dict[str, list[Any]] = {"activation": ["sine", "relu"], "omega_0": [30.0], "seed": [*range(20)]}
FIXED: dict[str, Any] = {"size": 16, "hidden_features": 8, "hidden_layers": 1, "steps": 4}


class Sweep:
    """A study with its records, whose trials are brought into a state by the queue of the sweeps."""

    def __init__(self, runs: Path) -> None:
        (runs / "sweeps").mkdir(parents=True)
        storage = JournalStorage(JournalFileBackend(str(runs / "sweeps" / "made.journal")))
        self.study = optuna.create_study(study_name="made", storage=storage, direction="maximize")
        self.study.set_user_attr("text", "metric: {name: image/psnr, goal: maximize}")
        self.runs, self.worker, self.count = Runs(runs), Worker(self.study), 0

    def waiting(self, slot: bool = False) -> TrialConfig:
        """Queue a point of a grid, or a slot whose parameters the sampler will choose."""
        activation = ("sine", "relu")[self.count % 2]
        searched = {"activation": activation, "seed": self.count // 2}
        searched |= {"omega_0": 30.0} if activation == "sine" else {}
        config = TrialConfig.from_flat({**FIXED, **searched})
        name = f"slot {self.count}" if slot else config.trial_id
        enqueue(self.study, {} if slot else searched, {"key": name})
        self.count += 1
        return config

    def claimed(self, recorded: str | None = None) -> tuple[optuna.Trial, TrialConfig]:
        """A trial that a worker has, and what its record says."""
        config = self.waiting()
        assert len(self.study.get_trials(deepcopy=False, states=(TrialState.WAITING,))) == 1
        trial = self.worker.claim()
        assert trial is not None
        for name in fixed(self.study.get_trials()[trial.number]):
            trial.suggest_categorical(name, SPACE[name])
        trial.set_user_attr("trial_id", config.trial_id)
        if recorded:
            self.record(config, recorded)
        return trial, config

    def record(self, config: TrialConfig, status: str) -> None:
        folder = self.runs.folder(config.trial_id)
        folder.path.mkdir(parents=True)
        scores = (
            frames.metrics(20.0 + config.seed + 5 * (str(config.activation) == "sine")) if status != "failed" else {}
        )
        environment = {**frames.ENVIRONMENT, "data_hash": "abc"}
        reason = None if status == "finished" else f"it {status}"
        folder.write(Record(config.trial_id, status, config.flat(), scores, {}, {"seconds_training": 1.0}, environment,
                            reason=reason))  # fmt: skip

    def ended(self, state: TrialState, status: str, recorded: bool = True) -> None:
        trial, _ = self.claimed(status if recorded else None)
        trial.set_user_attr("status", status)
        self.study.tell(trial, 20.0 if state == TrialState.COMPLETE else None, state)

    def lost(self) -> None:
        """A trial whose worker died between failing it and queueing it again."""
        trial, _ = self.claimed("interrupted")
        self.study.tell(trial, None, TrialState.FAIL)

    def given_up(self) -> None:
        """A trial whose workers died as often as it was tried."""
        trial, _ = self.claimed()
        trial.set_user_attr("attempts", 2)
        assert not requeue(self.study, self.study.get_trials()[trial.number], "its worker died", counts=True)


def mixed(sweep: Sweep) -> None:
    for _ in range(4):
        sweep.ended(TrialState.COMPLETE, "finished")
    for name in ("failed", "pruned", "lost", "running"):
        KINDS[name](sweep)
    KINDS["waiting"](sweep)


KINDS: dict[str, Callable[[Sweep], Any]] = {
    "nothing": lambda sweep: None,
    "waiting": lambda sweep: (sweep.waiting(), sweep.waiting()),
    "slots": lambda sweep: (sweep.waiting(slot=True), sweep.waiting(slot=True)),
    "running": lambda sweep: (sweep.claimed(), sweep.claimed("interrupted")),
    "failed": lambda sweep: (sweep.ended(TrialState.FAIL, "failed"), sweep.ended(TrialState.FAIL, "failed", False),
                             sweep.ended(TrialState.FAIL, "diverged"), sweep.given_up()),
    "pruned": lambda sweep: sweep.ended(TrialState.PRUNED, "pruned"),
    "lost": lambda sweep: sweep.lost(),
    "mixed": mixed,
}  # fmt: skip
COMMANDS = {
    **{f"table {form}": ["table", f"--format={form}"] for form in FORMATS},
    "table by loss": ["table", "--by=activation,loss"],
    "table of choices": ["table", "--selection-seeds=0", "--by=activation,loss", "--format=csv"],
    "tests": ["tests"],
    "replicate": ["replicate", "--selection-seeds=0", "--seeds=7", "--into=INTO"],
    "report": ["report", "--out=INTO.html"],
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Kind → the runs folder of a sweep of that kind."""
    found = {}
    for kind, make in KINDS.items():
        found[kind] = tmp_path_factory.mktemp(kind) / "runs"
        make(Sweep(found[kind]))
    return found


@pytest.mark.parametrize("source", ["runs", "journal"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_command_gives_its_result_or_one_sentence(
    made: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, source: str
) -> None:
    runs = made[kind]
    journal = runs / "sweeps" / "made.journal"
    from_where = [str(runs), "--sweep=made"] if source == "runs" else [str(journal)]
    codes = {}
    for name, (verb, *flags) in COMMANDS.items():
        into = tmp_path / name
        codes[name] = main([verb, *from_where, *(flag.replace("INTO", str(into)) for flag in flags)])
        found = capsys.readouterr()
        *notes, last = found.err.splitlines() or [""]
        if codes[name]:
            assert last.startswith("analysis: error: "), (name, found.err)
            assert found.out == ""
        else:
            assert found.out, name
        assert all(note.startswith("note: ") for note in (notes if codes[name] else [*notes, last or "note: "]))
    assert codes["report"] == (kind == "nothing")
    compared = kind == "mixed" and source == "runs"  # Optuna alone knows of no image, over which a table averages
    assert {codes[name] for name in codes if name != "report"} == ({0} if compared else {1})
    pd.testing.assert_frame_equal(analysis.load(runs, "made"), analysis.load(journal, runs=runs))


def test_the_numbers_are_those_of_the_finished_trials(
    made: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["table", str(made["mixed"]), "--sweep=made", "--by=activation,loss", "--format=csv"]) == 0
    found = capsys.readouterr()
    rows = [row for row in csv.DictReader(io.StringIO(found.out)) if row["metric"] == "image/psnr"]
    assert [(row["activation"], row["loss"], float(row["mean"]), row["n"]) for row in rows] == [
        ("relu", "image", 20.5, "2"),
        ("sine", "image", 25.5, "2"),
    ]
    assert "note: in no row, because no record gives their loss: 2 failed, 2 waiting, 1 running" in found.err


def test_what_waits_and_runs_was_not_tried_yet(made: dict[str, Path]) -> None:
    frame = analysis.load(made["mixed"], sweep="made")
    extra = frame[frame["activation"] == "sine"].head(1).assign(omega_0=99.0, status="running", trial_id="x")
    both = pd.concat([frame, extra], ignore_index=True)
    found = choose(Comparable(both, (), ["omega_0"], ()), Question(selection_seeds=[0]))
    assert {choice.tried for choice in found.values() if choice} == {1}


@pytest.mark.parametrize(("kind", "sentence"), [
    ("mixed", "4 trials of 14 not ended yet (2 running, 2 waiting): the results here will change"),
    ("waiting", "2 trials of 2 not ended yet (2 waiting): the results here will change"),
    ("lost", None),
])  # fmt: skip
def test_a_report_says_at_its_top_what_has_not_ended(
    made: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, sentence: str | None
) -> None:
    page = tmp_path / "page.html"
    assert main(["report", str(made[kind]), "--sweep=made", f"--out={page}", "--thumbnails=0"]) == 0
    top, _, rest = page.read_text().partition("<main>")
    assert ("not ended yet" in top) == (sentence is not None)
    assert sentence is None or sentence in top
    ids = re.findall(r' id="([^"]*)"', rest)
    assert len(ids) == len(set(ids))
    assert "nan" not in re.sub(r"<[^>]*>", " ", rest.split("<script>")[0]).split()
    # what is fixed is not known of a trial without a record: no command is claimed to make it again
    commands = re.findall(r'<td class="command">(.*?)</td>', rest)
    with_record = len(re.findall(r'<th scope="row"><a href="[^"]*record.json"', rest))
    assert sum("run.py" in found for found in commands) == with_record


def test_a_running_trial_counts_as_running_though_its_record_says_interrupted(made: dict[str, Path]) -> None:
    frame = analysis.load(made["running"], sweep="made")
    assert frame["status"].tolist() == ["running", "running"]
    assert analysis.load(made["running"])["status"].tolist() == ["interrupted"]
    assert analysis.load(made["lost"], sweep="made")["status"].tolist() == ["interrupted"]


TOLD = ("activation", "loss", "image", "seed", "hidden_features", "n_modes", "image/psnr", "timing/seconds_training",
        "source", "folder", "environment/data_hash")  # fmt: skip
CALLS: dict[str, Callable[[pd.DataFrame], object]] = {
    "compare": lambda frame: compare(frame, Question(by=["activation", "loss", "n_modes"], selection_seeds=[0])),
    "replicas": lambda frame: make_replicas(frame, Question(selection_seeds=[0]), "c", [7]),
    "comparisons": lambda frame: [each.table for each in comparisons(frame)],
    "trials": lambda frame: trial_table(frame, Path("page.html"), 1),
    "sparsity": lambda frame: sparsity_table(lambda: figures.sparsity(frame)),
    "convergence": figures.convergence,
    "pareto": figures.pareto,
    "cost": figures.cost,
    "importance": figures.parameter_importance,
    "response": figures.response,
    "grid": lambda frame: figures.study_grid(frame, "sine"),
    "layers": lambda frame: figures.layer_distributions(frame, "sine"),
}


@pytest.fixture(scope="module")
def whole(made: dict[str, Path]) -> pd.DataFrame:
    """Trials under two losses at two ω₀, and two rows of which nothing is known."""
    frame = analysis.load(made["mixed"])
    twice = pd.concat([frame, frame.assign(loss="gradient"), frame.assign(omega_0=frame["omega_0"] + 10)])
    bare = pd.DataFrame([{"trial_id": None, "status": "waiting"}, {"trial_id": "f" * 16, "status": "finished"}])
    return pd.concat([twice.assign(trial_id=range(len(twice))), bare], ignore_index=True)


@pytest.mark.parametrize("name", TOLD)
def test_a_column_that_is_not_there_or_has_gaps_is_no_traceback(whole: pd.DataFrame, name: str) -> None:
    some = whole.assign(**{name: whole.get(name, pd.Series(None, whole.index)).astype(object)})
    some.loc[::3, name] = None
    for frame in (whole.drop(columns=name, errors="ignore"), some):
        for call in CALLS.values():
            with contextlib.suppress(InputError):
                call(frame)


def test_large_seeds_stay_apart_beside_a_trial_without_one(runs: Path) -> None:
    frames.grid(runs, {"sine": {"camera": [30.0]}}, learning_rate=1e-4)
    for seed in (1234567, 1234568):
        frames.write(runs, 32.0, seed=seed)
    waiting = pd.DataFrame([{"trial_id": "a", "status": "waiting", "source": "optuna", "activation": "sine"}])
    found = compare(pd.concat([analysis.load(runs), waiting], ignore_index=True))  # seeds are floats in this frame
    assert found.rows[0].cells["image/psnr"].n == 3
