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
