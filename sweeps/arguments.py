"""The parser of both command lines, for which a wrong argument is one sentence."""

import argparse
from collections.abc import Mapping
from typing import Any, NoReturn

from inr.errors import UsageError


class Parser(argparse.ArgumentParser):
    """A parser that raises :class:`UsageError` instead of printing the usage and ending the process."""

    def error(self, message: str) -> NoReturn:
        """Raise the mistake, the flag first."""
        flag, _, reason = message.removeprefix("argument ").partition(": ")
        raise UsageError(f"{flag}: {reason}; see --help" if reason else f"{message}; see --help")


def refuse_empty(options: Mapping[str, Any]) -> None:
    """Raise :class:`UsageError` for the first option whose value is empty: an unset variable of a shell makes one.

    ``options`` are values by what a person writes, such as ``--runs``.
    """
    for name, value in options.items():
        if value == "":
            raise UsageError(f"{name} got '': expected a value, or leave it out (is a variable of the shell not set?)")
