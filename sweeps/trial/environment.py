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
    """The commit, host, platform, and versions of Python and packages.

    They are read once per process, because a process runs the code that it loaded.
    """
    return {
        "commit": commit(),
        "host": socket.gethostname(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        **{package: metadata.version(package) for package in PACKAGES},
    }


def commit() -> str | None:
    """The checkout's commit, with "+changes" if tracked files differ from it; None outside a checkout.

    A checkout that does not track this file does not count: the package may be installed inside another project.
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
