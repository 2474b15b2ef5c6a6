"""``--render``: draw the network of a record as a file of its task's kind, at any resolution."""

import math
from pathlib import Path
from typing import Any

import inr
from inr.errors import InputError, UsageError
from inr.tasks import Task, task_of
from inr.tasks.rendering import Rendering
from sweeps.record.files import replacing
from sweeps.record.folder import Record, RecordFolder

FARTHEST = 1000
"""The largest extent."""


def render(folder: RecordFolder, record: Record, resolution: int | None, extent: float, into: Path) -> Rendering:
    """Draw the network of the last evaluation into the file ``into``, and return what was drawn.

    ``resolution`` is a value of the task's parameter of that name, by default that of the training; the coordinates
    span [-extent, extent], of which the training saw [-1, 1]. Raises :class:`InputError` for a record without weights.
    """
    network = inr.load(folder.path)
    drawn = task_of(record.config).render(network.value, _shape(record), record.config, resolution, extent)
    with replacing(into) as file:
        file.write(drawn.content)
    return drawn


def read_extent(text: str | None) -> float:
    """Read the value of ``--extent``; 1 where it was not given. Raises :class:`UsageError` for anything else."""
    try:
        extent = 1.0 if text is None else float(text)
    except ValueError:
        extent = math.nan
    if not 0 < extent <= FARTHEST:
        raise UsageError(f"--extent got {text!r}: expected a number above 0 and up to {FARTHEST}")
    return extent


def read_resolution(task: type[Task], given: dict[str, Any]) -> Any:
    """Take the task's resolution from the parameters that were given, as text; None where there is none.

    Raises :class:`UsageError` for any other parameter.
    """
    other = [name for name in given if name != task.resolution]
    if other:
        raise UsageError(
            f"--{other[0]} is a parameter of --trial: --render of --task={task.name()} takes --{task.resolution}"
        )
    return given.get(task.resolution)


def _shape(record: Record) -> tuple[int, ...]:
    shape = record.environment.get("data_shape")
    if not isinstance(shape, list) or not all(isinstance(n, int) and n > 0 for n in shape) or len(shape) < 2:
        raise InputError(f"cannot draw trial {record.trial_id}: its record has no shape of the data; train it again")
    return tuple(shape)
