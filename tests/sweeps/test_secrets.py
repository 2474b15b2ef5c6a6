"""The password of a sweep's database stands in no argument list, page, record, log or error."""

import os
import pickle
import re
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from postgres import postgres
from small_sweeps import SHORT
from sqlalchemy.engine import make_url
from tiny import ROOT

import run
from analysis.commands import main as analysis
from inr.errors import InputError, UsageError
from sweeps.commands import _crew
from sweeps.crew.launchers import Job, launch, read_options
from sweeps.flags import parse
from sweeps.search.storage import cannot_use, opened
from sweeps.search.storage_url import STORAGE, checked, hide_argument, shown, without_secrets
from sweeps.trial.stopping import Interrupts

SWEEP = f"name: kept\n{SHORT}" + "  steps: {value: 3}\n  activation: {values: [relu, sine]}\n"
SPELLINGS = {
    "plain": "postgresql+psycopg://u:SECRET@127.0.0.1:1/x",
    "short scheme": "postgresql://u:SECRET@127.0.0.1:1/x",
    "no user": "postgresql://:SECRET@127.0.0.1:1/x",
    "slash": "postgresql://u:SEC/RET@127.0.0.1:1/x",
    "question": "postgresql://u:SEC?RET@127.0.0.1:1/x",
    "hash and space": "postgresql://u:SEC# RET@127.0.0.1:1/x",
    "coded": "postgresql://u:SEC%40RET%2F@127.0.0.1:1/x",
    "coded user": "postgresql://me%40corp:SECRET@127.0.0.1:1/x",
    "query": "postgresql://127.0.0.1:1/x?user=u&password=SECRET",
    "upper query": "postgresql://127.0.0.1:1/x?user=u&PASSWORD=SECRET",
    "key's password": "postgresql://127.0.0.1:1/x?sslpassword=SECRET",
    "option": "postgresql://u@127.0.0.1:1/x?connect_timeout=SECRET",
    "twice": "postgresql://u@127.0.0.1:1/x?password=SECRET&password=SECRET2",
    "socket": "postgresql://u:SECRET@/x?host=/nonexistent",
    "socket's query": "postgresql+psycopg:///x?host=/nonexistent&user=u&password=SECRET",
    "ipv6": "postgresql://u:SECRET@[::1]:1/x",
    "another driver": "mysql+pymysql://u:SECRET@127.0.0.1:1/x",
    "no driver": "nosuch://u:SECRET@127.0.0.1:1/x",
    "sqlite": "sqlite:///x.db?password=SECRET",
}
UNCLEAR = {
    "two at": "postgresql://u:SEC@RET@127.0.0.1:1/x",
    "at and slash": "postgresql://u:x@SEC/RET@127.0.0.1:1/x",
    "no host": "postgresql://u:SECRET",
    "no port": "postgresql://h:SECRET/x",
    "dsn": "host=127.0.0.1 port=1 password=SECRET",
    "no scheme": "u:SECRET@127.0.0.1/x",
}


@pytest.mark.parametrize("spelling", [*SPELLINGS, *UNCLEAR])
def test_no_spelling_shows_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], spelling: str
) -> None:
    url = {**SPELLINGS, **UNCLEAR}[spelling]
    monkeypatch.chdir(tmp_path)
    Path("x.yaml").write_text(SWEEP)
    monkeypatch.setattr(sys, "argv", ["run.py", f"--storage={url}", "--storage", url])
    assert run.main(["--sweep=x.yaml", f"--storage={url}"]) in (1, 2)
    said = capsys.readouterr()
    assert said.err.startswith("run.py: error: ")
    if "://" in url:
        assert analysis(["table", url, "--sweep=kept"]) in (1, 2)
        said = said._replace(err=said.err + capsys.readouterr().err)
    assert not re.search("SEC|RET", said.err + said.out + shown(url) + " ".join(sys.argv))
    assert said.err.count("\n") == 1 + ("://" in url)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"RET" in path.read_bytes()]


@pytest.mark.parametrize("spelling", UNCLEAR)
def test_a_url_whose_parts_cannot_be_told_apart_is_refused_with_the_remedy(spelling: str) -> None:
    with pytest.raises(UsageError, match=r"--storage got '(postgresql://)?\*\*\*', which is no database URL: .* %40"):
        opened(UNCLEAR[spelling])


def test_what_is_no_secret_is_shown() -> None:
    assert shown("postgresql://u:SECRET@h:5/x") == "postgresql://u:***@h:5/x"
    assert shown("postgresql://u@/x?host=/run/pg&password=SECRET&a=b") == "postgresql://u@/x?host=%2Frun%2Fpg&***"
    assert shown("postgresql:///x?passfile=/p") == "postgresql:///x?passfile=%2Fp"
    assert shown(Path("runs/sweeps/u:x@y.journal")) == "runs/sweeps/u:x@y.journal"
    assert checked("postgresql://u@h/x", "--storage") == "postgresql://u@h/x"


WORDS = st.lists(st.sampled_from(["SECRET", *"@:/?#%&=+ []'\"\\", "%40", "%2F", "é"]), min_size=1, max_size=8).map(
    "".join
)


@settings(max_examples=200, deadline=None)
@given(WORDS)
@example("SECRET@SECRET?x")
def test_no_password_is_shown_however_it_is_written(password: str) -> None:
    coded = {quote(password, safe=""), quote_plus(password)}
    for spelled in {password, *coded}:
        assert_hidden(f"postgresql://u:{spelled}@h:1/d", spelled)
        assert "SECRET" not in shown(f"postgresql://h/d?user=u&password={spelled}")
    for spelled in coded:
        assert_hidden(f"postgresql://h/d?user=u&password={spelled}", spelled)
    assert make_url(f"postgresql://u:{quote(password, safe='')}@h/d").password == password


def assert_hidden(url: str, spelled: str) -> None:
    """Neither shown nor in what a driver could say of it."""
    try:
        meant = str(make_url(url).password or make_url(url).query.get("password"))
    except ValueError:
        meant = ""
    said = f"{url} {spelled} {meant} {url!r} {spelled!r} {meant!r}"
    assert "SECRET" not in shown(url)
    assert "SECRET" not in without_secrets(said, url)
    assert "SECRET" not in str(_refused(url, ValueError(said)))


def _refused(url: str, error: Exception) -> InputError:
    try:
        return cannot_use(str(opened(url)), error)
    except UsageError as refused:
        return refused


def test_wandb_finds_no_password_among_the_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    url = SPELLINGS["slash"]
    monkeypatch.setattr(sys, "argv", ["run.py", "--storage", url, f"--storage={url}", "--worker"])
    hide_argument(url)
    assert sys.argv == ["run.py", "--storage", shown(url), f"--storage={shown(url)}", "--worker"]


def test_the_environment_stands_for_the_flag_and_the_flag_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STORAGE, "postgresql://h/x")
    assert parse(["--sweep=x.yaml"])[0].storage == "postgresql://h/x"
    assert parse(["--sweep=x.yaml", "--storage=postgresql://h/y"])[0].storage == "postgresql://h/y"
    monkeypatch.setenv(STORAGE, "")
    assert parse(["--sweep=x.yaml"])[0].storage is None


def test_a_worker_is_not_told_the_url_by_its_command() -> None:
    options, _ = parse(["--sweep=x.yaml", "--storage=postgresql://u:SECRET@h/x", "--workers=1"])
    for elsewhere in (True, False):
        crew = _crew(options, elsewhere)
        assert "SECRET" not in " ".join(crew.command)
        assert crew.environment == {STORAGE: "postgresql://u:SECRET@h/x"}


def test_what_slurm_is_given_has_no_password_and_its_job_has_it(tmp_path: Path) -> None:
    told = tmp_path / "told"
    command = [sys.executable, "-c", f"import os; open({str(told)!r}, 'w').write(os.environ[{STORAGE!r}])"]
    job = Job(command, tmp_path / "launched", {STORAGE: "postgresql://u:SECRET@h/x"})
    options = read_options("cluster=local,timeout_min=1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # a job of Slurm's goes on, and so does submitit's here
        launch("slurm", job, 1, options, Interrupts())
    end = time.monotonic() + 60
    while not (told.is_file() and told.read_text() and list((tmp_path / "launched").glob("*_result.pkl"))):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert told.read_text() == "postgresql://u:SECRET@h/x"
    assert STORAGE not in os.environ
    files = [path for path in (tmp_path / "launched").rglob("*") if path.is_file()]
    (submitted,) = [path for path in files if path.name.endswith("_submitted.pkl")]
    assert pickle.loads(submitted.read_bytes()) is not None
    assert not [path for path in files if b"SECRET" in path.read_bytes()]


@pytest.fixture
def url() -> Iterator[str]:
    """A database that asks for no password, and so is given one that it does not read."""
    with postgres() as plain:
        yield plain.replace("postgres@", "postgres:SECRET@")


def test_a_sweep_leaves_no_password_anywhere(url: str, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(SWEEP)
    command = [sys.executable, str(ROOT / "run.py"), "--sweep=x.yaml", "--workers=1"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", STORAGE: url}
    driver = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    seen = set()
    while driver.poll() is None:
        seen |= {arguments for arguments in _children(driver.pid) if "--worker" in arguments}
        time.sleep(0.1)
    out, err = driver.communicate()
    assert driver.returncode == 0, err
    assert "2 finished" in out
    assert seen
    assert not [arguments for arguments in seen if "SECRET" in arguments]
    page = tmp_path / "page.html"
    assert analysis(["report", url, f"--runs={tmp_path / 'runs'}", f"--out={page}", "--thumbnails=0"]) == 0
    assert "postgres:***@" in page.read_text()
    assert "SECRET" not in out + err
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"SECRET" in path.read_bytes()]


def _children(parent: int) -> Iterator[str]:
    """The command lines of the processes that ``parent`` has started."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                yield (folder / "cmdline").read_text().replace("\0", " ")
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
