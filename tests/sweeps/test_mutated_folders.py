"""A runs folder in which a file was deleted, cut, swapped, flipped or replaced: ``run.py`` says so or is right."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import mutations
from small_sweeps import TINY, spec_of
from tiny import assert_same_trial, command, rows, train

import run
from sweeps.record.folder import RecordFolder, Runs
from sweeps.trial.stopping import Interrupts, Stopped

HALF = {"seed": 1}
"""The trial that was interrupted; seed 0 is finished."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RecordFolder, RecordFolder]:
    """A folder with a finished and an interrupted trial; both trials without a break."""
    straight = tmp_path_factory.mktemp("straight")
    expected = (train(straight / "0"), train(straight / "1", **HALF))
    folder = tmp_path_factory.mktemp("whole") / "runs"
    train(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Interrupts, "__call__", _stop_at_10)
        run.main(command(folder, **HALF))
    return folder, *expected


def _stop_at_10(interrupts: Interrupts, step: object) -> None:
    if getattr(step, "step", 0) == 10:
        raise Stopped("interrupted", "SIGTERM at step 10")


@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_trial_of_a_mutated_folder_is_told_or_right(
    whole: tuple[Path, RecordFolder, RecordFolder],
    data: st.DataObject,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    origin, finished, straight = whole
    runs = tmp_path_factory.mktemp("mutated") / "runs"
    shutil.copytree(origin, runs)
    files = sorted(path for path in runs.glob("trials/*/*") if path.is_file())
    mutated = data.draw(st.sampled_from(files))
    kind = data.draw(st.sampled_from(["delete", "swap", "folder", "content"]))
    if kind == "content":
        mutated.write_bytes(data.draw(mutations(mutated.read_bytes())))
    elif kind == "swap":
        _swap(mutated, data.draw(st.sampled_from(files)))
    else:
        mutated.unlink()
        if kind == "folder":
            mutated.mkdir()
    for parameters, expected in (({}, finished), (HALF, straight)):
        capsys.readouterr()
        code = run.main(command(runs, **parameters))
        out, err = capsys.readouterr()
        assert code in (0, 1)
        assert "Traceback" not in out + err
        folder = Runs(runs).folder(expected.path.name)
        if code:
            assert err.splitlines()[-1].startswith("run.py: error: ")
        else:
            record, right = folder.read(), expected.read()
            assert record is not None
            assert right is not None
            assert (record.metrics, record.config) == (right.metrics, right.config)


def _swap(one: Path, other: Path) -> None:
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


def test_a_plan_of_a_mutated_folder_is_made(whole: tuple[Path, RecordFolder, RecordFolder], tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    shutil.copytree(whole[0], runs)
    for record in runs.glob("trials/*/record.json"):
        record.write_text("[" * 100_000)
    spec_of(tmp_path, f"{TINY}seed: {{values: [0, 1]}}")
    assert run.main([f"--plan={tmp_path / 'x.yaml'}", f"--runs={runs}"]) == 0


def test_a_folder_that_nothing_happened_to_goes_on(
    whole: tuple[Path, RecordFolder, RecordFolder], tmp_path: Path
) -> None:
    shutil.copytree(whole[0], tmp_path / "runs")
    assert run.main(command(tmp_path / "runs", **HALF)) == 0
    folder = Runs(tmp_path / "runs").folder(whole[2].path.name)
    assert_same_trial(folder, whole[2])
    assert len(rows(folder)) == 5
