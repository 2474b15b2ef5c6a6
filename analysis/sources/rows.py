"""Convert records to rows, and rows to the tidy frame.

Columns: ``trial_id``, ``status``, ``reason``, ``notes``, ``source``, ``folder``; every config field by its own name,
of which every row has ``task``; every metric by its own name (``gradient/psnr``; the total loss, whose name is a config
field's as well, is ``loss/total``; what was learned, ``learned/omega_0/layer_1``); ``best/…``, ``timing/…`` in seconds,
``environment/…``. Where several processes trained, one after the other, ``environment/parts`` is a text on them and
``environment/changed`` names the facts in
which they differ. Where plugins define what is chosen, ``environment/plugins`` are the flags that take them, and
``environment/plugin_bytes`` names each choice with the digest of its file. So a column without a slash is one of the
first six or a config field, and :func:`metric_columns` are those with one that belong to no other group.
"""

import functools
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from inr.choices import before, parameters_of
from inr.encodings import Encoding
from inr.initialisation import INITIALISATIONS  # noqa: F401  registers the laws, whose parameters came later
from inr.optimizers import Optimizer
from inr.origins import SHORT, flags, from_record
from inr.record_content import learned_metrics
from inr.resolution import NOTHING
from inr.size import BY_WIDTH
from inr.tasks import TASKS, Task, with_task
from sweeps.record.continuation import describe, differing

Row = dict[str, Any]
"""Column → value; a missing value is None or absent."""

FINISHED = "finished"
UNDER_WAY = ("waiting", "running")
"""Statuses of a trial that has not ended."""

HEAD = ("trial_id", "status", "reason", "notes", "source", "folder")
GROUPS = ("best", "timing", "environment")
CHANGED = "environment/changed"
PLUGINS, PLUGIN_BYTES = "environment/plugins", "environment/plugin_bytes"
EARLIER = {Optimizer.kind: Optimizer.before, Encoding.kind: Encoding.before, "parameters": BY_WIDTH, "learn": NOTHING}
"""Parameter of every trial → its value in the records that were made before there was one."""
TOTAL_LOSS = "loss/total"
_NAMES = {"loss": TOTAL_LOSS}
TEXTS = ("task", "activation", "loss")
WHOLE = ("seed", "hidden_features", "hidden_layers")
"""Config fields of whose type tables and figures make use, beside those that decide a task's data."""


def row_of(record: Mapping[str, Any], source: str, folder: str | None) -> Row:
    """Convert a record's content to a row; values that the record lacks are None or absent.

    ``source`` and ``folder`` are stored in the columns of these names. Raises :class:`ValueError` for a value that no
    trial can have.
    """
    head = {"trial_id": record.get("trial_id"), "status": record.get("status"), "reason": record.get("reason")}
    notes = "\n".join(map(str, record.get("notes") or ())) or None
    groups = {f"{group}/{name}": value for group in GROUPS for name, value in (record.get(group) or {}).items()}
    groups |= _continued(groups.get("environment/parts")) | _plugins(groups.get(PLUGINS))
    values = {
        **head,
        **{"notes": notes, "source": source, "folder": folder},
        **(record.get("config") or {}),
        **{_NAMES.get(name, name): value for name, value in (record.get("metrics") or {}).items()},
        **learned_metrics(record.get("learned") or {}),
        **groups,
    }
    types = _types(tuple(TASKS.values()))
    for name, value in values.items():
        if value is not None and not _possible(types.get(name), value):
            raise ValueError(f"its {name} is {str(value)[:40]!r}, which no trial has")
    return {name: _plain(value) for name, value in values.items()}


def frame_of(rows: Iterable[Row], notes: Sequence[str]) -> pd.DataFrame:
    """Make the frame of the rows, in their order; ``notes`` become ``attrs["notes"]``."""
    return frame_of_columns(columns_of(list(rows)), notes)


def columns_of(rows: Sequence[Row]) -> dict[str, list[Any]]:
    """Convert rows to columns: column → one value per row, None if the row lacks it."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def frame_of_columns(columns: Mapping[str, Sequence[Any]], notes: Sequence[str]) -> pd.DataFrame:
    """Make the frame of the columns, ordered by group; ``notes`` (sentences) become ``attrs["notes"]``."""
    count = len(next(iter(columns.values()), ()))
    tasks = [_task(name) for name in columns.get("task", [None] * count)]
    complete = {**{name: [None] * count for name in (*HEAD, "task")}, **columns} | {"task": tasks}
    complete |= _said(complete)
    frame = pd.DataFrame({name: complete[name] for name in sorted(complete, key=_place)})
    frame.attrs["notes"] = list(notes)
    return frame


def _said(columns: Mapping[str, Sequence[Any]]) -> Row:
    """Fill the columns of parameters that came later with what the records before them mean, as they do not say it.

    A column that no record has is not made: what all leave unsaid needs no word.
    """
    found: Row = {}
    for name, meant in EARLIER.items():
        if name in columns:
            found[name] = [meant if pd.isna(value) else value for value in columns[name]]
    for kind, option, name, value in before():
        if name in columns and kind in columns:
            pairs = zip(columns[kind], found.get(name, columns[name]), strict=True)
            found[name] = [value if chosen == option and pd.isna(said) else said for chosen, said in pairs]
    return found


def _task(name: Any) -> str:
    """The task of a row; what says none was made before there were others."""
    return str(with_task({} if pd.isna(name) else {"task": name})["task"])


def config_columns(frame: pd.DataFrame) -> list[str]:
    """Return the names of the columns that are config fields."""
    return [str(name) for name in frame.columns if "/" not in name and name not in HEAD]


def metric_columns(frame: pd.DataFrame) -> list[str]:
    """Return the names of the columns that are metrics."""
    return [str(name) for name in frame.columns if "/" in name and name.partition("/")[0] not in GROUPS]


def _place(name: str) -> tuple[int, int]:
    """Sort key of a column: head, config, metrics, then the groups; the order inside each is kept (stable sort)."""
    if name in HEAD:
        return 0, HEAD.index(name)
    group = name.partition("/")[0]
    return (3 + GROUPS.index(group) if group in GROUPS and "/" in name else 2 if "/" in name else 1), 0


def _continued(parts: object) -> Row:
    """Make the two columns on a trial that several processes trained; none if ``parts`` is not a list of parts."""
    if not isinstance(parts, list) or not all(isinstance(part, Mapping) for part in parts):
        return {}
    return {"environment/parts": describe(parts), CHANGED: ", ".join(differing(parts)) or None}


def _plugins(content: object) -> Row:
    """The columns on the plugins of a trial; empty for what is not what a record says of them."""
    used = from_record(content)
    read = ", ".join(f"{choice} sha256:{plugin.sha256[:SHORT]}" for choice, plugin in used)
    return {} if content is None else {PLUGINS: shlex.join(flags(used)) or None, PLUGIN_BYTES: read or None}


@functools.cache
def _types(tasks: tuple[type[Task], ...]) -> dict[str, type]:
    """Config field → its type, where tables and figures make use of it."""
    data = {p.name: p.type for task in tasks for p in parameters_of(task) if p.name in task.fitted}
    return {**data, **dict.fromkeys(TEXTS, str), **dict.fromkeys(WHOLE, int)}


def _possible(kind: type | None, value: Any) -> bool:
    if isinstance(value, int) and abs(value) >= 2**63:
        return False
    if kind is int:
        return isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()
    return kind is not str or isinstance(value, str)


def _plain(value: Any) -> Any:
    """Convert a list (the shape of the data) or an object to text, because a column holds scalars."""
    if isinstance(value, list):
        return "x".join(map(str, value))
    return str(value) if isinstance(value, Mapping) else value
