"""The cost of a small training step, of which sweeps consist, as a ratio to its matrix products alone.

``python -m tests.benchmarks.small`` prints the ratios; ``--check`` compares them with the committed ones and ends with
exit code 1 where one is worse by more than the tolerance (``make bench-check``); ``--update`` writes them. One thread;
CPU time, not the clock's; steps and products in turn, so that a machine that is slow for a while is so to both.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from inr.config import TrialConfig
from inr.trial import Trial, problem_of
from sweeps.trial.compiled import compile_works
from sweeps.trial.execution import execution

COMMITTED = Path(__file__).with_name("small.json")
TOLERANCE = 1.5
"""How many times as large as the committed ratio a ratio may be: a busy machine moves them by a third."""
SIZE, WIDTH, HIDDEN = 64, 128, 2
LOSSES = ("image", "image+gradient", "all")
Step = Callable[[], object]


def trial(loss: str, activation: str, compiled: bool) -> Trial:
    """The trial whose steps are timed."""
    given = {"size": SIZE, "hidden_features": WIDTH, "hidden_layers": HIDDEN, "loss": loss, "activation": activation}
    config = TrialConfig.from_flat(given)
    return Trial(config, problem_of(config), "cpu", 1, compiled)


def products(trial: Trial) -> Step:
    """The matrix products of the hidden layers of a step of the trial, and nothing else."""
    a, b = torch.rand(SIZE**2, WIDTH), torch.rand(WIDTH, WIDTH)
    out = torch.empty(SIZE**2, WIDTH)
    count = trial.training.parts[0].program.plan.products * HIDDEN

    def run() -> None:
        for _ in range(count):
            torch.mm(a, b, out=out)

    return run


def medians(steps: dict[str, Step], repeats: int) -> dict[str, float]:
    """The median CPU seconds of each step, taken in turn; the first rounds, which compile and fill caches, apart."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(2 + repeats):
        for name, step in steps.items():
            started = time.process_time()
            step()
            times[name].append(time.process_time() - started)
    return {name: statistics.median(values[2:]) for name, values in times.items()}


def ratios(repeats: int, compiling: bool) -> dict[str, float]:
    """``loss, activation, eager or compiled`` → the step's CPU time over that of its products."""
    kinds = ("eager", "compiled") if compiling and compile_works() else ("eager",)
    found = {}
    for loss in LOSSES:
        for activation in ("sine", "relu") if loss == "image" else ("sine",):
            steps: dict[str, Step] = {kind: trial(loss, activation, kind == "compiled").train for kind in kinds}
            times = medians({**steps, "products": products(trial(loss, activation, False))}, repeats)
            found |= {f"{loss}, {activation}, {kind}": round(times[kind] / times["products"], 3) for kind in kinds}
    return found


def worse(measured: dict[str, float], committed: dict[str, float]) -> list[str]:
    """Name the rows whose ratio is larger than the committed one by more than the tolerance."""
    return [name for name, ratio in measured.items() if ratio > TOLERANCE * committed.get(name, float("inf"))]


def show(measured: dict[str, float], committed: dict[str, float]) -> None:
    """The table."""
    title = f"CPU time of a step over that of its products: {SIZE}² points, {WIDTH} wide, {HIDDEN} hidden layers"
    table = Table("step", title=title, title_justify="left")
    for column in ("ratio", "committed", "allowed"):
        table.add_column(column, justify="right")
    for name, ratio in measured.items():
        known = [committed[name], TOLERANCE * committed[name]] if name in committed else []
        table.add_row(name, f"{ratio:.2f}", *(f"{each:.2f}" for each in known))
    Console(width=120).print(table)


def main() -> int:
    """Measure, show, and compare or write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=31)
    parser.add_argument("--compile", choices=("on", "off"), default="on", help="also measure compiled steps")
    parser.add_argument("--check", action="store_true", help="exit code 1 where a ratio is worse than allowed")
    parser.add_argument("--update", action="store_true", help="write the ratios that later runs are compared with")
    options = parser.parse_args()
    execution("cpu", 1)
    measured = ratios(options.repeats, options.compile == "on")
    committed: dict[str, float] = json.loads(COMMITTED.read_text()) if COMMITTED.exists() else {}
    show(measured, committed)
    if options.update:
        COMMITTED.write_text(json.dumps(measured, indent=1) + "\n")
    slow = worse(measured, committed) if options.check else []
    for name in slow:
        print(f"slower than allowed: {name}: {measured[name]:.2f}, committed {committed[name]:.2f}", file=sys.stderr)
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
