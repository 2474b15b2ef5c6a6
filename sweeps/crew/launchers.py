"""Launchers of workers on other machines: one command many times, as Slurm jobs (submitit) or as Ray tasks.

A launcher only starts the workers. They take trials from the study, send heartbeats to the queue, and write records to
the shared ``--runs`` folder.
"""

import os
import subprocess
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from inr.errors import InputError, UsageError
from sweeps.screen.console import say

Option = int | float | str


def launch(
    launcher: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    count: int,
    folder: Path,
    options: Mapping[str, Option],
) -> None:
    """Start ``count`` workers with ``launcher``, slurm or ray. Ray's have ended on return, Slurm's are submitted.

    ``environment`` is added to the workers' environment; it may hold a password, and is not written to any file.
    The workers' output goes to ``folder``. Raises :class:`InputError` if the launcher is not installed or its cluster
    does not answer, :class:`UsageError` for an unknown option.
    """
    LAUNCHERS[launcher](command, environment, count, folder, options)


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


def _slurm(
    command: Sequence[str], environment: Mapping[str, str], count: int, folder: Path, options: Mapping[str, Option]
) -> None:
    """Submit Slurm jobs. ``options`` are submitit's (``slurm_partition``, ``timeout_min``, ``gpus_per_node``, …)."""
    try:
        import submitit
    except ImportError as error:
        raise _missing("slurm", "submitit") from error
    warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)  # submitit's, not the user's
    if "%" in str(folder):
        raise UsageError(f"--launcher=slurm got the folder {str(folder)!r}: Slurm reads % in a path, use another name")
    parameters = dict(options)
    try:
        executor = submitit.AutoExecutor(folder=folder, cluster=str(parameters.pop("cluster", "slurm")))
        executor.update_parameters(name="inr-worker", **parameters)
        # A job inherits the environment of its submission (sbatch's --export=ALL). Arguments are pickled to disk.
        with submitit.core.utils.environment_variables(**environment), executor.batch():
            jobs = [executor.submit(submitit.helpers.CommandFunction(list(command))) for _ in range(count)]
    except (NameError, TypeError, ValueError) as error:
        raise UsageError(f"--launcher_options: submitit refuses them: {error}") from error
    except (RuntimeError, OSError) as error:
        raise InputError(f"no Slurm job could be submitted: {error}; is this a machine of the cluster?") from error
    names = ", ".join(job.job_id for job in jobs)
    say(f"{len(jobs)} workers are submitted as jobs {names}; their output is in {folder}")


def _ray(
    command: Sequence[str], environment: Mapping[str, str], count: int, folder: Path, options: Mapping[str, Option]
) -> None:
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
        given = list(command), dict(environment)
        ended = ray.get([task.remote(*given, folder / f"worker-{i}.log") for i in range(count)])
    finally:
        ray.shutdown()
    for code in filter(None, ended):
        say(f"note: a worker ended with {code}; its output is in {folder}")


def _run(command: Sequence[str], environment: Mapping[str, str], log: Path) -> int:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        everything = {**os.environ, **environment}
        return subprocess.run(command, env=everything, stdout=file, stderr=file, check=False).returncode


def _missing(launcher: str, package: str) -> InputError:
    return InputError(f"--launcher={launcher} needs {package}: install it with pip install -e '.[{launcher}]'")


Launcher = Callable[[Sequence[str], Mapping[str, str], int, Path, Mapping[str, Option]], None]
LAUNCHERS: dict[str, Launcher] = {"slurm": _slurm, "ray": _ray}
