"""Draw the importance of the parameters: Optuna's, or a rank correlation if there are few trials."""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import scipy  # its submodules load on first use: the pictures at the end of a sweep need none
from matplotlib.figure import Figure

from analysis.comparison.quality import axis_label
from analysis.comparison.subject import followers
from analysis.figures.names import varying
from analysis.figures.style import WIDTH, picture, sheet
from analysis.figures.trials import scored, told
from inr.errors import InputError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

ENOUGH = 30
"""The fewest trials for Optuna's importance."""


@dataclass(frozen=True)
class Importance:
    """The importance of each parameter, the highest first, with the method and the number of trials."""

    values: dict[str, float]
    method: str
    trials: int


def parameter_importance(frame: pd.DataFrame, metric: str = "quality") -> Importance:
    """Compute the importance of every varying parameter for ``metric``, over the finished trials.

    Raises :class:`InputError` if no parameter varies, or for fewer than 4 trials.
    """
    rows, _ = scored(frame, metric, said=())
    names = [name for name in varying(rows) if name not in followers()]
    if not names or len(rows) < 4:
        raise InputError(
            f"{len(rows)} finished trials in which {len(names)} parameters vary: "
            "importance needs 4 trials and 1 parameter"
        )
    if len(rows) < ENOUGH:
        values = {name: _rank_correlation(rows[name], rows[metric]) for name in names}
        method = "rank correlation (|Spearman|; √η² of the ranks for names)"
    else:
        values, method = _optuna(rows, names, metric), "PED-ANOVA (Optuna): what sets the best tenth apart"
    return Importance(dict(sorted(values.items(), key=lambda item: -item[1])), method, len(rows))


@picture
def importance(frame: pd.DataFrame, metric: str = "quality") -> Figure:
    """Draw the importances as bars; the seed's bar is hatched and shows the effect of chance."""
    found = parameter_importance(frame, metric)
    rows, notes = scored(frame, metric, said=())
    text = [f"{found.method}, {found.trials} trials", told(notes)]
    text += ["hatched: the seed, what chance amounts to"] if "seed" in found.values else []
    figure = sheet(WIDTH * 0.75, 0.28 * len(found.values) + 1.15, "; ".join(filter(None, text)))
    axes = figure.subplots()
    names = list(found.values)[::-1]
    bars = axes.barh(names, [found.values[name] for name in names], color="#5b6b7b", height=0.62)
    axes.bar_label(bars, [f"{found.values[name]:.2f}" for name in names], padding=3, fontsize=7.5)
    if "seed" in names:
        seed = bars[names.index("seed")]
        seed.set(facecolor="white", edgecolor="#5b6b7b", hatch="////")
    axes.grid(visible=False, axis="y")
    axes.set_xlim(0, max(*found.values.values(), 1e-9) * 1.15 if len(names) > 1 else 1.15)
    axes.set_title(f"importance for the {axis_label(metric, rows)}", loc="left")
    axes.set_xlabel("share of the importance" if found.method.startswith("PED") else "strength of the association")
    return figure


def _rank_correlation(values: pd.Series, metric: pd.Series) -> float:
    """Compute |Spearman's ρ| for numbers; for names, √(variance of ranks between groups / total variance)."""
    here = values.notna()
    values, metric = values[here], metric[here]
    if values.nunique() < 2 or metric.nunique() < 2:
        return 0.0
    numbers = pd.to_numeric(values, errors="coerce")
    if numbers.notna().all():
        return float(abs(scipy.stats.spearmanr(numbers.astype(float), metric).statistic))
    ranks = metric.rank()
    between = ranks.groupby(values.astype(str)).transform("mean")
    return float(np.sqrt(between.var(ddof=0) / ranks.var(ddof=0)))


def _optuna(rows: pd.DataFrame, names: list[str], metric: str) -> dict[str, float]:
    """Compute Optuna's importances in a study that is rebuilt from the frame."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "IProgress not found")  # raised by the import in a notebook
        import optuna
    spaces = {name: _distribution(rows[name].dropna()) for name in names}
    records: list[dict[str, Any]] = rows[[*names, metric]].to_dict("records")
    trials = []
    for record in records:
        given = {name: _plain(record[name], spaces[name]) for name in names if pd.notna(record[name])}
        own = {name: spaces[name] for name in given}
        trials.append(optuna.trial.create_trial(params=given, distributions=own, value=float(record[metric])))
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study = optuna.create_study(direction="maximize")
            study.add_trials(trials)
            return {k: float(v) for k, v in optuna.importance.get_param_importances(study, params=names).items()}
    finally:
        optuna.logging.set_verbosity(level)


def _distribution(values: pd.Series) -> "BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    numbers = pd.to_numeric(values, errors="coerce")
    if values.map(lambda v: isinstance(v, str | bool)).any() or numbers.isna().any():
        return CategoricalDistribution(sorted({str(value) for value in values}))
    low, high = float(numbers.min()), float(numbers.max())
    if (numbers == numbers.round()).all():
        return IntDistribution(int(low), int(high), log=low >= 1 and high / low > 10)
    return FloatDistribution(low, high, log=low > 0 and high / low > 10)


def _plain(value: Any, space: "BaseDistribution") -> Any:
    """Convert a value to the type of its distribution."""
    kinds = {"CategoricalDistribution": str, "IntDistribution": int, "FloatDistribution": float}
    return kinds[type(space).__name__](value)
