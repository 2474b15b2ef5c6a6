"""The words of columns and losses, with units."""

import itertools
from collections.abc import Iterable, Sequence
from pathlib import PurePath

import pandas as pd

from analysis.sources.rows import config_columns
from inr.tasks import TASKS
from inr.vocabulary import metric, noun
from inr.words import text

PARAMETERS = {
    "omega_0": "ω₀, rad per unit",
    "first_omega_0": "ω₀ of the first layer, rad per unit",
    "n_modes": "harmonics n_modes",
    "hidden_features": "width",
    "parameters": "most parameters",
    "training_time": "training time, s",
    "network_size": "trainable parameters",
    "step": "training step",
}


def _losses() -> dict[str, str]:
    """Loss → its words, in the order of the original study: the single losses, then their combinations."""
    return {
        "+".join(terms): " + ".join(noun(term) for term in terms) if count < max(3, len(task.terms)) else "all three"
        for task in TASKS.values()
        for count in range(1, len(task.terms) + 1)
        for terms in itertools.combinations(task.terms, count)
    }


def label(column: str) -> str:
    """The words of a column, with its unit."""
    return PARAMETERS.get(column) or metric(column).header


def short(value: object) -> str:
    """Write a value of a config as text, a file by its name: a path is of one machine."""
    name = text(value)
    return PurePath(name).name if PurePath(name).is_absolute() and PurePath(name).name else name


def loss_label(loss: str) -> str:
    """The name of a loss."""
    return f"loss: {_losses().get(loss, loss)}"


def initials(terms: Sequence[str]) -> dict[str, str]:
    """Abbreviate the terms of a loss by the initial of the last word; one that is taken gets a prime: S, D, D′."""
    found: dict[str, str] = {}
    for term in terms:
        letter = term.split("_")[-1][:1].upper()
        found[term] = letter + "′" * sum(other.startswith(letter) for other in found.values())
    return found


def losses(present: Iterable[str]) -> list[str]:
    """Sort the losses as the study does."""
    order = list(_losses())
    return sorted(set(present), key=lambda loss: (order.index(loss) if loss in order else len(order), loss))


DERIVED = {"quality", "training_time", "network_size"}
"""Columns that the pictures add."""


def varying(frame: pd.DataFrame) -> dict[str, int]:
    """Config column → number of its values, where there are several (an absent value is none)."""
    counts = {name: int(frame[name].nunique()) for name in config_columns(frame) if name not in DERIVED}
    return {name: count for name, count in counts.items() if count > 1}
