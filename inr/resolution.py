"""The effective values of a trial's parameters: functions for their annotations."""

from collections.abc import Mapping
from typing import Any

from inr.initialisation import Own
from inr.parameters import Resolves


def _initialisation(name: str, config: Mapping[str, Any]) -> str:
    return str(config["activation"].init if name == Own.name() else name)


def _batch(size: int, config: Mapping[str, Any]) -> int:
    return 0 if size >= max((work.most for work in config["task"].work()), default=0) else size


OWN_LAW = Resolves(_initialisation)
"""own is the initialisation law that the activation names."""
BATCH = Resolves(_batch, "there are no more training points, and all of them are taken")
"""A batch of all training points, however many the data turn out to have, is 0."""
UP_TO_STEPS = Resolves(lambda every, config: min(every, config["steps"]))
"""An interval beyond the last step ends at the last step."""
