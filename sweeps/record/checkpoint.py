"""Checkpoint files: the state of a trial's training, preceded by a line with the format's version and a checksum."""

import io
from pathlib import Path
from typing import Any

import torch

from inr.errors import InputError
from inr.record_content import checksum, damage_of, damaged
from sweeps.record.files import replacing

VERSION = 4
"""The format of a checkpoint; raise it when :meth:`inr.trial.Trial.state` or another entry changes."""

_MARK = b"inr-checkpoint"
_ZIP = b"PK"
"""The first bytes of a checkpoint before version 3, which had no line before the data."""


def save(path: Path, content: dict[str, Any]) -> None:
    """Replace the checkpoint ``path`` atomically.

    ``content`` holds the trial's ``trial_id`` beside tensors and plain values.
    """
    # Serialise in memory: on a full disk torch.save may raise "unexpected pos" and hide the error of the disk.
    buffer = io.BytesIO()
    torch.save(content, buffer)
    with replacing(path) as file:
        file.write(b"%s %d %s\n" % (_MARK, VERSION, checksum(buffer.getvalue()).encode()))
        file.write(buffer.getbuffer())


def load(path: Path, trial_id: str) -> dict[str, Any] | None:
    """Read the checkpoint ``path`` of the trial ``trial_id``; None where there is none.

    Raises :class:`InputError` for a file that is damaged, of another version or of another trial.
    """
    try:
        line, _, data = path.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    mark, *rest = line.split(b" ")
    if line.startswith(_ZIP) or (mark == _MARK and rest[:1] != [b"%d" % VERSION]):
        raise _refused(path, "another version of this program wrote it")
    if rest != [b"%d" % VERSION, checksum(data).encode()]:
        raise damaged(path)
    with damage_of(path):
        content: dict[str, Any] = torch.load(io.BytesIO(data), weights_only=True)
    if content["trial_id"] != trial_id:
        raise _refused(path, f"it is the checkpoint of trial {content['trial_id']}")
    return content


def _refused(path: Path, why: str) -> InputError:
    return InputError(f"cannot continue from {path}: {why}; delete its folder to train again")
