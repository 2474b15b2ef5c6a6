"""Call a function periodically in a background thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def beating(seconds: float, beat: Callable[[], object]) -> Iterator[None]:
    """Call ``beat`` every so often, in a thread of its own, while the block runs; the first time after one interval.

    ``beat`` deals with its own errors.
    """
    over = threading.Event()

    def beats() -> None:
        while not over.wait(seconds):
            beat()

    thread = threading.Thread(target=beats, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
