"""The words under the panels of a sheet: a trial's score, and what is beside it."""

import textwrap
from collections.abc import Sequence

import pandas as pd

from analysis.comparison.quality import RECORDED, ranked_by
from inr.families import Variant
from inr.panels import Panel
from inr.vocabulary import MISSING, Metric, expected, metric, references


def caption(trial: pd.Series, row: Panel) -> str:
    """Write the score of a panel, and which references it only equals; nothing where the panel has none."""
    known = _score(trial, row)
    if known is None:
        return ""
    score = _number(trial, known.name)
    if score is None:
        return f"{known.score.label if known.score else known.name} {MISSING}"
    if known.variant:
        return f"{_named(known)}{known.with_unit(score)} {known.variant.label}"
    same = [each.label for each in _beside() if known.format(score) == known.format(_reference(trial, known, each))]
    return "\n= ".join([_named(known) + known.with_unit(score), *same])


def _named(known: Metric) -> str:
    """The score's name before its number, where the family has other scores of that unit."""
    others = known.family.scores if known.family else ()
    return f"{known.score.label} " if known.score and sum(each.unit == known.unit for each in others) > 1 else ""


def under_reference(trials: Sequence[pd.Series], row: Panel) -> str:
    """Write what an all-zero map scores, below which a derivative says nothing."""
    lines = []
    for variant in _beside():
        scores = [(trial, known) for trial in trials if (known := _score(trial, row))]
        pairs = [(known, _reference(trial, known, variant)) for trial, known in scores]
        lines += [f"{variant.label}: {known.with_unit(value)}" for known, value in pairs if value is not None][:1]
    return "\n".join(lines)


def _beside() -> list[Variant]:
    return [variant for variant in references() if variant.beside]


def _reference(trial: pd.Series, known: Metric, variant: Variant) -> float | None:
    return _number(trial, known.reference(variant.name))


def _number(trial: pd.Series, name: str) -> float | None:
    value = pd.to_numeric(trial.get(name), errors="coerce")
    return None if value is None or pd.isna(value) else float(value)


def wrapped(text: str, inches: float, size: float) -> str:
    """Break lines that are longer than a panel is wide, at so many points a letter."""
    most = int(0.9 * inches * 72 / (0.52 * size))
    return "\n".join("\n".join(textwrap.wrap(line, most)) for line in text.split("\n"))


def _score(trial: pd.Series, row: Panel) -> Metric | None:
    """The metric that a panel carries: what ranks the trial, if it is of the row's family, else the family's first."""
    if not row.family:
        return None
    ranking = metric(_ranks(trial))
    if ranking.family and ranking.family.name == row.family:
        return ranking
    return next(metric(name) for name in expected() if name.startswith(f"{row.family}/"))


def _ranks(trial: pd.Series) -> str:
    """Read what ranks a trial; a frame of one row takes longer, and is asked where the record says nothing."""
    recorded = trial.get(RECORDED)
    return recorded if isinstance(recorded, str) else str(ranked_by(trial.to_frame().T).iloc[0])
