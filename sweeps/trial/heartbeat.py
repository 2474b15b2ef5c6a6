"""Call a function periodically in a background thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def beating(seconds: float, beat: Callable[[], object]) -> Iterator[None]:
    """Call ``beat`` every ``seconds`` in a background thread while the block runs, first after one interval.

    ``beat`` must not raise: an exception would end the thread.
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
