"""The flag ``--version``: what decides the numbers of a trial, beside the machine."""

import argparse
import platform
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

from inr.meaning import MEANING
from sweeps.screen.console import write
from sweeps.trial.environment import commit

NAME = "inr-activation-sweeps"


def versions() -> list[str]:
    """Tell the versions of this program, Python and PyTorch, one a line; PyTorch is not imported."""
    checkout = commit()
    return [
        f"{NAME} {_own()}, {f'commit {checkout}' if checkout else 'not from a checkout'}",
        f"Python {platform.python_version()}, PyTorch {metadata.version('torch')}",
        f"meaning of the numbers: {MEANING} (records of another meaning are other trials)",
    ]


def _own() -> str:
    """The version in the checkout's pyproject.toml; of an installed package, that of its metadata."""
    project = Path(__file__).parents[2] / "pyproject.toml"
    if not project.exists():
        return metadata.version(NAME)
    return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])


class ShowVersions(argparse.Action):
    """Print the versions and end the command, as argparse's own ``version`` does, but ask for them only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        """Print, and exit with 0."""
        write("".join(f"{line}\n" for line in versions()))
        parser.exit()


def add_version(parser: argparse._ActionsContainer) -> None:
    """Add the flag to a parser."""
    what = "print the versions of this program, Python and PyTorch, and the meaning of the numbers"
    parser.add_argument("--version", action=ShowVersions, nargs=0, help=what)
