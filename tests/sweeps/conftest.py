"""Every test starts with a plain environment, and leaves the process as it was."""

import os
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from needed import missing


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [*os.environ]:
        if name.startswith(("WANDB", "TTY_")) or name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "LINES"):
            monkeypatch.delenv(name)
    setting = torch.backends.mkldnn.matmul
    before = setting.fp32_precision
    yield
    setting.fp32_precision = before


@pytest.fixture
def ray_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where Ray keeps what it logs; the path is short because sockets are in it."""
    if find_spec("ray") is None:
        missing("the ray extra is not installed (pip install -c constraints.txt -e '.[ray]')")
    with tempfile.TemporaryDirectory(prefix="ray-") as folder:
        monkeypatch.setenv("RAY_TMPDIR", folder)
        yield Path(folder)
