"""Split points into chunks that fit the caches, and process the chunks on one thread per core.

One thread computes the forward and backward pass of a chunk through all layers; PyTorch uses no further threads inside
it. Cores therefore do not wait for each other at every matrix product, and a layer's output is still in the core's
cache when the next layer reads it.
"""

import functools
import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import torch
from torch import Tensor

from inr.planes.plan import Plan

T = TypeVar("T")

CHUNK_VALUES = {"cpu": 2**19, "cuda": 2**26}
"""The most values (points × width × planes) of a chunk; memory does not grow with the image.

Measured on the CPU: four times as many do not fit a core's caches, and with a quarter the overhead of the calls
outweighs the gain. On a GPU, not measured, the number only bounds the memory."""

THREAD_VALUES = 2**18
"""The fewest values per thread; with fewer, threads contend for the GIL and a second one gains nothing."""


def shares(points: int, plan: Plan[Any], weight: Tensor, threads: int, block: int = 1) -> list[list[slice]]:
    """Divide [0, ``points``) into nearly equal chunks, in one list per thread, of equal length except the last.

    ``weight`` is the first layer's, (width, D); ``threads`` is the most threads. No ``block`` of consecutive points is
    divided.
    """
    values, blocks = block * len(weight) * plan.planes, points // block
    threads = max(1, min(threads, blocks * values // THREAD_VALUES))
    most = max(1, CHUNK_VALUES[weight.device.type] // values)
    each = -(-blocks // (most * threads))
    count = min(blocks, each * threads)
    ends = [block * (blocks * i // count) for i in range(count + 1)]
    chunks = [slice(*pair) for pair in itertools.pairwise(ends)]
    return [chunks[i : i + each] for i in range(0, count, each)]


def on_threads(function: Callable[[Any], T], items: Sequence[Any], *, in_turn: bool = False) -> list[T]:
    """Apply ``function`` to every item on the pool and return the results in order.

    With ``in_turn``, a single pool thread takes all items.
    """
    if len(items) == 1:
        return [function(items[0])]
    pool = _pool(len(items))
    return pool.submit(lambda: [function(i) for i in items]).result() if in_turn else list(pool.map(function, items))


def on_few_threads(
    function: Callable[[Any], T], items: Sequence[Any], threads: int, *, in_turn: bool = False
) -> list[T]:
    """Apply ``function`` to every item, several items a thread, and return the results in order."""
    count = min(threads, len(items))
    dealt = [items[len(items) * i // count : len(items) * (i + 1) // count] for i in range(count)]
    done = on_threads(lambda some: [function(item) for item in some], dealt, in_turn=in_turn)
    return [*itertools.chain.from_iterable(done)]


@functools.cache
def _pool(threads: int) -> ThreadPoolExecutor:
    # Without the initializer PyTorch would split every operation of each thread over further threads.
    return ThreadPoolExecutor(threads, "chunks", initializer=torch.set_num_threads, initargs=(1,))
