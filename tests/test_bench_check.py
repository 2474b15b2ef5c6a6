"""The check of the benches: what is slower than allowed is named; the committed ratios are of rows that there are."""

import json

import pytest

from tests.benchmarks import small


def test_a_row_that_is_slower_than_allowed_is_named() -> None:
    committed = {"image, sine, eager": 2.0, "all, sine, eager": 2.0}
    allowed = 2.0 * small.TOLERANCE
    measured = {"image, sine, eager": allowed, "all, sine, eager": allowed * 1.01, "new, sine, eager": 9.0}
    assert small.worse(measured, committed) == ["all, sine, eager"]


@pytest.mark.parametrize(("ratio", "code"), [(1.0, 0), (2.0, 1)])
def test_the_check_ends_with_its_result(
    ratio: float, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    committed = json.loads(small.COMMITTED.read_text())
    measured = {name: ratio * known for name, known in committed.items()}
    monkeypatch.setattr(small, "ratios", lambda repeats, compiling: measured)
    monkeypatch.setattr(small, "execution", lambda device, threads: None)
    monkeypatch.setattr("sys.argv", ["small", "--check"])
    assert small.main() == code
    assert ("slower than allowed: image, sine, eager: " in capsys.readouterr().err) == bool(code)


def test_the_committed_ratios_are_those_of_the_rows() -> None:
    losses = {name.split(", ")[0] for name in json.loads(small.COMMITTED.read_text())}
    assert losses == {*small.LOSSES}
