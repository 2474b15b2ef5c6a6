"""The origin of a class: the package, or a plugin, which is a file that the user names on the command line."""

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from inr.errors import UsageError

DIGEST = "[0-9a-f]{64}"
SHORT = 16
"""Hexadecimal digits of a digest in a command and in a sentence."""


@dataclass(frozen=True)
class Plugin:
    """A file of choices, and the bytes that were executed."""

    path: str
    """Absolute."""
    sha256: str
    """64 hexadecimal digits."""

    @property
    def module(self) -> str:
        """The name of the module that the file becomes; the same bytes have one name, wherever they lie."""
        return f"inr_plugin_{self.sha256}"

    @property
    def argument(self) -> str:
        """The value of ``--plugin`` that takes these bytes and refuses others."""
        return f"{self.path}@sha256:{self.sha256[:SHORT]}"


Used = tuple[str, Plugin]
"""The ``kind.name`` of a choice, and the plugin that defines it."""

PLUGINS: dict[str, Plugin] = {}
"""Name of a module → the plugin that it was made of."""


def origins(cls: type) -> tuple[Plugin, ...]:
    """List the plugins that define a class or one of its bases."""
    return tuple(dict.fromkeys(PLUGINS[base.__module__] for base in cls.__mro__ if base.__module__ in PLUGINS))


def place(cls: type) -> str:
    """Name the module of a class; of a plugin's class, the file."""
    plugin = PLUGINS.get(cls.__module__)
    return plugin.path if plugin else cls.__module__


def to_record(used: Iterable[Used]) -> list[dict[str, str]]:
    """Write what a trial used as its record has it, under ``environment/plugins``."""
    return [{"choice": choice, "file": plugin.path, "sha256": plugin.sha256} for choice, plugin in used]


def from_record(content: Any) -> list[Used]:
    """Read what :func:`to_record` wrote; nothing for any other content."""
    return [used for item in content if (used := _used(item))] if isinstance(content, list) else []


def _used(item: Any) -> Used | None:
    match item:
        case {"choice": str(choice), "file": str(file), "sha256": str(sha256)} if re.fullmatch(DIGEST, sha256):
            return choice, Plugin(file, sha256)
    return None


def flags(used: Iterable[Used]) -> list[str]:
    """List the flags with which a command takes these plugins, and no other versions of them."""
    return [f"--plugin={plugin.argument}" for plugin in dict.fromkeys(plugin for _, plugin in used)]


def refuse_missing(used: Iterable[Used]) -> None:
    """Raise :class:`UsageError` for a plugin that is not loaded with the bytes that made a trial."""
    for choice, plugin in used:
        if plugin.module not in PLUGINS:
            raise UsageError(
                f"{choice} is defined by the plugin {plugin.path} (sha256 {plugin.sha256[:SHORT]}), which is not "
                f"loaded: give {shlex.quote(f'--plugin={plugin.argument}')}"
            )
