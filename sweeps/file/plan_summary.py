"""Print the plan of a sweep: a table of its trials or its space, and the total cost."""

import itertools
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

from rich.table import Table

from sweeps.file.plan import LEARNING, Plan, Planned, learning_share, trial_flops
from sweeps.screen.terminal import Screen
from sweeps.trial.programs import COMPILING, has_compiler

ROWS = 40
"""The most rows of the printed table."""

GFLOPS_A_CORE = 25.0
"""Assumed 10⁹ operations per second and core. Measured on an EPYC core at 128 features: 20 (square) to 50 (relu)."""


def show_plan(plan: Plan, screen: Screen, gflops: float | None = None) -> None:
    """Print the plan on the screen.

    The time is estimated for ``gflops`` × 10⁹ operations per second (default: GFLOPS_A_CORE for each core).
    """
    if plan.spec.method == "grid":
        screen.print(_grid_table(plan))
        hidden = len(_groups(plan)) - ROWS
        if hidden > 0:
            screen.print(f"… and {hidden} more")
    else:
        screen.print(_space_table(plan))
    for line in [*_summary(plan, gflops or GFLOPS_A_CORE * (os.cpu_count() or 1)), *_estimated(plan), _compiled(plan)]:
        screen.print(line, soft_wrap=True)


def _columns(plan: Plan) -> list[str]:
    return [name for name in plan.spec.varying if name != "seed"]


def _groups(plan: Plan) -> dict[tuple[str, ...], list[Planned]]:
    """Group the trials by the varying parameters except the seed: values as text → trials."""
    groups: dict[tuple[str, ...], list[Planned]] = {}
    for trial in plan.trials:
        applicable = trial.config.flat()
        cells = tuple(_cell(trial.point[name]) if name in applicable else "–" for name in _columns(plan))
        groups.setdefault(cells, []).append(trial)
    return groups


def _cell(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _grid_table(plan: Plan) -> Table:
    table = Table(title=f"sweep {plan.spec.name}: the distinct trials", title_justify="left")
    for name in (*_columns(plan), *(["seeds"] if "seed" in plan.spec.varying else [])):
        table.add_column(name)
    for name in ("points", "TFLOP", "recorded"):
        table.add_column(name, justify="right")
    for cells, trials in itertools.islice(_groups(plan).items(), ROWS):
        seeds = [str(len(trials))] if "seed" in plan.spec.varying else []
        flops = sum(trial_flops(trial.config) for trial in trials)
        points = sum(trial.points for trial in trials)
        table.add_row(*cells, *seeds, str(points), f"{flops / 1e12:.3g}", _recorded(trials))
    return table


def _recorded(trials: list[Planned]) -> str:
    """Format the recorded status of one trial, or count the statuses of several."""
    statuses = Counter(trial.status for trial in trials if trial.status)
    of = f" of {len(trials)}" if len(trials) > 1 else ""
    return ", ".join(f"{n}{of} {s}" if of else s for s, n in statuses.items()) or "–"


def _space_table(plan: Plan) -> Table:
    table = Table(title=f"sweep {plan.spec.name}: the space", title_justify="left")
    table.add_column("parameter")
    table.add_column("searched")
    table.add_column("with activation")
    for name in plan.spec.varying:
        having = [activation for activation, names in plan.dimensions.items() if name in names]
        everywhere = name == "activation" or len(having) == len(plan.dimensions)
        table.add_row(name, str(plan.spec.parameters[name]), "all" if everywhere else ", ".join(having) or "none")
    return table


def _summary(plan: Plan, gflops: float) -> list[str]:
    cost = f"{plan.flops / 1e15:.3g} PFLOP, about {_duration(plan.flops / gflops / 1e9)} at {gflops:g} GFLOP/s"
    if plan.spec.method == "grid":
        done = len(plan.trials) - len(plan.to_run)
        cap = f", {plan.left_out} beyond run_cap left out" if plan.left_out else ""
        total = len(plan.trials) + plan.left_out
        return [f"{plan.points} points, {total} distinct{cap}, {done} recorded, {len(plan.to_run)} to run: {cost}"]
    names = [f"{activation} {len(names)}" for activation, names in plan.dimensions.items()]
    dimensions = f"{len(plan.spec.varying)} searched parameters; dimensions by activation: {', '.join(names)}"
    if plan.spec.run_cap is None:
        return [dimensions, f"no run_cap: the sweep has no end; a trial costs {cost}"]
    return [dimensions, f"run_cap: {plan.spec.run_cap} trials of method {plan.spec.method}: {cost}"]


def _estimated(plan: Plan) -> Iterator[str]:
    """Tell by what parts of the cost were estimated, and how far they may be off."""
    for optimizer in {trial.config.optimizer: None for trial in plan.trials if trial.config.optimizer.varies}:
        yield f"--optimizer={optimizer} is counted with {optimizer.gradients} gradients a step: {optimizer.varies}"
    if any(learning_share(trial.config) for trial in plan.trials):
        yield f"what is learned is counted with {LEARNING:.0%} of a step's time, and took 30 % to 100 %"


def _compiled(plan: Plan) -> str:
    """Tell which programs are compiled, what that costs once a machine, and what it saves of all the trials' time."""
    programs = plan.programs
    worth = [each for each in programs if each.worth]
    if not worth:
        return f"compiled: none of the {len(programs)} programs, none would repay its {COMPILING:g} s"
    if not has_compiler():
        return f"compiled: nothing, as there is no C++ compiler, for {len(worth)} programs that would repay it"
    trials = f"{sum(each.trials for each in worth):.0f} of {sum(each.trials for each in programs):.0f} trials"
    cost, saved = _duration(COMPILING * len(worth)), _duration(sum(each.saved for each in worth))
    return (
        f"compiled: {len(worth)} of {len(programs)} programs, which {trials} share: "
        f"about {cost} of a core once a machine, saves about {saved}"
    )


def _duration(seconds: float) -> str:
    amount, unit = (seconds / 3600, "h") if seconds >= 3600 else (seconds / 60, "min")
    return f"{amount:.0f} {unit}" if amount >= 10 else f"{amount:.1f} {unit}"
