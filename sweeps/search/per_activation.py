"""Every activation with the same budget, and tuned by itself.

A search over activations that let the sampler choose the activation would spend its trials on the one that looked
good first, and compare tuned with untuned. So the trials of a sweep are dealt out to its activations in turn, and
TPE learns for each of them from its own trials alone.
"""

import hashlib
import warnings
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState

from sweeps.distributions import Choice
from sweeps.search.space import suggest
from sweeps.spec import SweepSpec

DEALT = "activation"
"""What the budget is dealt out over."""


def dealt(spec: SweepSpec, number: int) -> dict[str, Any]:
    """What the ``number``-th trial of a search has fixed: its activation, where there are several to compare.

    Nothing where the file gives them probabilities: then it asks for another share.
    """
    choice = spec.parameters.get(DEALT)
    if not isinstance(choice, Choice) or len(choice.values) == 1 or choice.probabilities:
        return {}
    return {DEALT: choice.values[number % len(choice.values)]}


class PerActivation(BaseSampler):
    """TPE that asks, for a trial whose activation is fixed, a study of the trials of that activation.

    ``seed`` is mixed with the trial's number, which is its own in the study: no trial repeats another's draw.
    """

    def __init__(self, spec: SweepSpec, seed: str) -> None:
        self.spec, self.seed = spec, seed
        self.asked: tuple[int, dict[str, Any]] = (-1, {})

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Nothing: all is chosen at once, when the first parameter is asked for."""
        return {}

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Nothing, see above."""
        return {}

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """The parameter of the point that is chosen for the whole trial."""
        if self.asked[0] != trial.number:
            self.asked = trial.number, self._point(study, trial)
        return self.asked[1][param_name]

    def _point(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, Any]:
        # Ours were dealt out when they were queued; those that W&B's scheduler asks for are dealt out here.
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
