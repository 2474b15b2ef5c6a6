"""The task of a record that no task of this process can read: a plugin's, or a later version's."""

from collections.abc import Mapping
from typing import Any, ClassVar

from numpy.typing import NDArray

from inr.panels import Panel
from inr.tasks.base import Task


class Unknown(Task, abstract=True):
    """A task described by the words of its record alone, without pictures. It cannot be chosen."""

    dimensions = 0
    subject: ClassVar[str] = "task"
    fitted: ClassVar[Mapping[str, str]] = {"task": "{}"}
    shown: ClassVar[str] = "none"
    terms: ClassVar[tuple[str, ...]] = ()
    ending: ClassVar[str] = ""
    resolution: ClassVar[str] = ""

    @classmethod
    def title(cls, config: Mapping[str, Any]) -> str:
        """Name the task, which is not known here, and its loss."""
        return f"task {config['task']}, {config.get('loss', 'its own')} loss"

    @classmethod
    def rank_by(cls, config: Mapping[str, Any]) -> str:
        """Name the total loss: its scores are not known."""
        return "loss"

    @classmethod
    def panels(cls, fields: Mapping[str, NDArray[Any]]) -> tuple[Panel, ...]:
        """Show nothing."""
        return ()

    @classmethod
    def aligned(cls, fields: Mapping[str, NDArray[Any]], config: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Leave the prediction as it is."""
        return dict(fields)
