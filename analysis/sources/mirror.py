"""Load the trials of a W&B project from their mirrored runs."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from analysis.sources.rows import GROUPS, Row, frame_of, row_of
from inr.errors import InputError, UsageError
from inr.words import plural

PAGE = 500
"""Runs per request, fetched whole: lazy loading needs one request per run. The API pages automatically."""

_ALIVE = {"running": "running", "pending": "waiting"}
_NUMBERS = {"NaN": None, "Infinity": None, "-Infinity": None}


def load_wandb(path: str, sweep: str | None = None) -> pd.DataFrame:
    """Load the runs of the project ``path`` (``entity/project``), or of one sweep in it; one row per trial.

    ``sweep`` is the id or name of a W&B sweep, or the name of one of our sweeps whose workers mirrored their trials.

    A trial that was mirrored more than once (it was resumed, or requested again) is taken from the last run that
    ended. Raises :class:`UsageError` for another form of ``path``, and :class:`InputError` if W&B cannot be reached or
    does not have the project.
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
    """Convert runs to rows, and make a note on the runs of the project that do not mirror a trial."""
    rows, others = [], []
    for run in runs:
        try:
            rows.append(_row(run.config, _summary(run), run.state))
        except ValueError as error:
            others.append(f"{run.id}: {error}")
    said = f"{plural(len(others), 'run')} left out, not of a trial ({others[0]})" if others else ""
    return rows, [said] if said else []


def _runs(path: str, sweep: str | None) -> Iterator[Any]:
    """Fetch the runs in the order of their creation, so that a run created meanwhile does not shift the pages."""
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
            "check the project's name, the network and `wandb login`. The runs folder holds the same data"
        ) from error


def _of_sweep(api: Any, path: str, sweep: str) -> dict[str, str]:
    """Make the filter for the runs of a sweep: a W&B sweep, or the group that our tracker sets."""
    sweeps = {str(each.id): str(each.name) for each in api.project(*reversed(path.split("/"))).sweeps()}
    for identity, name in sweeps.items():
        if sweep in (identity, name):
            return {"sweep": identity}
    if len(api.runs(path, filters={"group": sweep}, per_page=1)):
        return {"group": sweep}
    there = ", ".join(f"{name} ({identity})" for identity, name in sweeps.items()) or "none"
    raise InputError(f"no sweep {sweep!r} in wandb:{path}: its sweeps are {there}, and no run has that group")


def _summary(run: Any) -> dict[str, Any]:
    summary = run.summary_metrics
    return dict(json.loads(summary) if isinstance(summary, str) else summary)


def _row(config: Mapping[str, Any], summary: Mapping[str, Any], state: str) -> Row:
    """Convert a run to a row. A running run has no resolved config yet; its requested config is used."""
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
    """Return True for a scalar named ``family/score``, or the loss; histograms and pictures are objects."""
    return ("/" in key or key == "loss") and not key.startswith("_") and not isinstance(value, dict | list)


def _value(value: Any) -> Any:
    """Convert a value to the form of a record, in which a number that is not finite is None."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return _NUMBERS.get(value, value) if isinstance(value, str) else value


def _last_of_each(rows: Iterable[Row]) -> list[Row]:
    """Keep one row per trial: the last that ended, or the last if none ended."""
    kept: dict[object, Row] = {}
    for i, row in enumerate(rows):
        key = row["trial_id"] or i
        if key not in kept or row["status"] not in _ALIVE.values():
            kept[key] = row
    return list(kept.values())
