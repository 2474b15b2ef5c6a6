"""`python fast_agent.py ARGUMENTS` is `wandb agent ARGUMENTS` with a heartbeat every 0.2 s instead of 5 s."""

import sys

from wandb.cli.cli import cli
from wandb.wandb_agent import Agent

if __name__ == "__main__":
    Agent.POLL_INTERVAL = 0.2
    cli(["agent", *sys.argv[1:]])
