"""A copy of the checkout as a new user has it: the files that git tracks, and nothing that was built or run here."""

import os
import shutil
import subprocess
from pathlib import Path

import run

ROOT = Path(run.__file__).parent


def copy_to(folder: Path) -> Path:
    """The copy, which is no checkout of git's itself."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    for name in filter(None, tracked.decode().split("\0")):
        if (ROOT / name).is_file():  # one may be deleted and not yet committed
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def plain_environment(**more: str) -> dict[str, str]:
    """The environment of this process without what tests and terminals add to it."""
    unwanted = ("PYTHONPATH", "COLUMNS", "FORCE_COLOR", "NO_COLOR", "INR_STORAGE")
    kept = {name: value for name, value in os.environ.items() if name not in unwanted and not name.startswith("WANDB")}
    return {**kept, "OMP_NUM_THREADS": "1", **more}
