"""What GraphQL sees of the model: one dictionary of fields for each kind of object."""

import base64
import hashlib
import json
import math
import mimetypes
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from . import points
from .filters import matches, ordered
from .graphql import Fields, NotUnderstood
from .model import CONSOLE, EVENTS, HISTORY, Agent, Run, State, Sweep

T = TypeVar("T")


@dataclass(frozen=True)
class Views:
    """The fields of every object; `storage_url` says where a file is put and fetched."""

    state: State
    storage_url: Callable[..., str]

    def viewer(self) -> Fields:
        """Return the one user there is, who is also the one entity."""
        entity = self.state.entity
        return {
            "__typename": "User",
            "id": "VXNlcjox",
            "name": entity,
            "username": entity,
            "entity": entity,
            "email": f"{entity}@example.invalid",
            "flags": "{}",
            "admin": False,
            "deletedAt": None,
            "apiKeys": connection([], dict),
            "teams": connection([], dict),
        }

    def entity(self, name: str) -> Fields:
        """Return an entity: none belongs to an organization, none hashes artifacts in a new way."""
        return {
            "__typename": "Entity",
            "id": name,
            "name": name,
            "organization": None,
            "xxhashDigestsEnabled": False,
        }

    def project(self, entity: str, project: str) -> Fields:
        """Return a project with its runs and sweeps."""
        runs = self.state.runs_of(entity, project)

        def filtered(filters: str | None = None, order: str | None = None) -> list[Run]:
            wanted = json.loads(filters or "{}")
            return ordered([run for run in runs if matches(run, wanted)], order)

        def page(
            filters: str | None = None,
            order: str | None = None,
            first: int | None = None,
            after: str | None = None,
        ) -> Fields:
            return connection(filtered(filters, order), self.run, first, after, kind="RunConnection")

        def sweeps(first: int | None = None, after: str | None = None, filters: str | None = None) -> Fields:
            if filters and json.loads(filters):
                raise NotUnderstood(f"sweeps with filters {filters}")
            return connection(self.state.sweeps_of(entity, project), self.sweep, first, after)

        return {
            "__typename": "Project",
            "id": f"{entity}/{project}",
            "internalId": "1",
            "name": project,
            "entityName": entity,
            "entity": self.entity(entity),
            "createdAt": None,
            "isBenchmark": False,
            "readOnly": False,
            "user": self.viewer,
            "run": partial(self._run, entity, project),
            "bucket": partial(self._run, entity, project),
            "runs": page,
            "runCount": lambda filters=None: len(filtered(filters)),
            "sweep": lambda sweepName: self._sweep(entity, project, sweepName),
            "sweeps": sweeps,
            "totalSweeps": len(self.state.sweeps_of(entity, project)),
            "artifact": lambda name: None,
        }

    def _run(self, entity: str, project: str, /, name: str, missingOk: bool = True) -> Fields | None:
        run = self.state.run(entity, project, name)
        return None if run is None else self.run(run)

    def run(self, run: Run) -> Fields:
        """Return a run: what it is, its config and summary, its history, its files."""
        return {
            "__typename": "Run",
            "id": run.id,
            "name": run.name,
            "displayName": run.display_name,
            "projectId": "1",
            "project": lambda: self.project(run.entity, run.project),
            "sweepName": run.sweep,
            "user": {"name": run.entity, "username": run.entity},
            **_outcome(run),
            **_description(run),
            **_histories(run),
            **self._files(run),
        }

    def _files(self, run: Run) -> dict[str, Any]:
        def page(
            names: list[str] | None = None,
            pattern: str | None = None,
            first: int | None = None,
            after: str | None = None,
        ) -> Fields:
            like = pattern and re.escape(pattern).replace("%", ".*").replace("_", ".")
            chosen = [
                name
                for name in sorted(run.files)
                if (not names or name in names) and (not like or re.fullmatch(like, name))
            ]
            return connection(chosen, lambda name: self._file(run, name), first, after)

        return {"files": page, "fileCount": len(run.files)}

    def _file(self, run: Run, name: str) -> Fields:
        content = run.files[name]
        url = self.storage_url("runs", run.entity, run.project, run.name, name)
        return {
            "id": f"{run.id}/{name}",
            "name": name,
            "url": lambda upload=False: url,
            "directUrl": url,
            "sizeBytes": len(content),
            "mimetype": mimetypes.guess_type(name)[0],
            "updatedAt": run.heartbeat_at,
            "md5": base64.b64encode(hashlib.md5(content).digest()).decode(),
        }

    def _sweep(self, entity: str, project: str, name: str) -> Fields | None:
        sweep = self.state.sweeps.get(name)
        return self.sweep(sweep) if sweep and (sweep.entity, sweep.project) == (entity, project) else None

    def sweep(self, sweep: Sweep) -> Fields:
        """Return a sweep with its runs and agents."""
        runs = [run for run in self.state.runs_of(sweep.entity, sweep.project) if run.sweep == sweep.name]
        agents = {agent.name: agent for agent in self.state.agents.values() if agent.sweep is sweep}

        def page(first: int | None = None, after: str | None = None) -> Fields:
            return connection(runs, self.run, first, after, kind="RunConnection")

        return {
            "__typename": "Sweep",
            "id": sweep.id,
            "name": sweep.name,
            "displayName": sweep.display_name,
            "description": sweep.config.get("description"),
            "method": sweep.config.get("method"),
            "state": sweep.state,
            "config": sweep.config_text,
            "project": lambda: self.project(sweep.entity, sweep.project),
            "createdAt": sweep.created_at,
            "updatedAt": sweep.created_at,
            "heartbeatAt": sweep.created_at,
            "earlyStopJobRunning": False,
            "bestLoss": None,
            "controller": None,
            "controllerRunName": f"{sweep.name}controller" if sweep.config.get("scheduler") else None,
            "scheduler": None,
            "runs": page,
            "runCount": len(runs),
            "runCountExpected": points.expected(sweep.config),
            "agents": connection(list(agents.values()), self.agent),
            "agent": lambda agentName: self.agent(agents[agentName]) if agentName in agents else None,
        }

    def agent(self, agent: Agent) -> Fields:
        """Return an agent with its runs."""
        runs = [self.state.runs[name] for name in agent.runs if name in self.state.runs]

        def page(
            first: int | None = None,
            after: str | None = None,
            last: int | None = None,
            before: str | None = None,
            order: str | None = None,
        ) -> Fields:
            return connection(ordered(runs, order), self.run, first, after)

        return {
            "__typename": "Agent",
            "id": agent.id,
            "name": agent.name,
            "host": agent.host,
            "state": agent.state,
            "totalRuns": len(agent.runs),
            "createdAt": agent.created_at,
            "heartbeatAt": agent.heartbeat_at,
            "runs": page,
        }


def connection(
    items: Sequence[T],
    view: Callable[[T], Fields],
    first: int | None = None,
    after: str | None = None,
    *,
    kind: str = "Connection",
) -> Fields:
    """Return one page of a list, in GraphQL's manner; a cursor is an item's place, counted from 1."""
    start = int(after or 0)
    stop = len(items) if first is None else min(start + first, len(items))
    return {
        "__typename": kind,
        "totalCount": len(items),
        "edges": [{"node": view(items[i]), "cursor": str(i + 1)} for i in range(start, stop)],
        "pageInfo": {"__typename": "PageInfo", "endCursor": str(stop), "hasNextPage": stop < len(items)},
    }


def _outcome(run: Run) -> dict[str, Any]:
    """Return how the run stands."""
    return {
        "state": run.state,
        "exitcode": run.exit_code,
        "failed": run.state == "failed",
        "running": run.running,
        "stopped": run.stop_requested,
        "shouldStop": run.stop_requested,
        "createdAt": run.created_at,
        "heartbeatAt": run.heartbeat_at,
        "summaryMetrics": json.dumps(run.summary),
        "systemMetrics": json.dumps(json.loads(run.streams[EVENTS][-1]) if run.streams[EVENTS] else {}),
    }


def _description(run: Run) -> dict[str, Any]:
    """Return what the client said of the run."""

    def wandb_config(keys: list[str]) -> str:
        ours = run.wandb_config.get("_wandb", {}).get("value", {})
        return json.dumps({key: ours[key] for key in keys if key in ours})

    return {
        "config": json.dumps(run.wandb_config),
        "wandbConfig": wandb_config,
        "description": run.attributes.get("description"),
        "notes": run.attributes.get("notes"),
        "tags": run.attributes.get("tags") or [],
        "group": run.attributes.get("groupName"),
        "jobType": run.attributes.get("jobType"),
        "commit": run.attributes.get("commit"),
        "host": run.attributes.get("host"),
        "readOnly": False,
    }


def _histories(run: Run) -> dict[str, Any]:
    """Return the ways to read what was logged."""
    lines = run.streams[HISTORY]

    def history(samples: int | None = None, minStep: int = 0, maxStep: int | None = None) -> list[str]:
        steps = [row["_step"] for row in run.history]
        wanted = [
            line
            for step, line in zip(steps, lines, strict=True)
            if step >= minStep and (maxStep is None or step < maxStep)
        ]
        return _thinned(wanted, samples)

    def sampled(specs: str | list[str]) -> list[list[dict[str, Any]]]:
        return [_sampled(run.history, json.loads(spec)) for spec in ([specs] if isinstance(specs, str) else specs)]

    return {
        "history": history,
        "events": lambda samples=None: _thinned(run.streams[EVENTS], samples),
        "sampledHistory": sampled,
        "parquetHistory": lambda liveKeys: {
            "parquetUrls": [],
            "liveData": _sampled(run.history, {"keys": liveKeys}),
        },
        "historyKeys": _history_keys(run.history),
        "historyLineCount": len(lines),
        "eventsLineCount": len(run.streams[EVENTS]),
        "logLineCount": len(run.streams[CONSOLE]),
        "historyTail": json.dumps(lines[-1:]),
        "eventsTail": json.dumps(run.streams[EVENTS][-1:]),
    }


def _thinned(items: list[T], samples: int | None) -> list[T]:
    """Return at most `samples` of the items, spread evenly."""
    if samples is None or samples >= len(items):
        return items
    return [items[i * len(items) // samples] for i in range(samples)]


def _sampled(rows: list[dict[str, Any]], spec: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows that have all the keys, with just those."""
    keys = spec.get("keys", [])
    unknown = set(spec) - {"keys", "samples", "minStep", "maxStep"}
    if unknown:
        raise NotUnderstood(f"a history sampled with {sorted(unknown)}")
    first, last = spec.get("minStep", 0), spec.get("maxStep", math.inf)
    complete = [
        {key: row[key] for key in keys}
        for row in rows
        if first <= row["_step"] < last and all(key in row for key in keys)
    ]
    return _thinned(complete, spec.get("samples"))


def _history_keys(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return what W&B says about the keys of a history."""
    if not rows:
        return None
    counts = Counter(key for row in rows for key in row)
    keys = {
        key: {"typeCounts": [{"type": _kind([row[key] for row in rows if key in row]), "count": count}]}
        for key, count in counts.items()
    }
    return {"sets": [], "keys": keys, "lastStep": max(row["_step"] for row in rows)}


def _kind(values: list[Any]) -> str:
    return {bool: "boolean", int: "number", float: "number", str: "string", dict: "map", list: "list"}.get(
        type(values[-1]), "nil"
    )
