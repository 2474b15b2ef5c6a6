"""One thread: the tests are small, several processes share the cores, and sums keep their order."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from inr.choices import OPTIONS
from inr.families import FAMILIES
from inr.names import DECLARED
from inr.origins import PLUGINS

torch.set_num_threads(1)


@pytest.fixture
def restored_registries() -> Iterator[None]:
    """Choices and flat names as they were before the test, whatever it defines."""
    registries: list[dict[str, Any]] = [DECLARED, FAMILIES, PLUGINS, OPTIONS, *OPTIONS.values()]  # type: ignore[list-item]
    before = [dict(registry) for registry in registries]
    yield
    for registry, content in zip(registries, before, strict=True):
        registry.clear()
        registry.update(content)
