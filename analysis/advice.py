"""Fit the rule of :mod:`inr.advice` to the records of a runs folder, and measure its error on signals left out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.comparison.data import tell_apart
from analysis.comparison.groups import groups
from analysis.comparison.quality import QUALITY, ranking_metrics, with_quality
from analysis.comparison.subject import subject
from analysis.sources.load import load_records
from analysis.sources.rows import FINISHED, config_columns
from inr.advice import Calibration, LeftOut, Rule, band
from inr.errors import InputError
from inr.vocabulary import metric
from inr.words import plural
from sweeps.record.folder import RecordFolder

Array = NDArray[np.float64]
Mode = float | None
"""ω₀ of the hidden layers; None where it is that of the first."""

FIRST, HIDDEN, REACH = "first_omega_0", "omega_0", "reach/cycles_per_sample"
CANDIDATES = 201
"""Factors among which the rule's is chosen: in equal ratios, from the lowest to the highest that a record had."""


@dataclass(frozen=True, eq=False)
class Curve:
    """The score of one signal against ω₀ of the first layer, all else equal; the higher the better."""

    mode: Mode
    band: float
    omega: Array
    """(k,), ascending"""
    reach: Array
    """(k,), cycles a sample"""
    score: Array
    """(k,), the mean over seeds"""
    best: tuple[float, float]
    """ω₀ and score of the best record of this signal, among all modes."""

    def lost_at_reach(self, reach: Array) -> Array:
        """Compute what is lost against the best record; between two records linear over log ω₀, flat beyond."""
        return self.best[1] - np.interp(np.log(reach), np.log(self.reach), self.score)

    def lost_at(self, omega: Array) -> Array:
        """Compute the same at values of ω₀."""
        return self.best[1] - np.interp(np.log(omega), np.log(self.omega), self.score)


Curves = Mapping[str, Sequence[Curve]]
"""Signal → its curves, one a setting and mode."""


def calibrate(runs: Path, task: str, activation: str, loss: str, default: float) -> Calibration:
    """Fit the rule to all finished trials of a task, activation and loss, and leave each signal out in turn.

    ``default`` is the activation's own ω₀. Raises :class:`InputError` where the records cannot tell: fewer than two
    signals that were each fitted at several ω₀ of the first layer.
    """
    rows = _rows(load_records(runs), {"task": task, "activation": activation, "loss": loss})
    found: dict[str, list[Curve]] = {}
    if len(rows):
        sign = 1 if metric(ranking_metrics(rows)[0]).higher_is_better else -1
        for name, curve in _curves(rows, sign):
            found.setdefault(name, []).append(curve)
    what = f"{plural(len(found), 'signal')} of {activation}, {loss} loss, at several ω₀ of the first layer"
    modes = _modes(found)
    if len(found) < 2 or not modes:
        raise InputError(f"{str(runs)!r} has records of {what}: expected two signals or more, at the same hidden ω₀")
    out = tuple(_left_out(name, found, modes, default, sign) for name in found)
    return Calibration(_fit(found, modes), out, ranking_metrics(rows)[0], len(rows))


def _rows(frame: pd.DataFrame, wanted: Mapping[str, str]) -> pd.DataFrame:
    """Keep the finished trials of the wanted kind that have a score and a reach."""
    needed = [*wanted, FIRST, HIDDEN, REACH]
    if frame.empty or any(name not in frame for name in needed):
        return frame[:0]
    kept = frame[(frame["status"] == FINISHED) & frame[needed].notna().all(axis=1)]
    for name, value in wanted.items():
        kept = kept[kept[name] == value]
    return tell_apart(with_quality(kept)).dropna(subset=[QUALITY]) if len(kept) else kept


def _curves(rows: pd.DataFrame, sign: int) -> Iterator[tuple[str, Curve]]:
    column = subject(rows)
    aside = (column, "seed", FIRST, HIDDEN)
    setting = [name for name in config_columns(rows) if name not in aside and name != QUALITY]
    for key, trials in groups(rows, [*setting, column]).items():
        means = trials.groupby([FIRST, HIDDEN], as_index=False)[[REACH, QUALITY]].mean()
        means[QUALITY] *= sign
        top = means.loc[means[QUALITY].idxmax()]
        best = float(top[FIRST]), float(top[QUALITY])
        width = _band(trials, column)
        for mode, points in _by_mode(means):
            if points[FIRST].nunique() > 1 and width:
                omega, reach, score = (points.sort_values(FIRST)[n].to_numpy(float) for n in (FIRST, REACH, QUALITY))
                yield str(key[-1]), Curve(mode, width, omega, reach, score, best)


def _by_mode(means: pd.DataFrame) -> Iterator[tuple[Mode, pd.DataFrame]]:
    yield None, means[means[FIRST] == means[HIDDEN]]
    for hidden in sorted(means[HIDDEN].unique()):
        yield float(hidden), means[means[HIDDEN] == hidden]


def _band(trials: pd.DataFrame, column: str) -> float | None:
    """The band of the signal that the trials fitted; None where no record has it."""
    for path in trials["folder"]:
        values: Any = RecordFolder(Path(path)).arrays("fields").get(f"reference_{column}")
        if values is not None:
            return band(values)
    return None


def _modes(found: Curves) -> list[Mode]:
    """List the modes that every signal was tried in."""
    each = [{curve.mode for curve in curves} for curves in found.values()]
    return sorted(set.intersection(*each), key=lambda mode: (mode is not None, mode or 0)) if each else []


def _fit(found: Curves, modes: Sequence[Mode]) -> Rule:
    """Choose the factor and the mode that lose least in the mean over signals."""
    factors = {mode: _factors(found, mode) for mode in modes}
    lost = {mode: np.mean([_lost(own, mode, factors[mode]) for own in found.values()], axis=0) for mode in modes}
    mode = min(modes, key=lambda mode: float(lost[mode].min()))
    return Rule(_middle_of_least(factors[mode], lost[mode]), mode)


def _factors(found: Curves, mode: Mode) -> Array:
    tried = np.concatenate([c.reach / c.band for curves in found.values() for c in curves if c.mode == mode])
    return np.geomspace(tried.min(), tried.max(), CANDIDATES)


def _lost(curves: Sequence[Curve], mode: Mode, factors: Array) -> Array:
    """Compute what each factor loses on one signal, the mean over settings."""
    return np.asarray(np.mean([c.lost_at_reach(factors * c.band) for c in curves if c.mode == mode], axis=0))


def _middle_of_least(candidates: Array, lost: Array) -> float:
    """Choose the middle of the candidates, in ascending order, that lose least: curves with flat ends make several."""
    least = candidates[lost <= lost.min() + 1e-9]
    return float(least[(len(least) - 1) // 2])


def _left_out(name: str, found: Curves, modes: Sequence[Mode], default: float, sign: int) -> LeftOut:
    others = {other: curves for other, curves in found.items() if other != name}
    rule, (constant, hidden) = _fit(others, modes), _constant(others, modes)
    own = [curve for curve in found[name] if curve.mode == rule.hidden]
    first, at = own[0], np.array([rule.factor])
    return LeftOut(
        name=name,
        band=first.band,
        best_omega=first.best[0],
        best=sign * first.best[1],
        proposed=_omega(first, rule.factor),
        lost=float(np.mean([curve.lost_at_reach(at * curve.band) for curve in own])),
        lost_by_default=_lost_at(found[name], _nearest(modes, default), default),
        lost_by_constant=_lost_at(found[name], hidden, constant),
    )


def _omega(curve: Curve, factor: float) -> float:
    """Return ω₀ with this reach: they are proportional."""
    return float(factor * curve.band * np.exp(np.mean(np.log(curve.omega / curve.reach))))


def _constant(found: Curves, modes: Sequence[Mode]) -> tuple[float, Mode]:
    """Choose the one ω₀ of the first layer, and the mode, that lose least in the mean over signals."""
    tried = np.unique(np.concatenate([curve.omega for curves in found.values() for curve in curves]))
    lost = {mode: np.mean([_constants(curves, mode, tried) for curves in found.values()], axis=0) for mode in modes}
    mode = min(modes, key=lambda mode: float(lost[mode].min()))
    return _middle_of_least(tried, lost[mode]), mode


def _constants(curves: Sequence[Curve], mode: Mode, tried: Array) -> Array:
    return np.asarray(np.mean([curve.lost_at(tried) for curve in curves if curve.mode == mode], axis=0))


def _lost_at(curves: Sequence[Curve], mode: Mode, omega: float) -> float:
    return float(_constants(curves, mode, np.array([omega]))[0])


def _nearest(modes: Sequence[Mode], default: float) -> Mode:
    """Choose the mode whose hidden ω₀ is nearest the default: that of the first layer, where it was tried, is it."""
    return min(modes, key=lambda mode: 0.0 if mode is None else abs(np.log(mode / default)))
