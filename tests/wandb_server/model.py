"""What the fixture remembers: runs, sweeps, agents and artifacts, in memory."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import yaml

from .graphql import NotUnderstood
from .points import points

HISTORY = "wandb-history.jsonl"
EVENTS = "wandb-events.jsonl"
SUMMARY = "wandb-summary.json"
CONSOLE = "output.log"

RUNNING = ("running", "pending")
"""States of a run that has not ended."""


def now() -> str:
    """Return the time as W&B writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def node_id(kind: str, *parts: str) -> str:
    """Return an opaque identifier in W&B's manner."""
    return base64.b64encode(":".join((kind, "v1", *parts)).encode()).decode()


@dataclass
class Run:
    """One run, as its client described it."""

    entity: str
    project: str
    name: str
    display_name: str
    sweep: str | None = None
    state: str = "running"
    exit_code: int | None = None
    wandb_config: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    streams: dict[str, list[str]] = field(default_factory=lambda: {HISTORY: [], EVENTS: [], CONSOLE: []})
    files: dict[str, bytes] = field(default_factory=dict)
    stop_requested: bool = False
    created_at: str = field(default_factory=now)
    heartbeat_at: str = field(default_factory=now)

    @property
    def id(self) -> str:
        """The storage identifier (the run's eight letters are its `name`)."""
        return node_id("Run", self.name, self.project, self.entity)

    @property
    def path(self) -> str:
        """What `wandb.Api().run` takes."""
        return f"{self.entity}/{self.project}/{self.name}"

    @property
    def config(self) -> dict[str, Any]:
        """The user's configuration, without W&B's own entry."""
        return {name: entry["value"] for name, entry in self.wandb_config.items() if name != "_wandb"}

    @property
    def history(self) -> list[dict[str, Any]]:
        """The rows that were logged."""
        return [json.loads(line) for line in self.streams[HISTORY]]

    @property
    def running(self) -> bool:
        """Whether the run has not ended, as far as the server was told."""
        return self.state in RUNNING

    def receive(self, message: dict[str, Any]) -> None:
        """Take one `file_stream` message: lines at offsets, the summary, the end of the run."""
        self.heartbeat_at = now()
        unknown = set(message) - {"files", "uploaded", "complete", "exitcode", "dropped", "preempting"}
        if unknown:
            raise NotUnderstood(f"file_stream has {sorted(unknown)}")
        for name, chunk in (message.get("files") or {}).items():
            self._receive_lines(name, int(chunk["offset"]), chunk["content"])
        if message.get("complete"):
            self.exit_code = int(message["exitcode"])
            self.state = "finished" if self.exit_code == 0 else "failed"

    def _receive_lines(self, name: str, offset: int, lines: list[str]) -> None:
        if name == SUMMARY:
            self.summary = json.loads(lines[-1])
        elif name not in self.streams:
            raise NotUnderstood(f"file_stream writes to {name!r}")
        else:
            stream = self.streams[name]
            if offset > len(stream):
                if name != CONSOLE:
                    raise NotUnderstood(f"{name} has {len(stream)} lines, the next came for {offset}")
                stream.extend([""] * (offset - len(stream)))
            stream[offset : offset + len(lines)] = lines


@dataclass
class Sweep:
    """One sweep: its YAML, the runs that it handed out, and those that a scheduler queued."""

    entity: str
    project: str
    name: str
    config_text: str
    seed: int
    display_name: str | None = None
    state: str = "PENDING"
    handed_out: dict[str, dict[str, Any]] = field(default_factory=dict)
    queue: dict[str, dict[str, Any]] = field(default_factory=dict)
    created_at: str = field(default_factory=now)
    _points: Iterator[dict[str, Any]] | None = None

    @property
    def id(self) -> str:
        """The storage identifier."""
        return node_id("Sweep", self.name, self.project, self.entity)

    @property
    def path(self) -> str:
        """What `wandb agent` takes."""
        return f"{self.entity}/{self.project}/{self.name}"

    @property
    def config(self) -> dict[str, Any]:
        """The sweep file, read."""
        config: dict[str, Any] = yaml.safe_load(self.config_text)
        return config

    @property
    def capped(self) -> bool:
        """Whether as many runs as the sweep may have were handed out."""
        cap = self.config.get("run_cap")
        return cap is not None and len(self.handed_out) >= int(cap)

    def new_name(self) -> str:
        """Return a name for one more run."""
        return f"{self.name}run{len(self.handed_out) + len(self.queue) + 1:03d}"

    def hand_out(self) -> tuple[str, dict[str, Any]] | None:
        """Return the name and the parameters of the next run, or None when there are none left."""
        if self.capped:
            return None
        name = next(iter(self.queue), self.new_name())
        point = self.queue.pop(name) if self.queue else self._next_point()
        if point is None:
            return None
        self.handed_out[name] = point
        return name, point

    def _next_point(self) -> dict[str, Any] | None:
        if self._points is None:
            self._points = points(self.config, self.seed)
        return next(self._points, None)


@dataclass
class Agent:
    """One `wandb agent` process."""

    name: str
    host: str
    sweep: Sweep
    running: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    state: str = "RUNNING"
    created_at: str = field(default_factory=now)
    heartbeat_at: str = field(default_factory=now)

    @property
    def id(self) -> str:
        """The storage identifier."""
        return node_id("Agent", self.name)


@dataclass
class Artifact:
    """One version of an artifact: its entries by path, the manifest among them."""

    name: str
    collection: str
    type: str
    version: int
    digest: str
    description: dict[str, Any]
    files: dict[str, bytes] = field(default_factory=dict)
    state: str = "PENDING"

    @property
    def id(self) -> str:
        """The storage identifier."""
        return node_id("Artifact", self.name)


@dataclass
class State:
    """Everything that the server was told. `entity` is the only account there is."""

    entity: str
    runs: dict[str, Run] = field(default_factory=dict)
    sweeps: dict[str, Sweep] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    artifacts: dict[str, Artifact] = field(default_factory=dict)

    def run(self, entity: str, project: str, name: str) -> Run | None:
        """Return the run of that name, if it is this project's."""
        run = self.runs.get(name)
        return run if run and (run.entity, run.project) == (entity, project) else None

    def runs_of(self, entity: str, project: str) -> list[Run]:
        """Return a project's runs, oldest first."""
        return [run for run in self.runs.values() if (run.entity, run.project) == (entity, project)]

    def sweeps_of(self, entity: str, project: str) -> list[Sweep]:
        """Return a project's sweeps, oldest first."""
        return [sweep for sweep in self.sweeps.values() if (sweep.entity, sweep.project) == (entity, project)]

    def projects(self) -> list[tuple[str, str]]:
        """Return (entity, project) of all projects that something was sent to."""
        owners: list[Run | Sweep] = [*self.runs.values(), *self.sweeps.values()]
        return list(dict.fromkeys((owner.entity, owner.project) for owner in owners))
