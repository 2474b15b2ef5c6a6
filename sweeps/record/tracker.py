"""The interface of a tracker, which mirrors the record of a trial elsewhere."""

from collections.abc import Mapping
from typing import Protocol

from sweeps.record.folder import Histograms, Record, RecordFolder, Row

__all__ = ["Histograms", "Tracker"]


class Tracker(Protocol):
    """A mirror of records. It is fed from recorded evaluations, so a trial can be mirrored at any later time."""

    def start(self, trial_id: str, config: Mapping[str, object]) -> None:
        """Begin to mirror a trial, new or recorded, with its flat config."""

    def log(self, row: Row, histograms: Histograms) -> None:
        """Mirror one recorded evaluation: its row of metrics and its histograms."""

    def finish(self, folder: RecordFolder, record: Record) -> None:
        """Mirror the final record, and close the trial."""
