"""The facts of a sweep that has ended, for those who print its comparison; imports nothing of the project."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ended:
    """A sweep that has ended."""

    sweep: str
    """Its name."""
    runs: Path
    trial_ids: Sequence[str]
    """Those of the trials that finished."""
    source: Sequence[str]
    """The words that name the sweep in a command of the analysis."""
    searched: Sequence[str] = ()
    """The parameters that a search chose; none of a grid."""
    rank_by: str | None = None
    """The metric that a search was made for."""
