"""Records of two tasks: each has its own tables, figures and sheets, and nothing here or in sweeps names the second."""

import re
import shutil
from pathlib import Path

import frames
import numpy as np
import optuna
import pandas as pd
import pytest
import yaml
from matplotlib.figure import Figure
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from records import ROOT, task_runs  # noqa: F401

import analysis
from analysis import figures
from analysis.commands import main
from analysis.comparison.compare import compare
from analysis.comparison.question import Question
from analysis.comparison.subject import by_task, over, subject
from analysis.figures.names import initials
from analysis.figures.sheets import write_sheets
from analysis.figures.trials import Arrays, arrays
from analysis.replicate.replicas import make_replicas
from analysis.report.page import report
from inr.choices import walk
from inr.errors import InputError, UsageError
from inr.tasks import TASKS
from sweeps.file.plan import make_plan
from sweeps.file.spec import load_spec
from sweeps.record.folder import Runs

SOUND_LOSSES = ("sound", "sound+derivative")


@pytest.fixture
def both(task_runs: Path) -> pd.DataFrame:  # noqa: F811
    return analysis.load(task_runs)


@pytest.fixture
def sounds(both: pd.DataFrame) -> pd.DataFrame:
    return by_task(both)["audio"]


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text")) if text.get_text()]


def test_a_task_names_what_is_fitted(both: pd.DataFrame) -> None:
    assert {name: over(trials) for name, trials in by_task(both).items()} == {
        "audio": ("sound", "seed"),
        "image": ("image", "seed"),
    }
    assert {name: len(trials) for name, trials in by_task(both).items()} == {"audio": 16, "image": 4}


@pytest.mark.parametrize("task", TASKS)
def test_the_fitted_parameters_are_those_that_decide_the_data(task: str) -> None:
    first, *_ = TASKS[task].fitted
    assert first == TASKS[task].subject
    assert {*TASKS[task].fitted} <= {parameter.name for parameter, _ in walk(TASKS[task])}


def test_records_without_a_task_are_of_the_first(runs: Path) -> None:
    frames.write(runs, 30.0, task=None)
    frames.write(runs, 32.0, seed=1)
    frame = analysis.load(runs)
    assert frame["task"].tolist() == ["image", "image"]
    assert compare(frame).rows[0].cells["image/psnr"].mean == pytest.approx(31)
    without = frame.drop(columns="task")
    assert subject(without) == "image"
    assert compare(without).rows[0].cells["image/psnr"].mean == pytest.approx(31)


def test_a_task_that_is_not_known_here_has_tables_and_a_report_of_its_own_words(runs: Path) -> None:
    for seed, score in enumerate((2.0, 5.0)):
        frames.write(runs, {"field/miss": score}, task="of_a_plugin", image=None, loss="value", seed=seed)
    frame = analysis.load(runs)
    assert over(frame) == ("task", "seed")
    found = compare(frame, Question(metrics=["field/miss"]))
    assert (found.unit, found.rows[0].cells["field/miss"].mean) == ("seed", 3.5)
    text = report(frame, runs / "page.html").read_text()
    assert "Each trial is of the task of_a_plugin, which is not known here." in text
    for draw in (figures.pareto, lambda some: figures.study_grid(some, "sine")):
        with pytest.raises(InputError, match=r"^no(ne)? "):
            draw(frame)


def test_optuna_knows_the_task_that_a_file_fixes(tmp_path: Path) -> None:
    journal = tmp_path / "a.journal"
    study = optuna.create_study(study_name="a", storage=JournalStorage(JournalFileBackend(str(journal))))
    study.set_user_attr("text", "parameters: {task: {value: audio}, sound: {values: [chirp, bell]}}")
    study.add_trial(optuna.trial.create_trial(state=optuna.trial.TrialState.FAIL))
    assert subject(analysis.load(journal)) == "sound"


REFUSED = {
    "table": compare,
    "choice": lambda frame: make_replicas(frame, Question(selection_seeds=[0]), "into", [1]),
    "convergence": figures.convergence,
    "cost": figures.cost,
    "importance": figures.importance,
    "layers": lambda frame: figures.layer_distributions(frame, "sine"),
    "pareto": figures.pareto,
    "sheet": lambda frame: figures.study_grid(frame, "sine"),
    "sparsity": figures.sparsity,
}


@pytest.mark.parametrize("name", REFUSED)
def test_trials_of_two_tasks_are_refused_in_a_sentence(both: pd.DataFrame, name: str) -> None:
    with pytest.raises(InputError, match=r"tasks audio, image, which share no scores: keep one .* --where task=audio$"):
        REFUSED[name](both)


def test_the_table_of_one_task_of_a_folder(
    task_runs: Path,  # noqa: F811
    sounds: pd.DataFrame,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["table", str(task_runs)]) == 1
    assert "--where task=audio" in capsys.readouterr().err
    assert main(["table", str(task_runs), "--where", "task=audio", "loss=sound", "--format=csv"]) == 0
    found = capsys.readouterr()
    own = sounds[(sounds["loss"] == "sound") & (sounds["activation"] == "sine")]
    assert f"sine,sound,,sound/snr,{own['sound/snr'].mean():.8f}"[:30] in found.out
    assert "over n = 2 sounds (bell, chirp), each with 2 seeds, averaged inside" in found.err
    assert "no trial has" not in found.err
    assert main(["tests", str(task_runs), "--where", "task=audio", "loss=sound"]) == 0
    assert main(["table", str(task_runs), "--where", "task=image", "--over=image,seed"]) == 0
    assert "image PSNR (dB)" in capsys.readouterr().out


def test_means_are_over_sounds_with_the_seeds_inside(sounds: pd.DataFrame) -> None:
    found = compare(sounds, Question(where={"loss": "sound"}))
    own = sounds[(sounds["loss"] == "sound") & (sounds["activation"] == "relu")]
    by_hand = own.groupby("sound")["derivative/snr"].mean()
    cell = found.rows[0].cells["derivative/snr"]
    assert (found.unit, cell.n, found.rows[0].name) == ("sound", 2, "relu")
    assert cell.mean == pytest.approx(by_hand.mean())
    assert found.rows[0].cells["second_derivative/snr"].means_nothing


def test_one_name_of_two_sounds_is_refused(sounds: pd.DataFrame) -> None:
    first = sounds.index[sounds["sound"] == "bell"][0]
    other = sounds.copy()
    other.loc[first, "environment/data_hash"] = "another"
    with pytest.raises(InputError, match="will not average over 2 sounds that have the name bell"):
        compare(other, Question(by=["activation", "loss"]))


def test_a_choice_is_run_again_on_other_sounds(task_runs: Path, tmp_path: Path) -> None:  # noqa: F811
    into = tmp_path / "again"
    given = ["replicate", str(task_runs), "--where", "task=audio", "loss=sound", "--selection-seeds=0"]
    assert main([*given, "--seeds=1,2", "--sounds=noise,chirp", f"--into={into}"]) == 0
    path = into / "again_sine.yaml"
    parameters = yaml.safe_load(path.read_text())["parameters"]
    assert parameters["task"] == {"value": "audio"}
    assert parameters["sound"] == {"values": ["noise", "chirp"]}
    assert parameters["seed"] == {"values": [1, 2]}
    plan = make_plan(load_spec(path), Runs(task_runs))
    assert [trial.status for trial in plan.trials] == [None, None, "finished", None]  # chirp with the seed 1 is there


def test_a_choice_on_what_the_trials_do_not_fit_is_refused(sounds: pd.DataFrame) -> None:
    with pytest.raises(UsageError, match="--images got coins, and the trials fit no image: give --sounds"):
        make_replicas(sounds, Question(selection_seeds=[0], where={"loss": "sound"}), "into", [1], {"image": ["coins"]})


def test_a_sheet_shows_the_panels_of_the_task(sounds: pd.DataFrame) -> None:
    sheet = figures.study_grid(sounds, "sine", "bell")
    said = texts(sheet)
    assert sheet.get_suptitle() == "sine on bell, ω₀ = 30, 0.02 s, 8000 Hz"
    assert [t for t in said if t in ("waveform", "error", "spectrogram")] == ["waveform", "error", "spectrogram"]
    assert sum(text.startswith("SNR ") for text in said) == len(SOUND_LOSSES) * 3  # the error has no score of its own
    assert said.count("time, 0 to 0.02 s") == 1 + len(SOUND_LOSSES)


def test_a_row_of_a_sheet_has_one_scale_that_cuts_no_error(
    sounds: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    def louder(trial: pd.Series, name: str, notes: list[str]) -> Arrays:
        found = arrays(trial, name, notes)
        return {**found, "sound": found["sound"] + (3 if trial["loss"] == SOUND_LOSSES[1] else 0)}

    monkeypatch.setattr("analysis.figures.grid.arrays", louder)
    sheet = figures.study_grid(sounds, "sine", "chirp")
    columns = 1 + len(SOUND_LOSSES)
    lines = [axes for axes in sheet.axes if axes.lines]
    for row in (lines[i : i + columns] for i in range(0, len(lines), columns)):
        assert len({axes.get_ylim() for axes in row}) == 1
    errors = [np.abs(axes.lines[0].get_ydata()).max() for axes in lines[columns : 2 * columns]]
    assert lines[columns].get_ylim()[1] == pytest.approx(max(errors)) != pytest.approx(errors[1])


FITTED = {"audio": ("bell", "chirp"), "image": ("camera", "coins")}


def test_a_sweep_of_two_tasks_ends_with_sheets_of_both(task_runs: Path, both: pd.DataFrame, tmp_path: Path) -> None:  # noqa: F811
    runs = shutil.copytree(task_runs, tmp_path / "runs")
    written = write_sheets(runs, "two", both["trial_id"])
    names = {task: [f"{a}_{one}.png" for a in ("sine", "relu") for one in fitted] for task, fitted in FITTED.items()}
    assert {path.name for path in written} == {f"{task}_{name}" for task in FITTED for name in names[task]}
    assert len({path.read_bytes() for path in written}) == len(written)
    one = write_sheets(runs, "one", by_task(both)["audio"]["trial_id"])
    assert {path.name for path in one} == {*names["audio"]}
    bell = by_task(both)["audio"].query("sound == 'bell' and activation == 'sine'")
    assert [path.name for path in write_sheets(runs, "bell", bell["trial_id"])] == ["sine.png"]


@pytest.mark.parametrize("tasks", [("audio",), ("audio", "image")])
def test_a_report_has_a_part_a_task(both: pd.DataFrame, tmp_path: Path, tasks: tuple[str, ...]) -> None:
    few = both[both["task"].isin(tasks) & (both["activation"] == "sine")]
    text = report(few, tmp_path / "page.html", thumbnails=0).read_text()
    prefixes = [f"{name}-" for name in tasks] if len(tasks) > 1 else [""]
    for prefix in prefixes:
        assert f'<section id="{prefix}comparison"' in text
        for name in ("sheet-sine", "convergence", "pareto", "cost", "layers-sine"):
            assert f'<figure id="{prefix}{name}">' in text, prefix + name
    ids = re.findall(r' id="([^"]*)"', text)
    assert len(set(ids)) == len(ids)
    assert {*re.findall(r'href="#([^"]*)"', text)} <= {*ids}
    assert "one network to one sound" in text
    assert text.count('<tr id="trial-') == len(few)
    assert "There is no comparison" not in text


def test_terms_have_letters_of_their_own() -> None:
    assert list(initials(TASKS["image"].terms).values()) == ["I", "G", "L"]
    assert list(initials(TASKS["audio"].terms).values()) == ["S", "D", "D′"]


@pytest.mark.parametrize("package", ["sweeps", "analysis"])
def test_nothing_above_the_tasks_names_the_second(package: str) -> None:
    named = re.compile(r"\b(audio|sounds?|waveforms?|spectrograms?)\b", re.IGNORECASE)
    files = [path for path in (ROOT / package).rglob("*") if path.suffix in (".py", ".html", ".js", ".css")]
    assert len(files) > 20
    assert {str(path): found for path in files if (found := named.findall(path.read_text()))} == {}
