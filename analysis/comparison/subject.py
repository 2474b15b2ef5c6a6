"""The task that trials share, and so the column of what is fitted: a table, a figure or a choice is of one task."""

import pandas as pd

from inr.errors import InputError
from inr.tasks import TASKS, Task, task_of, with_task


def subjects() -> tuple[str, ...]:
    """List the flat names of what is fitted, of all tasks."""
    return tuple(dict.fromkeys(task.subject for task in TASKS.values()))


def by_task(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Split a frame: the name of each task that it has → its trials. A frame that names none is of the first task."""
    first, *others = _names(frame)
    if not others:
        return {first: frame}
    names = _named(frame)
    return {name: frame[names == name] for name in (first, *others)}


def _named(frame: pd.DataFrame) -> pd.Series:
    return frame["task"].where(frame["task"].notna(), str(with_task({})["task"]))


def _names(frame: pd.DataFrame) -> list[str]:
    """List the tasks of a frame, those that are known here first."""
    if "task" not in frame or frame.empty:
        return [str(with_task({})["task"])]
    there = {*_named(frame)}
    return [*(name for name in TASKS if name in there), *sorted(there - {*TASKS})]


def task_name(frame: pd.DataFrame) -> str:
    """Name the task of the trials. Raises :class:`InputError` where they are of several."""
    first, *others = _names(frame)
    if others:
        raise InputError(
            f"got trials of the tasks {', '.join([first, *others])}, which share no scores: "
            f"keep one of them with --where task={first}"
        )
    return first


def task(frame: pd.DataFrame) -> type[Task]:
    """Find the task of the trials. Raises as :func:`task_name`."""
    return task_of({"task": task_name(frame)})


def subject(frame: pd.DataFrame) -> str:
    """Name the column of what the trials fit. Raises as :func:`task_name`."""
    return task(frame).subject


def over(frame: pd.DataFrame) -> tuple[str, str]:
    """Name the columns over which the trials are averaged unless told otherwise. Raises as :func:`task_name`."""
    return subject(frame), "seed"


def followers() -> tuple[str, ...]:
    """Columns that another column decides, as a rule: not told again."""
    weights = dict.fromkeys(f"{term}_weight" for task in TASKS.values() for term in task.terms)
    return ("init", "first_omega_0", *weights)
