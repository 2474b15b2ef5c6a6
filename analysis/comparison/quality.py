"""Quality: a trial's value of the metric that its record says it is ranked by.

Trials of different losses can be ranked by different metrics: a loss without the values by the aligned prediction.
"""

import numpy as np
import pandas as pd

from analysis.sources.rows import config_columns
from inr.vocabulary import Metric, metric, rank_by, rankable

RECORDED = "best/rank_by"
QUALITY = "quality"
"""The column that :func:`with_quality` adds."""


def ranked_by(trials: pd.DataFrame) -> pd.Series:
    """Read the name of the metric that ranks each trial; where no record says it, the config's."""
    nothing = pd.Series(None, trials.index, dtype=object)
    recorded = trials.get(RECORDED, nothing).astype(object)
    said = recorded.map(lambda name: isinstance(name, str)).astype(bool)
    if said.all():
        return recorded
    configs = trials.loc[~said, config_columns(trials)].to_dict("records")
    own = [rank_by({str(name): value for name, value in config.items() if pd.notna(value)}) for config in configs]
    recorded = recorded.copy()
    recorded[~said] = own
    return recorded


def with_quality(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the column ``quality``; nan where a trial lacks its metric."""
    names, quality = ranked_by(frame), pd.Series(np.nan, frame.index)
    for name in names.unique():
        values = pd.to_numeric(frame.get(name, pd.Series(np.nan, frame.index)), errors="coerce")
        quality = quality.where(names != name, values)
    return frame.assign(**{QUALITY: quality})


def ranking_metrics(trials: pd.DataFrame) -> list[str]:
    """List the metrics that rank the trials, in the vocabulary's order."""
    order = {name: place for place, name in enumerate(rankable())}
    return sorted(ranked_by(trials).unique(), key=lambda name: (order.get(name, len(order)), name))


def ranking_metric(trials: pd.DataFrame) -> str:
    """Choose the one metric by which to compare the trials.

    Of several it is the first in the vocabulary's order that the trials have; of none that they have, the first
    without its variant.
    """
    names = ranking_metrics(trials) or [rank_by({})]
    return next((name for name in names if name in trials), metric(names[0]).plain)


def axis_label(column: str, trials: pd.DataFrame) -> str:
    """The header of a metric; of ``quality`` that of what ranks the trials, with a star where several do."""
    first, *others = _shown(column, trials)
    star = "*" if others else ""
    return f"{metric(first.plain).label if others else first.label}{star}" + (f" ({first.unit})" if first.unit else "")


def footnote(column: str, trials: pd.DataFrame) -> str:
    """The sentence that explains the star of :func:`axis_label`; empty where there is none."""
    found = _shown(column, trials)
    return f"*{' or '.join(known.label for known in found)}: what ranks the trial" if len(found) > 1 else ""


def _shown(column: str, trials: pd.DataFrame) -> list[Metric]:
    names = (ranking_metrics(trials) or [rank_by({})]) if column == QUALITY else [column]
    return [metric(name) for name in names]
