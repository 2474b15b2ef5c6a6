"""The words of columns, with units, and the initials of terms."""

from collections.abc import Sequence
from pathlib import PurePath

import pandas as pd

from analysis.sources.rows import config_columns
from inr.vocabulary import metric
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


def label(column: str) -> str:
    """The words of a column, with its unit."""
    return PARAMETERS.get(column) or metric(column).header


def short(value: object) -> str:
    """Write a value of a config as text, a file by its name: a path is of one machine."""
    name = text(value)
    return PurePath(name).name if PurePath(name).is_absolute() and PurePath(name).name else name


def initials(terms: Sequence[str]) -> dict[str, str]:
    """Abbreviate the terms of a loss by the initial of the last word; one that is taken gets a prime: S, D, D′."""
    found: dict[str, str] = {}
    for term in terms:
        letter = term.split("_")[-1][:1].upper()
        found[term] = letter + "′" * sum(other.startswith(letter) for other in found.values())
    return found


DERIVED = {"quality", "training_time", "network_size"}
"""Columns that the pictures add."""


def varying(frame: pd.DataFrame) -> dict[str, int]:
    """Config column → number of its values, where there are several (an absent value is none)."""
    counts = {name: int(frame[name].nunique()) for name in config_columns(frame) if name not in DERIVED}
    return {name: count for name, count in counts.items() if count > 1}
