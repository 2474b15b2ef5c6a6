"""The search space of a sweep, define-by-run: a parameter is chosen only if the config has it."""

from collections.abc import Callable
from typing import Any

from optuna.trial import BaseTrial

from inr.config import TrialConfig, parameters
from sweeps.file.distributions import Choice, Distribution
from sweeps.file.spec import SweepSpec

Pick = Callable[[str, Distribution], Any]
"""A function (parameter's name, distribution) → value."""


def choose(spec: SweepSpec, pick: Pick) -> dict[str, Any]:
    """Build a flat config of the sweep, calling ``pick`` for every parameter that exists given the earlier ones.

    The order is the config's. For the activation sine, for example, ``pick`` is not called with n_modes, nor with the
    weight of a term that the loss does not have.
    """
    chosen: dict[str, Any] = {}
    for name in parameters():
        if name in spec.parameters and name in TrialConfig.names_beside(chosen):
            chosen[name] = pick(name, spec.parameters[name])
    return chosen


def suggest(spec: SweepSpec, trial: BaseTrial) -> dict[str, Any]:
    """Return the flat config of an Optuna trial: the parameters that were queued, the others from the sampler."""
    return choose(spec, lambda name, distribution: _ask(trial, name, distribution))


def _ask(trial: BaseTrial, name: str, distribution: Distribution) -> Any:
    if isinstance(distribution, Choice):
        values = list(distribution.values)
        return values[0] if len(values) == 1 else trial.suggest_categorical(name, values)
    low, high, log, q = distribution.low, distribution.high, distribution.log, distribution.q
    # Optuna has no steps on a log scale: draw a continuous value there and round it.
    step = None if log else q
    if distribution.integer:
        return distribution.round(trial.suggest_int(name, int(low), int(high), step=int(step or 1), log=log))
    return distribution.round(trial.suggest_float(name, low, high, step=step, log=log))
