"""The tasks. To add one, write one file in this folder: it is found and tested."""

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any, cast

from inr.choices import options
from inr.tasks.base import Task
from inr.tasks.unknown import Unknown

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

TASKS = cast(dict[str, type[Task]], options("task"))
"""Name → class of every task."""

_FIRST = "image"
"""The task of records that were written before there were others."""


def with_task(config: Mapping[str, Any]) -> dict[str, Any]:
    """Name the task in a flat config; records of before lack it."""
    return {"task": _FIRST, **config}


def task_of(config: Mapping[str, Any]) -> type[Task]:
    """Find the task of a flat config; :class:`Unknown` for one that is not there, as a plugin's may not be."""
    return TASKS.get(with_task(config)["task"], Unknown)


__all__ = ["TASKS", "Task", "task_of", "with_task"]
