"""The training of a network on a problem's groups: losses and gradients of a step."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor

from inr.batch import Batch, scales, term_losses, total
from inr.network import Source
from inr.planes.choose import cheapest
from inr.planes.layer import Layers
from inr.program import Program
from inr.tasks.base import Group

PROBE_POINTS = 1024
"""The layers' histograms are taken at no more than so many points of a group, evenly spread."""


class Probe(NamedTuple):
    """A coordinate network in training, some points (P, D) of it, its parameters, and the loss's gradient by them."""

    points: Tensor
    layers: Layers
    parameters: Sequence[Tensor]
    gradients: list[Tensor]


class GroupTraining:
    """One group on the device, with the program that differentiates its terms."""

    def __init__(self, group: Group, source: Source, size: int, threads: int, compiled: bool) -> None:
        first = next(source.parameters())
        plan = cheapest(group.ask, source.in_features, source.out_features)
        self.group, self.source, self.size = group, source, -(-size // group.block)
        self.batch = Batch.of(group, first.dtype, str(first.device))
        self.scales = scales(group).to(first)
        self.program = Program(plan, group.terms, threads=threads, compiled=compiled, block=group.block)
        self.probing = Program(plan, group.terms, block=group.block)

    def step(self, generator: Generator, done: float) -> tuple[dict[str, float], float, list[Tensor]]:
        """Compute the loss of each term over a batch, unweighted, their weighted sum, and its gradient.

        ``done`` is the share of the training that is done.
        """
        batch, share = self._drawn(generator, done)
        factors = self.group.factors(done) if self.group.factors else {}
        weights = {term: weight * factors.get(term, 1.0) for term, weight in self.group.weights.items()}
        sums, penalties, gradients = self.gradient(batch, share * self._scales(factors), weights)
        losses = {**term_losses(self.group, share * sums), **penalties}
        return losses, total(losses, weights), gradients

    def gradient(
        self, batch: Batch, scales: Tensor, weights: Mapping[str, float]
    ) -> tuple[Tensor, dict[str, float], list[Tensor]]:
        """Compute the terms' sums of penalties (T,), the penalties of the source by name, and the loss's gradient."""
        made = self.source.made(batch.coordinates, batch.data, self.group.block)
        sums, gradients = self.program.of_each(made.networks, scales, batch)
        penalised = {name: weights[name] for name in self.group.penalties}
        penalties = {name: float(made.parts[name].detach()) for name in penalised}
        return sums, penalties, self.source.pulled(made, gradients, penalised)

    def probe(self) -> Probe:
        """Look at some points, evenly spread, under the weights of the start; of several networks at the first."""
        block = self.group.block
        every = -(-len(self.batch) // max(block, PROBE_POINTS))
        batch = self.batch[_points(torch.arange(0, len(self.batch) // block, every), block)]
        factors = self.group.factors(0.0) if self.group.factors else {}
        made = self.source.made(batch.coordinates, batch.data, block)
        _, gradients = self.probing.of_each(made.networks, self._scales(factors), batch)
        first = batch.coordinates[: len(batch) // len(made.networks)]
        parameters = [each[0] for each in made.tensors] or [*self.source.parameters()]
        return Probe(first, made.networks[0], parameters, self.source.folded(gradients[0]))

    def _scales(self, factors: Mapping[str, float]) -> Tensor:
        if not factors:
            return self.scales
        return self.scales * self.scales.new_tensor([factors.get(term.name, 1.0) for term in self.group.terms])

    def _drawn(self, generator: Generator, done: float) -> tuple[Batch, float]:
        """The points of a step, and the factor that makes their loss an unbiased estimate of the whole."""
        whole, block = self.batch, self.group.block
        if self.group.draw:
            seed = int(torch.randint(2**62, (), generator=generator))
            drawn = self.group.draw(np.random.default_rng(seed), done)
            return Batch.of(drawn, whole.coordinates.dtype, str(whole.coordinates.device)), 1.0
        blocks = len(whole) // block
        if not 0 < self.size < blocks:
            return whole, 1.0
        index = torch.randperm(blocks, generator=generator)[: self.size]
        return whole[_points(index, block).to(whole.coordinates.device)], blocks / self.size


def _points(blocks: Tensor, block: int) -> Tensor:
    """The indices of the points of some blocks."""
    return blocks if block == 1 else (blocks[:, None] * block + torch.arange(block)).flatten()


class Training:
    """All groups of a problem."""

    def __init__(self, groups: Sequence[Group], source: Source, batch_size: int, threads: int, compiled: bool) -> None:
        self.parts = [GroupTraining(group, source, batch_size, threads, compiled) for group in groups]

    def step(self, generator: Generator, done: float) -> tuple[dict[str, float], list[Tensor]]:
        """Compute ``loss`` and ``loss/term`` of a step, and the gradient by every parameter.

        Each group draws its points, or gives ``batch_size`` random ones, or all of them (0). ``done`` is the share of
        the training that is done.
        """
        steps = [part.step(generator, done) for part in self.parts]
        losses: dict[str, float] = {}
        for found, _, _ in steps:
            for term, value in found.items():
                losses[f"loss/{term}"] = losses.get(f"loss/{term}", 0.0) + value
        losses["loss"] = sum(loss for _, loss, _ in steps)
        return losses, _added(gradients for *_, gradients in steps)

    def probe(self) -> Probe:
        """Look at some points of the first group; the gradient is that of the loss over such points of all groups."""
        probes = [part.probe() for part in self.parts]
        return probes[0]._replace(gradients=_added(probe.gradients for probe in probes))


def _added(lists: Iterator[list[Tensor]]) -> list[Tensor]:
    first = next(lists)
    for more in lists:
        first = [a + b for a, b in zip(first, more, strict=True)]
    return first


def whole_notes(size: int, groups: Sequence[Group]) -> Iterator[str]:
    """Notes on a batch size that changes nothing; the config knows only the most points of the task."""
    given = [len(group.points) // group.block * group.block for group in groups if not group.draw]
    if size and not given:
        yield f"batch_size={size} has no effect: the task draws its points anew for every step"
    elif given and size >= (most := max(given)):
        yield f"batch_size={size} is no less than the {most} points that train: --batch_size=0 is the same training"
