"""Launchers of workers on other machines: one command many times, as Slurm jobs (submitit) or as Ray tasks.

A launcher only starts the workers. They take trials from the study, send heartbeats to the queue, and write records to
the shared ``--runs`` folder.
"""

import os
import subprocess
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inr.errors import InputError, UsageError
from sweeps.screen.console import say
from sweeps.trial.process import PARENT
from sweeps.trial.stopping import Interrupts

Option = int | float | str

POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Job:
    """A worker as a launcher starts it."""

    command: Sequence[str]
    folder: Path
    """Where its output goes."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What is added to its environment. It may hold a password, and is not written to any file."""


def launch(launcher: str, job: Job, count: int, options: Mapping[str, Option], interrupts: Interrupts) -> None:
    """Start ``count`` workers with ``launcher``, slurm or ray.

    On return Ray's workers have ended, and Slurm's jobs are only queued. A signal ends Ray's workers; Slurm's are jobs
    of their own. Raises :class:`InputError` if the launcher is not installed or its cluster does not answer,
    :class:`UsageError` for an unknown option.
    """
    LAUNCHERS[launcher](job, count, options, interrupts)


def read_options(text: str | None) -> dict[str, Option]:
    """Parse ``gpus=0.25,partition=long`` into a dict; a value that reads as a number becomes one.

    Raises :class:`UsageError` for a part that is not ``name=value``.
    """
    pairs = [pair.partition("=") for pair in text.split(",")] if text else []
    if any(not name or not equals for name, equals, _ in pairs):
        raise UsageError(f"--launcher_options got {text!r}: expected name=value,name=value")
    return {name.strip(): _number(value.strip()) for name, _, value in pairs}


def _number(text: str) -> Option:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _slurm(job: Job, count: int, options: Mapping[str, Option], interrupts: Interrupts) -> None:
    """Submit Slurm jobs. ``options`` are submitit's (``slurm_partition``, ``timeout_min``, ``gpus_per_node``, …)."""
    try:
        import submitit
    except ImportError as error:
        raise _missing("slurm", "submitit") from error
    warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)  # submitit's, not the user's
    if "%" in str(job.folder):
        raise UsageError(
            f"--launcher=slurm got the folder {str(job.folder)!r}: Slurm reads % in a path, use another name"
        )
    parameters = dict(options)
    try:
        executor = submitit.AutoExecutor(folder=job.folder, cluster=str(parameters.pop("cluster", "slurm")))
        executor.update_parameters(name="inr-worker", **parameters)
        # A job inherits the environment of its submission (sbatch's --export=ALL). Arguments are pickled to disk.
        with submitit.core.utils.environment_variables(**job.environment), executor.batch():
            worker = submitit.helpers.CommandFunction(list(job.command))
            submitted = [executor.submit(worker) for _ in range(count)]
    except (NameError, TypeError, ValueError) as error:
        raise UsageError(f"--launcher_options: submitit refuses them: {error}") from error
    except (RuntimeError, OSError) as error:
        raise InputError(f"no Slurm job could be submitted: {error}; is this a machine of the cluster?") from error
    names = ", ".join(each.job_id for each in submitted)
    say(f"{count} workers are submitted as jobs {names}; their output is in {job.folder}")


def _ray(job: Job, count: int, options: Mapping[str, Option], interrupts: Interrupts) -> None:
    """Run Ray tasks. ``options``: the cluster's ``address``; ``cpus`` and ``gpus`` of a worker, fractions allowed."""
    unknown = options.keys() - {"address", "cpus", "gpus"}
    if unknown:
        raise UsageError(f"--launcher_options got {min(unknown)}: --launcher=ray takes address, cpus and gpus")
    try:
        import ray
    except ImportError as error:
        raise _missing("ray", "ray") from error
    try:
        ray.init(address=options.get("address"), log_to_driver=False, logging_level="ERROR", include_dashboard=False)
    except ConnectionError as error:
        raise InputError(f"no Ray cluster could be reached: {error}") from error
    try:
        task = ray.remote(_run).options(num_cpus=options.get("cpus", 1), num_gpus=options.get("gpus", 0))
        # The environment is an argument of the task: Ray logs a runtime_env, but not arguments.
        given = list(job.command), dict(job.environment)
        ended = _await([task.remote(*given, job.folder / f"worker-{i}.log") for i in range(count)], interrupts)
    finally:
        ray.shutdown()
    for code in filter(None, ended):
        say(f"note: a worker ended with {code}; its output is in {job.folder}")


def _await(tasks: list[Any], interrupts: Interrupts) -> list[int]:
    """Wait until all tasks have ended or a signal arrives; return the exit codes of the workers that have ended."""
    import ray

    ended, running = [], tasks  # type: list[Any], list[Any]
    while running and not interrupts.caught:
        ended, running = ray.wait(tasks, num_returns=len(tasks), timeout=POLL_SECONDS)
    return list(ray.get(ended))


def _run(command: Sequence[str], environment: Mapping[str, str], log: Path) -> int:
    """Run a worker inside a task. It ends with the task's process, which Ray would let it outlive."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        everything = {**os.environ, **environment, PARENT: str(os.getpid())}
        return subprocess.run(command, env=everything, stdout=file, stderr=file, check=False).returncode


def _missing(launcher: str, package: str) -> InputError:
    return InputError(f"--launcher={launcher} needs {package}: install it with pip install -e '.[{launcher}]'")


Launcher = Callable[[Job, int, Mapping[str, Option], Interrupts], None]
LAUNCHERS: dict[str, Launcher] = {"slurm": _slurm, "ray": _ray}
QUEUED = ("slurm",)
"""The launchers whose workers go on when the driver has ended."""
