"""The effective values of a config's parameters: conditions and functions for their annotations."""

from collections.abc import Mapping
from typing import Any

from inr.errors import UsageError
from inr.initialisation import Own
from inr.parameters import Resolves, When, unknown
from inr.problem import most_training_points
from inr.terms import TERMS
from inr.units import UNITS, Physical


def in_loss(term: str) -> When:
    """The parameter exists where the loss has the term."""
    return When(lambda config: term in config["loss"].split("+"), f"with {term} in --loss")


def canonical_loss(loss: str) -> str:
    """The terms in their fixed order: laplacian+image is image+laplacian, all is the three."""
    terms = TERMS if loss == "all" else [term.strip() for term in loss.split("+")]
    for term in terms:
        if term not in TERMS:
            raise UsageError(f"--loss got {loss!r}: {unknown(term, [*TERMS, 'all'])}")
    return "+".join(term for term in TERMS if term in terms)


def _initialisation(name: str, config: Mapping[str, Any]) -> str:
    return str(config["activation"].init if name == Own.name() else name)


def _units(name: str, config: Mapping[str, Any]) -> str:
    divided = config["loss"] == "image" or config["operator"].operator() is None
    return Physical.name() if divided and UNITS[name].undivided else name


def _batch(size: int, config: Mapping[str, Any]) -> int:
    return 0 if size >= most_training_points(config["size"], config["holdout"].stride) else size


OWN_LAW = Resolves(_initialisation)
"""own is the initialisation law that the activation names."""
LOSS_UNITS = Resolves(_units)
"""Undivided units are physical ones where no discrete operator has a part in the loss."""
BATCH = Resolves(_batch)
"""A batch of all training pixels, whatever the shape of the picture, is 0."""
UP_TO_STEPS = Resolves(lambda every, config: min(every, config["steps"]))
"""An interval beyond the last step ends at the last step."""
