"""Training in memory: data in, a network with its numbers out; nothing is written."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inr.config import TrialConfig, remarks
from inr.errors import UsageError
from inr.fitted import Network
from inr.signals import array_signal, check_array
from inr.tasks.base import Problem
from inr.tasks.pictures import Picture
from inr.trial import problem_of, run_trial

ARRAY = "array.npy"
"""The image of a config whose image is an array: a config knows names only."""


@dataclass(frozen=True, eq=False)
class Result:
    """A trained network, and how it came out."""

    network: Network
    metrics: dict[str, float]
    """Of the last evaluation, by ``family/score``; nan where one means nothing."""
    history: list[dict[str, float]]
    """One row an evaluation, in order: ``step``, ``seconds`` of training so far, ``loss``, and the metrics."""
    fields: dict[str, NDArray[Any]]
    """Prediction and reference as in ``fields.npz``, float32: of a picture ``image`` (H, W, C), ``gradient``
    (H, W, C, 2) and ``laplacian`` (H, W, C), per unit of coordinate, and ``reference_image`` …"""
    notes: tuple[str, ...]
    """Sentences that should be read before the numbers are believed."""


def fit(
    image: str | Path | NDArray[Any] | None = None,
    *,
    device: str = "cpu",
    threads: int = 1,
    compile: bool = False,
    **flat: Any,
) -> Result:
    """Train one network in memory, as ``run.py --trial`` does with the same parameters; nothing is written.

    ``image`` is the path of a file, a name such as "camera" or "sinusoids", or an array (H, W), (H, W, 1), (H, W, 3)
    or (H, W, 4) of uint8, uint16, or floats from 0 to 1. Of an array ``size`` is its longer side and ``channels`` is
    "rgb" from three channels on, unless given; an array of another size is resampled as a file is. The network's
    values are in [-1, 1]: 0 becomes -1. Without ``image`` it is that of the defaults.

    ``flat`` are the parameters of a trial by their flags' names (``activation``, ``omega_0``, ``steps``, ``loss``, …).
    ``device`` is "cpu" or "cuda"; ``threads`` and ``compile`` change the speed and the last digits. Raises
    :class:`inr.errors.InputError` for what cannot be fitted, :class:`inr.errors.UsageError` for a wrong parameter, and
    :class:`inr.trial.Diverged` where the loss is no longer finite.
    """
    given, signal = _given(image, flat)
    config = TrialConfig.from_flat(given)
    problem = problem_of(config, _fitted_to(signal, config))
    history = []
    for step in run_trial(config, problem, device=device, threads=threads, compiled=compile):
        if step.evaluation:
            history.append(step.evaluation.row)
    assert step.evaluation is not None
    metrics = {name: value for name, value in history[-1].items() if name not in ("step", "seconds")}
    notes = (*remarks(config, given), *config.notes(), *problem.notes, *step.evaluation.notes)
    fields = {**problem.judge.fields(step.evaluation.prediction), **step.evaluation.closing}
    return Result(Network(step.trial.network), metrics, history, fields, notes)


def _given(image: str | Path | NDArray[Any] | None, flat: dict[str, Any]) -> tuple[dict[str, Any], NDArray[Any] | None]:
    """The flat parameters, and the array where the signal is one."""
    if not isinstance(image, np.ndarray):
        named = {} if image is None else {"image": str(image)}
        return {**named, **flat}, None
    check_array(image)
    channels = "rgb" if image.ndim == 3 and image.shape[2] > 1 else "gray"
    return {"size": max(image.shape[:2]), "channels": channels, **flat, "image": ARRAY}, image


def _fitted_to(array: NDArray[Any] | None, config: TrialConfig) -> Problem | None:
    """The problem of an array; None where the config names its signal."""
    if array is None:
        return None
    task = config.task
    if not isinstance(task, Picture):
        raise UsageError(f"--task={task} got an array, which is a picture: give its {task.subject} by name or file")
    return task.fitted_to(array_signal(array, task.size, task.channels), config.seed)  # type: ignore[arg-type]
