"""Lay out the trials of an archive as a runs folder of their own, from which its tables and pictures are made."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.archive.anonymous import Anonymous
from analysis.archive.pack import Content
from inr.errors import InputError
from inr.record_content import checksum, damaged, file_checksum, read_record, record_text
from inr.tasks import task_of, with_task
from sweeps.record import figure
from sweeps.record.folder import RecordFolder

RECORD = "record.json"


@dataclass(frozen=True)
class Staged:
    """The trials of an archive."""

    runs: Path
    """The runs folder."""
    contents: dict[str, dict[str, Any]]
    """``trial_id`` → what its record says, of the trials that the tables report."""
    day: date
    """The day on which the newest of the records was written."""
    anonymous: Anonymous | None

    def files(self) -> dict[str, Content]:
        """Name → where it is read, of every file of the records."""
        found = (path for path in (self.runs / "trials").glob("*/*") if not path.name.startswith("."))
        return {path.relative_to(self.runs).as_posix(): path for path in found}


def stage(trials: pd.DataFrame, chosen: Collection[str], runs: Path, hidden: bool) -> Staged:
    """Lay out the records of a frame's trials below ``runs``, without their hosts, users and paths if ``hidden``.

    Of the ``chosen`` trials all files are there, of those on which they were chosen the record alone. Raises
    :class:`InputError` for a trial without a record, and for a file that is not what was written.
    """
    folders = {str(row["trial_id"]): Path(row["folder"]) for _, row in trials.iterrows()}
    texts = {name: (folder / RECORD).read_bytes() for name, folder in folders.items()}
    contents = {name: _read(folders[name], text) for name, text in texts.items()}
    anonymous = Anonymous(contents.values()) if hidden else None
    for name, content in contents.items():
        target = runs / "trials" / name
        target.mkdir(parents=True)
        if name in chosen:
            _link(folders[name], target, content)
        if anonymous:
            contents[name] = content = _redrawn(target, content, anonymous.record(content))
            texts[name] = record_text(content).encode()
        (target / RECORD).write_bytes(texts[name])
    newest = max((folder / RECORD).stat().st_mtime for folder in folders.values())
    reported = {name: content for name, content in contents.items() if name in chosen}
    return Staged(runs, reported, datetime.fromtimestamp(newest, UTC).date(), anonymous)


def _read(folder: Path, text: bytes) -> dict[str, Any]:
    try:
        return read_record(text)
    except ValueError as error:
        raise InputError(f"cannot read {folder / RECORD}: it is not a record ({error})") from error


def _link(folder: Path, target: Path, content: Mapping[str, Any]) -> None:
    """Link the files of a record, once their checksums are seen to fit."""
    for name, digest in content.get("files", {}).items():
        if not (folder / name).is_file() or file_checksum(folder / name) != digest:
            raise damaged(folder / name)
        (target / name).symlink_to((folder / name).absolute())


def _redrawn(target: Path, before: Mapping[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Draw the figure of a trial anew where its title named a path; without its task there is none."""
    folder = RecordFolder(target)
    name = folder.figure.name
    if before["config"] == after["config"] or name not in after.get("files", {}):
        return after
    config = with_task(after["config"])
    panels = task_of(config).panels(folder.arrays("fields"))
    folder.figure.unlink()
    if not panels:
        return {**after, "files": {file: digest for file, digest in after["files"].items() if file != name}}
    steps = max(row["step"] for row in folder.history())
    drawn = figure.draw(panels, after["metrics"], figure.title_of(config, steps))
    folder.figure.write_bytes(drawn)
    return {**after, "files": {**after["files"], name: checksum(drawn)}}
