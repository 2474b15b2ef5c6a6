"""The trials of a sweep whose scores may be compared: those of one task and loss that fit the same data."""

from collections.abc import Mapping, Sequence
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from inr.config import TrialConfig
from inr.tasks import TASKS
from inr.vocabulary import metric
from inr.words import text
from sweeps.file.distributions import Choice
from sweeps.file.spec import SweepSpec
from sweeps.search.queue import fixed

Like = tuple[tuple[str, str], ...]
"""Name → value of what trials must share to be compared, where the sweep varies it."""


class Likes:
    """Tells the activation of a trial, with which others it may be compared, and the better of two scores."""

    def __init__(self, spec: SweepSpec) -> None:
        self.spec = spec
        data = dict.fromkeys(name for task in TASKS.values() for name in task.fitted)
        self.names = [name for name in ("task", "loss", *data) if name in spec.varying]
        self.metric = metric(spec.metrics[0].name) if spec.metrics else None

    @property
    def activations(self) -> list[str]:
        """The activations that the sweep compares, in the order of its file."""
        given = self.spec.parameters.get("activation")
        values = given.values if isinstance(given, Choice) else [TrialConfig.from_flat({}).activation.name()]
        return list(map(str, values))

    def activation(self, trial: FrozenTrial) -> str | None:
        """The activation of a trial; None of a slot whose parameters the sampler has not chosen."""
        known = self._known(trial).get("activation")
        if known is None and len(self.activations) == 1:
            return self.activations[0]
        return known if known is None else str(known)

    def like(self, trial: FrozenTrial) -> Like:
        """Name what a trial shares with those that it may be compared with."""
        known = self._known(trial)
        return tuple((name, text(known.get(name))) for name in self.names)

    def best(self, trials: Sequence[FrozenTrial]) -> float | None:
        """The best score of the first metric among the trials that finished; None where none has one."""
        if self.metric is None:
            return None
        scores = [trial.values[0] for trial in trials if trial.state == TrialState.COMPLETE and trial.values]
        best = max if self.spec.metrics[0].goal == "maximize" else min
        return best(scores) if scores else None

    def rest(self, trial: FrozenTrial) -> str:
        """Name what a trial has besides its activation."""
        shown = {name: value for name, value in trial.params.items() if name != "activation"}
        return " ".join(f"{name}={text(value)}" for name, value in shown.items())

    @staticmethod
    def _known(trial: FrozenTrial) -> Mapping[str, Any]:
        return {**fixed(trial), **trial.params}
