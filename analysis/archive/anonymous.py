"""Leave out of records who made them: hosts, users and paths. Numbers stay, and so does the identity of each trial.

A host becomes ``machine 1``, ``machine 2`` …, so that trials of different machines still are; a path becomes the name
of its file. What is packed is looked through once more, see :func:`leaks`.
"""

import getpass
import io
import re
import socket
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from analysis.archive.pack import Content

NOTE = "anonymised"
SAID = "host, user and paths were left out, and the record sealed anew"
"""The entry of the environment of a record that was changed here."""

_PATH = re.compile(r"(?<![\w.:/<~])(?:~|\.{1,2})?/(?:[\w.@+~-]+/)*([\w.@+~-]+)/?")
"""A path with its folders: absolute, or from a home, from this folder, or from the one above."""
TELLING = 5
"""Bytes of a word that is looked for among numbers."""
_PLAIN = ("localhost", "root")
"""Names of hosts and users that give nobody away."""


class Anonymous:
    """The names that stand for hosts and files, the same in all records."""

    def __init__(self, contents: Iterable[Mapping[str, Any]]) -> None:
        self.hosts: dict[str, str] = {}
        self.files: dict[str, str] = {}
        for content in contents:
            for host in _hosts(content):
                self.hosts.setdefault(host, f"machine {len(self.hosts) + 1}")
            for path in _paths(content):
                self.files.setdefault(path, _free(PurePath(path).name, {*self.files.values()}))

    def record(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return the content of a record without hosts, users and paths; its environment says so."""
        changed: dict[str, Any] = self._left(content)
        return {**changed, "environment": {**changed.get("environment", {}), NOTE: SAID}}

    def text(self, said: str) -> str:
        """Replace what a text says of hosts and paths."""
        if said in self.files:
            return self.files[said]
        for path in sorted(self.files, key=len, reverse=True):
            said = said.replace(path, self.files[path])
        said = _PATH.sub(r"\1", said)
        if not self.hosts:
            return said
        longest_first = "|".join(map(re.escape, sorted(self.hosts, key=len, reverse=True)))
        return re.sub(rf"(?<!\w)(?:{longest_first})(?!\w)", lambda found: self.hosts[found[0]], said)

    def leaks(self, files: Mapping[str, Content], folders: Iterable[Path]) -> Iterator[str]:
        """Tell in which files a name still stands: of a host, of this user, or of one of the ``folders``."""
        words = {*self.hosts, socket.gethostname(), getpass.getuser()} - {*_PLAIN}
        above = {str(folder) for folder in (Path.home(), *(folder.absolute() for folder in folders))} - {"/"}
        wanted = sorted({*words, *above} - {""})
        for name, content in sorted(files.items()):
            for data in _decompressed(content.read_bytes() if isinstance(content, Path) else content):
                yield from (f"{word!r} stands in {name}" for word in wanted if _stands(word, data))

    def _left(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self._left(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._left(item) for item in value]
        return self.text(value) if isinstance(value, str) else value


def _hosts(content: Mapping[str, Any]) -> Iterator[str]:
    environment = content.get("environment") or {}
    parts = environment.get("parts") or ()
    for facts in (environment, *(part for part in parts if isinstance(part, Mapping))):
        if isinstance(facts.get("host"), str) and facts["host"]:
            yield facts["host"]


def _paths(content: Mapping[str, Any]) -> Iterator[str]:
    """List the files that a trial fits, and those of its plugins, as the record names them."""
    yield from (value for value in content["config"].values() if isinstance(value, str) and "/" in value)
    plugins = (content.get("environment") or {}).get("plugins") or ()
    yield from (p["file"] for p in plugins if isinstance(p, Mapping) and isinstance(p.get("file"), str))


def _free(name: str, taken: set[str]) -> str:
    """Return the name of a file, with a number before it where two files of different folders have it."""
    found = next(k for k in range(len(taken) + 1) if (f"{k + 1}-{name}" if k else name) not in taken)
    return f"{found + 1}-{name}" if found else name


def _decompressed(data: bytes) -> Iterator[bytes]:
    """Give the bytes of a file, or those of its members where it is a zip file, such as an ``.npz``."""
    if not data.startswith(b"PK"):
        yield data
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        yield "\n".join(archive.namelist()).encode()
        yield from map(archive.read, archive.namelist())


def _stands(word: str, data: bytes) -> bool:
    """Tell whether a word stands in a file; among numbers every short one does, by chance."""
    if len(word.encode()) < TELLING and not _is_text(data):
        return False
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)".encode(), data) is not None


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in data
