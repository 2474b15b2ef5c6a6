"""Give every activation the same number of trials, and tune each from its own trials only.

A sampler that chose the activation would spend most trials on the one that looked good first, and compare a tuned
activation with untuned ones. Trials are therefore assigned to the activations in turn, and TPE sees only the trials of
the activation at hand.
"""

import hashlib
import warnings
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState

from sweeps.file.distributions import Choice
from sweeps.file.spec import SweepSpec
from sweeps.search.space import suggest

DEALT = "activation"
"""The parameter whose values share the budget equally."""


def dealt(spec: SweepSpec, number: int) -> dict[str, Any]:
    """Return the parameters that are fixed for trial ``number`` of a search: its activation, chosen in turn.

    Returns an empty dict for a single activation, or if the file gives the activations probabilities.
    """
    choice = spec.parameters.get(DEALT)
    if not isinstance(choice, Choice) or len(choice.values) == 1 or choice.probabilities:
        return {}
    return {DEALT: choice.values[number % len(choice.values)]}


class PerActivation(BaseSampler):
    """A TPE sampler that learns, for each activation, from the trials of that activation only.

    ``seed`` is hashed with the study's name and the trial's number, so that no two trials draw the same numbers.
    """

    def __init__(self, spec: SweepSpec, seed: str) -> None:
        self.spec, self.seed = spec, seed
        self.asked: tuple[int, dict[str, Any]] = (-1, {})

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return an empty space: all parameters are sampled by :meth:`sample_independent`."""
        return {}

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return no values: all parameters are sampled by :meth:`sample_independent`."""
        return {}

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Return the value of ``param_name``. The first call for a trial chooses the values of all its parameters."""
        if self.asked[0] != trial.number:
            self.asked = trial.number, self._point(study, trial)
        return self.asked[1][param_name]

    def _point(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, Any]:
        # Our driver fixes the activation when it queues a trial; for W&B's scheduler it is fixed here.
        dealt_out = dealt(self.spec, trial.number)
        fixed = {**dealt_out, **trial.system_attrs.get("fixed_params", {}), **trial.params}
        ended = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
        own = [t for t in ended if t.params.get(DEALT) == fixed.get(DEALT)]
        digest = hashlib.sha256(f"{study.study_name}/{trial.number}/{self.seed}".encode())
        with warnings.catch_warnings():
            # ``group`` lets the multivariate sampler learn in a conditional space; it is marked experimental.
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = TPESampler(seed=int.from_bytes(digest.digest()[:4], "big"), multivariate=True, group=True)
        alone = optuna.create_study(directions=study.directions, sampler=sampler)
        alone.add_trials(own)
        alone.enqueue_trial(fixed)
        asked = alone.ask()
        suggest(self.spec, asked)
        return asked.params
