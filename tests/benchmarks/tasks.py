"""The cost of one training step of every task, as a ratio to the least time that this machine needs for it.

``python -m tests.benchmarks.tasks`` prints the table and writes ``bench-tasks.json``. Each task has its default data
and loss, and a sine network. The limit is the time of the products of the hidden layers, at the best rate that one such
product reaches here, and of the parameters' way through memory, at the best rate of a copy: a hypernetwork has 250
times as many parameters as the network that it makes. All are taken in one run.
"""

import argparse
import json
import time
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from inr.config import TrialConfig
from inr.tasks import TASKS
from inr.trial import Trial, problem_of
from sweeps.file.plan import hypernet_flops
from sweeps.trial.compiled import compile_works
from sweeps.trial.execution import execution
from tests.benchmarks.steps import product_rate, seconds

HIDDEN = 3
TOUCHED = 10
"""How often a step reads or writes each parameter, or a number of its gradient and of Adam's two means."""
WANTED = 1.5
"""Compiled, how many times as long as its limit a step may take."""


def products(trial: Trial, width: int) -> float:
    """Floating-point operations of the products of one step: of the hidden layers over all groups, and beside them."""
    each = 2 * width**2 * HIDDEN
    layers = sum(each * len(part.batch) * part.program.plan.products for part in trial.training.parts)
    return layers + hypernet_flops(trial.config)


def traffic(trial: Trial) -> float:
    """Bytes of the parameters that a step moves: read forward and backward, their gradient, and Adam's seven."""
    return 4.0 * TOUCHED * sum(parameter.numel() for parameter in trial.network.parameters())


def copy_rate(threads: int) -> float:
    """Bytes a second, read and written, of a copy that fits no cache: the best of many."""
    a, b = torch.rand(2**26), torch.empty(2**26)
    best = float("inf")
    torch.set_num_threads(threads)
    for _ in range(10):
        started = time.perf_counter()
        b.copy_(a)
        best = min(best, time.perf_counter() - started)
    torch.set_num_threads(1)
    return 2 * 4 * 2**26 / best


def row(name: str, width: int, threads: int, kinds: tuple[str, ...], repeats: int) -> dict[str, object]:
    """The seconds of a step of one task, eager and compiled, and of its products."""
    config = TrialConfig.from_flat({"task": name, "hidden_features": width, "hidden_layers": HIDDEN})
    problem = problem_of(config)
    trials = {kind: Trial(config, problem, "cpu", threads, kind == "compiled") for kind in kinds}
    times = seconds({kind: trial.train for kind, trial in trials.items()}, repeats)
    limit = products(trials["eager"], width) / product_rate(threads, width)
    limit += traffic(trials["eager"]) / copy_rate(threads)
    points = sum(len(group.points) for group in problem.groups)
    return {"task": name, "points": points, **times, "limit": limit}


def show(rows: list[dict[str, object]], width: int, kinds: tuple[str, ...]) -> None:
    """The table."""
    table = Table(title=f"seconds of one step: sine, {width} wide, {HIDDEN} hidden layers", title_justify="left")
    for column in ("task", "points", *kinds, "limit", f"ours/limit (wanted {WANTED})"):
        table.add_column(column, justify="right")
    for found in rows:
        numbers = [f"{found[name]:.3f}" for name in (*kinds, "limit")]
        table.add_row(found["task"], f"{found['points']}", *numbers, f"{found[kinds[-1]] / found['limit']:.2f}")
    Console(width=120).print(table)


def main() -> None:
    """Measure, show, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--width", type=int, default=256, help="of the hidden layers")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=[*TASKS])
    parser.add_argument("--compile", choices=("on", "off"), default="on", help="also measure compiled steps")
    parser.add_argument("--out", type=Path, default=Path("bench-tasks.json"))
    options = parser.parse_args()
    threads = execution("cpu", options.threads).threads
    kinds = ("eager", "compiled") if options.compile == "on" and compile_works() else ("eager",)
    rows = [row(name, options.width, threads, kinds, options.repeats) for name in options.tasks]
    options.out.write_text(json.dumps(rows, indent=1))
    show(rows, options.width, kinds)


if __name__ == "__main__":
    main()
