"""Read and check the options of ``run.py`` that are no parameters of a trial. No torch here."""

import re
from argparse import Namespace

from inr.errors import UsageError

MOST = 1024
"""Threads, or workers; far more than that ends in a crash of the system's own."""

DRAWN_ANEW = "random"
"""The value of ``--distributions`` without a trial."""
DEVICES = "auto, cpu, cuda or cuda:N"


def check_execution(options: Namespace) -> None:
    """Raise :class:`UsageError` for a value of ``--device``, ``--threads``, ``--compile`` or the like that is none."""
    compiling_of(options)
    keeps_weights(options)
    keeps_maps(options)
    for name in ("threads", "workers"):
        count_of(options, name)
    if not re.fullmatch("auto|cpu|cuda(:[0-9]+)?", options.device):
        raise UsageError(f"--device got {options.device!r}: expected {DEVICES}")


def count_of(options: Namespace, name: str) -> int | None:
    """Read the number of threads or workers; None where none was given."""
    text = getattr(options, name)
    if text is None:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise UsageError(f"--{name} got {text!r}: expected an integer from 1 to {MOST}")
    return int(text)


def one_of(options: Namespace, name: str, choices: tuple[str, ...]) -> str:
    """Read an option that takes one of ``choices``."""
    value: str = getattr(options, name)
    if value not in choices:
        raise UsageError(f"--{name} got {value!r}: expected {', '.join(choices[:-1])} or {choices[-1]}")
    return value


def compiling_of(options: Namespace) -> str:
    """Read ``--compile``: auto, on or off."""
    return one_of(options, "compile", ("auto", "on", "off"))


def keeps_weights(options: Namespace) -> bool:
    """Read ``--keep_weights``."""
    return one_of(options, "keep_weights", ("true", "false")) == "true"


def keeps_maps(options: Namespace) -> bool:
    """Read ``--keep_maps``."""
    return one_of(options, "keep_maps", ("true", "false")) == "true"
