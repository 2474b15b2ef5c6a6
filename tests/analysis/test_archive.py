"""An archive holds what the tables report, verifies itself, is the same bytes again, and hides who made it."""

import getpass
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import run
from analysis.archive.anonymous import Anonymous
from analysis.archive.verify import SUMS, sentences
from analysis.commands import main
from inr.record_content import read_record, record_text

ROOT = Path(run.__file__).parent
SWEEP = """name: tuned
method: grid
metric: {name: image/psnr, goal: maximize}
parameters:
  activation: {values: [relu, sine]}
  learning_rate: {values: [0.001, 0.01]}
  seed: {values: [0, 1]}
  size: {value: 16}
  hidden_features: {value: 8}
  hidden_layers: {value: 1}
  steps: {value: 4}
  eval_every: {value: 2}
"""
ASKED = ["--by", "activation", "--selection-seeds", "0"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep of two activations, two learning rates, two seeds."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "tuned.yaml").write_text(SWEEP)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        sweep = [f"--sweep={folder / 'tuned.yaml'}", f"--runs={folder / 'runs'}", "--workers=1", "--threads=1"]
        assert run.main(sweep) == 0
    return folder / "runs"


def archived(runs: Path, into: Path, *flags: str, code: int = 0) -> Path:
    assert main(["archive", str(runs), "--into", str(into), *flags]) == code
    return into


@pytest.fixture(scope="module")
def study(runs: Path) -> Path:
    return archived(runs, runs.parent / "study.zip", "--sweep", "tuned", *ASKED)


@pytest.fixture
def unpacked(study: Path, tmp_path: Path) -> Path:
    with zipfile.ZipFile(study) as file:
        file.extractall(tmp_path / "unpacked")
    return tmp_path / "unpacked"


def names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as file:
        return file.namelist()


def printed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(arguments) == 0
    return capsys.readouterr().out


def own(*command: str | Path) -> tuple[int, str]:
    """Run Python alone: no package of ours, none of anybody's."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    python = [sys.executable, "-I", "-S"]
    done = subprocess.run([*python, *map(str, command)], capture_output=True, text=True, env=environment, cwd="/")
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def test_the_chosen_trials_are_whole_and_the_others_are_records(study: Path, runs: Path) -> None:
    by_trial: dict[str, set[str]] = {}
    for name in names(study):
        if name.startswith("trials/"):
            by_trial.setdefault(name.split("/")[1], set()).add(name.split("/")[2])
    assert len(by_trial) == 8
    whole = {trial for trial, files in by_trial.items() if files != {"record.json"}}
    assert len(whole) == 2
    for trial in whole:
        there = {path.name for path in (runs / "trials" / trial).iterdir() if not path.name.startswith(".")}
        assert by_trial[trial] == there
        record = json.loads((runs / "trials" / trial / "record.json").read_text())
        assert record["config"]["seed"] == 1
    expected = {"README.md", "report.html", "commands.sh", "constraints.txt", "data.csv", "CITATION.cff", "__main__.py"}
    expected |= {f"tables/table.{end}" for end in ("csv", "md", "tex")} | {"ro-crate-metadata.json", SUMS}
    expected |= {"figures/convergence.svg", "figures/sheet-sine.png"}
    assert expected <= {*names(study)}


def test_the_folder_gives_the_same_table(
    study: Path, unpacked: Path, runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for form, file in (("csv", "table.csv"), ("markdown", "table.md"), ("latex", "table.tex")):
        before = printed(["table", str(runs), "--sweep", "tuned", *ASKED, f"--format={form}"], capsys)
        assert (unpacked / "tables" / file).read_text() == before
        assert printed(["table", str(unpacked), *ASKED, f"--format={form}"], capsys) == before
    (said,) = [line for line in (unpacked / "README.md").read_text().splitlines() if "analysis table" in line]
    command = said.partition("  #")[0].replace("FOLDER", str(unpacked)).split()
    assert printed([*command[3:], "--format=csv"], capsys) == (unpacked / "tables" / "table.csv").read_text()


def test_a_trial_is_trained_again_from_the_folder(unpacked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (said,) = [line for line in (unpacked / "README.md").read_text().splitlines() if "--verify" in line]
    words = said.partition("  #")[0].replace("FOLDER", str(unpacked)).split()
    assert run.main(words[2:]) == 0
    assert "all the same to the last digit" in capsys.readouterr().out


def test_it_verifies_itself_with_python_alone(study: Path, unpacked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = len(names(study)) - 1
    assert own(study) == (0, f"verified: {files} files of {study} are what was written\n")
    assert own(unpacked) == (0, f"verified: {files} files of {unpacked} are what was written\n")
    assert printed(["archive", "--verify", str(study)], capsys) == own(study)[1]
    done = subprocess.run(["sha256sum", "--check", "--quiet", SUMS], cwd=unpacked, capture_output=True)
    assert (done.returncode, done.stdout) == (0, b"")
    (unpacked / ".analysis-cache").touch()
    assert own(unpacked) == (
        0,
        f"verified: {files} files of {unpacked} are what was written (1 that came later are not looked at)\n",
    )


def test_what_was_changed_is_named(study: Path, unpacked: Path, tmp_path: Path) -> None:
    (unpacked / "data.csv").write_text("another hash")
    (unpacked / "commands.sh").unlink()
    code, told = own(unpacked)
    assert code == 1
    assert told.splitlines() == [
        f"not verified: {unpacked}: commands.sh is missing",
        f"not verified: {unpacked}: data.csv is not what was written",
    ]
    more = shutil.copy(study, tmp_path / "more.zip")
    with zipfile.ZipFile(more, "a") as file:
        file.writestr("trials/extra.json", "{}")
    assert sentences(tmp_path / "more.zip")[1] == [f"not verified: {more}: trials/extra.json is not in {SUMS}"]


def test_every_damage_is_noticed_and_none_is_a_traceback(study: Path, tmp_path: Path) -> None:
    data, random = study.read_bytes(), np.random.default_rng(0)
    damaged = tmp_path / "damaged.zip"
    with zipfile.ZipFile(study) as file:
        (info,) = [info for info in file.infolist() if info.filename == "report.html"]
    places = info.header_offset + 60 + random.integers(0, info.compress_size, 20)
    for place in places:
        damaged.write_bytes(data[:place] + bytes([data[place] ^ 255]) + data[place + 1 :])
        right, told = sentences(damaged)
        assert not right
        assert all("report.html is not what was written" in line for line in told)
    for end in (0, 100, len(data) // 2, len(data) - 1):
        damaged.write_bytes(data[:end])
        assert not sentences(damaged)[0]
    assert "is not there" in sentences(tmp_path / "absent.zip")[1][0]
    assert f"has no {SUMS}" in sentences(tmp_path)[1][0]


def test_equal_records_make_equal_bytes(study: Path, runs: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(runs, tmp_path / "elsewhere")
    again = archived(copied, tmp_path / "again.zip", "--sweep", "tuned", *ASKED)
    assert again.read_bytes() == study.read_bytes()


def test_the_crate_describes_every_file(study: Path) -> None:
    with zipfile.ZipFile(study) as file:
        crate = json.loads(file.read("ro-crate-metadata.json"))
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    assert len(entities) == len(crate["@graph"])
    about = entities["ro-crate-metadata.json"]
    assert about["conformsTo"]["@id"] == "https://w3id.org/ro/crate/1.1"
    root = entities[about["about"]["@id"]]
    assert {"name", "description", "datePublished", "license"} <= {*root}
    reached, left = set(), [root["@id"]]
    while left:
        reached.add(name := left.pop())
        left += [part["@id"] for part in entities[name].get("hasPart", ())]
    files = {*names(study)} - {SUMS, "ro-crate-metadata.json"}
    assert {name for name in reached if not name.endswith("/")} == files
    linked = {value["@id"] for entity in entities.values() for value in entity.values() if isinstance(value, dict)}
    assert {name for name in linked if not name.startswith("http")} <= {*entities}
    assert {part["@id"] for part in entities[root["mentions"]["@id"]]["result"]} <= {*entities}


def test_what_is_there_stays_and_what_is_wrong_is_told(
    runs: Path, study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(code: int, *arguments: str) -> str:
        capsys.readouterr()
        assert main(["archive", *arguments]) == code
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        return err

    before = study.read_bytes()
    assert "it is there already; give another name, or --force" in told(1, str(runs), f"--into={study}")
    assert study.read_bytes() == before
    assert "ends in .zip" in told(2, str(runs), "--into=study.tar")
    assert "got no SOURCE and --into FILE" in told(2, f"--into={tmp_path / 'x.zip'}")
    assert "give --verify FILE alone" in told(2, str(runs), f"--verify={study}")
    said = told(1, str(runs), f"--into={tmp_path / 'x.zip'}", "--by=activation")
    assert "there is no table to archive: learning_rate varies" in said
    broken = shutil.copytree(runs, tmp_path / "broken")
    for fields in broken.glob("trials/*/fields.npz"):
        fields.write_bytes(b"what the disk made of it")
    said = told(1, str(broken), f"--into={tmp_path / 'x.zip'}", *ASKED)
    assert "fields.npz: it is damaged" in said
    assert not (tmp_path / "x.zip").exists()


HOST, USER = "alices-laptop", "alice"


@pytest.fixture
def hidden(tmp_path: Path, restored_registries: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Trials of Alice's own pictures and plugin, on her machine, and their anonymous archive."""
    home = tmp_path / USER / "secret project"
    (home / "b").mkdir(parents=True)
    plugin = shutil.copy(ROOT / "examples" / "activation.py", home / "bell.py")
    monkeypatch.setattr(getpass, "getuser", lambda: USER)
    monkeypatch.chdir(home)
    for name, picture in (("photo.png", Image.radial_gradient("L")), ("b/photo.png", Image.linear_gradient("L"))):
        picture.save(home / name)
        small = ["--size=16", "--hidden_features=8", "--hidden_layers=1", "--steps=4", "--eval_every=2", "--threads=1"]
        small += [f"--image={home / name}", f"--runs={home / 'runs'}", f"--plugin={plugin}"]
        for activation in ("bell", "sine"):
            assert run.main(["--trial", *small, f"--activation={activation}"]) == 0
    for path in (home / "runs").glob("trials/*/record.json"):
        content = read_record(path.read_bytes())
        part = {"from_step": 0, "to_step": 2, "host": HOST}
        environment = {**content["environment"], "host": HOST, "parts": [part, {**part, "host": f"{HOST}-2"}]}
        notes = [*content["notes"], f"read {home / 'photo.png'} on {HOST}, see /home/alice/.cache/x.log"]
        path.write_text(record_text({**content, "environment": environment, "notes": notes}))
    archive = archived(home / "runs", tmp_path / "hidden.zip", "--by", "activation", "--anonymous")
    with zipfile.ZipFile(archive) as file:
        file.extractall(tmp_path / "unpacked")
    return {"home": home, "archive": archive, "folder": tmp_path / "unpacked"}


def test_what_is_left_of_a_name_is_found_and_chance_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "al")
    numbers = np.frombuffer(b"xx al yy laptop7 \0\xff", np.uint8)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, numbers=numbers)
    files = {
        "a.npz": buffer.getvalue(),
        "b.txt": b"by al, also; all",
        "c.txt": b"also all",
        "d.txt": b"in /data/al/runs/x",
    }
    (tmp_path / "e.svg").write_text("made on laptop7")
    hosts = Anonymous([{"config": {}, "environment": {"host": "laptop7"}}])
    found = [*hosts.leaks({**files, "e.svg": tmp_path / "e.svg"}, [Path("/data/al/runs")])]
    assert found == [
        "'laptop7' stands in a.npz",
        "'al' stands in b.txt",
        "'/data/al/runs' stands in d.txt",
        "'al' stands in d.txt",
        "'laptop7' stands in e.svg",
    ]


def everything(archive: Path) -> dict[str, bytes]:
    """Every file, and the members of those that are compressed; and the archive's own bytes, for its entries' data."""
    found = {"the archive": archive.read_bytes()}
    with zipfile.ZipFile(archive) as file:
        for name in file.namelist():
            found[name] = file.read(name)
            if name.endswith(".npz"):
                with zipfile.ZipFile(io.BytesIO(found[name])) as inner:
                    found |= {f"{name}/{member}": inner.read(member) for member in inner.namelist()}
    return found


def test_an_anonymous_archive_names_no_host_user_or_path(
    hidden: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, home = hidden["folder"], hidden["home"]
    for name, data in everything(hidden["archive"]).items():
        for word in (HOST, USER, "secret project", str(tmp_path), str(Path.home()) + "/", "/tmp/"):
            assert word.encode() not in data, (word, name)
    assert own(folder)[0] == 0
    records = {path.parent.name: read_record(path.read_bytes()) for path in folder.glob("trials/*/record.json")}
    assert len(records) == 4
    for trial, content in records.items():
        before = read_record((home / "runs" / "trials" / trial / "record.json").read_bytes())
        assert content["metrics"] == before["metrics"]
        assert content["environment"]["anonymised"] == "host, user and paths were left out, and the record sealed anew"
        assert content["environment"]["host"] == "machine 1"
        assert [part["host"] for part in content["environment"]["parts"]] == ["machine 1", "machine 2"]
        assert content["config"]["image"] in ("photo.png", "2-photo.png")
        assert content["config"] | {"image": ""} == before["config"] | {"image": ""}
        assert content["notes"][-1].startswith("read ")
        assert content["notes"][-1].endswith("on machine 1, see x.log")
    assert len({content["config"]["image"] for content in records.values()}) == 2
    assert (folder / "plugins" / "bell.py").read_bytes() == (home / "bell.py").read_bytes()
    table = printed(["table", str(folder), "--by", "activation", "--format=csv"], capsys)
    assert table == printed(["table", str(home / "runs"), "--by", "activation", "--format=csv"], capsys)
    assert_shown_and_verified(hidden, tmp_path / "desk", monkeypatch, capsys)


def assert_shown_and_verified(
    hidden: dict[str, Any], desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the picture lies under its name, the record of the plugin's activation is trained again."""
    folder = hidden["folder"]
    desk.mkdir()
    records = {path.parent.name: read_record(path.read_bytes()) for path in folder.glob("trials/*/record.json")}
    found = (trial for trial, c in records.items() if c["config"]["activation"] == "bell")
    trial = next(found)
    before = read_record((hidden["home"] / "runs" / "trials" / trial / "record.json").read_bytes())
    shutil.copy(before["config"]["image"], desk / records[trial]["config"]["image"])
    monkeypatch.chdir(desk)
    flags = [f"--runs={folder}", f"--plugin={folder / 'plugins' / 'bell.py'}"]
    capsys.readouterr()
    assert run.main([f"--show={trial}", *flags]) == 0
    assert "anonymised: host, user and paths were left out" in capsys.readouterr().out
    assert run.main([f"--verify={trial}", *flags]) == 0
    assert "all the same to the last digit" in capsys.readouterr().out
