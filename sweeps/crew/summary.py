"""The end of a sweep besides its comparison: how many trials ended how, the Pareto front, what failed and why."""

from collections.abc import Sequence

import optuna
from optuna.trial import FrozenTrial, TrialState

from inr.vocabulary import metric
from sweeps.crew.dashboard import describe, failures
from sweeps.crew.ended import Ended
from sweeps.file.spec import SweepSpec
from sweeps.record.folder import Runs
from sweeps.screen.terminal import Screen
from sweeps.search.queue import latest
from sweeps.search.storage_url import STORAGE, shown


def ended_sweep(spec: SweepSpec, study: optuna.Study, runs: Runs, storage: str | None) -> Ended:
    """Make what the comparison needs. ``storage`` is a database's URL; None if the queue is in the runs folder."""
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    ids = [trial.user_attrs["trial_id"] for trial in complete if "trial_id" in trial.user_attrs]
    folder, name = str(runs.path), ["--sweep", spec.name]
    # a password is in no command: it is read from the environment, where the sweep itself looks for it
    place = storage if storage is None or shown(storage) == storage else f"${STORAGE}"
    source = [folder, *name] if place is None else [place, "--runs", folder, *name]
    searched = () if spec.method == "grid" else spec.varying
    rank_by = spec.metrics[0].name if searched and spec.metrics else None
    return Ended(spec.name, runs.path, list(dict.fromkeys(ids)), source, searched, rank_by)


def show_sweep(spec: SweepSpec, study: optuna.Study, runs: Runs, screen: Screen) -> None:
    """Print the counts of a sweep's trials, the reasons of those without a result, and the front of several metrics."""
    _counts(spec, study.get_trials(deepcopy=False), screen)
    if len(spec.metrics) > 1:
        screen.print(f"Pareto front of {' and '.join(metric(wanted.name).label for wanted in spec.metrics)}:")
        for trial in study.best_trials:
            screen.print(f"  {trial.user_attrs['trial_id']}  {describe(trial, spec.metrics)}", soft_wrap=True)
    screen.print(f"records: {runs.path / 'trials'}", soft_wrap=True)


def _counts(spec: SweepSpec, trials: Sequence[FrozenTrial], screen: Screen) -> None:
    done = {t.user_attrs["key"] for t in trials if t.state == TrialState.COMPLETE}
    pruned = sum(t.state == TrialState.PRUNED for t in latest(trials))
    lines = failures(trials)
    left = sum(t.state in (TrialState.WAITING, TrialState.RUNNING) for t in latest(trials))
    screen.print(
        f"sweep {spec.name}: {len(done)} finished, {pruned} pruned, {len(lines)} without a result, {left} left",
        soft_wrap=True,
    )
    for line in lines:
        screen.print(line, soft_wrap=True)
