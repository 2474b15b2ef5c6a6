"""What a person is told beside the results."""

import sys


def say(line: str) -> None:
    """A line to the person, on standard error."""
    print(line, file=sys.stderr, flush=True)
