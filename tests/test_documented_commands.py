"""Every command of README.md and DESIGN.md runs in a fresh copy of the checkout, or fails here.

Trials are shrunk, and what needs the world outside is checked as far as it can be here. A command that is not known
to this test is a failure: it says here how it is checked, or it is not documented.
"""

import importlib.util
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jupytext
import numpy as np
import optuna
import pytest
import torch
from checkout import ROOT, copy_to, plain_environment
from documented import TINY, commands, run_all, shrink, tiny, words_of
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from PIL import Image
from wandb.cli.cli import cli

import run
from analysis.sources import mirror
from analysis.sources.load import load
from inr.errors import InputError
from sweeps.crew.launchers import Job, launch, read_options
from sweeps.crew.sweep import default_storage
from sweeps.file.spec import load_spec
from sweeps.flags import parse
from sweeps.record.folder import Runs
from sweeps.search.storage_url import checked
from sweeps.trial.stopping import Interrupts

DOCUMENTS = ("README.md", "DESIGN.md")
DOCUMENTED = [command for name in DOCUMENTS for command in commands((ROOT / name).read_text(encoding="utf-8"))]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

SMALL = {
    "tests.benchmarks.steps": ["--size=16", "--width=8", "--large=16", "--repeats=1", "--threads=1", "--compile=off"],
    "tests.benchmarks.tasks": ["--tasks=audio", "--width=8", "--repeats=1", "--threads=1", "--compile=off"],
    "tests.benchmarks.sweep": ["--trials=1", "--seconds=0.05", "--points=8", "--recorded=2"],
}
"""What makes the benchmarks small."""


def local(command: str) -> list[str] | None:
    """The command as :func:`documented.run_all` takes it, shrunk; None where it needs more than this machine."""
    words = words_of(command)
    if re.search(r"…|\bFILE\b|SWEEP_ID|wandb:", command):
        return None
    if words[:2] == ["python", "run.py"]:
        narrow = ["--hidden_features=8"] if "--distributions" in words else []
        return ["run.py", *(tiny(words[2:]) if "--trial" in words else words[2:]), *narrow]
    if words[:3] == ["python", "-m", "analysis"]:
        return words[2:]
    if words[:2] == ["python", "-m"] and words[2] in SMALL:
        return [*words[2:], *SMALL[words[2]]]
    return None


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with small sweeps, and with the pictures of a user."""
    folder = copy_to(tmp_path_factory.mktemp("checkout"))
    for sweep in (folder / "sweeps").glob("*.yaml"):
        shrink(sweep)
    for name in ("photo.jpg", "image.png"):
        Image.radial_gradient("L").save(folder / name)
    return folder


def made_by(target: str, checkout: Path) -> list[str]:
    """The commands that ``make`` would run for a target, once everything is installed."""
    installed = checkout / ".venv" / "installed"
    installed.parent.mkdir(exist_ok=True)
    installed.touch()
    command = ["make", "--no-print-directory", "-n", target]  # these tests may run under a make themselves
    said = subprocess.run(command, cwd=checkout, capture_output=True, text=True, env=plain_environment())
    assert said.returncode == 0, said.stderr
    return said.stdout.replace(".venv/bin/", "").splitlines()


def test_every_command_that_needs_nothing_else_runs(checkout: Path) -> None:
    made = [line for command in DOCUMENTED if command.startswith("make ") for line in made_by(command[5:], checkout)]
    run = [words for command in dict.fromkeys([*DOCUMENTED, *made]) if (words := local(command))]
    assert {"run.py", "analysis", *SMALL} <= {words[0] for words in run}
    said = run_all(checkout, run)
    assert said.count("\n$ ") + said.startswith("$ ") == len(run)
    assert (checkout / "activations.html").is_file()
    assert [load_spec(path).name for path in (checkout / "chosen").iterdir()]
    journal = str(checkout / "runs" / "sweeps" / "activations.journal")
    assert optuna.get_all_study_names(JournalStorage(JournalFileBackend(journal))) == ["activations"]


def extra(command: str, checkout: Path) -> None:
    (name,) = re.findall(r"^pip install -e '\.\[(\w+)\]'$", command)
    assert PROJECT["optional-dependencies"][name]


def target(command: str, checkout: Path) -> None:
    for line in made_by(command.removeprefix("make "), checkout):
        if not local(line):
            handler(line)(line, checkout)


def small_steps(command: str, checkout: Path) -> None:
    """Minutes of steps: the flags are known, and what they are compared with is there."""
    words = [word for word in words_of(command) if word != "OMP_NUM_THREADS=1"]
    own = [sys.executable, *words[1:], "--help"]
    done = subprocess.run(own, cwd=checkout, capture_output=True, text=True, env=plain_environment())
    assert done.returncode == 0, done.stderr
    assert (checkout / "tests" / "benchmarks" / "small.json").is_file()


def tool(command: str, checkout: Path) -> None:
    """A tool of the test extra: it is installed here, and runs."""
    name = command.split()[0]
    assert any(re.match(rf"{'import-linter' if name == 'lint-imports' else name}\b", t) for t in _test_extra())
    quick = words_of(command)[1:] if name == "ruff" else ["--help"]
    done = subprocess.run([Path(sys.executable).with_name(name), *quick], cwd=checkout, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def _test_extra() -> list[str]:
    found: list[str] = PROJECT["optional-dependencies"]["test"]
    return found


def suite(command: str, checkout: Path) -> None:
    """The tests are found by the flags; that they pass is what is being seen."""
    words = words_of(command)
    assert words[:4] == ["OMP_NUM_THREADS=1", "python", "-m", "pytest"]
    own = [sys.executable, "-m", "pytest", "--collect-only", "tests/test_wheel.py", *words[4:], "-n0"]
    done = subprocess.run(own, cwd=checkout, capture_output=True, text=True, env=plain_environment())
    assert done.returncode == 0, done.stdout
    assert "test_a_trial_and_a_sweep" in done.stdout


def launcher(command: str, checkout: Path) -> None:
    """The flags are ours, and the options those of submitit or Ray; tests/sweeps/test_launchers.py starts workers."""
    options, _ = parse(["--sweep=x.yaml", *words_of(command)])
    given = read_options(options.launcher_options)
    assert int(options.workers) == 8
    job = Job(["true"], checkout / "launched")
    if options.launcher == "slurm":
        launch("slurm", job, 8, {**given, "cluster": "debug"}, Interrupts())
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "ray", None)  # it would wait for a cluster, after it has looked at the options
        with pytest.raises(InputError, match="needs ray: install it"):
            launch("ray", job, 8, given, Interrupts())


def database(command: str, checkout: Path) -> None:
    options, _ = parse(words_of(command)[2:])
    assert checked(options.storage.replace("…", "host/database"), "--storage") == "postgresql://host/database"


def agent(command: str, checkout: Path) -> None:
    assert parse(words_of(command)[2:])[0].agent == "SWEEP_ID"


def wandb_command(command: str, checkout: Path) -> None:
    """A command of W&B's with arguments that it takes; tests/sweeps/test_true_cli.py runs them against a server."""
    _, name, *words = words_of(command)
    files = [word for word in words if word.endswith(".yaml")]
    assert all(load_spec(ROOT / file) for file in files)
    wanted = {"agent": ["entity/project/sweep"], "sweep-scheduler": ["entity/project/sweep"]}.get(name, files)
    assert cli.commands[name].make_context(name, list(wanted)).params


def project(command: str, checkout: Path) -> None:
    """The source is of W&B's form; tests/analysis/test_sources.py reads one from a server."""
    (source,) = [word for word in words_of(command) if word.startswith("wandb:")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mirror, "_runs", lambda path, sweep: [])
        assert load(source).attrs["notes"] == [f"{source} has no runs of trials"]


def dashboard(command: str, checkout: Path) -> None:
    """The journal is where a shipped sweep leaves it; that it is one is seen where the commands run."""
    _, flag, kind, journal = words_of(command)
    assert (flag, kind) == ("--storage-class", "JournalFileStorage")
    assert default_storage(load_spec(ROOT / "sweeps" / f"{Path(journal).stem}.yaml"), Runs("runs")) == Path(journal)
    assert any(name.startswith("optuna-dashboard") for name in PROJECT["optional-dependencies"]["dashboard"])


def notebooks(command: str, checkout: Path) -> None:
    assert words_of(command)[1] == "lab"
    found = list((checkout / words_of(command)[2]).glob("*.py"))
    assert len(found) == 3
    assert all(len(jupytext.read(path).cells) > 3 for path in found)
    assert any(name.startswith("jupyterlab") for name in PROJECT["optional-dependencies"]["notebooks"])


KNOWN: dict[str, Callable[[str, Path], None]] = {
    r"pip install -e '\.\[": extra,
    r"make ": target,
    r"(ruff|mypy|lint-imports)\b": tool,
    r"OMP_NUM_THREADS=1 python -m pytest ": suite,
    r"(OMP_NUM_THREADS=1 )?python -m tests\.benchmarks\.small": small_steps,
    r"--launcher=": launcher,
    r"python run\.py --sweep FILE --storage ": database,
    r"python run\.py --agent SWEEP_ID$": agent,
    r"wandb (sweep|agent|sweep-scheduler)\b": wandb_command,
    r"python -m analysis \w+ wandb:": project,
    r"optuna-dashboard ": dashboard,
    r"jupyter ": notebooks,
}
"""Commands that :func:`local` does not run, and how each is checked."""


def handler(command: str) -> Callable[[str, Path], None]:
    found = [check for pattern, check in KNOWN.items() if re.match(pattern, command)]
    assert found, f"{command!r} is documented, and no test runs it: let local() run it, or add it to KNOWN"
    return found[0]


@pytest.mark.parametrize("command", [command for command in DOCUMENTED if not local(command)])
def test_a_command_that_needs_more_is_right_as_far_as_can_be_seen_here(command: str, checkout: Path) -> None:
    handler(command)(command, checkout)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_the_example_in_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```\n(import .*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    assert run.main(["--trial", "--size=16", *(f"--{name}={value}" for name, value in TINY.items())]) == 0
    (trial,) = (tmp_path / "runs" / "trials").iterdir()
    lines = example.replace("<trial_id>", trial.name).replace("size=128", "size=16").replace("steps=300", "steps=2")
    kept = [line for line in lines.splitlines() if "onnx" not in line or importlib.util.find_spec("onnxscript")]
    assert len(kept) >= 7
    names: dict[str, Any] = {}
    exec("\n".join(kept), names)
    value = names["network"].value(names["x"])
    assert value.shape == (2, 1)
    assert np.allclose(names["module"](torch.tensor(names["x"]).float()).detach(), value, atol=1e-5)


def test_nothing_in_a_block_is_passed_over() -> None:
    assert len(DOCUMENTED) > 25
    for name in DOCUMENTS:
        blocks = re.findall(
            r"^```\n(.*?)^```$", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
        )
        assert all(block.startswith(("run.py ", "import ")) or commands(f"```\n{block}```") for block in blocks)
    assert commands("```\npython run.py --trial  # x\ndocker run x\n```\n`make x`") == [
        "python run.py --trial",
        "docker run x",
        "make x",
    ]
    with pytest.raises(AssertionError, match="'docker run x' is documented, and no test runs it"):
        handler("docker run x")
