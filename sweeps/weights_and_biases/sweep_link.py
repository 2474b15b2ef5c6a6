"""The protocol between an agent and W&B: register with a sweep, then send heartbeats and receive commands.

One of ``wandb``'s agents starts a Python process for every run. The other (``wandb.agent(function=…)``) runs the
function in a second thread, stops it by an asynchronous exception, closes the session after every run, and gives up
after three failures in a minute. An agent needs only two GraphQL mutations; they are sent here through ``wandb``'s
client and login.
"""

import json
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import wandb
from wandb.sdk.lib.service.service_connection import WandbApiFailedError

from inr.errors import InputError, UsageError

ANSWER_SECONDS = 10.0
"""Seconds after which a request to W&B fails."""

_REGISTER = """
mutation CreateAgent($host: String!, $projectName: String, $entityName: String, $sweep: String!) {
    createAgent(input: {host: $host, projectName: $projectName, entityName: $entityName, sweep: $sweep}) {
        agent { id }
    }
}
"""
_BEAT = """
mutation Heartbeat($id: ID!, $metrics: JSONString, $runState: JSONString) {
    agentHeartbeat(input: {id: $id, metrics: $metrics, runState: $runState}) { agent { id } commands }
}
"""


class Away(Exception):
    """An error for a request that W&B does not answer at present."""


@dataclass(frozen=True)
class Command:
    """A command from W&B to an agent: ``run``, ``resume`` or ``stop`` a run, or ``exit``."""

    type: str
    run_id: str
    values: dict[str, Any]
    """Parameter of the sweep → value, for a run."""


class SweepLink:
    """A connection to W&B as a registered agent of one sweep."""

    def __init__(self, sweep: str) -> None:
        """Register with ``sweep``: SWEEP_ID, PROJECT/SWEEP_ID or ENTITY/PROJECT/SWEEP_ID.

        Raises :class:`UsageError` for another form, and :class:`InputError` without a login, if the sweep does not
        exist, or if W&B cannot be reached.
        """
        if not re.fullmatch(r"([^/\s]+/){0,2}[^/\s]+", sweep):
            raise UsageError(f"--agent got {sweep!r}: expected SWEEP_ID or ENTITY/PROJECT/SWEEP_ID, as wandb prints it")
        try:
            wandb.setup(settings=wandb.Settings(x_disable_viewer=True, show_info=False))
            self._service = wandb.Api(timeout=ANSWER_SECONDS)._service_api
            found = wandb.Api(timeout=ANSWER_SECONDS).sweep(sweep)
            self.entity, self.project, self.sweep_id = str(found.entity), str(found.project), str(found.id)
            self._id = self._register()
        except wandb.errors.AuthenticationError as error:
            raise _unreachable(error) from error
        except wandb.errors.UsageError as error:
            raise InputError(
                f"there is no login to W&B ({_first(error)}): run `wandb login`, then try again"
            ) from error
        except wandb.errors.CommError as error:
            raise _not_found(sweep, error) from error
        except (WandbApiFailedError, ValueError) as error:
            raise _unreachable(error) from error

    @property
    def path(self) -> str:
        """The sweep's path, ENTITY/PROJECT/SWEEP_ID."""
        return f"{self.entity}/{self.project}/{self.sweep_id}"

    def _register(self) -> str:
        names = {"projectName": self.project, "entityName": self.entity, "sweep": self.sweep_id}
        answer = self._execute(_REGISTER, {"host": socket.gethostname(), **names})
        return str(answer["createAgent"]["agent"]["id"])

    def beat(self, running: Sequence[str]) -> list[Command]:
        """Send a heartbeat with the ids of the running runs, and return W&B's commands.

        Raises :class:`Away` if W&B does not answer, and :class:`InputError` if the sweep was deleted.
        """
        state = json.dumps(dict.fromkeys(running, True))
        try:
            answer = self._execute(_BEAT, {"id": self._id, "metrics": "{}", "runState": state})
        except WandbApiFailedError as error:
            if error.response is not None and error.response.http_status == 404:
                raise InputError(f"the sweep {self.path} was deleted in W&B") from error
            raise Away(_first(error)) from error
        return [_command(item) for item in json.loads(answer["agentHeartbeat"]["commands"] or "[]")]

    def _execute(self, query: str, variables: dict[str, Any]) -> Any:
        return self._service.execute_graphql(query, variables, timeout=ANSWER_SECONDS)


def _command(item: dict[str, Any]) -> Command:
    values = {name: entry["value"] for name, entry in (item.get("args") or {}).items()}
    return Command(item["type"], str(item.get("run_id")), values)


def _not_found(sweep: str, error: Exception) -> InputError:
    said = _first(error)
    if "Could not find" in said or "Invalid path" in said:
        return InputError(
            f"W&B knows no sweep {sweep!r}: give ENTITY/PROJECT/SWEEP_ID, as `wandb sweep FILE` printed it"
        )
    return _unreachable(error)


def _unreachable(error: Exception) -> InputError:
    return InputError(
        f"W&B cannot be used ({_first(error)}): check that it is reachable and accepts the API key. "
        "Without W&B, give the file to run.py --sweep"
    )


def _first(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".")
