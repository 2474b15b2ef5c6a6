"""The gradient of a loss by the parameters: chunk by chunk, eager or compiled."""

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import torch
from torch import Tensor

from inr.chunks import on_threads, shares
from inr.derivatives import Parameters, Plan
from inr.losses import Batch, squares_and_gradient

OfChunk = Callable[[Parameters, Tensor, Batch], list[Tensor]]

INDUCTOR: dict[str, dict[str, str | int | bool | Callable[..., Any]]] = {
    "cpu": {
        "cpp_wrapper": True,  # lets go of Python's lock for a whole chunk, so that threads run side by side
        "cpp.threads": 1,  # a chunk has one
        "compile_threads": 1,  # more would start a pool of processes for a handful of kernels
    },
    "cuda": {},
}
"""The options of the compiler, by the type of device."""

COMPILED_KEPT = 64
"""Compiled functions of a process; Dynamo raises an error at 256."""


class Gradients:
    """Compute the gradient of the loss Σ scale_t S_t with respect to the parameters.

    S_t is a term's sum of squared residuals. ``plan`` says how the network's derivatives are computed.
    """

    def __init__(self, plan: Plan, terms: tuple[str, ...], *, threads: int = 1, compiled: bool = False) -> None:
        self.plan, self.terms, self.threads, self.begun = plan, terms, threads, not compiled
        self.of_chunk: OfChunk = functools.partial(_of_chunk, plan, terms)

    def __call__(self, parameters: Parameters, scales: Tensor, batch: Batch) -> tuple[Tensor, list[Tensor]]:
        """Compute S_t (T,) of the batch, and the gradient of each parameter.

        ``scales`` (T,) are the factors of the S_t in the loss. The bits are the same for the same number of threads.
        """

        @torch.no_grad()
        def of_share(chunks: Sequence[slice]) -> list[Tensor]:
            return _sum(self.of_chunk(parameters, scales, batch[chunk]) for chunk in chunks)

        if not self.begun:
            self.of_chunk = _compiled(self.plan, self.terms, parameters)
        dealt = shares(len(batch), self.plan, parameters[0], self.threads)
        # What is to be compiled is compiled by one thread, before the others use it.
        squares, *gradients = _sum(on_threads(of_share, dealt, in_turn=not self.begun))
        self.begun = True
        return squares, gradients


def _sum(parts: Iterable[list[Tensor]]) -> list[Tensor]:
    """Add lists of tensors elementwise. The first list is cloned, so no input is changed."""
    rest = iter(parts)
    total = [value.clone() for value in next(rest)]
    for part in rest:
        for sum_, value in zip(total, part, strict=True):
            sum_.add_(value)
    return total


def _of_chunk(plan: Plan, terms: tuple[str, ...], parameters: Parameters, scales: Tensor, chunk: Batch) -> list[Tensor]:
    """S_t (T,), then the gradient of every parameter."""
    prediction, kept = plan.forward(parameters, chunk.coordinates)
    squares, gradient = squares_and_gradient(terms, scales, prediction, chunk)
    return [squares, *plan.backward(parameters, kept, gradient)]


def _compiled(plan: Plan, terms: tuple[str, ...], parameters: Parameters) -> OfChunk:
    """The compiled step for these parameter shapes.

    It is reused if an earlier trial of the process had the same plan, terms and shapes.
    """
    if _compile.cache_info().currsize >= COMPILED_KEPT:
        _compile.cache_clear()
        torch._dynamo.reset()
    return _compile(plan, terms, parameters[0].device.type, tuple(p.shape for p in parameters))


@functools.cache
def _compile(plan: Plan, terms: tuple[str, ...], device: str, shapes: tuple[torch.Size, ...]) -> OfChunk:
    import torch._dynamo

    # Compile from this trial alone. Dynamo would otherwise turn a number or size that differs from the last trial's
    # into a variable, and a trial's bits would depend on what ran before it. Dynamo's limit of 8 recompilations would
    # also count those of all trials.
    function = torch.compile(  # type: ignore[call-overload]
        functools.partial(_of_chunk, plan, terms), fullgraph=True, options=INDUCTOR[device], isolate_recompiles=True
    )

    def of_chunk(parameters: Parameters, scales: Tensor, chunk: Batch) -> list[Tensor]:
        for tensor in (chunk.coordinates, chunk.inside, *chunk.targets.values()):
            torch._dynamo.maybe_mark_dynamic(tensor, 0)  # one function for any number of points
        with torch._dynamo.config.patch(specialize_float=True, automatic_dynamic_shapes=False):
            return cast(list[Tensor], function(parameters, scales, chunk))

    return of_chunk
