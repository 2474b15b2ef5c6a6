"""Several sources in one frame: a trial counts once, other numbers are told, a wrong folder is one sentence."""

from pathlib import Path

import frames
import optuna
import pandas as pd
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

import analysis
from analysis.commands import main
from analysis.sources.several import load_all


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Seeds 0 and 1 in one folder, 1 and 2 in the other: seed 1 is the same trial."""
    first, second = tmp_path / "runs", tmp_path / "runs2"
    for folder, seeds in ((first, (0, 1)), (second, (1, 2))):
        for seed in seeds:
            frames.write(folder, 30.0 + seed, seed=seed)
    return first, second


def test_the_same_trial_in_two_folders_counts_once(two: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    frame = load_all(two)
    assert frame["seed"].tolist() == [*analysis.load(two[0])["seed"], 2]
    assert frame["trial_id"].is_unique
    assert frame.attrs["notes"] == ["1 trial in several sources, with the same numbers: counted once"]
    assert main(["table", *map(str, two), "--format=csv", "--metrics=image/psnr"]) == 0
    found = capsys.readouterr()
    assert found.out.splitlines()[1].startswith("sine,image,,image/psnr,31.0,")
    assert "note: 1 trial in several sources" in found.err


def test_other_numbers_are_told_with_both_and_the_first_counts(two: tuple[Path, Path]) -> None:
    record = frames.write(two[0], 40.0, seed=7)
    frames.write(two[1], 40.25, seed=7)
    (note,) = load_all(two).attrs["notes"]
    assert note == (
        f"2 trials in several sources, counted once, and 1 of them with other numbers in each: {record.trial_id} "
        f"(image/psnr 40 in {two[0]}, 40.25 in {two[1]}); the first source that has it finished counts"
    )
    for sources, kept in ((two, 40.0), (two[::-1], 40.25)):
        frame = load_all(sources)
        assert frame.set_index("trial_id").loc[record.trial_id, "image/psnr"] == kept


def test_the_source_that_has_finished_a_trial_counts(two: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    done = frames.write(two[1], 33.0, seed=5)
    other = analysis.load(two[0]).iloc[:1].assign(trial_id=done.trial_id, status="interrupted", seed=5)
    loaded = {"a": pd.concat([analysis.load(two[0]), other], ignore_index=True), "b": analysis.load(two[1])}
    loaded["a"].attrs["notes"] = []
    monkeypatch.setattr("analysis.sources.several.load", lambda source, *_: loaded[source])
    frame = load_all(["a", "b"])
    assert frame.set_index("trial_id").loc[done.trial_id, ["status", "image/psnr"]].tolist() == ["finished", 33.0]
    assert frame["trial_id"].is_unique


def test_what_only_one_folder_says_is_filled_in_for_the_other(two: tuple[Path, Path], tmp_path: Path) -> None:
    frames.write(two[1], 31.0, seed=9, learn="none", optimizer="adam")
    frame = load_all(two)
    assert set(frame["learn"]) == {"none"}
    assert set(frame["optimizer"]) == {"adam"}
    pd.testing.assert_frame_equal(load_all([two[0]]), analysis.load(two[0]))


def test_trials_of_a_folder_and_of_a_journal_are_one(runs: Path, tmp_path: Path) -> None:
    record = frames.write(runs, 30.0)
    alone = tmp_path / "study.journal"
    study = optuna.create_study(study_name="s", storage=JournalStorage(JournalFileBackend(str(alone))))
    study.add_trial(
        optuna.trial.create_trial(
            params={"activation": "sine"},
            distributions={"activation": optuna.distributions.CategoricalDistribution(("sine",))},
            values=[30.0],
            user_attrs={"trial_id": record.trial_id, "status": "finished", "key": record.trial_id},
        )
    )
    (row,) = load_all([runs, alone]).to_dict("records")
    assert (row["trial_id"], row["source"], row["image/psnr"]) == (record.trial_id, "records", 30.0)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("rums2", "no such runs folder: '{}/rums2'; did you mean '{}/runs2'?\n"),
        ("zzz", "no such runs folder: '{}/zzz'; give the folder that run.py got as --runs"),
        ("nowhere/zzz", "no such runs folder: '{}/nowhere/zzz'; give the folder that run.py got as --runs"),
        ("file.txt", "not a runs folder, but a file: '{}/file.txt'; give the folder that run.py got as --runs"),
    ],
)
def test_a_wrong_folder_among_several_is_one_sentence(
    two: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, sentence: str
) -> None:
    (tmp_path / "file.txt").write_text("x")
    assert main(["table", str(two[0]), str(tmp_path / name)]) == 1
    found = capsys.readouterr()
    assert found.out == ""
    assert found.err.startswith(f"analysis: error: {sentence.replace('{}', str(tmp_path))}"), found.err
    assert found.err.count("\n") == 1


def test_an_empty_folder_among_several_is_a_note(
    two: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["table", str(two[0]), str(tmp_path / "empty")]) == 0
    found = capsys.readouterr()
    assert "│sine" in found.out
    empty = tmp_path / "empty"
    assert found.err == f"note: {str(empty)!r} has no records: run a trial or a sweep with --runs={empty}\n"
    assert main(["table", str(two[0] / "trials")]) == 1
    assert f"has no records: did you mean {str(two[0])!r}?" in capsys.readouterr().err
    assert main(["table", str(two[0]), ""]) == 2
    assert capsys.readouterr().err.startswith("analysis: error: SOURCE got '': expected a value")
