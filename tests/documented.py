"""The commands that README.md and DESIGN.md give, and a process that runs them in a copy of the checkout."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import yaml
from checkout import plain_environment

PROGRAMS = ("python", "make", "wandb", "pip", "jupyter", "optuna-dashboard")
_PROGRAM = re.compile(rf"(?:{'|'.join(PROGRAMS)}) ")

TINY = {"steps": 2, "hidden_features": 8, "hidden_layers": 0, "eval_every": 1}
_ALIASES = {"n_epochs": "steps"}


def commands(text: str) -> list[str]:
    """Every command of a Markdown text, in its order: the lines of blocks of commands, and inline code.

    A line of such a block that calls none of :data:`PROGRAMS` is a command too: whoever reads the list must know it.
    """
    found: list[str] = []
    for prose, block in re.findall(r"(.*?)(?:^```\n(.*?)^```$|\Z)", text, flags=re.DOTALL | re.MULTILINE):
        found += [
            code for code in re.findall(r"`([^`\n]+)`", prose) if _PROGRAM.match(code) or code.startswith("--launcher")
        ]
        if _PROGRAM.match(block):
            found += [command for line in block.splitlines() for command in _of_line(line)]
    return list(dict.fromkeys(" ".join(command.split()) for command in found))


def _of_line(line: str) -> Iterable[str]:
    command, _, comment = line.partition("  #")
    yield from command.split("&&")
    if _PROGRAM.match(comment.strip()):
        yield comment.strip().partition(";")[0]


def tiny(words: list[str]) -> list[str]:
    """A trial's flags with the values of :data:`TINY`, in the spelling in which they are given."""
    words = [part for word in words for part in (word.split("=", 1) if word.startswith("--") else [word])]
    missing = dict(TINY)
    for i, word in enumerate(words):
        name = word.removeprefix("--")
        if word.startswith("--") and _ALIASES.get(name, name) in TINY:
            words[i + 1] = str(missing.pop(_ALIASES.get(name, name)))
    return [*words, *(f"--{name}={value}" for name, value in missing.items())]


def shrink(sweep: Path) -> None:
    """Make the trials of a sweep file tiny, and their number small; what is compared stays."""
    content = yaml.safe_load(sweep.read_text(encoding="utf-8"))
    parameters = content["parameters"]
    for name, block in parameters.items():
        if "values" in block and len(block["values"]) > 2:
            parameters[name] = {**block, "values": [block["values"][0], block["values"][-1]]}
    content["parameters"] = {**parameters, **{name: {"value": value} for name, value in TINY.items()}}
    sweep.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


_RUN = """
import json, os, sys, traceback
import run
from analysis import commands
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])  # one worker a sweep

def ours(words):
    program, *arguments = words
    if program == "run.py":
        return run.main(arguments)
    if program == "analysis":
        return commands.main(arguments)
    return benchmark(program, arguments)

def benchmark(program, arguments):
    module = __import__(program, fromlist=["main"])
    sys.argv = [program, *arguments]
    if hasattr(module, "command"):
        module.command = lambda folder, *given: in_folder(folder, given)
    module.main()
    return 0

def in_folder(folder, given):
    before = os.getcwd()
    os.chdir(folder)
    try:
        assert run.main(list(given)) == 0
    finally:
        os.chdir(before)
    return 1.0

for words in json.loads(sys.argv[1]):
    print("$", *words, flush=True)
    try:
        code = ours(words)
    except SystemExit as end:
        code = end.code
    if code:
        print(f"ended with {code}: {words}", file=sys.stderr, flush=True)
        sys.exit(3)
"""
"""Runs commands one after another in one process: what they import takes longer than they do.

The commands that a benchmark of sweeps times are run in the process as well.
"""


def run_all(checkout: Path, commands: list[list[str]]) -> str:
    """Run commands of ours in the folder, each a program (``run.py``, ``analysis``, a module) and its arguments."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN, json.dumps(commands)],
        cwd=checkout,
        env=plain_environment(),
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def words_of(command: str) -> list[str]:
    """The words of a command as a shell reads them."""
    return shlex.split(command)
