"""One trial: fit a coordinate MLP to a signal, as a generator of steps and evaluations."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from inr.chunks import on_threads, shares
from inr.config import TrialConfig
from inr.evaluation import Judge
from inr.histograms import LayerHistogram, layer_histograms
from inr.learning import learning_notes
from inr.losses import Batch, Loss, make_loss
from inr.network import CoordinateMLP
from inr.optimizer import Adam
from inr.planes.choose import cheapest
from inr.problem import Maps, Reference, training_points
from inr.program import Program
from inr.signals import Signal, load_signal
from inr.terms import TERMS, ask_of, weighted

PROBE_POINTS = 1024
"""The layers' histograms are taken at no more than so many points, evenly spread over those that train."""


class Diverged(Exception):
    """The loss or the prediction is no longer finite."""

    def __init__(self, step: int) -> None:
        super().__init__(f"the loss is not finite at step {step}")
        self.step = step


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The scores, maps and histograms of a network after some steps."""

    step: int
    metrics: dict[str, float]
    loss: dict[str, float]
    """``loss`` and ``loss/term`` (unweighted) of the training step that led here; empty at step 0."""
    prediction: Maps
    histograms: list[LayerHistogram]
    seconds: list[float]
    """Of every training step so far, evaluations apart."""


@dataclass(frozen=True, eq=False)
class Step:
    """A training step that is done, with an evaluation where one is due. Step 0 is the initial network's."""

    step: int
    loss: float
    evaluation: Evaluation | None
    trial: "Trial" = field(repr=False)


@dataclass(frozen=True, eq=False)
class Problem:
    """The names of a config turned into what is fitted and how it is measured."""

    signal: Signal
    reference: Reference
    judge: Judge
    loss: Loss
    batch: Batch
    notes: tuple[str, ...] = ()
    """Sentences on the signal and the points, for the record."""

    @classmethod
    def of(cls, config: TrialConfig, device: str = "cpu") -> "Problem":
        """Load, differentiate, split. Raises :class:`inr.errors.InputError` for what cannot be fitted."""
        signal = load_signal(config.image, config.size, config.channels)  # type: ignore[arg-type]
        operator, stride = config.operator.operator(), config.holdout.stride
        reference = Reference.of(signal, operator)
        chosen = config.holdout.split(signal.shape[:2], config.seed)
        points = training_points(signal, reference, chosen, stride)
        loss = make_loss(points, config.weights, config.loss_units, operator, stride * signal.spacing)
        # A term without a weight leaves its part of the image free, as if it were not there.
        physical = {term: loss.weights[term] * loss.per_residual[term] for term in weighted(loss.weights)}
        judge = Judge.of(signal, reference, chosen, physical)
        batch = Batch.of(points, config.terms, torch.float32, device)
        return cls(signal, reference, judge, loss, batch, (*signal.notes, *_whole(config.batch_size, len(batch))))


def _whole(size: int, points: int) -> Iterator[str]:
    """A note on a batch of all pixels under a size of its own; the config knows only that of a square picture."""
    if size >= points:
        yield f"batch_size={size} is no less than the {points} pixels that train: --batch_size=0 is the same training"


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
    trial = Trial(config, problem or Problem.of(config, device), device, threads, compiled)
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
        self.network = self._initial_network().to(device)
        loss, shape = problem.loss, (self.network.in_features, self.network.out_features)
        self.program = Program(cheapest(loss.ask, *shape), loss.terms, threads=threads, compiled=compiled)
        self.scales = loss.scales().to(problem.batch.coordinates)
        self.optimizer = Adam(self.network.parameters())
        # On the CPU, so that the same pixels are drawn on every device.
        self.generator = torch.Generator().manual_seed(config.seed)
        self.step = 0
        self.seconds: list[float] = []

    def _initial_network(self) -> CoordinateMLP:
        return CoordinateMLP(
            self.config.activation,
            in_features=2,
            hidden_features=self.config.hidden_features,
            hidden_layers=self.config.hidden_layers,
            out_features=self.problem.signal.shape[2],
            init=self.config.init,
            seed=self.config.seed,
        )

    def train(self) -> dict[str, float]:
        """Make one optimiser step over the batch, and return the losses before it."""
        started = time.perf_counter()
        batch, share = self._batch()
        squares, gradients = self.program(self.network.layers(), share * self.scales, batch)
        losses = self.problem.loss.named(share * squares)
        if not math.isfinite(losses["loss"]):
            raise Diverged(self.step + 1)
        self.optimizer.step(gradients, self.learning_rate)
        self.step += 1
        self.seconds.append(time.perf_counter() - started)
        return losses

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step."""
        c = self.config
        return c.learning_rate * c.schedule.factor(self.step / c.steps)

    def _batch(self) -> tuple[Batch, float]:
        """The points of a step, and the factor that makes their loss an unbiased estimate of the whole."""
        whole, size = self.problem.batch, self.config.batch_size
        if not 0 < size < len(whole):
            return whole, 1.0
        index = torch.randperm(len(whole), generator=self.generator)[:size]
        return whole[index.to(whole.coordinates.device)], len(whole) / size

    def report(self, step: int, losses: dict[str, float], evaluate: bool) -> Step:
        """The step as a consumer of the trial sees it."""
        evaluation = self.evaluate(losses) if evaluate else None
        return Step(step, losses.get("loss", math.nan), evaluation, self)

    def evaluate(self, losses: dict[str, float]) -> Evaluation:
        """Every metric, and every layer's histograms. Raises :class:`Diverged` where the prediction is not finite."""
        prediction = self.predict()
        if not all(np.isfinite(values).all() for values in vars(prediction).values()):
            raise Diverged(self.step)
        batch = self.problem.batch
        probe = batch[slice(None, None, -(-len(batch) // PROBE_POINTS))]
        try:
            histograms = layer_histograms(self.network, self.problem.loss, probe)
        except FloatingPointError as error:
            raise Diverged(self.step) from error
        scores = self.problem.judge.scores(prediction)
        scores["network/parameters"] = sum(p.numel() for p in self.network.parameters())
        return Evaluation(self.step, scores, losses, prediction, histograms, list(self.seconds))

    def predict(self) -> Maps:
        """The network's image, gradient and Laplacian on the full grid, in float64."""
        shape = self.problem.signal.shape
        x = self.problem.signal.coordinates.reshape(-1, 2)
        maps = Maps(np.empty(shape), np.empty((*shape, 2)), np.empty(shape))
        # Filled in place: small tensors kept from chunk to chunk would pin the large ones' memory between them.
        flat = [values.reshape(len(x), *values.shape[2:]) for values in vars(maps).values()]

        layers, network = self.network.layers(), self.network
        plan = cheapest(ask_of(TERMS), network.in_features, network.out_features)

        @torch.no_grad()
        def fill(chunks: list[slice]) -> None:
            for chunk in chunks:
                points = torch.as_tensor(x[chunk]).to(self.problem.batch.coordinates)
                (image, gradient, second), _ = plan.forward(layers, points)
                assert gradient is not None
                assert second is not None
                for values, predicted in zip(flat, (image, gradient, second[..., 0]), strict=True):
                    values[chunk] = predicted.cpu().numpy()

        on_threads(fill, shares(len(x), plan, layers[0].weight, self.threads))
        return maps

    def notes(self) -> tuple[str, ...]:
        """Sentences on how the training went so far, for the record."""
        return learning_notes([*self._initial_network().parameters()], self.optimizer) if self.step else ()

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
