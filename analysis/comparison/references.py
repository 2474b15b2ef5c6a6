"""The scores beside which a score is read: an all-zero map's, the best that the targets allow, an interpolation's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.comparison.basis import BLOCK, ROW, Basis
from inr.families import Variant
from inr.vocabulary import metric as known
from inr.vocabulary import references


@dataclass(frozen=True)
class Reference:
    """A row under the table."""

    kind: str
    """The variant of a score's name that holds it, such as ``zero``."""
    name: str
    values: dict[str, float]
    """Metric → mean over the same blocks as the table's."""
    rows: tuple[str, ...]
    """The names of the rows beside which it stands."""


def find_references(basis: Basis, metrics: Sequence[str]) -> tuple[Reference, ...]:
    """The reference rows of a table; more than one of a kind where it depends on the row (a ceiling on the loss)."""
    return tuple(reference for variant in references() for reference in _of_kind(basis, metrics, variant))


def _of_kind(basis: Basis, metrics: Sequence[str], variant: Variant) -> Iterator[Reference]:
    columns = {metric: name for metric in metrics if (name := known(metric).reference(variant.name)) in basis.used}
    rows = dict(list(basis.used.groupby(ROW, sort=False)))
    values = {name: _means(rows[name], columns) for name in basis.names.values() if name in rows}
    groups: list[tuple[dict[str, float], list[str]]] = []
    for name, means in values.items():
        for other, names in groups:
            if _same(means, other):
                names.append(name)
                break
        else:
            groups.extend([(means, [name])] if means else [])
    for means, names in groups:
        of = f" ({'; '.join(names)})" if len(groups) > 1 else ""
        yield Reference(variant.name, variant.named(_noun(means)) + of, means, tuple(names))


def _noun(means: dict[str, float]) -> str:
    """The thing that the scores are of; several have one reference only where they are of one thing."""
    family = known(next(iter(means))).family
    return family.noun if family else ""


def _means(trials: pd.DataFrame, columns: dict[str, str]) -> dict[str, float]:
    means = {m: trials.groupby(BLOCK)[name].mean().mean() for m, name in columns.items() if trials[name].notna().any()}
    return {metric: float(mean) for metric, mean in means.items()}


def _same(one: dict[str, float], other: dict[str, float]) -> bool:
    return one.keys() == other.keys() and bool(np.allclose([*one.values()], [*other.values()], rtol=1e-9, atol=0))


def means_nothing(trials: pd.DataFrame, metric: str) -> bool:
    """Tell whether the map of ``metric`` is identically zero in every trial, though the map below it varies.

    So it is with the Laplacian of a piecewise linear activation (ReLU), whose score is the all-zero map's. Told from
    the metrics, which every source has: NRMSE is 1 and the correlation, of a constant, is missing.
    """
    family = known(metric).family
    below = family.derivative_of if family else None
    if family is None or below is None:
        return False
    return len(trials) > 0 and _zero(trials, family.name) and not _constant(trials, below)


def _zero(trials: pd.DataFrame, family: str) -> bool:
    name = f"{family}/nrmse"
    return (
        name in trials
        and bool(np.isclose(trials[name].astype(float), 1, rtol=0, atol=1e-12).all())
        and _constant(trials, family)
    )


def _constant(trials: pd.DataFrame, family: str) -> bool:
    name = f"{family}/correlation"
    return name not in trials or bool(trials[name].isna().all())
