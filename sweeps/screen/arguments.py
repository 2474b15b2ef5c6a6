"""The argument parser of both command lines; it reports a wrong argument in one sentence."""

import argparse
from collections.abc import Collection, Mapping
from typing import Any, NoReturn

from inr.errors import UsageError
from inr.words import unknown_flag


class Parser(argparse.ArgumentParser):
    """A parser that raises :class:`UsageError` instead of printing the usage and ending the process."""

    def error(self, message: str) -> NoReturn:
        """Raise :class:`UsageError` with argparse's message, the flag first."""
        flag, _, reason = message.removeprefix("argument ").partition(": ")
        raise UsageError(f"{flag}: {reason}; see --help" if reason else f"{message}; see --help")


def refuse_empty(options: Mapping[str, Any]) -> None:
    """Raise :class:`UsageError` for the first option whose value is the empty string.

    An unset shell variable gives one. ``options`` maps flags, such as ``--runs``, to values.
    """
    for name, value in options.items():
        if value == "" or (isinstance(value, list) and "" in value):
            raise UsageError(f"{name} got '': expected a value, or leave it out (is a variable of the shell not set?)")


def spelled(argument: str, known: Collection[str], joint: str) -> str:
    """Spell a flag as it is known, with ``joint`` ("-" or "_") between its words; leave other arguments unchanged.

    Raises :class:`UsageError` for an unknown flag, with the nearest one.
    """
    if not argument.startswith("--"):
        return argument
    name, equals, value = argument.partition("=")
    flag = "--" + name[2:].replace("-", joint).replace("_", joint)
    if flag not in known:
        raise UsageError(f"unknown flag {name}: {unknown_flag(flag, known)}")
    return flag + equals + value
