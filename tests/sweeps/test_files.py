"""Writing that a kill or an error cannot break: the old content or the new, and no litter."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import ROOT

from sweeps.record import files
from sweeps.record.files import append, exchange, locked, replacing

HOLD = """
import sys
from pathlib import Path
from sweeps.record.files import locked
with locked(Path(sys.argv[1])) as mine:
    print(mine, flush=True)
    sys.stdin.readline()
"""
DIE = """
import os, signal, sys
from pathlib import Path
from sweeps.record.files import replacing
with replacing(Path(sys.argv[1])) as file:
    file.write(b"new")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def python(text: str, *arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", text, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_a_file_is_replaced(tmp_path_factory: pytest.TempPathFactory, old: bytes, new: bytes) -> None:
    path = tmp_path_factory.mktemp("replaced") / "file"
    path.write_bytes(old)
    with replacing(path) as file:
        file.write(new)
        file.flush()
        assert path.read_bytes() == old
    assert path.read_bytes() == new
    assert [*path.parent.iterdir()] == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("old", [None, b"old"])
def test_an_error_leaves_what_was_there(tmp_path: Path, old: bytes | None, error: type[BaseException]) -> None:
    path = tmp_path / "file"
    if old is not None:
        path.write_bytes(old)
    with pytest.raises(error), replacing(path) as file:  # noqa: PT012
        file.write(b"half of the n")
        raise error
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == ({} if old is None else {"file": old})


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_system_call_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(files.os, call, fail)
    with pytest.raises(OSError, match="No space"), replacing(path) as file:
        file.write(b"new")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"file": b"old"}


def test_a_kill_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with python(DIE, path) as child:
        assert child.wait(60) == -9
    assert path.read_bytes() == b"old"


def test_others_may_read_a_replaced_file(tmp_path: Path) -> None:
    with replacing(tmp_path / "file") as file:
        file.write(b"new")
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644


def test_lines_are_appended(tmp_path: Path) -> None:
    for line in ("one", "zwölf"):
        append(tmp_path / "file", line)
    assert (tmp_path / "file").read_text(encoding="utf-8") == "one\nzwölf\n"


@pytest.mark.parametrize("system_swaps", [True, False])
def test_a_folder_takes_the_place_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system_swaps: bool
) -> None:
    if not system_swaps:
        monkeypatch.setattr(files, "_swap", lambda one, other: False)
    for name in ("new", "old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text(name)
    exchange(tmp_path / "new", tmp_path / "old")
    assert [str(path.relative_to(tmp_path)) for path in sorted(tmp_path.rglob("*"))] == ["old", "old/new"]


@pytest.mark.skipif(sys.platform != "linux", reason="renameat2 is Linux's")
def test_linux_exchanges_in_one_step(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    assert files._swap(tmp_path / "one", tmp_path / "other")
    assert [(tmp_path / name / "file").read_text() for name in ("one", "other")] == ["other", "one"]


def test_a_lock_excludes_another_process_until_it_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "trial"
    with python(HOLD, path) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "True\n"
        with python(HOLD, path) as second:
            assert second.communicate(timeout=60)[0] == "False\n"
        with locked(path) as mine:
            assert not mine
        first.kill()
        first.wait(60)
        with locked(path) as mine:
            assert mine


def test_a_lock_is_released_by_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="inside"), locked(tmp_path / "lock") as mine:  # noqa: PT012
        assert mine
        raise ValueError("inside")
    with locked(tmp_path / "lock") as mine:
        assert mine
    assert os.listdir(tmp_path) == ["lock"]


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_the_umask_decides_who_may_read_a_file(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        with replacing(tmp_path / "file") as file:
            file.write(b"new")
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o666 & ~mask


def test_what_a_kill_left_is_found_and_nothing_else(tmp_path: Path) -> None:
    for name in (".DS_Store", "record.json", ".record.json.aa.unfinished", ".record.json.bb.unfinished"):
        (tmp_path / name).touch()
    (tmp_path / ".folder.unfinished").mkdir()
    assert {path.name for path in files.temporaries(tmp_path)} == {
        ".record.json.aa.unfinished",
        ".record.json.bb.unfinished",
    }


def test_a_lock_tells_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "one"
    assert files.holder(path) == "another process"
    with locked(path) as mine:
        assert mine
        assert files.holder(path) == f"process {os.getpid()} on {socket.gethostname()}"
        with locked(path) as again:
            assert not again
