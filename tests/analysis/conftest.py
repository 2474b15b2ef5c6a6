"""Every test starts with an environment that knows nothing of W&B and of this terminal."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*os.environ]:
        if name.startswith(("WANDB", "TTY_")) or name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "LINES"):
            monkeypatch.delenv(name)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "runs"
