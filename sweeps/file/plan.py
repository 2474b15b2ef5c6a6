"""The plan of a sweep: its distinct trials, what each costs, which are recorded. Nothing is run or created here."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from inr.config import TrialConfig
from inr.errors import InputError, UsageError
from inr.planes.cost import products
from inr.size import map_sides
from inr.vocabulary import metric
from sweeps.file.distributions import Value
from sweeps.file.spec import SweepSpec, number_of_points
from sweeps.record.folder import OVER, Runs
from sweeps.screen.console import say
from sweeps.trial.programs import Shared, shared

Point = dict[str, Value]
"""A flat config as the sweep proposes it, with parameters that may not apply."""

SURVEYED = 10_000
"""At most so many points stand for the space of a random or bayes sweep."""

LEARNING = 0.7
"""Time that learned hyperparameters of all layers add to a step, as a share of it. Measured: 0.3 (gaussian) to 1.0
(sine under a gradient loss)."""

SILENT = 5_000
"""Points of a grid that are resolved in a moment, some 0.1 ms each."""


@dataclass(frozen=True, eq=False)
class Planned:
    """One distinct trial, and how many points of the space come to it."""

    config: TrialConfig
    point: Point
    """The first of those points, in the file's spelling."""
    points: int = 1
    status: str | None = None
    """Of its record; None where there is none."""

    @property
    def recorded(self) -> bool:
        """True if the trial has its result already."""
        return self.status in OVER


@dataclass(frozen=True, eq=False)
class Plan:
    """A sweep's trials; of a random or bayes sweep a survey of its space, whose trials stand for those drawn."""

    spec: SweepSpec
    points: int
    """Of the grid, or of the survey."""
    trials: list[Planned]
    left_out: int = 0
    """Distinct trials of the grid beyond ``run_cap``."""
    dimensions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Activation → the searched parameters that exist with it, itself apart."""

    @property
    def to_run(self) -> list[Planned]:
        """The trials without a result."""
        return [trial for trial in self.trials if not trial.recorded]

    @property
    def flops(self) -> float:
        """Operations of all that is to run; of a random or bayes sweep ``run_cap`` average trials (one without)."""
        if self.spec.method == "grid":
            return sum(trial_flops(trial.config) for trial in self.to_run)
        mean = sum(trial_flops(trial.config) for trial in self.trials) / len(self.trials)
        return mean * (self.spec.run_cap or 1)

    @property
    def programs(self) -> list[Shared]:
        """The compiled programs that the trials share, recorded ones counted too: what is compiled never changes.

        A random or bayes sweep is expected to spread ``run_cap`` trials as its survey does.
        """
        each = 1.0 if self.spec.method == "grid" else (self.spec.run_cap or 1) / len(self.trials)
        return shared((trial.config, each) for trial in self.trials)


def grid_points(spec: SweepSpec) -> Iterator[Point]:
    """Every point of a grid, the last parameter of the file turning fastest."""
    values = [distribution.values for distribution in spec.parameters.values()]
    return (dict(zip(spec.parameters, point, strict=True)) for point in itertools.product(*values))


def surveyed_points(spec: SweepSpec) -> Iterator[Point]:
    """Every combination of the listed values, at the middle of the intervals; no more than :data:`SURVEYED`."""
    values = [distribution.middle() for distribution in spec.parameters.values()]
    points = (dict(zip(spec.parameters, point, strict=True)) for point in itertools.product(*values))
    return itertools.islice(points, SURVEYED)


def distinct(points: Iterable[Point], source: str = "the sweep") -> list[Planned]:
    """The trials that differ, in the order in which they first come.

    Raises :class:`UsageError` for points that are no trial, each reason once with its count and its first point.
    """
    first: dict[str, tuple[TrialConfig, Point]] = {}
    counts: Counter[str] = Counter()
    refused: dict[str, tuple[Point, int]] = {}
    for point in points:
        try:
            config = TrialConfig.from_point(point)
            trial_id = config.trial_id
        except InputError as error:
            example, count = refused.get(str(error), (point, 0))
            refused[str(error)] = (example, count + 1)
            continue
        first.setdefault(trial_id, (config, point))
        counts[trial_id] += 1
    if refused:
        raise UsageError("\n".join(f"{source}: {_refusal(*item)}" for item in refused.items()))
    return [Planned(config, point, counts[trial_id]) for trial_id, (config, point) in first.items()]


def _refusal(reason: str, example: tuple[Point, int]) -> str:
    point, count = example
    which = " ".join(f"{name}={value}" for name, value in point.items())
    return f"{_count(count, 'point')} cannot be run, first {which}: {reason}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def trial_flops(config: TrialConfig) -> float:
    """Floating-point operations of the matrix products of a trial's training, of as many points as it can have.

    Steps × gradients a step × points × weights × 2 × the products of the plan, see :mod:`inr.planes.cost`; evaluations,
    activations and the optimiser are left out, but what is learned counts by the time that it takes.
    """
    task = config.task
    times_points = sum(
        work.in_a_step(config.batch_size) * products(work.ask, task.dimensions, task.channels_out)
        for work in task.work()
    )
    gradient = 2.0 * _weights(config) * times_points + hypernet_flops(config)
    return config.steps * config.optimizer.gradients * gradient * (1 + LEARNING * learning_share(config))


def learning_share(config: TrialConfig) -> float:
    """Return the share of the layers whose activations have hyperparameters that are trained."""
    layers = config.activations
    learning = [phi for phi in layers if phi.trains or {*config.learned} & {*phi.learnable()}]
    return len(learning) / len(layers)


def hypernet_flops(config: TrialConfig) -> float:
    """Count the operations of a step beside those of the coordinate networks: a hypernetwork's."""
    task, tensors = config.task, 2 * (config.hidden_layers + 2)
    if task.hypernet is None:
        return 0.0
    points = sum(work.in_a_step(config.batch_size) for work in task.work())
    return task.hypernet.operations(points, task.dimensions + task.channels_out, tensors, _weights(config))


def _weights(config: TrialConfig) -> int:
    """The entries of a coordinate network's matrices: its weights, of a complex one twice as many."""
    task = config.task
    sides = map_sides(
        config.activation,
        in_features=config.encoding.features(task.dimensions),
        hidden_features=config.hidden_features,
        hidden_layers=config.hidden_layers,
        out_features=task.channels_out,
    )
    return sum(n * m for n, m in sides)


def make_plan(spec: SweepSpec, runs: Runs) -> Plan:
    """The plan of a sweep against the records in ``runs``.

    Raises :class:`UsageError` with every mistake that only shows when values meet: a combination that is refused,
    a metric that the trials would not have.
    """
    grid = spec.method == "grid"
    if grid and (count := number_of_points(spec.parameters)) > SILENT:
        say(f"note: the sweep {spec.name} has {count:,} points, each of which is resolved now: that takes a while")
    trials = distinct(grid_points(spec) if grid else surveyed_points(spec), str(spec.path))
    _check_metrics(spec, trials)
    points = sum(trial.points for trial in trials)
    if not grid:
        return Plan(spec, points, trials, dimensions=_dimensions(spec, trials))
    kept = trials[: spec.run_cap]
    planned = [Planned(t.config, t.point, t.points, _status(runs, t.config.trial_id)) for t in kept]
    return Plan(spec, points, planned, len(trials) - len(kept))


def _status(runs: Runs, trial_id: str) -> str | None:
    try:
        record = runs.folder(trial_id).read()
    except InputError:
        return "unreadable"
    return record.status if record else None


def _dimensions(spec: SweepSpec, trials: Iterable[Planned]) -> dict[str, tuple[str, ...]]:
    present: dict[str, set[str]] = {}
    for trial in trials:
        present.setdefault(str(trial.config.activation), set()).update(trial.config.flat())
    searched = [name for name in spec.varying if name != "activation"]
    return {a: tuple(name for name in searched if name in names) for a, names in present.items()}


def _check_metrics(spec: SweepSpec, trials: Iterable[Planned]) -> None:
    """Every trial must have every metric, or it would be trained in vain."""
    reasons = (
        (wanted.name, reason)
        for wanted in [metric(each.name) for each in spec.metrics]
        for trial in trials
        if (reason := wanted.lacks(trial.config.flat()))
    )
    counts = Counter(reasons)
    if counts:
        lacking = (f"{_count(n, 'trial')} would not have the metric {m}, {why}" for (m, why), n in counts.items())
        raise UsageError("\n".join(f"{spec.path}: {line}" for line in lacking))
