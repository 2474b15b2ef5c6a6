"""One trial: fit a coordinate MLP to a task's problem, as a generator of steps and evaluations."""

import functools
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from inr.chunks import on_threads, shares
from inr.config import TrialConfig
from inr.fitted import initial_source
from inr.gains import layer_numbers
from inr.histograms import LayerHistogram, layer_histograms
from inr.jet import Ask, Jet
from inr.learning import learning_notes, told
from inr.network import Source
from inr.planes.choose import cheapest
from inr.planes.layer import Layers, widest
from inr.tasks.base import Problem
from inr.tasks.closing import NOTHING, Closed
from inr.training import Training, whole_notes

Prediction = Jet[NDArray[np.float64]]
"""Value, gradient and operators at a problem's points: (N, C), (N, C, D), (N, C, M)."""


class Diverged(Exception):
    """The loss or the prediction is no longer finite."""

    def __init__(self, step: int) -> None:
        super().__init__(f"the loss is not finite at step {step}")
        self.step = step


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The scores, prediction and histograms of a network after some steps."""

    step: int
    metrics: dict[str, float]
    loss: dict[str, float]
    """``loss`` and ``loss/term`` (unweighted) of the training step that led here; empty at step 0."""
    prediction: Prediction
    histograms: list[LayerHistogram]
    seconds: list[float]
    """Of every training step so far, evaluations apart."""
    layers: dict[str, float] = field(default_factory=dict)
    """The numbers of every layer, see :func:`inr.gains.layer_numbers`."""
    notes: tuple[str, ...] = ()
    """Sentences on how the training went so far, and on the prediction."""
    closing: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    """The arrays of the problem's :class:`inr.tasks.closing.Closing`; empty before the last step."""
    learned: Mapping[str, Any] = field(default_factory=dict)
    """Hyperparameters that are trained: name → a number for each layer, or quantiles over its neurons."""

    @property
    def row(self) -> dict[str, float]:
        """The numbers of the evaluation by name, as one line of a trial's history."""
        return {"step": self.step, "seconds": sum(self.seconds), **self.loss, **self.metrics, **self.layers}


@dataclass(frozen=True, eq=False)
class Step:
    """A training step that is done, with an evaluation where one is due. Step 0 is the initial network's."""

    step: int
    loss: float
    evaluation: Evaluation | None
    trial: "Trial" = field(repr=False)


def problem_of(config: TrialConfig, problem: Problem | None = None) -> Problem:
    """Load the problem of a trial, unless it is given, and note what its size says of the batch.

    Raises :class:`inr.errors.InputError` for what cannot be fitted.
    """
    problem = problem or config.task.problem(config.seed)
    return replace(problem, notes=(*problem.notes, *whole_notes(config.batch_size, problem.groups)))


def run_trial(
    config: TrialConfig,
    problem: Problem | None = None,
    *,
    device: str = "cpu",
    threads: int = 1,
    compiled: bool = False,
    resume: dict[str, Any] | None = None,
) -> Iterator[Step]:
    """Train and evaluate; the last step's evaluation is the trial's result.

    Evaluates the initial network, every ``eval_every`` steps and the last. ``resume`` is a :meth:`Trial.state`: the
    steps after it follow, bit for bit as if there had been no break, for the same number of ``threads`` (on the CPU,
    each takes points of its own) and ``compiled`` steps (by ``torch.compile``) or eager ones. Raises :class:`Diverged`.
    """
    trial = Trial(config, problem or problem_of(config), device, threads, compiled)
    if resume is None:
        yield trial.report(0, {}, evaluate=True)
    else:
        trial.load(resume)
    for step in range(trial.step + 1, config.steps + 1):
        losses = trial.train()
        yield trial.report(step, losses, evaluate=step % config.eval_every == 0 or step == config.steps)


class Trial:
    """The state of a trial that is under way."""

    def __init__(self, config: TrialConfig, problem: Problem, device: str, threads: int, compiled: bool) -> None:
        self.config, self.problem, self.threads = config, problem, threads
        self.network = self._initial_source().to(device)
        self.network.remember(problem.points, problem.data)
        self.training = Training(problem.groups, self.network, config.batch_size, threads, compiled)
        self.optimizer = config.optimizer.start(self.network, self.first_rate)
        # On the CPU, so that the same points are drawn on every device.
        self.generator = torch.Generator().manual_seed(config.seed)
        self.step = 0
        self.seconds: list[float] = []

    def _initial_source(self) -> Source:
        return initial_source(self.config, out_features=self.problem.channels)

    def train(self) -> dict[str, float]:
        """Make one optimiser step over the batch, and return the losses before it."""
        started = time.perf_counter()
        losses, gradients = self._gradients()
        if not math.isfinite(losses["loss"]):
            raise Diverged(self.step + 1)
        self.optimizer.step(gradients, self.learning_rate, losses["loss"], self._again)
        self.step += 1
        self.seconds.append(time.perf_counter() - started)
        return losses

    def _gradients(self) -> tuple[dict[str, float], list[torch.Tensor]]:
        return self.training.step(self.generator, self.step / self.config.steps)

    def _again(self) -> tuple[float, list[torch.Tensor]]:
        losses, gradients = self._gradients()
        return losses["loss"], gradients

    @property
    def first_rate(self) -> float:
        """The learning rate of the first step; 1 with an optimizer that has none."""
        return self.config.learning_rate if self.config.optimizer.rated else 1.0

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step."""
        share = self.step / self.config.steps
        return self.first_rate * (self.config.schedule.factor(share) if self.config.optimizer.rated else 1.0)

    def report(self, step: int, losses: dict[str, float], evaluate: bool) -> Step:
        """The step as a consumer of the trial sees it."""
        evaluation = self.evaluate(losses) if evaluate else None
        return Step(step, losses.get("loss", math.nan), evaluation, self)

    def evaluate(self, losses: dict[str, float]) -> Evaluation:
        """Every metric, and every layer's histograms. Raises :class:`Diverged` where the prediction is not finite."""
        prediction = self.predict()
        if not all(np.isfinite(values).all() for values in prediction if values is not None):
            raise Diverged(self.step)
        probe = self.training.probe()
        try:
            histograms = layer_histograms(*probe)
        except FloatingPointError as error:
            raise Diverged(self.step) from error
        scores = self.problem.judge.scores(prediction)
        scores["network/parameters"] = sum(p.numel() for p in self.network.parameters())
        closed = self._closed()
        scores |= closed.scores
        notes = (*self.notes(), *(self.problem.judge.notes(prediction) if self.step else ()))
        layers = layer_numbers(probe.points, probe.layers, self.problem.spacing)
        learned = told(self.network.learned())
        return Evaluation(
            self.step,
            scores,
            losses,
            prediction,
            histograms,
            list(self.seconds),
            layers,
            notes,
            closed.fields,
            learned,
        )

    def _closed(self) -> Closed:
        """Measure what is due after the last step alone."""
        closing = self.problem.closing
        if closing is None or self.step < self.config.steps:
            return NOTHING
        return closing.measure(np.concatenate([self._predicted(Ask(), points).value for points in closing.parts()]))

    def predict(self) -> Prediction:
        """Compute what the problem judges, at its points, in float64."""
        return self._predicted(self.problem.ask, self.problem.points)

    def _predicted(self, ask: Ask, x: NDArray[np.float64]) -> Prediction:
        plan = cheapest(ask, self.network.in_features, self.network.out_features)
        shape = (len(x), self.problem.channels)
        gradient = np.empty((*shape, x.shape[1])) if ask.gradient else None
        found = Jet(np.empty(shape), gradient, np.empty((*shape, len(ask.second))) if ask.second else None)

        @torch.no_grad()
        def fill(layers: Layers, part: slice, chunks: list[slice]) -> None:
            # In place: small tensors kept from chunk to chunk would pin the large ones' memory between them.
            for chunk in chunks:
                jet, _ = plan.forward(layers, torch.as_tensor(x[part][chunk]).to(layers[0].weight))
                for values, predicted in zip(found, jet, strict=True):
                    if values is not None and predicted is not None:
                        values[part][chunk] = predicted.cpu().numpy()

        for part, layers in self.network.networks(x, self.problem.data):
            dealt = shares(part.stop - part.start, plan, widest(layers), self.threads)
            on_threads(functools.partial(fill, layers, part), dealt)
        return found

    def notes(self) -> tuple[str, ...]:
        """Sentences on how the training went so far, for the record."""
        return learning_notes([*self._initial_source().parameters()], self.optimizer) if self.step else ()

    def state(self) -> dict[str, Any]:
        """Everything that the steps to come depend on, for :func:`torch.save`."""
        return {
            "step": self.step,
            "seconds": self.seconds,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state(),
            "generator": self.generator.get_state(),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Continue from a :meth:`state`."""
        self.step, self.seconds = state["step"], list(state["seconds"])
        self.network.load_state_dict(state["network"])
        self.optimizer.load(state["optimizer"])
        self.generator.set_state(state["generator"])
