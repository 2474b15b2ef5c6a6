"""Entry points for ``wandb sweep-scheduler``: the study, and the space from which the trials are chosen.

W&B loads this file twice, once for each function; the study passes the sweep from one to the other.
"""

import functools
import tempfile
from pathlib import Path
from typing import Any

import optuna
import yaml
from optuna.study import StudyDirection

from inr.errors import InputError
from sweeps.file.spec import SweepSpec, load_spec
from sweeps.search.per_activation import PerActivation
from sweeps.search.space import suggest

_SWEEP = "sweep"
"""The study's attribute that holds the sweep's YAML."""


def make_study(sweep: Any) -> optuna.Study:
    """Create an in-memory study for a W&B sweep (``SweepInfo``). After a restart W&B reports the earlier runs again.

    Raises :class:`ValueError`, whose text W&B shows, for an invalid sweep.
    """
    text = yaml.safe_dump(sweep.config, sort_keys=False)
    spec = _spec(text)
    if spec.early_terminate:
        raise ValueError("early_terminate counts evaluations, and W&B reports training steps to Optuna: leave it out")
    study = optuna.create_study(
        study_name=sweep.id,
        directions=[StudyDirection[metric.goal.upper()] for metric in spec.metrics],
        sampler=PerActivation(spec, seed=sweep.id),
        pruner=optuna.pruners.NopPruner(),
    )
    study.set_user_attr(_SWEEP, text)
    return study


def space(trial: optuna.Trial) -> dict[str, Any]:
    """Choose the flat config of the next run, with only the parameters that exist for its activation."""
    text = trial.study.user_attrs.get(_SWEEP)
    if text is None:
        return {}  # W&B first calls the function on an empty study, without a sweep
    return suggest(_spec(text), trial)


@functools.cache
def _spec(text: str) -> SweepSpec:
    """Parse the sweep as W&B stores it; the local file may have changed since."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sweep.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            return load_spec(path)
        except InputError as error:
            raise ValueError(str(error)) from error
