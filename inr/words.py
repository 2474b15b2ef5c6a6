"""Words for a person, the same on every floor: a count with its noun."""


def plural(number: int, noun: str) -> str:
    """Format a count with its noun: ``1 trial``, ``2 trials``."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
