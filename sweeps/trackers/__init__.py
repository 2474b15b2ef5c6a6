"""Where the evaluations of a trial go besides its record."""

from collections.abc import Mapping
from typing import Protocol

from sweeps.records import Histograms, Record, RecordFolder, Row

__all__ = ["Histograms", "Tracker"]


class Tracker(Protocol):
    """A mirror of records. It is fed from what was recorded, so that a trial can be mirrored at any time."""

    def start(self, trial_id: str, config: Mapping[str, object]) -> None:
        """A trial begins, or is found recorded."""

    def log(self, row: Row, histograms: Histograms) -> None:
        """An evaluation was recorded."""

    def finish(self, folder: RecordFolder, record: Record) -> None:
        """The record was written for the last time."""
