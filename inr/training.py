"""The training of a network on a problem's groups: losses and gradients of a step."""

from collections.abc import Iterator, Sequence

import torch
from torch import Generator, Tensor

from inr.batch import Batch, scales, term_losses, total
from inr.network import CoordinateMLP
from inr.planes.choose import cheapest
from inr.planes.layer import Layers
from inr.program import Program
from inr.tasks.base import Group

PROBE_POINTS = 1024
"""The layers' histograms are taken at no more than so many points of a group, evenly spread."""


class GroupTraining:
    """One group on the device, with the program that differentiates its terms."""

    def __init__(self, group: Group, network: CoordinateMLP, size: int, threads: int, compiled: bool) -> None:
        first = next(network.parameters())
        plan = cheapest(group.ask, network.in_features, network.out_features)
        self.group, self.size = group, size
        self.batch = Batch.of(group, first.dtype, str(first.device))
        self.scales = scales(group).to(first)
        self.program = Program(plan, group.terms, threads=threads, compiled=compiled)
        self.probing = Program(plan, group.terms)

    def step(self, layers: Layers, generator: Generator) -> tuple[dict[str, float], list[Tensor]]:
        """Compute the loss of each term over a batch, unweighted, and the gradient of their weighted sum."""
        batch, share = self._drawn(generator)
        squares, gradients = self.program(layers, share * self.scales, batch)
        return term_losses(self.group, share * squares), gradients

    def probe(self, layers: Layers) -> tuple[Tensor, list[Tensor]]:
        """Some points (P, D), evenly spread, and the gradient of the loss over them."""
        batch = self.batch[slice(None, None, -(-len(self.batch) // PROBE_POINTS))]
        return batch.coordinates, self.probing(layers, self.scales, batch)[1]

    def _drawn(self, generator: Generator) -> tuple[Batch, float]:
        """The points of a step, and the factor that makes their loss an unbiased estimate of the whole."""
        whole = self.batch
        if not 0 < self.size < len(whole):
            return whole, 1.0
        index = torch.randperm(len(whole), generator=generator)[: self.size]
        return whole[index.to(whole.coordinates.device)], len(whole) / self.size


class Training:
    """All groups of a problem."""

    def __init__(
        self, groups: Sequence[Group], network: CoordinateMLP, batch_size: int, threads: int, compiled: bool
    ) -> None:
        self.parts = [GroupTraining(group, network, batch_size, threads, compiled) for group in groups]

    def step(self, layers: Layers, generator: Generator) -> tuple[dict[str, float], list[Tensor]]:
        """Compute ``loss`` and ``loss/term`` of a step, and the gradient by every parameter.

        Each group gives ``batch_size`` random points, or all of its points (0).
        """
        steps = [part.step(layers, generator) for part in self.parts]
        losses = {f"loss/{term}": value for found, _ in steps for term, value in found.items()}
        parts = zip(self.parts, steps, strict=True)
        losses["loss"] = sum(total(found, part.group.weights) for part, (found, _) in parts)
        return losses, _added(gradients for _, gradients in steps)

    def probe(self, layers: Layers) -> tuple[Tensor, list[Tensor]]:
        """Some points of the first group (P, D), and the gradient of the loss over such points of all groups."""
        probes = [part.probe(layers) for part in self.parts]
        return probes[0][0], _added(gradients for _, gradients in probes)


def _added(lists: Iterator[list[Tensor]]) -> list[Tensor]:
    first = next(lists)
    for more in lists:
        first = [a + b for a, b in zip(first, more, strict=True)]
    return first


def whole_notes(size: int, groups: Sequence[Group]) -> Iterator[str]:
    """A note on a batch of all points under a size of its own; the config knows only the most points of the task."""
    most = max(len(group.points) for group in groups)
    if size >= most:
        yield f"batch_size={size} is no less than the {most} points that train: --batch_size=0 is the same training"
