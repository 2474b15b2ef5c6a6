"""A program is compiled once, whoever needs it at the same time; what is damaged or foreign is compiled again."""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sweeps.trial import compiled
from sweeps.trial.compiled import FOLDER, SEAL, cache, first_step_once, intact, once

PROGRAM = "0123456789abcdef"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the program, in a cache of the test's own."""
    monkeypatch.setenv(FOLDER, "before")
    monkeypatch.setattr(compiled, "cache", lambda: tmp_path / "cache")
    return tmp_path / "cache" / PROGRAM


class Compiler:
    """Stands for PyTorch's: compiles into the folder what is not there."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds, self.compiled = seconds, 0

    def run(self, program: str = PROGRAM) -> None:
        with once(program):
            kernel = compiled.cache() / program / "ab" / "kernel.so"
            if not kernel.exists():
                self.compiled += 1
                time.sleep(self.seconds)
                kernel.parent.mkdir()
                kernel.write_bytes(b"machine code")
            assert kernel.read_bytes() == b"machine code"


def test_who_comes_later_loads_what_was_compiled(folder: Path) -> None:
    compiler = Compiler()
    compiler.run()
    assert intact(folder)
    with once(PROGRAM):
        assert os.environ[FOLDER] == str(folder)
        compiler.run()
    assert compiler.compiled == 1
    assert os.environ[FOLDER] == "before"


def test_who_comes_at_the_same_time_waits() -> None:
    compiler = Compiler(seconds=0.3)
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(compiler.run) for _ in range(4)]:
            done.result(timeout=30)
    assert compiler.compiled == 1


def test_a_long_wait_is_announced(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sweeps.trial.waiting.PATIENCE_SECONDS", 0.1)
    compiler = Compiler(seconds=1.0)
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(compiler.run) for _ in range(2)]:
            done.result(timeout=30)
    assert capsys.readouterr().err == "note: waiting for another process, which compiles this step\n"


def test_two_programs_are_compiled_side_by_side() -> None:
    inside = threading.Barrier(2, timeout=10)

    def run(program: str) -> None:
        with once(program):
            inside.wait()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(run, program) for program in ("a", "b")]:
            done.result(timeout=30)


def test_what_is_loaded_is_loaded_side_by_side() -> None:
    Compiler().run()
    inside = threading.Barrier(2, timeout=10)

    def run() -> None:
        with once(PROGRAM):
            inside.wait()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(run) for _ in range(2)]:
            done.result(timeout=30)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "cut": lambda folder: (folder / "ab" / "kernel.so").write_bytes(b"machine"),
    "changed": lambda folder: (folder / "ab" / "kernel.so").write_bytes(b"machine cods"),
    "deleted": lambda folder: (folder / "ab" / "kernel.so").unlink(),
    "left by a kill": lambda folder: (folder / "ab" / "half.so").write_bytes(b"mach"),
    "without a seal": lambda folder: (folder / SEAL).unlink(),
    "cut seal": lambda folder: (folder / SEAL).write_bytes(b'{"ab/ker'),
    "another seal": lambda folder: (folder / SEAL).write_bytes(b"[]"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_damaged_is_compiled_again(damage: str, folder: Path) -> None:
    compiler = Compiler()
    compiler.run()
    DAMAGE[damage](folder)
    assert not intact(folder)
    compiler.run()
    assert compiler.compiled == 2
    assert intact(folder)
    assert not (folder / "ab" / "half.so").exists()


def test_what_fails_is_not_sealed(folder: Path) -> None:
    def fail() -> None:
        with once(PROGRAM):
            (folder / "half.so").write_bytes(b"mach")
            raise RuntimeError("no space")

    with pytest.raises(RuntimeError, match="no space"):
        fail()
    assert not intact(folder)
    Compiler().run()
    assert intact(folder)


def test_a_block_that_compiled_nothing_seals_nothing(folder: Path) -> None:
    with once(PROGRAM):
        pass
    assert not intact(folder)


def test_without_a_place_for_folders_the_compiler_takes_its_own(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, where the folders would be")
    with once(PROGRAM):
        assert os.environ[FOLDER] == "before"


@pytest.mark.parametrize("what", ["_processor", "_compiler", "_source"])
def test_another_machine_or_version_has_other_folders(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    here = cache.__wrapped__()
    assert cache.__wrapped__() == here
    monkeypatch.setattr(compiled, what, lambda: "another")
    assert cache.__wrapped__() != here


def test_the_processor_and_the_compiler_are_told() -> None:
    assert "flags" in compiled._processor() or "Features" in compiled._processor()


@pytest.mark.parametrize("evaluated", [True, False])
def test_only_the_first_training_step_is_made_in_turn(evaluated: bool, folder: Path) -> None:
    def steps() -> Iterator[str]:
        for number in range(0 if evaluated else 1, 4):
            yield f"{number} {'in turn' if held(folder.with_suffix('.lock')) else 'free'}"

    made = [*first_step_once(steps(), PROGRAM, evaluated_first=evaluated)]
    assert made == [*(["0 free"] if evaluated else []), "1 in turn", "2 free", "3 free"]


def held(lock: Path) -> bool:
    folder = lock.parent
    folder.mkdir(parents=True, exist_ok=True)
    with lock.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_a_trial_that_has_no_step_left_compiles_nothing(folder: Path) -> None:
    assert [*first_step_once(iter(()), PROGRAM, evaluated_first=False)] == []
    assert not intact(folder)
