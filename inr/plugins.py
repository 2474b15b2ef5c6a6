"""Plugins: files of choices that the user names on the command line, executed as modules.

A plugin is one file. What it reads or imports beside the installed packages is no part of a trial's identity.
"""

import hashlib
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import inr.config  # noqa: F401 - its flat names are declared before any plugin's
from inr.choices import OPTIONS, registered
from inr.contract import check
from inr.errors import InputError, UsageError
from inr.families import FAMILIES
from inr.names import DECLARED
from inr.origins import PLUGINS, SHORT, Plugin


def load(argument: str) -> Plugin:
    """Execute a plugin, whose choices exist from then on; nothing for bytes that are loaded already.

    ``argument`` is a path, or ``PATH@sha256:DIGITS``, which takes no other bytes. Raises :class:`UsageError`, and
    leaves every choice as it was, for a file that cannot be read, fails, or defines no choice.
    """
    path, _, wanted = argument.rpartition("@sha256:")
    if not re.fullmatch("[0-9a-f]{8,64}", wanted):
        path, wanted = argument, ""
    data = _read(path)
    plugin = Plugin(str(Path(path).absolute()), hashlib.sha256(data).hexdigest())
    if not plugin.sha256.startswith(wanted):
        raise UsageError(
            f"--plugin={path} has other bytes than those that were asked for (sha256 {plugin.sha256[:SHORT]}, not "
            f"{wanted}): give the file as it was, or the whole command again for the file as it is"
        )
    if plugin.module in PLUGINS:
        return PLUGINS[plugin.module]
    _refuse_second_version(plugin)
    try:
        with _nothing_left_of_a_failure():
            _execute(plugin, data)
    except (Exception, SystemExit) as error:
        raise UsageError(f"--plugin={path} cannot be loaded{_line(error, plugin.path)}: {_reason(error)}") from error
    return plugin


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError as error:
        raise UsageError(f"--plugin={path} cannot be read: there is no such file; check the path") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"--plugin={path} cannot be read: {reason.lower()}; expected a Python file") from error


def _refuse_second_version(plugin: Plugin) -> None:
    for other in PLUGINS.values():
        if other.path == plugin.path:
            raise UsageError(
                f"--plugin={plugin.path} was loaded before with other bytes (sha256 {other.sha256[:SHORT]}, now "
                f"{plugin.sha256[:SHORT]}): begin a new process for the file as it is now"
            )


def _execute(plugin: Plugin, data: bytes) -> None:
    """Run the file as a module, and check what it defines."""
    code = compile(data.decode("utf-8-sig"), plugin.path, "exec", dont_inherit=True)
    module = ModuleType(plugin.module)
    module.__file__ = plugin.path
    sys.modules[plugin.module], PLUGINS[plugin.module] = module, plugin
    exec(code, module.__dict__)
    options = [option for option in registered() if option.__module__ == plugin.module]
    if not options:
        raise UsageError(
            f"it defines no choice: expected a class of {', '.join(sorted(OPTIONS))}, such as an Activation"
        )
    for option in options:
        check(option)


@contextmanager
def _nothing_left_of_a_failure() -> Iterator[None]:
    """The registries as they were, if the block fails."""
    registries: list[dict[Any, Any]] = [OPTIONS, *OPTIONS.values(), DECLARED, FAMILIES, PLUGINS]
    before = [dict(registry) for registry in registries]
    try:
        yield
    except BaseException:
        for name in PLUGINS.keys() - before[-1].keys():
            sys.modules.pop(name, None)
        for registry, content in zip(registries, before, strict=True):
            registry.clear()
            registry.update(content)
        raise


def _line(error: BaseException, path: str) -> str:
    """``, line 3``: the last line of the file that the error passed, or that could not be parsed."""
    passed = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == path]
    if isinstance(error, SyntaxError) and error.filename == path and error.lineno:
        passed.append(error.lineno)
    return f", line {passed[-1]}" if passed else ""


def _reason(error: BaseException) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not text in UTF-8; save it as such"
    said = error.msg if isinstance(error, SyntaxError) else str(error)
    first = (said.splitlines() or [""])[0]
    return first if isinstance(error, InputError) else f"{type(error).__name__}: {first}".removesuffix(": ")
