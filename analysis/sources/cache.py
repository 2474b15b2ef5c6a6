"""Read all records of a runs folder, through a cache file that makes the second reading fast.

The cache is one JSON file of columns, which can be deleted at any time. JSON parses 10,000 trials in a fraction of a
second. Parquet would need 100 MB of pyarrow, a pickle would put code into a data file, and SQLite's locks do not work
on shared folders. A cached row is valid while its record has the same modification time, size and inode. The first line
is a checksum of the rest. A folder without write permission is read without a cache.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from analysis.sources.rows import Row, columns_of, row_of
from inr.errors import InputError
from inr.record_content import read_record
from inr.words import nearest
from sweeps.record.files import replacing
from sweeps.record.folder import Record

NAME = ".analysis-cache"
FORMAT = 4
"""Raise it when a row of the same record comes to be another."""

Key = list[int]
"""Modification time in ns, size in bytes and inode of a ``record.json``."""

LEARNED = "learned"
"""The field of a record that those before it lack, because nothing but weights was trained: they are no less whole."""


@dataclass(frozen=True)
class Trials:
    """The content of a runs folder: key and row of each readable record, and the reasons for the unreadable ones."""

    keys: dict[str, Key]
    """Folder name → key, in the order of the rows."""
    columns: dict[str, list[Any]]
    damaged: dict[str, tuple[Key, str]] = field(default_factory=dict)
    """Folder name → (key of its record, why it cannot be read)."""
    foreign: dict[str, str] = field(default_factory=dict)
    """Folder name → how a record of another version differs."""
    empty: int = 0
    """The number of folders without a record."""


def read_trials(runs: Path) -> Trials:
    """Read every record of a runs folder, and update the cache. Raises :class:`InputError` if the folder is missing."""
    found, empty = _scan(runs)
    known = _load(runs / NAME)
    if known.keys == {name: key for name, key in found.items() if name not in known.damaged} and all(
        found.get(name) == key for name, (key, _) in known.damaged.items()
    ):
        return Trials(known.keys, known.columns, known.damaged, known.foreign, empty)
    trials = _update(runs, known, found)
    with contextlib.suppress(OSError):
        _save(runs / NAME, trials)
    return Trials(trials.keys, trials.columns, trials.damaged, trials.foreign, empty)


def _scan(runs: Path) -> tuple[dict[str, Key], int]:
    """List the records: folder name → key, sorted; and the number of folders without a record."""
    if not runs.is_dir():
        raise InputError(_refusal(runs))
    with contextlib.suppress(FileNotFoundError), os.scandir(runs / "trials") as entries:
        names = sorted(entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir())
        keys = {name: _key(f"{runs}/trials/{name}/record.json") for name in names}  # a Path takes longer than the stat
        found = {name: key for name, key in keys.items() if key}
        return found, len(keys) - len(found)
    return {}, 0


def _refusal(runs: Path) -> str:
    """Say why a path is no folder, with the nearest folder beside it."""
    instead = "give the folder that run.py got as --runs"
    if runs.exists():
        return f"not a runs folder, but a file: {str(runs)!r}; {instead}"
    beside = [path.name for path in runs.parent.iterdir() if path.is_dir()] if runs.parent.is_dir() else []
    near = nearest(runs.name, sorted(beside))
    return f"no such runs folder: {str(runs)!r}; {f'did you mean {str(runs.parent / near)!r}?' if near else instead}"


def _key(path: str) -> Key | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return [status.st_mtime_ns, status.st_size, status.st_ino]


def _update(runs: Path, known: Trials, found: Mapping[str, Key]) -> Trials:
    """Keep the known rows whose records are unchanged, and read the other records."""
    kept = {name: i for i, (name, key) in enumerate(known.keys.items()) if found.get(name) == key}
    foreign = {name: text for name, text in known.foreign.items() if name in kept}
    rows, damaged = {}, {}
    for name in sorted(found.keys() - kept.keys()):  # sorted: the first records decide the order of the columns
        try:
            rows[name], differs = _read(runs / "trials" / name)
            foreign.update({name: differs} if differs else {})
        except (OSError, ValueError) as error:
            damaged[name] = (found[name], str(error))
    columns = _merged(known.columns, kept, rows)
    return Trials({n: found[n] for n in sorted([*kept, *rows])}, columns, damaged, foreign)


def _merged(columns: Mapping[str, list[Any]], kept: Mapping[str, int], rows: Mapping[str, Row]) -> dict[str, list[Any]]:
    """Merge kept and new rows, sorted by folder name. Column by column is ten times as fast as row by row."""
    names = [*kept, *rows]
    order = sorted(range(len(names)), key=names.__getitem__)
    new = columns_of([*rows.values()])
    merged = {}
    for column in dict.fromkeys([*columns, *new]):
        old = columns.get(column)
        values = [None if old is None else old[i] for i in kept.values()] + new.get(column, [None] * len(rows))
        # a config field is never None in a record: a column of None belongs to no trial any more
        if "/" in column or any(value is not None for value in values):
            merged[column] = [values[i] for i in order]
    return merged


def _read(folder: Path) -> tuple[Row, str]:
    """Read a record: its row, and how its fields differ from this version's. Raises ValueError if damaged."""
    record = read_record((folder / "record.json").read_bytes())
    if record["trial_id"] != folder.name:
        raise ValueError(f"it is the record of trial {record['trial_id']}")
    return row_of(record, "records", None), _difference(record)


def _difference(record: Mapping[str, Any]) -> str:
    ours = [f.name for f in fields(Record)]
    missing = [name for name in ours if name not in record and name != LEARNED]
    unknown = [name for name in record if name not in ours]
    parts = {"without": missing, "with the unknown": unknown}
    return " and ".join(f"{word} {', '.join(names)}" for word, names in parts.items() if names)


def _load(path: Path) -> Trials:
    """Read the cache; it is empty if the file is missing, damaged or of another version."""
    try:
        digest, _, text = path.read_bytes().partition(b"\n")
        if digest.decode() == _digest(text):
            content = json.loads(text)
            return Trials(content["keys"], content["columns"], content["damaged"], content["foreign"])
    except (OSError, ValueError, KeyError):
        pass
    return Trials({}, {})


def _save(path: Path, trials: Trials) -> None:
    content = {name: getattr(trials, name) for name in ("keys", "columns", "damaged", "foreign")}
    text = json.dumps(content, separators=(",", ":")).encode()
    with replacing(path) as file:
        file.write(f"{_digest(text)}\n".encode() + text)


def _digest(text: bytes) -> str:
    return hashlib.blake2b(b"%d " % FORMAT + text, digest_size=16).hexdigest()
