"""``--verify``: the same numbers are verified, others are named, and nothing is written."""

from dataclasses import replace
from pathlib import Path

import pytest
from tiny import contents, train

import run
from sweeps.record.folder import RecordFolder


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> RecordFolder:
    found = train(tmp_path / "runs", activation="sine", loss="all")
    capsys.readouterr()
    return found


def verified(folder: RecordFolder, capsys: pytest.CaptureFixture[str], code: int) -> list[str]:
    runs = folder.path.parent.parent
    before = contents(runs)
    assert run.main([f"--verify={folder.path.name}", f"--runs={runs}"]) == code
    assert contents(runs) == before
    out, err = capsys.readouterr()
    return err.splitlines()[-1:] if code and "error" in err else out.splitlines()


def changed(folder: RecordFolder, **fields: object) -> RecordFolder:
    record = folder.read()
    assert record is not None
    folder.write(replace(record, **fields))  # type: ignore[arg-type]
    return folder


def test_a_record_is_verified_to_the_last_digit(folder: RecordFolder, capsys: pytest.CaptureFixture[str]) -> None:
    record = folder.read()
    assert record is not None
    (line,) = verified(folder, capsys, 0)[-1:]
    assert line == f"verified: {len(record.metrics)} numbers, all the same to the last digit"


def test_a_number_that_is_not_the_trials_is_named(folder: RecordFolder, capsys: pytest.CaptureFixture[str]) -> None:
    record = folder.read()
    assert record is not None
    psnr = record.metrics["image/psnr"]
    machine = {**record.environment, "commit": "c0ffee"}
    changed(folder, metrics={**record.metrics, "image/psnr": 99.0}, environment=machine)
    lines = verified(folder, capsys, 1)
    assert f"not verified: 1 of {len(record.metrics)} numbers came out otherwise" in lines
    assert f"  image/psnr: recorded 99, again {psnr!r}" in lines
    assert any(line.startswith("different now: commit: recorded c0ffee, again ") for line in lines)


def test_many_differences_are_counted(folder: RecordFolder, capsys: pytest.CaptureFixture[str]) -> None:
    record = folder.read()
    assert record is not None
    changed(folder, metrics=dict.fromkeys(record.metrics, -1.0))
    lines = verified(folder, capsys, 1)
    assert f"  and {len(record.metrics) - 10} more" in lines
    assert lines[-1] == "the machine and the commit are those of the record"


def test_what_cannot_be_verified_is_told(folder: RecordFolder, capsys: pytest.CaptureFixture[str]) -> None:
    record = folder.read()
    assert record is not None
    changed(folder, status="interrupted", files={})
    (told,) = verified(folder, capsys, 1)
    assert told.endswith("is interrupted: expected one that is over; give its command again")
    folder.write(replace(record, config={**record.config, "omega_0": 29.0}))
    (told,) = verified(folder, capsys, 1)
    assert "the config of trial" in told
    assert "verify it with the commit of its record" in told


def test_a_record_of_before_a_metric_existed_is_verified(
    folder: RecordFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    record = folder.read()
    assert record is not None
    changed(folder, metrics={name: value for name, value in record.metrics.items() if not name.startswith("alias/")})
    count = sum(name.startswith("alias/") for name in record.metrics)
    (line,) = verified(folder, capsys, 0)[-1:]
    told = f"verified: {len(record.metrics) - count} numbers, all the same to the last digit"
    assert count > 3
    assert line == f"{told}; {count} more are measured now, which the record does not have"
