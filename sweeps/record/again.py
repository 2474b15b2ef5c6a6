"""The command that makes a recorded trial again."""

import shlex
from collections.abc import Mapping
from typing import Any

from inr.words import exact


def again(config: Mapping[str, Any], plugins: str = "", **how: Any) -> str:
    """Write the command line of a trial, flag by flag, for a shell.

    ``config`` is flat and resolved; ``plugins`` are the flags of its plugins, quoted; ``how`` are flags of the
    execution, such as ``threads``.
    """
    flags = (f"--{name}={exact(value)}" for name, value in {**config, **how}.items())
    return " ".join(filter(None, ["python run.py --trial", plugins, *map(shlex.quote, flags)]))


def execution_of(environment: Mapping[str, Any]) -> dict[str, Any]:
    """Give the flags that decide a trial's last digits: its sweep may have compiled what it alone would not."""
    threads, compiled = (environment.get(name) for name in ("threads", "compiled"))
    found = {"threads": threads, "compile": None if compiled is None else "on" if compiled else "off"}
    return {name: value for name, value in found.items() if value is not None}
