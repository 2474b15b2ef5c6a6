"""Points in chunks that fit the caches, and a thread on each core that takes chunks of its own.

A chunk passes all layers and comes back in one thread, inside which PyTorch uses no other. So no core waits for
another at every product, and what one layer leaves in a core's cache is there for the next.
"""

import functools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import torch
from torch import Tensor

from inr.planes.plan import Plan

T = TypeVar("T")

CHUNK_VALUES = {"cpu": 2**19, "cuda": 2**26}
"""At most so many points × width × planes are in one chunk. Memory does not grow with the image.

Measured on the CPU: with four times as much a core's buffers leave the caches, with a quarter what they gain is lost to
the number of calls. On a GPU, not measured, it only bounds the memory."""

THREAD_VALUES = 2**18
"""For less than this a second thread is no gain: the threads would contend for the GIL."""


def shares(points: int, plan: Plan[Any], weight: Tensor, threads: int) -> list[list[slice]]:
    """[0, ``points``) in nearly equal chunks, an equal run of them for each thread; ``weight`` is the first, (n, D)."""
    values = len(weight) * plan.planes
    threads = max(1, min(threads, points * values // THREAD_VALUES))
    most = max(1, CHUNK_VALUES[weight.device.type] // values)
    each = -(-points // (most * threads))
    count = min(points, each * threads)
    chunks = [slice(points * i // count, points * (i + 1) // count) for i in range(count)]
    return [chunks[i : i + each] for i in range(0, count, each)]


def on_threads(function: Callable[[Any], T], items: Sequence[Any], *, in_turn: bool = False) -> list[T]:
    """Apply ``function`` to every item on the pool and return the results in order.

    With ``in_turn``, a single pool thread takes all items.
    """
    if len(items) == 1:
        return [function(items[0])]
    pool = _pool(len(items))
    return pool.submit(lambda: [function(i) for i in items]).result() if in_turn else list(pool.map(function, items))


@functools.cache
def _pool(threads: int) -> ThreadPoolExecutor:
    # PyTorch would share out every operation of each thread among as many threads again.
    return ThreadPoolExecutor(threads, "chunks", initializer=torch.set_num_threads, initargs=(1,))
