"""The little of W&B's run filters (MongoDB's language) and orders that `wandb.Api()` is asked for."""

import re
from collections.abc import Callable
from typing import Any

from .graphql import NotUnderstood
from .model import Run

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": lambda value, wanted: value == wanted,
    "$ne": lambda value, wanted: value != wanted,
    "$gt": lambda value, wanted: value is not None and value > wanted,
    "$gte": lambda value, wanted: value is not None and value >= wanted,
    "$lt": lambda value, wanted: value is not None and value < wanted,
    "$lte": lambda value, wanted: value is not None and value <= wanted,
    "$in": lambda value, wanted: any(item in wanted for item in (value if isinstance(value, list) else [value])),
    "$nin": lambda value, wanted: value not in wanted,
    "$exists": lambda value, wanted: (value is not None) == wanted,
    "$regex": lambda value, wanted: value is not None and re.search(wanted, str(value)) is not None,
}


def matches(run: Run, query: dict[str, Any]) -> bool:
    """Say whether a run fits a filter."""
    return all(_clause(run, key, wanted) for key, wanted in query.items())


def _clause(run: Run, key: str, wanted: Any) -> bool:
    match key:
        case "$and":
            return all(matches(run, part) for part in wanted)
        case "$or":
            return any(matches(run, part) for part in wanted)
        case "$not":
            return not matches(run, wanted)
    value = lookup(run, key)
    if not isinstance(wanted, dict):
        return bool(value == wanted or (isinstance(value, list) and wanted in value))
    unknown = set(wanted) - set(_COMPARE)
    if unknown:
        raise NotUnderstood(f"filter operators {sorted(unknown)} on {key!r}")
    return all(_COMPARE[operator](value, operand) for operator, operand in wanted.items())


def lookup(run: Run, key: str) -> Any:
    """Return what a filter or an order calls `key`: `state`, `config.NAME`, `summary_metrics.NAME`, ..."""
    section, _, rest = key.partition(".")
    match section:
        case "config":
            return run.config.get(rest.removesuffix(".value"))
        case "summary_metrics" | "summaryMetrics":
            return _descend(run.summary, rest)
        case "name" | "state" | "sweep" | "created_at" | "heartbeat_at":
            return getattr(run, section)
        case "display_name" | "displayName":
            return run.display_name
        case "createdAt" | "heartbeatAt":
            return run.created_at if section == "createdAt" else run.heartbeat_at
        case "tags" | "group" | "notes" | "host":
            return run.attributes.get({"group": "groupName"}.get(section, section))
        case "jobType" | "job_type":
            return run.attributes.get("jobType")
    raise NotUnderstood(f"a filter or order on {key!r}")


def _descend(values: dict[str, Any], dotted: str) -> Any:
    if dotted in values:
        return values[dotted]
    head, _, rest = dotted.partition(".")
    inner = values.get(head)
    return _descend(inner, rest) if rest and isinstance(inner, dict) else inner


def ordered(runs: list[Run], order: str | None) -> list[Run]:
    """Sort runs by `+key` or `-key`; those without a value come last."""
    if not order:
        return runs
    key = order.lstrip("+-")
    valued = [run for run in runs if lookup(run, key) is not None]
    valued.sort(key=lambda run: lookup(run, key), reverse=order.startswith("-"))
    return valued + [run for run in runs if lookup(run, key) is None]
