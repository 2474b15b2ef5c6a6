"""The Optuna study of a sweep: create or reopen it, and queue the sweep's trials."""

import difflib
import functools
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import optuna
from optuna.study import StudyDirection
from optuna.trial import TrialState

from inr.config import TrialConfig
from inr.errors import UsageError
from inr.meaning import MEANING
from sweeps.file.distributions import Distribution
from sweeps.file.plan import Plan, distinct, grid_points
from sweeps.file.spec import SweepSpec
from sweeps.record.folder import Record, Runs
from sweeps.search.per_activation import PerActivation, dealt
from sweeps.search.queue import enqueue, key
from sweeps.search.space import choose, suggest
from sweeps.search.storage import cannot_use, opened, unusable

optuna.logging.set_verbosity(optuna.logging.WARNING)

_DIRECTIONS = {"maximize": StudyDirection.MAXIMIZE, "minimize": StudyDirection.MINIMIZE}

_PROGRAMS = "programs"
"""The attribute of a study that lists the programs which its workers compile."""

FIRST_MEANING = 1
"""The value of :data:`inr.meaning.MEANING` for a study that does not store it."""

DRAWS_A_POINT = 50
"""The most draws per requested trial of a random sweep; drawing stops there if too few are distinct."""


def open_study(spec: SweepSpec, storage: str | Path, seed: str = "") -> optuna.Study:
    """Open the study of a sweep, or create it. ``storage`` is a database URL or the path of a journal file.

    ``seed`` is hashed with the number of each trial, so that neither another trial nor a resumed sweep repeats a draw.
    Raises :class:`UsageError` if the study holds another sweep of this name (the sentence shows the difference), and
    :class:`InputError` if the storage cannot be used.
    """
    try:
        study = optuna.create_study(
            study_name=spec.name,
            storage=opened(storage),
            directions=[_DIRECTIONS[metric.goal] for metric in spec.metrics] or [StudyDirection.MAXIMIZE],
            load_if_exists=True,
            pruner=_pruner(spec),
        )
    except unusable(storage) as error:
        raise cannot_use(storage, error) from error
    _same_sweep(study, spec)
    _name_objectives(study, spec)
    study.sampler = PerActivation(spec, seed)
    return study


def _name_objectives(study: optuna.Study, spec: SweepSpec) -> None:
    """Give the objectives the names of the sweep's metrics, which optuna-dashboard shows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        if spec.metrics and study.metric_names is None:
            study.set_metric_names([metric.name for metric in spec.metrics])


def _pruner(spec: SweepSpec) -> optuna.pruners.BasePruner:
    """Make a Hyperband pruner if the sweep has ``early_terminate``; its resource counts evaluations, as in W&B."""
    if spec.early_terminate is None:
        return optuna.pruners.NopPruner()
    options = spec.early_terminate
    return optuna.pruners.HyperbandPruner(
        min_resource=int(options.get("min_iter") or max(1, options["max_iter"] // options["eta"] ** options["s"])),
        max_resource=options.get("max_iter", "auto"),
        reduction_factor=int(options.get("eta", 3)),
    )


def _same_sweep(study: optuna.Study, spec: SweepSpec) -> None:
    before = study.user_attrs.get("space_hash")
    if before is None:
        study.set_user_attr("text", spec.text)
        study.set_user_attr("meaning", MEANING)
        study.set_user_attr("plugins", spec.plugins)
        study.set_user_attr("space_hash", spec.space_hash)
    elif (study.user_attrs.get("meaning") or FIRST_MEANING) != MEANING:
        raise UsageError(
            f"the sweep {spec.name!r} was begun by a version of this program whose numbers have another meaning: "
            "set another name: to run it again, or continue it with that version"
        )
    elif before != spec.space_hash:
        lines = difflib.unified_diff(
            study.user_attrs.get("text", "").splitlines(), spec.text.splitlines(), "recorded", "given", "", "", 0, ""
        )
        raise UsageError(
            f"the sweep {spec.name!r} was begun with another space: set another name:, or undo the change\n"
            + "\n".join(lines)
        )
    elif (study.user_attrs.get("plugins") or {}) != spec.plugins:
        raise UsageError(
            f"the sweep {spec.name!r} was begun with another version of the plugin that defines "
            f"{' and '.join(spec.plugins)}: give this one another name:, or the plugin as it was"
        )


def points(spec: SweepSpec) -> Iterator[dict[str, Any]]:
    """Yield the distinct flat configs of a grid or random sweep, at most ``run_cap``, the same in every call.

    A grid's configs come in the file's order.
    """
    if spec.method == "grid":
        yield from (trial.point for trial in distinct(grid_points(spec), str(spec.path))[: spec.run_cap])
        return
    generator = Random(spec.space_hash)
    seen: set[str] = set()
    for number in range(DRAWS_A_POINT * budget(spec)):
        if len(seen) == budget(spec):
            return
        point = choose(spec, functools.partial(_draw, dealt(spec, number), generator))
        trial_id = TrialConfig.from_flat(point).trial_id
        if trial_id not in seen:
            seen.add(trial_id)
            yield point


def _draw(given: Mapping[str, Any], generator: Random, name: str, distribution: Distribution) -> Any:
    return given[name] if name in given else distribution.draw(generator)


def budget(spec: SweepSpec) -> int:
    """Return the number of trials of a random or bayes sweep. Raises :class:`UsageError` without ``run_cap``."""
    if spec.run_cap is None:
        raise UsageError(f"the {spec.method} sweep {spec.name!r} has no end: give it run_cap, the number of trials")
    return spec.run_cap


def fill(study: optuna.Study, spec: SweepSpec, runs: Runs | None = None) -> None:
    """Queue every trial of the sweep that is not waiting, running or done; queue failed trials again.

    A grid or random point is identified by its ``trial_id``, a trial whose values the sampler will choose by its slot.
    Trials that already have a record in ``runs`` are added to the study as COMPLETE; no worker runs them.
    """
    there = {
        key(trial) for trial in study.get_trials(deepcopy=False) if trial.state != TrialState.FAIL or _diverged(trial)
    }
    for name, params in _wanted(spec):
        if name not in there:
            there.add(name)
            record = runs.readable(name) if runs else None
            values = scores(spec, record) if record else None
            if values:
                _add_complete(study, spec, params, name, values)
            else:
                enqueue(study, params, {"key": name})


def decide_programs(study: optuna.Study, plan: Plan) -> None:
    """Write into the study which programs its workers compile, unless a driver before has: it is decided once.

    Every trial of the sweep then has the bits that it would have had in the first run of the sweep's command.
    """
    if _PROGRAMS in study.user_attrs:
        return
    # A sweep that an earlier version began goes on as it began.
    begun = study.get_trials(deepcopy=False)
    study.set_user_attr(_PROGRAMS, [] if begun else [each.program for each in plan.programs if each.worth])


def programs_of(study: optuna.Study) -> list[str]:
    """The programs that the workers of a study compile; none in a study of an earlier version."""
    found: list[str] = study.user_attrs.get(_PROGRAMS, [])
    return found


def scores(spec: SweepSpec, record: Record) -> list[float] | None:
    """Return a finished trial's values in the order of the sweep's metrics; None if there is no result.

    A sweep without metrics gets the value 0.
    """
    values = [record.metrics.get(metric.name) for metric in spec.metrics] or [0.0]
    found = [float(value) for value in values if value is not None]
    return found if record.status == "finished" and len(found) == len(values) else None


def _add_complete(
    study: optuna.Study, spec: SweepSpec, params: dict[str, Any], trial_id: str, values: list[float]
) -> None:
    asked = optuna.trial.FixedTrial(params)
    suggest(spec, asked)
    study.add_trial(
        optuna.trial.create_trial(
            params=asked.params,
            distributions=asked.distributions,
            values=values,
            user_attrs={"key": trial_id, "trial_id": trial_id, "status": "finished"},
        )
    )


def _wanted(spec: SweepSpec) -> Iterator[tuple[str, dict[str, Any]]]:
    if spec.method == "bayes":
        yield from ((f"slot {i}", dealt(spec, i)) for i in range(budget(spec)))
        return
    for point in points(spec):
        config = TrialConfig.from_flat(point)
        # The values as the file has them: the resolved config may differ (init: own), and would not be in the space.
        chosen = {name: point[name] for name in spec.varying if name in config.flat()}
        yield config.trial_id, chosen


def _diverged(trial: optuna.trial.FrozenTrial) -> bool:
    """Return True for a diverged trial: divergence is a result, which a new attempt would repeat."""
    return bool(trial.user_attrs.get("status") == "diverged")
