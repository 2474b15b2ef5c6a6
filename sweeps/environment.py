"""The machine, versions and commit of a trial, so that a number can be traced."""

import functools
import platform
import socket
import subprocess
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("torch", "numpy", "scipy", "scikit-image", "opencv-python", "optuna", "wandb")


@functools.cache
def environment() -> Mapping[str, Any]:
    """Commit, versions, host and processor, as they were when the process first asked: that code is what it runs."""
    return {
        "commit": commit(),
        "host": socket.gethostname(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        **{package: metadata.version(package) for package in PACKAGES},
    }


def commit() -> str | None:
    """The checkout's commit, "+changes" if files that git tracks differ from it; None outside a checkout.

    Installed packages may lie inside the checkout of something else, which does not track them.
    """
    here = Path(__file__).parent
    try:
        _git(here, "ls-files", "--error-unmatch", Path(__file__).name)
        head = _git(here, "rev-parse", "HEAD")
        changed = _git(here, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return None
    return head + ("+changes" if changed else "")


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.strip()
