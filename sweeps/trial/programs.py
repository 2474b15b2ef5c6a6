"""The compiled programs of trials, told without torch: which trials share one, and where compilation repays itself.

A compiled step depends on shapes, on each activation's class and integers and on the terms, never on a float. So the
trials of a sweep that differ in ω₀, in a learning rate, in weights or in seeds share one program.
"""

import dataclasses
import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass

from inr.activations import Activation
from inr.config import TrialConfig
from inr.tree import members

WORTH_COMPILING = 2e10
"""Elementwise values of a trial alone, see :func:`values_of`, from which compilation repays its seconds."""

SAVED = 4e-9
"""Seconds of a core that compilation saves a value. Measured on an EPYC with sine: 4e-9 (image + gradient) to 1e-8."""

COMPILING = 20.0
"""Seconds of a core that compilation takes, once a machine. Measured with sine: 11 to 23 a program."""

MARGIN = 3
"""A program that trials share is compiled if it saves so many times what it costs: each worker loads it, in seconds."""


@dataclass(frozen=True)
class Shared:
    """A compiled program, and the trials of a sweep that share it."""

    program: str
    trials: float
    """Of a search the number that is expected."""
    values: float
    """Of all of them together."""

    @property
    def saved(self) -> float:
        """Seconds of a core that compilation saves these trials together."""
        return SAVED * self.values

    @property
    def worth(self) -> bool:
        """True if the sweep repays the compilation; a trial that shares with none decides as it would alone."""
        return self.values >= WORTH_COMPILING or (self.trials >= 2 and self.saved >= MARGIN * COMPILING)


def program_of(config: TrialConfig) -> str:
    """Name what the compiled step of a trial depends on, as 16 hexadecimal digits.

    Trials of one name have one program. A weight of 0 gives another name: whether its term is left out is not known
    without the data.
    """
    task = config.task
    parts = (
        (task.dimensions, task.channels_out, config.hidden_features, config.hidden_layers, task.hypernet),
        (str(config.encoding), config.encoding.features(task.dimensions), config.learn, config.learn_per),
        *map(_kind, members(config.activation)),
        (task.name(), task.loss, sorted(term for term, weight in task.weights.items() if not weight)),
        [[(type(term).__module__, term) for term in work.terms] for work in task.work()],
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _kind(phi: Activation) -> tuple[object, ...]:
    """The part of an activation that a program depends on: its class, and its parameters that are no numbers."""
    values = [(field.name, getattr(phi, field.name)) for field in dataclasses.fields(phi)]
    return type(phi).__module__, type(phi).__qualname__, [pair for pair in values if not isinstance(pair[1], float)]


def values_of(config: TrialConfig, points: float) -> float:
    """Count a trial's elementwise values at ``points`` a step, times (highest derivative + 1)."""
    order = max(term.order for work in config.task.work() for term in work.terms)
    return config.steps * points * config.hidden_features * (config.hidden_layers + 1) * (order + 1)


def shared(trials: Iterable[tuple[TrialConfig, float]]) -> list[Shared]:
    """Count the trials that share each program; each counts as often as the number beside it says."""
    found: dict[str, Shared] = {}
    for config, count in trials:
        program = program_of(config)
        points = sum(work.in_a_step(config.batch_size) for work in config.task.work())
        before = found.get(program, Shared(program, 0, 0))
        values = before.values + count * values_of(config, points)
        found[program] = Shared(program, before.trials + count, values)
    return [*found.values()]


def worth_compiling(config: TrialConfig, points: int) -> bool:
    """Return True if a trial of so many points a step alone repays its compilation, and there is a compiler."""
    return values_of(config, points) >= WORTH_COMPILING and has_compiler()


def has_compiler() -> bool:
    """Return True if there is a C++ compiler, without which nothing is compiled."""
    return shutil.which("c++") is not None
