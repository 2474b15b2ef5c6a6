"""What passes between an agent and W&B about one sweep: who is there, and what to run or stop next.

Of ``wandb``'s own agents one starts a Python for every run, and the other (``wandb.agent(function=…)``) runs the
function in a second thread, ends it by raising an exception at whatever line it is, tears the session down for every
run, and stops after three failures in a minute. What both say to the server is two GraphQL mutations; here they
are, with ``wandb``'s own client and login under them.
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
"""W&B is away if it takes longer."""

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
    """W&B does not answer now."""


@dataclass(frozen=True)
class Command:
    """What W&B tells an agent to do: ``run``, ``resume`` or ``stop`` a run, or ``exit``."""

    type: str
    run_id: str
    values: dict[str, Any]
    """Of the sweep's parameters, for a run."""


class SweepLink:
    """An agent that is registered with W&B."""

    def __init__(self, sweep: str) -> None:
        """``sweep``: SWEEP_ID, PROJECT/SWEEP_ID or ENTITY/PROJECT/SWEEP_ID.

        Raises :class:`UsageError` for another form, and :class:`InputError` where there is no login, no such sweep,
        or no W&B.
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
            raise InputError(f"there is no login to W&B ({_first(error)}): give `wandb login`, then again") from error
        except wandb.errors.CommError as error:
            raise _not_found(sweep, error) from error
        except (WandbApiFailedError, ValueError) as error:
            raise _unreachable(error) from error

    @property
    def path(self) -> str:
        """ENTITY/PROJECT/SWEEP_ID."""
        return f"{self.entity}/{self.project}/{self.sweep_id}"

    def _register(self) -> str:
        names = {"projectName": self.project, "entityName": self.entity, "sweep": self.sweep_id}
        answer = self._execute(_REGISTER, {"host": socket.gethostname(), **names})
        return str(answer["createAgent"]["agent"]["id"])

    def beat(self, running: Sequence[str]) -> list[Command]:
        """Say which runs are at work; what to do now.

        Raises :class:`Away` where W&B does not answer, and :class:`InputError` where the sweep is no longer there.
        """
        state = json.dumps(dict.fromkeys(running, True))
        try:
            answer = self._execute(_BEAT, {"id": self._id, "metrics": "{}", "runState": state})
        except WandbApiFailedError as error:
            if error.response is not None and error.response.http_status == 404:
                raise InputError(f"the sweep {self.path} is no longer there: it was deleted in W&B") from error
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
        f"W&B cannot be used ({_first(error)}): is it there, and is the API key its own? "
        "Without W&B, give the file to run.py --sweep"
    )


def _first(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".")
