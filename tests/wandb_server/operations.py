"""The queries and mutations that `wandb` 0.31 sends, over the model."""

import inspect
import itertools
import json
from collections.abc import Callable
from typing import Any, TypeVar

from .artifacts import Artifacts
from .graphql import Fields, NotUnderstood
from .heartbeat import commands
from .model import Agent, Run, State, Sweep, now
from .views import Views, connection

T = TypeVar("T", Run, Sweep, Agent)


class Refused(Exception):
    """An answer with a status of its own, such as 404."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Operations:
    """The root fields. Each mutation takes the fields of its `input` as keyword arguments."""

    def __init__(self, state: State, views: Views, features: frozenset[str], seed: int) -> None:
        self.state = state
        self.views = views
        self.features = features
        self.seed = seed
        self.artifacts = Artifacts(state, views)
        self._names = itertools.count(1)

    def roots(self) -> dict[str, Fields]:
        """Return the fields of "query" and of "mutation"."""
        return {"query": self._queries(), "mutation": self._mutations()}

    def _queries(self) -> Fields:
        return {
            "viewer": self.views.viewer,
            "serverInfo": {"features": [{"name": name, "isEnabled": True} for name in sorted(self.features)]},
            "entity": lambda name: self.views.entity(name),
            "project": self._project,
            "model": self._project,
            "models": self._projects,
        }

    def _mutations(self) -> Fields:
        plain: list[Callable[..., Fields]] = [
            self.upsertBucket,
            self.createRunFiles,
            self.markRunFilesUploaded,
            self.stopRun,
            self.deleteRun,
            self.upsertSweep,
            self.createAgent,
            self.agentHeartbeat,
            self.enqueueSweepRun,
            *self.artifacts.mutations(),
        ]
        return {function.__name__: _with_input(function) for function in plain}

    def _project(self, name: str | None = None, entityName: str | None = None) -> Fields | None:
        entity = entityName or self.state.entity
        known = (entity, name) in self.state.projects()
        return self.views.project(entity, str(name)) if known else None

    def _projects(self, entityName: str, first: int | None = None, after: str | None = None) -> Fields:
        names = [name for entity, name in self.state.projects() if entity == entityName]
        return connection(names, lambda name: self.views.project(entityName, name), first, after)

    # --- runs

    def upsertBucket(
        self,
        id: str | None = None,
        name: str | None = None,
        modelName: str | None = None,
        entityName: str | None = None,
        displayName: str | None = None,
        config: str | None = None,
        summaryMetrics: str | None = None,
        state: str | None = None,
        sweep: str | None = None,
        **attributes: Any,
    ) -> Fields:
        """Create or change a run."""
        unknown = set(attributes) - _RUN_ATTRIBUTES
        if unknown:
            raise NotUnderstood(f"upsertBucket with {sorted(unknown)}")
        run = self._run(id) if name is None else self.state.runs.get(name)
        inserted = run is None
        if run is None:
            run = self._new_run(str(name), modelName or "uncategorized", entityName or self.state.entity)
        run.display_name = displayName or run.display_name
        run.sweep = sweep or run.sweep
        run.state = state or "running" if inserted or run.exit_code is None else run.state
        run.wandb_config = run.wandb_config if config is None else json.loads(config)
        run.summary = run.summary if summaryMetrics is None else json.loads(summaryMetrics)
        run.attributes |= attributes
        return {"bucket": self.views.run(run), "inserted": inserted}

    def _new_run(self, name: str, project: str, entity: str) -> Run:
        run = Run(entity, project, name, display_name=f"run-{next(self._names)}")
        self.state.runs[name] = run
        return run

    def _run(self, storage_id: str | None) -> Run:
        return _by_id(self.state.runs, storage_id)

    def createRunFiles(self, entityName: str, projectName: str, runName: str, files: list[str]) -> Fields:
        """Say where the run's files are to be put."""
        run = self.state.run(entityName, projectName, runName)
        if run is None:
            raise Refused(404, f"no run {entityName}/{projectName}/{runName}")
        url = self.views.storage_url
        return {
            "runID": run.id,
            "uploadHeaders": [],
            "files": [
                {"name": name, "uploadUrl": url("runs", entityName, projectName, runName, name)} for name in files
            ],
        }

    def markRunFilesUploaded(self, entityName: str, projectName: str, runName: str, files: list[str]) -> Fields:
        """Take note that files came."""
        return {"success": True}

    def stopRun(self, id: str) -> Fields:
        """Ask a run to stop: it reads that in the answer to its next `file_stream`."""
        self._run(id).stop_requested = True
        return {"success": True}

    def deleteRun(self, id: str, deleteArtifacts: bool = False) -> Fields:
        """Forget a run."""
        del self.state.runs[self._run(id).name]
        return {"clientMutationId": None}

    # --- sweeps

    def upsertSweep(
        self,
        id: str | None = None,
        config: str | None = None,
        entityName: str | None = None,
        projectName: str | None = None,
        displayName: str | None = None,
        state: str | None = None,
        description: str | None = None,
        controller: str | None = None,
        scheduler: str | None = None,
        launchScheduler: str | None = None,
        templateVariableValues: str | None = None,
        priorRunsFilters: str | None = None,
    ) -> Fields:
        """Create a sweep, or change its YAML or its state."""
        for name, value in (("controller", controller), ("launchScheduler", launchScheduler)):
            if value is not None:
                raise NotUnderstood(f"upsertSweep with {name} {value!r}")
        if priorRunsFilters is not None:
            raise NotUnderstood(f"upsertSweep with priorRunsFilters {priorRunsFilters!r}")
        if id is None:
            sweep = self._new_sweep(entityName or self.state.entity, projectName or "uncategorized", config or "")
        else:
            sweep = _by_id(self.state.sweeps, id)
            sweep.config_text = config or sweep.config_text
        sweep.display_name = displayName or sweep.display_name
        sweep.state = state or sweep.state
        return {"sweep": self.views.sweep(sweep), "configValidationWarnings": []}

    def _new_sweep(self, entity: str, project: str, config: str) -> Sweep:
        name = f"sweep{len(self.state.sweeps) + 1:03d}"
        sweep = Sweep(entity, project, name, config, seed=self.seed)
        self.state.sweeps[name] = sweep
        return sweep

    def createAgent(
        self, host: str, sweep: str, projectName: str | None = None, entityName: str | None = None
    ) -> Fields:
        """Register an agent of a sweep."""
        if sweep not in self.state.sweeps:
            raise Refused(404, f"no sweep {sweep!r}")
        agent = Agent(f"agent{len(self.state.agents) + 1:03d}", host, self.state.sweeps[sweep])
        self.state.agents[agent.name] = agent
        return {"agent": self.views.agent(agent)}

    def agentHeartbeat(self, id: str, metrics: str | None = None, runState: str | None = None) -> Fields:
        """Hear what the agent runs, answer what it is to do."""
        agent = _by_id(self.state.agents, id)
        if agent.sweep.name not in self.state.sweeps:
            raise Refused(404, f"no sweep {agent.sweep.name!r}")
        agent.heartbeat_at = now()
        agent.running = sorted(json.loads(runState or "{}"))
        return {"agent": self.views.agent(agent), "commands": json.dumps(commands(self.state, agent))}

    def enqueueSweepRun(self, id: str, config: str, displayName: str | None = None) -> Fields:
        """Queue a run that a scheduler chose: it is pending until an agent takes it."""
        sweep = _by_id(self.state.sweeps, id)
        run = self._new_run(sweep.new_name(), sweep.project, sweep.entity)
        run.state, run.sweep = "pending", sweep.name
        point = {name: _plain(value) for name, value in json.loads(config).items()}
        run.wandb_config = {name: {"value": value} for name, value in point.items()}
        sweep.queue[run.name] = point
        return {"id": run.name, "runQueueItemId": None}


_RUN_ATTRIBUTES = {
    "groupName",
    "description",
    "notes",
    "commit",
    "host",
    "debug",
    "jobProgram",
    "jobRepo",
    "jobType",
    "tags",
}


def _plain(value: Any) -> Any:
    return value["value"] if isinstance(value, dict) and set(value) == {"value"} else value


def _by_id(objects: dict[str, T], storage_id: str | None) -> T:
    for item in objects.values():
        if item.id == storage_id:
            return item
    raise Refused(404, f"nothing has id {storage_id!r}")


def _with_input(function: Callable[..., Fields]) -> Callable[..., Fields]:
    """Make a mutation of a function: its fields come in `input`, and null means not given."""

    def mutation(input: dict[str, Any]) -> Fields:
        given = {name: value for name, value in input.items() if value is not None}
        try:
            inspect.signature(function).bind(**given)
        except TypeError as error:
            raise NotUnderstood(f"{function.__name__}: {error}, got {sorted(given)}") from error
        return function(**given)

    return mutation
