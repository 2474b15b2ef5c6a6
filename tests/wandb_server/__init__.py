"""A test fixture: a loopback HTTP server that the real `wandb` 0.31 can talk to, end to end.

It answers just what our tests make `wandb` ask, from dictionaries in memory, and knows nothing of what a W&B
server does beyond that: it is **not** W&B-compatible and makes no claim to be. What it does not know it
refuses loudly: status 400, a line in `server.errors`, and an exception when the `with` block is left.

    with WandbServer() as server:
        environment = server.environment(tmp_path)
        subprocess.run([sys.executable, "train.py"], env=environment, check=True)
        (run,) = server.runs.values()
        assert run.state == "finished"
        assert run.summary["loss"] == 0.5
"""

from .model import Agent, Artifact, Run, State, Sweep
from .server import Misunderstood, Request, WandbServer

__all__ = ["Agent", "Artifact", "Misunderstood", "Request", "Run", "State", "Sweep", "WandbServer"]
