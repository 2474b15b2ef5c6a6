"""The effective values of a trial's parameters: functions for their annotations."""

from collections.abc import Mapping
from typing import Any

from inr.activations import ACTIVATIONS, Activation
from inr.activations.layers import initialisation, learnable
from inr.choices import options_in
from inr.errors import UsageError
from inr.initialisation import Own
from inr.parameters import Resolves
from inr.size import BY_WIDTH, width_for
from inr.tree import members
from inr.words import unknown


def _initialisation(name: str, config: Mapping[str, Any]) -> str:
    """Name the activation's law for its own; that of several, which have several laws, stays their own."""
    return (initialisation(members(config["activation"])) or name) if name == Own.name() else name


def _batch(size: int, config: Mapping[str, Any]) -> int:
    return 0 if size >= max((work.most for work in config["task"].work()), default=0) else size


def _width(given: int, config: Mapping[str, Any]) -> int:
    if config["parameters"] == BY_WIDTH:
        return given
    task, layers = config["task"], config["hidden_layers"]
    if task.hypernet is not None:
        raise UsageError(
            f"--parameters got --task={task}, whose networks have the parameters that a hypernetwork makes: "
            "give --hidden_features"
        )
    features = config["encoding"].features(task.dimensions)
    sizes = {"in_features": features, "hidden_layers": layers, "out_features": task.channels_out}
    return width_for(config["parameters"], config["activation"], **sizes)


def _learned(text: str, config: Mapping[str, Any]) -> str:
    """The names in the activation's order, once each."""
    given = [name.strip() for name in text.split(",")]
    if given == [NOTHING]:
        return NOTHING
    activation = config["activation"]
    known = learnable(members(activation))
    if not known:
        raise UsageError(f"--learn got {text!r}: {activation} has no number that can be learned; leave --learn out")
    if wrong := next((name for name in given if name not in known), None):
        raise UsageError(f"--learn got {wrong!r} with --activation={activation}: {unknown(wrong, known)}")
    return ",".join(name for name in known if name in given)


def learning_what_it_can(point: Mapping[str, Any]) -> dict[str, Any]:
    """Give a point without the names in its ``learn`` that other activations could learn, and its own cannot.

    A name that none can learn stays, and is refused later.
    """
    if "learn" not in point or "activation" not in point:
        return dict(point)
    named = (each.option for each in options_in(Activation.kind, str(point["activation"])))
    others = {*learnable(ACTIVATIONS.values())} - {*learnable(named)}
    kept = [name for name in map(str.strip, str(point["learn"]).split(",")) if name not in others]
    return {**point, "learn": ",".join(kept) or NOTHING}


NOTHING = "none"
"""What ``--learn`` says where no hyperparameter is trained."""
LEARNED = Resolves(_learned)
OWN_LAW = Resolves(_initialisation)
"""own is the initialisation law that the activation names."""
BATCH = Resolves(_batch, "there are no more training points, and all of them are taken")
"""A batch of all training points, however many the data turn out to have, is 0."""
WIDTH = Resolves(_width)
"""The width follows the number of parameters, where that is given."""
UP_TO_STEPS = Resolves(lambda every, config: min(every, config["steps"]))
"""An interval beyond the last step ends at the last step."""
