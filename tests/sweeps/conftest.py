"""Every test starts with a plain environment, and leaves the process as it was."""

import os
from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [*os.environ]:
        if name.startswith(("WANDB", "TTY_")) or name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "LINES"):
            monkeypatch.delenv(name)
    setting = torch.backends.mkldnn.matmul
    before = setting.fp32_precision
    yield
    setting.fp32_precision = before
