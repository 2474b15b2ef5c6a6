"""The parts of a trial that several processes trained in turn: which steps, and in which environment.

A trial that is stopped and continued in the same environment ends with the same bits. With another number of threads,
another device or another commit it does not, and no single command reproduces its numbers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Part = Mapping[str, Any]
"""``from_step``, ``to_step`` and :data:`FACTS` of one process's share of a trial."""

FACTS = ("threads", "compiled", "products", "device", "host", "commit", "torch")
"""The entries of a record's environment that may change a trial's digits."""


def part(environment: Mapping[str, Any], from_step: int, to_step: int) -> Part:
    """Describe the steps ``from_step`` + 1 to ``to_step`` as trained by a process with this environment."""
    return {"from_step": from_step, "to_step": to_step, **{name: environment.get(name) for name in FACTS}}


def differing(parts: Sequence[Part]) -> list[str]:
    """The facts in which the parts differ."""
    return [name for name in FACTS if len({str(part.get(name)) for part in parts}) > 1]


def describe(parts: Sequence[Part]) -> str:
    """Describe the parts by the facts that differ: ``steps 0 to 152: threads 1; 152 to 3000: threads 2``."""
    names = differing(parts)
    told = (
        f"{part.get('from_step')} to {part.get('to_step')}"
        + "".join(f"{':' if name == names[0] else ','} {name} {part.get(name)}" for name in names)
        for part in parts
    )
    return "steps " + "; ".join(told)
