"""Run a training step: chunk by chunk, on threads, eager or compiled."""

import dataclasses
import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import torch
from torch import Tensor

from inr.activations import Activation
from inr.batch import Batch
from inr.chunks import on_few_threads, on_threads, shares
from inr.planes.layer import Layer, Layers, widest
from inr.planes.plan import Plan
from inr.step import of_chunk
from inr.terms import Term

OfChunk = Callable[[Layers, Tensor, Batch], list[Tensor]]
"""The arguments of :func:`inr.step.of_chunk` that change from step to step → what it returns."""

INDUCTOR: dict[str, dict[str, str | int | bool | Callable[..., Any]]] = {
    "cpu": {
        "cpp_wrapper": True,  # releases the GIL for a whole chunk, so that threads run side by side
        "cpp.threads": 1,  # a chunk has one
        "compile_threads": 1,  # more would start a pool of processes for a handful of kernels
    },
    "cuda": {},
}
"""The options of the compiler, by the type of device."""

COMPILED_KEPT = 64
"""Compiled functions of a process; Dynamo raises an error at 256."""


class Program:
    """Computes the gradient of the loss Σ scale_t S_t with respect to the parameters of a network.

    S_t is a term's sum of penalties. ``plan`` says how the network's derivatives are computed. Each ``block`` of points
    is in one chunk.
    """

    def __init__(
        self, plan: Plan[Any], terms: tuple[Term, ...], *, threads: int = 1, compiled: bool = False, block: int = 1
    ) -> None:
        self.plan, self.terms, self.threads, self.block = plan, terms, threads, block
        self.compiled, self.begun = compiled, not compiled
        self.of_chunk: OfChunk = functools.partial(of_chunk, plan, terms)

    def __call__(self, layers: Layers, scales: Tensor, batch: Batch) -> tuple[Tensor, list[Tensor]]:
        """Compute S_t (T,) of the batch, and the gradient of each parameter.

        ``scales`` (T,) are the factors of the S_t in the loss. The bits are the same for the same number of threads.
        """
        return self._run(layers, scales, batch, self.threads)

    def of_each(self, networks: Sequence[Layers], scales: Tensor, batch: Batch) -> tuple[Tensor, list[list[Tensor]]]:
        """Compute S_t (T,) of the batch, and for each network the gradient of its parameters.

        The networks divide the batch into equal parts. A single network's points are dealt to the threads, of several
        networks each has one thread.
        """
        size = len(batch) // len(networks)
        if len(networks) == 1:
            sums, gradients = self(networks[0], scales, batch)
            return sums, [gradients]

        def run(place: int) -> tuple[Tensor, list[Tensor]]:
            return self._run(networks[place], scales, batch[slice(place * size, (place + 1) * size)], 1)

        found = on_few_threads(run, range(len(networks)), self.threads, in_turn=not self.begun)
        return torch.stack([sums for sums, _ in found]).sum(0), [gradients for _, gradients in found]

    def _run(self, layers: Layers, scales: Tensor, batch: Batch, threads: int) -> tuple[Tensor, list[Tensor]]:

        @torch.no_grad()
        def of_share(chunks: Sequence[slice]) -> list[Tensor]:
            found = (self.of_chunk(given, scales, batch[chunk]) for chunk in chunks)
            # The first is cloned: what a compiled step returns may be one of its inputs.
            return _sum([value.clone() for value in next(found)], found)

        if not self.begun:
            self.of_chunk = _compiled(self.plan, self.terms, layers)
        given = [_with_tensors(*each) for each in enumerate(layers)] if self.compiled else layers
        dealt = shares(len(batch), self.plan, widest(layers), threads, self.block)
        # What is to be compiled is compiled by one thread, before the others use it.
        first, *more = on_threads(of_share, dealt, in_turn=not self.begun)
        sums, *gradients = _sum(first, more)
        self.begun = True
        return sums, gradients


def _sum(total: list[Tensor], rest: Iterable[list[Tensor]]) -> list[Tensor]:
    """Add lists of tensors to the first, elementwise and in place."""
    for part in rest:
        for sum_, value in zip(total, part, strict=True):
            sum_.add_(value)
    return total


def _compiled(plan: Plan[Any], terms: tuple[Term, ...], layers: Layers) -> OfChunk:
    """The compiled step for layers of these shapes and kinds of activation.

    It is reused if an earlier trial of the process had the same plan, terms, shapes and kinds.
    """
    if _compile.cache_info().currsize >= COMPILED_KEPT:
        _compile.cache_clear()
        torch._dynamo.reset()
    shapes = tuple((weight.shape, bias.shape, _kind(phi)) for weight, bias, phi in layers)
    return _compile(plan, terms, layers[0].weight.device.type, shapes)


@functools.cache
def _compile(plan: Plan[Any], terms: tuple[Term, ...], device: str, shapes: tuple[tuple[Any, ...], ...]) -> OfChunk:
    import torch._dynamo

    # Compile from this trial alone. Dynamo would otherwise turn a number or size that differs from the last trial's
    # into a variable, and a trial's bits would depend on what ran before it. Dynamo's limit of 8 recompilations would
    # also count those of all trials.
    function = torch.compile(  # type: ignore[call-overload]
        functools.partial(of_chunk, plan, terms), fullgraph=True, options=INDUCTOR[device], isolate_recompiles=True
    )

    def compiled(layers: Layers, scales: Tensor, chunk: Batch) -> list[Tensor]:
        for tensor in (chunk.coordinates, *chunk.data.values()):
            torch._dynamo.maybe_mark_dynamic(tensor, 0)  # one function for any number of points
        with torch._dynamo.config.patch(specialize_float=True, automatic_dynamic_shapes=False):
            return cast(list[Tensor], function(layers, scales, chunk))

    return compiled


def _kind(phi: Activation | None) -> tuple[Any, ...]:
    """The part of an activation that a compiled step is made for: its class, and its fields that are no numbers."""
    values = {} if phi is None else _values(phi)
    kept = {name: value.shape if isinstance(value, Tensor) else value for name, value in values.items()}
    return type(phi), *((name, value) for name, value in kept.items() if not isinstance(value, float))


def _with_tensors(place: int, layer: Layer) -> Layer:
    """The layer with the floats of its activation as 0-dimensional tensors.

    They are arguments of the compiled step. As Python numbers they would be its constants, and each ω₀ would be
    compiled anew.
    """
    if layer.activation is None:
        return layer
    values, device = _values(layer.activation), layer.weight.device
    if any(isinstance(value, Tensor) for value in values.values()):  # they are this layer's
        return layer._replace(activation=_of_tensors(layer.activation, device))
    return layer._replace(activation=_kept_tensors(place, type(layer.activation), tuple(values.items()), device))


@functools.lru_cache(COMPILED_KEPT)
def _kept_tensors(place: int, cls: type[Activation], fields: tuple[Any, ...], device: torch.device) -> Activation:
    """Make the tensors once. Layers share none, or Dynamo would compile anew where two ω₀ happen to be equal."""
    return _of_tensors(cls(**dict(fields)), device)


def _of_tensors(phi: Activation, device: torch.device) -> Activation:
    floats = {name: value for name, value in _values(phi).items() if isinstance(value, float)}
    tensors: dict[str, Any] = {
        name: torch.tensor(value, dtype=torch.float64, device=device) for name, value in floats.items()
    }
    return dataclasses.replace(phi, **tensors)


def _values(phi: Activation) -> dict[str, Any]:
    return {field.name: getattr(phi, field.name) for field in dataclasses.fields(phi)}
