"""A real Slurm of one node on loopback, for the length of a test, without systemd, cgroups or accounts of its own."""

import getpass
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from needed import missing
from postgres import free_port

DAEMONS = ("munged", "slurmctld", "slurmd")
PATH = f"{os.environ['PATH']}:/usr/sbin"
"""Debian's daemons are where the PATH of an ordinary user does not lead."""
SECONDS = 30
"""The longest wait for a daemon or for the end of a job."""

# Munge signs every message; its socket is in the folder, so that a machine's own munge is left alone. A job's processes
# are found by their parents, and no task is bound to a processor: neither needs cgroups.
CONFIGURATION = """
ClusterName=test
SlurmctldHost=localhost
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser={user}
SlurmdUser={user}
AuthInfo=socket={folder}/munge.socket
CommunicationParameters=NoInAddrAny
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=2
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
NodeName=node NodeHostname=localhost NodeAddr=127.0.0.1 CPUs={cpus}
PartitionName=main Nodes=node Default=YES MaxTime=INFINITE State=UP
"""
CGROUPS = "CgroupPlugin=cgroup/v1\n"
"""A plugin is loaded in any case. This one takes any machine as long as it is not used; the default wants systemd."""


@dataclass(frozen=True)
class Slurm:
    """A running Slurm."""

    configuration: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which its commands find it."""
        return {"SLURM_CONF": str(self.configuration)}

    def ask(self, *command: str) -> str:
        """The standard output of a command of Slurm's; it must succeed."""
        environment = {**os.environ, **self.environment}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def jobs(self) -> list[str]:
        """The jobs that have not ended."""
        return self.ask("squeue", "--noheader", "--array", "--format=%A").split()


@contextmanager
def slurm(cpus: int = 4) -> Iterator[Slurm]:
    """Start a Slurm whose node has so many processors, whatever the machine has; end it with all its jobs."""
    if not all(shutil.which(name, path=PATH) for name in (*DAEMONS, "sbatch")):
        missing("no Slurm here (apt-get install slurm-wlm munge)")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slurm-", ignore_cleanup_errors=True)))
        running = Slurm(_configured(folder, cpus))
        files = {name: folder / f"munge.{name}" for name in ("key-file", "socket", "pid-file", "seed-file")}
        flags = [f"--{name}={path}" for name, path in files.items()]
        stack.enter_context(_daemon(running, "munged", "--foreground", "--force", *flags))
        _wait(lambda: (folder / "munge.socket").exists(), folder)
        stack.enter_context(_daemon(running, "slurmctld", "-D", "-c"))
        stack.enter_context(_daemon(running, "slurmd", "-D", "-N", "node"))
        _wait(lambda: _state(running) == "idle", folder)
        try:
            yield running
        finally:
            running.ask("scancel", f"--user={getpass.getuser()}")
            _wait(lambda: not running.jobs(), folder)


def _configured(folder: Path, cpus: int) -> Path:
    for name in ("state", "spool"):
        (folder / name).mkdir()
    key = folder / "munge.key-file"
    key.touch(mode=0o600)
    key.write_bytes(secrets.token_bytes(128))
    (folder / "cgroup.conf").write_text(CGROUPS)
    facts = {"controller": free_port(), "node": free_port(), "user": getpass.getuser(), "folder": folder, "cpus": cpus}
    configuration = folder / "slurm.conf"
    configuration.write_text(CONFIGURATION.format(**facts))
    return configuration


@contextmanager
def _daemon(running: Slurm, name: str, *arguments: str) -> Iterator[None]:
    command = [str(shutil.which(name, path=PATH)), *arguments]
    with (running.configuration.parent / f"{name}.log").open("wb") as log:
        environment = {**os.environ, **running.environment}
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _state(running: Slurm) -> str:
    """The node's state; empty until the controller answers."""
    command = ["sinfo", "--noheader", "--format=%T"]
    environment = {**os.environ, **running.environment}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS).stdout.strip()


def _wait(condition: Callable[[], bool], folder: Path) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        logs = [path.read_text()[-2000:] for path in sorted(folder.glob("*.log"))]
        assert time.monotonic() < end, "\n".join(logs)
        time.sleep(0.05)
