"""The trials of a W&B project, as their mirror holds them."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from analysis.groups import plural
from analysis.rows import GROUPS, Row, frame_of, row_of
from inr.errors import InputError, UsageError

PAGE = 500
"""Runs a request, whole: what is fetched lazily costs a request a run. The API goes through all pages by itself."""

_ALIVE = {"running": "running", "pending": "waiting"}
_NUMBERS = {"NaN": None, "Infinity": None, "-Infinity": None}


def load_wandb(path: str, sweep: str | None = None) -> pd.DataFrame:
    """The runs of ``entity/project``, or of a sweep in it; one row a trial.

    ``sweep``: the id or the name of a W&B sweep, or the name of a sweep whose workers mirrored their trials.

    A trial that was mirrored more than once (it was resumed, or asked for again) is taken from the last run that
    ended. Raises :class:`InputError` in one sentence if W&B cannot be reached or has no such project.
    """
    if path.count("/") != 1:
        raise UsageError(f"wandb:{path} got {path!r}: expected wandb:entity/project")
    rows, notes = _rows(_runs(path, sweep))
    kept = _last_of_each(rows)
    if not rows:
        notes.append(f"wandb:{path} has no runs of trials")
    if len(kept) < len(rows):
        notes.append(f"{len(rows) - len(kept)} runs mirror a trial that a later run mirrors as well: left out")
    return frame_of(kept, notes)


def _rows(runs: Iterable[Any]) -> tuple[list[Row], list[str]]:
    """The rows of the runs, and a note on those that mirror no trial: a project may have others."""
    rows, others = [], []
    for run in runs:
        try:
            rows.append(_row(run.config, _summary(run), run.state))
        except ValueError as error:
            others.append(f"{run.id}: {error}")
    said = f"{plural(len(others), 'run')} left out, not of a trial ({others[0]})" if others else ""
    return rows, [said] if said else []


def _runs(path: str, sweep: str | None) -> Iterator[Any]:
    """In the order in which they were made, so that a run that is made meanwhile does not shift the pages."""
    import wandb

    try:
        api = wandb.Api()
        filters = _of_sweep(api, path, sweep) if sweep else {}
        yield from api.runs(path, filters=filters, order="+created_at", per_page=PAGE, lazy=False)
    except InputError:
        raise
    except Exception as error:  # whatever wandb raises: no key, no network, no such project
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        raise InputError(
            f"wandb:{path} cannot be read ({type(error).__name__}: {reason}); "
            "is it there, is the network, did you wandb login? The runs folder has everything that W&B has"
        ) from error


def _of_sweep(api: Any, path: str, sweep: str) -> dict[str, str]:
    """The filter for the runs of a sweep: W&B's own, or the group in which our tracker puts a worker's."""
    sweeps = {str(each.id): str(each.name) for each in api.project(*reversed(path.split("/"))).sweeps()}
    for identity, name in sweeps.items():
        if sweep in (identity, name):
            return {"sweep": identity}
    if len(api.runs(path, filters={"group": sweep}, per_page=1)):
        return {"group": sweep}
    there = ", ".join(f"{name} ({identity})" for identity, name in sweeps.items()) or "none"
    raise InputError(f"no sweep {sweep!r} in wandb:{path}: of W&B's own there is {there}, and no run is of that group")


def _summary(run: Any) -> dict[str, Any]:
    summary = run.summary_metrics
    return dict(json.loads(summary) if isinstance(summary, str) else summary)


def _row(config: Mapping[str, Any], summary: Mapping[str, Any], state: str) -> Row:
    """The row of a run. A run that has not ended has no resolved config yet: what it was asked for stands in."""
    groups: dict[str, dict[str, Any]] = {"config": {}, "metrics": {}, **{group: {} for group in GROUPS}}
    for key, value in summary.items():
        group, slash, name = key.partition("/")
        if slash and group in groups:
            groups[group][name] = _value(value)
        elif _is_metric(key, value):
            groups["metrics"][key] = _value(value)
    asked = {name: value for name, value in config.items() if not name.startswith("_")}
    status = summary.get("status") or _ALIVE.get(state, "interrupted")
    head = {name: summary.get(name) for name in ("trial_id", "reason", "notes")}
    record = {**head, "status": status, **groups}
    return row_of({**record, "config": groups["config"] or asked}, "wandb", None)


def _is_metric(key: str, value: Any) -> bool:
    """A scalar under ``family/score``, or the loss; histograms and pictures are objects."""
    return ("/" in key or key == "loss") and not key.startswith("_") and not isinstance(value, dict | list)


def _value(value: Any) -> Any:
    """As in a record, where a number that is not finite is None."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return _NUMBERS.get(value, value) if isinstance(value, str) else value


def _last_of_each(rows: Iterable[Row]) -> list[Row]:
    """One row a trial: the last that ended, else the last."""
    kept: dict[object, Row] = {}
    for i, row in enumerate(rows):
        key = row["trial_id"] or i
        if key not in kept or row["status"] not in _ALIVE.values():
            kept[key] = row
    return list(kept.values())
