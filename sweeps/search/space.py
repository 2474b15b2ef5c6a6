"""The space of a sweep, define-by-run: a parameter is chosen only where it exists."""

from collections.abc import Callable
from typing import Any

from optuna.trial import BaseTrial

from inr.config import TrialConfig, parameters
from sweeps.distributions import Choice, Distribution
from sweeps.spec import SweepSpec

Pick = Callable[[str, Distribution], Any]
"""Chooses the value of a parameter from its distribution."""


def choose(spec: SweepSpec, pick: Pick) -> dict[str, Any]:
    """A flat config of the sweep: every parameter that exists given those before it, in the config's own order.

    n_modes is not asked for where the activation is sine, nor a weight of a term that is not in the loss.
    """
    chosen: dict[str, Any] = {}
    for name in parameters():
        if name in spec.parameters and name in TrialConfig.from_flat(chosen).flat():
            chosen[name] = pick(name, spec.parameters[name])
    return chosen


def suggest(spec: SweepSpec, trial: BaseTrial) -> dict[str, Any]:
    """The flat config that Optuna's sampler suggests, or that was queued."""
    return choose(spec, lambda name, distribution: _ask(trial, name, distribution))


def _ask(trial: BaseTrial, name: str, distribution: Distribution) -> Any:
    if isinstance(distribution, Choice):
        values = list(distribution.values)
        return values[0] if len(values) == 1 else trial.suggest_categorical(name, values)
    low, high, log, q = distribution.low, distribution.high, distribution.log, distribution.q
    # Optuna has no steps on a logarithm: there it chooses freely, and the nearest allowed value is taken.
    step = None if log else q
    if distribution.integer:
        return distribution.round(trial.suggest_int(name, int(low), int(high), step=int(step or 1), log=log))
    return distribution.round(trial.suggest_float(name, low, high, step=step, log=log))
