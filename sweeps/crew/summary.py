"""The comparison table that a sweep ends with."""

from collections.abc import Sequence
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState
from rich.table import Table

from inr.activations import Activation
from inr.activations.layers import vanishes_from
from inr.choices import options_in
from inr.vocabulary import metric, tabulated
from sweeps.crew.dashboard import failures
from sweeps.file.spec import SweepSpec
from sweeps.record.folder import Record, Runs
from sweeps.screen.terminal import Screen
from sweeps.search.queue import latest


def show_sweep(spec: SweepSpec, study: optuna.Study, runs: Runs, screen: Screen) -> None:
    """One row a finished trial, by what was searched; then what was held fixed, and what failed and why."""
    trials = study.get_trials(deepcopy=False)
    rows = _rows(trials, runs)
    searched = [name for name in spec.varying if any(name in record.config for record in rows)]
    if rows:
        screen.print(_table(spec, rows, searched), soft_wrap=True)
        screen.print(_fixed(rows, searched))
        for what, activations in _flat(rows).items():
            screen.print(f"n/a: the {what} of {' and '.join(sorted(activations))} is zero almost everywhere")
    _counts(trials, screen)
    for metrics in [spec.metrics] if len(spec.metrics) > 1 else []:
        front = ", ".join(trial.user_attrs["trial_id"] for trial in study.best_trials)
        screen.print(f"Pareto front of {' and '.join(metric.name for metric in metrics)}: {front}")
    screen.print(f"records: {runs.path / 'trials'}")


def _rows(trials: Sequence[FrozenTrial], runs: Runs) -> list[Record]:
    ids = dict.fromkeys(t.user_attrs["trial_id"] for t in trials if t.state == TrialState.COMPLETE)
    records = [runs.readable(trial_id) for trial_id in ids]
    return [record for record in records if record]


def _table(spec: SweepSpec, records: Sequence[Record], searched: Sequence[str]) -> Table:
    table = Table(title=f"sweep {spec.name}: its finished trials", title_justify="left", padding=(0, 1, 0, 0))
    for name in searched:
        table.add_column(name, no_wrap=True)
    used = _used(records)
    for name in used:
        table.add_column(metric(name).header, justify="right")
    table.add_column("trial", no_wrap=True)
    for record in sorted(records, key=lambda record: _order(record, searched)):
        cells = [_cell(record.config.get(name)) for name in searched]
        scores = [_score(record, name) for name in used]
        table.add_row(*cells, *scores, record.trial_id)
    return table


def _used(records: Sequence[Record]) -> list[str]:
    return [name for name in tabulated() if any(record.metrics.get(name) is not None for record in records)]


def _score(record: Record, name: str) -> str:
    return "n/a" if _meaningless(record, name) else metric(name).format(record.metrics.get(name))


def _meaningless(record: Record, name: str) -> bool:
    """Tell whether the score is of a derivative that is zero almost everywhere, and so the score of the zero map."""
    family, named = metric(name).family, options_in(Activation.kind, record.config["activation"])
    order, vanishing = family.order if family else None, vanishes_from(each.option for each in named)
    return vanishing is not None and order is not None and order >= vanishing


def _flat(records: Sequence[Record]) -> dict[str, set[str]]:
    """Derivative in words → the activations of which it is zero almost everywhere."""
    found: dict[str, set[str]] = {}
    for record in records:
        for name in _used(records):
            family = metric(name).family
            if family and _meaningless(record, name):
                found.setdefault(family.noun, set()).add(record.config["activation"])
    return found


def _order(record: Record, searched: Sequence[str]) -> tuple[Any, ...]:
    values = [record.config.get(name) for name in searched]
    return tuple((isinstance(value, str), value or 0) for value in values)


def _cell(value: Any) -> str:
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _fixed(records: Sequence[Record], searched: Sequence[str]) -> str:
    first = records[0].config
    same = [n for n in first if n not in searched and all(r.config.get(n, first[n]) == first[n] for r in records)]
    return "held fixed: " + ", ".join(f"{name}={_cell(first[name])}" for name in same)


def _counts(trials: Sequence[FrozenTrial], screen: Screen) -> None:
    done = {t.user_attrs["key"] for t in trials if t.state == TrialState.COMPLETE}
    pruned = sum(t.state == TrialState.PRUNED for t in latest(trials))
    lines = failures(trials)
    left = sum(t.state in (TrialState.WAITING, TrialState.RUNNING) for t in latest(trials))
    screen.print(f"{len(done)} finished, {pruned} pruned, {len(lines)} without a result, {left} left")
    for line in lines:
        screen.print(line, soft_wrap=True)
