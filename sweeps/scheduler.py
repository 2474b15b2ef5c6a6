"""What ``wandb sweep-scheduler`` takes of us: a study, and a space from which the trials of its runs are chosen.

W&B loads this file twice, once for each function, so that the study carries the sweep from one to the other.
"""

import functools
import tempfile
from pathlib import Path
from typing import Any

import optuna
import yaml
from optuna.study import StudyDirection

from inr.errors import InputError
from sweeps.search.per_activation import PerActivation
from sweeps.search.space import suggest
from sweeps.spec import SweepSpec, load_spec

_SWEEP = "sweep"
"""The attribute of the study with the sweep's YAML."""


def make_study(sweep: Any) -> optuna.Study:
    """The study of a W&B sweep (``SweepInfo``), in memory: W&B has its runs, and tells them anew after a restart.

    Raises :class:`ValueError`, which W&B shows as it is, for a sweep that is not right.
    """
    text = yaml.safe_dump(sweep.config, sort_keys=False)
    spec = _spec(text)
    if spec.early_terminate:
        raise ValueError("early_terminate counts evaluations, and W&B tells Optuna training steps: leave it out")
    study = optuna.create_study(
        study_name=sweep.id,
        directions=[StudyDirection[metric.goal.upper()] for metric in spec.metrics],
        sampler=PerActivation(spec, seed=sweep.id),
        pruner=optuna.pruners.NopPruner(),
    )
    study.set_user_attr(_SWEEP, text)
    return study


def space(trial: optuna.Trial) -> dict[str, Any]:
    """The flat config of the next run: the parameters that exist for its activation, and no others."""
    text = trial.study.user_attrs.get(_SWEEP)
    if text is None:
        return {}  # W&B tries the function on an empty study before there is a sweep
    return suggest(_spec(text), trial)


@functools.cache
def _spec(text: str) -> SweepSpec:
    """The sweep as W&B has it, which need not be what the file says by now."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sweep.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            return load_spec(path)
        except InputError as error:
            raise ValueError(str(error)) from error
