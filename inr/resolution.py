"""The effective values of a config's parameters: conditions and functions for their annotations."""

from collections.abc import Mapping
from typing import Any

from inr.activations import ACTIVATIONS
from inr.errors import UsageError
from inr.parameters import Resolves, When, unknown
from inr.problem import most_training_points
from inr.terms import TERMS


def in_loss(term: str) -> When:
    """The parameter exists where the loss has the term."""
    return When(lambda config: term in config["loss"].split("+"), f"with {term} in --loss")


def where(name: str, value: str) -> When:
    """The parameter exists where another one has the value."""
    return When(lambda config: config[name] == value, f"with --{name}={value}")


def canonical_loss(loss: str) -> str:
    """The terms in their fixed order: laplacian+image is image+laplacian, all is the three."""
    terms = TERMS if loss == "all" else [term.strip() for term in loss.split("+")]
    for term in terms:
        if term not in TERMS:
            raise UsageError(f"--loss got {loss!r}: {unknown(term, [*TERMS, 'all'])}")
    return "+".join(term for term in TERMS if term in terms)


def _initialisation(name: str, config: Mapping[str, Any]) -> str:
    return ACTIVATIONS[config["activation"]].init if name == "own" else name


def _units(name: str, config: Mapping[str, Any]) -> str:
    undivided = config["loss"] != "image" and config["operator"] != "analytic"
    return "physical" if name == "raw" and not undivided else name


def _batch(size: int, config: Mapping[str, Any]) -> int:
    return 0 if size >= most_training_points(config["size"], config["holdout"]) else size


OWN_LAW = Resolves(_initialisation)
"""own is the initialisation law that the activation names."""
LOSS_UNITS = Resolves(_units)
"""raw is physical where no discrete operator has a part in the loss."""
BATCH = Resolves(_batch)
"""A batch of all training pixels, whatever the shape of the picture, is 0."""
UP_TO_STEPS = Resolves(lambda every, config: min(every, config["steps"]))
"""An interval beyond the last step ends at the last step."""
