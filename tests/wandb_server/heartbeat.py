"""What the server tells an agent at its heartbeat."""

from typing import Any

from .model import Agent, State, Sweep


def commands(state: State, agent: Agent) -> list[dict[str, Any]]:
    """Return the commands for an agent: one run at a time, then `exit` when there is nothing left to do."""
    sweep = agent.sweep
    if sweep.state == "CANCELED":
        return [_stop(run) for run in agent.running] or [_exit(agent)]
    stopped = [_stop(name) for name in agent.running if name in state.runs and state.runs[name].stop_requested]
    if agent.running or sweep.state == "PAUSED":
        return stopped
    run = None if sweep.state == "FINISHED" else sweep.hand_out()
    if run is not None:
        sweep.state = "RUNNING"
        return [_start(agent, *run)]
    if sweep.config.get("method") == "custom" and not sweep.capped and sweep.state != "FINISHED":
        return []  # the scheduler may still queue something
    if not _someone_runs(state, sweep):
        sweep.state = "FINISHED"
    return [_exit(agent)]


def _start(agent: Agent, name: str, point: dict[str, Any]) -> dict[str, Any]:
    agent.runs.append(name)
    return {
        "type": "run",
        "run_id": name,
        "program": agent.sweep.config.get("program"),
        "args": {parameter: {"value": value} for parameter, value in point.items()},
    }


def _stop(run: str) -> dict[str, Any]:
    return {"type": "stop", "run_id": run}


def _exit(agent: Agent) -> dict[str, Any]:
    agent.state = "EXITED"
    return {"type": "exit"}


def _someone_runs(state: State, sweep: Sweep) -> bool:
    return any(agent.running for agent in state.agents.values() if agent.sweep is sweep)
