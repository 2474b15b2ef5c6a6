"""The W&B mirror. W&B being away, slow or refusing costs a line on standard error, never a trial."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import wandb

from inr.panels import Panel
from inr.record_content import learned_metrics
from inr.tasks import task_of
from sweeps.record import figure
from sweeps.record.folder import Histograms, Record, RecordFolder, Row
from sweeps.screen.console import say

INIT_SECONDS = 30.0
FINISH_SECONDS = 60.0
PROJECT = "inr-activations"

Mode = Literal["online", "offline"]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Assignment:
    """A run of a sweep that W&B handed to this process; under ``wandb agent`` the environment says the same."""

    entity: str
    project: str
    sweep_id: str
    run_id: str
    values: Mapping[str, Any]
    """The sweep's own values. They stay as they are in W&B's config, as they do under ``wandb agent``."""
    stop: Callable[[], None]
    """Called in another thread when somebody stops the run in W&B; W&B itself would interrupt the whole process."""


class WandbTracker:
    """Mirrors one trial into one W&B run: config, scalars by step, histograms, the three-row images, a summary."""

    begun = False
    """Whether this process has had a run to open."""

    def __init__(
        self, mode: Mode, folder: Path, assignment: Assignment | None = None, group: str | None = None
    ) -> None:
        self.mode, self.group = mode, group
        self.folder = Path(os.environ.get("WANDB_DIR", folder))
        self.assignment = assignment
        self.run: Any = None
        self.remedy = ""
        self.used = False
        """Whether there was a run to open."""

    def start(self, trial_id: str, config: Mapping[str, object]) -> None:
        """Open the run; offline if it cannot be opened online."""
        self._open(f"{config['activation']} {config['loss']} {trial_id[:8]}", config)

    def _open(self, name: str, config: Mapping[str, object]) -> None:
        WandbTracker.begun = self.used = True
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.mode == "online":
            self.run = self._guard("open the run", lambda: self._init("online", name, config), "going on offline")
        if self.run is None:
            self.run = self._guard(
                "open an offline run", lambda: self._init("offline", name, config), "going on without"
            )
        if self.run is not None:
            # Without the flag a run that was begun online is passed over.
            flag = "" if self.run.offline else "--no-skip-online "
            self.remedy = f"`wandb sync {flag}{Path(self.run.dir).parent.resolve()}` sends it"
            say(f"note: W&B: {f'offline, {self.remedy}' if self.run.offline else self.run.url}")

    def _init(self, mode: Mode, name: str, config: Mapping[str, object]) -> Any:
        # The look-up of the account has a fixed wait of its own, which init_timeout does not bound.
        # Its chatter is switched off; its warnings and errors still come.
        wandb.setup(settings=wandb.Settings(x_disable_viewer=True, show_info=False))
        settings = wandb.Settings(
            **{"init_timeout": INIT_SECONDS, "finish_timeout": FINISH_SECONDS, "finish_timeout_raises": True},
            **{"console": "off", "x_disable_viewer": True, "reinit": "finish_previous"},
        )
        project: dict[str, Any] = {"project": os.environ.get("WANDB_PROJECT", PROJECT), "group": self.group}
        if self.assignment:
            # Said here and not in the environment: W&B reads that once a process, and nothing of it is left over.
            settings.sweep_id, settings.stop_fn = self.assignment.sweep_id, self.assignment.stop
            config = {**config, **self.assignment.values}
            project = {name: getattr(self.assignment, name) for name in ("entity", "project")}
            project["id"] = self.assignment.run_id
        return wandb.init(mode=mode, name=name, config=dict(config), dir=self.folder, settings=settings, **project)

    def log(self, row: Row, histograms: Histograms) -> None:
        """Scalars and ``wandb.Histogram`` of every layer, at the row's step."""
        scalars = {name: value for name, value in row.items() if name != "step" and value is not None}
        pictures = {name: wandb.Histogram(np_histogram=pair) for name, pair in histograms.items()}
        self._send("log", lambda: self.run.log({**scalars, **pictures}, step=row["step"]))

    def finish(self, folder: RecordFolder, record: Record) -> None:
        """The images and the summary; then wait for W&B, for a bounded time."""
        fields = folder.arrays("fields")
        if fields:
            self._send("log the images", lambda: self.run.log(_images(task_of(record.config).panels(fields))))
        self._close(_summary(record), record.status not in ("finished", "pruned"))

    def refuse(self, name: str, config: Mapping[str, object], reason: str) -> None:
        """Show a failed run where no trial could be begun: without it W&B would show nothing of it."""
        self._open(name, config)
        self._close({"status": "failed", "reason": reason}, failed=True)

    def _close(self, summary: Mapping[str, object], failed: bool) -> None:
        self._send("write the summary", lambda: self.run.summary.update(summary))
        self._send("be sent the whole run", lambda: self.run.finish(exit_code=int(failed)))
        self.run = None

    def _send(self, what: str, action: Callable[[], object]) -> None:
        if self.run is None:
            return
        so = f"the local record is complete, and {self.remedy}"
        if self._guard(what, lambda: (action(), True), so) is None:
            self.run = None

    def _guard(self, what: str, action: Callable[[], Result], so: str) -> Result | None:
        try:
            return action()
        except Exception as error:  # whatever W&B raises, the trial goes on
            reason = str(error).strip().split("\n")[0]
            say(f"note: W&B could not {what} ({type(error).__name__}: {reason}); {so}")
            return None


def _summary(record: Record) -> dict[str, object]:
    """The whole record, flat."""
    head = {"trial_id": record.trial_id, "status": record.status, "reason": record.reason, "notes": record.notes}
    groups = {name: getattr(record, name) for name in ("config", "best", "timing", "environment")}
    flat = {f"{group}/{name}": value for group, values in groups.items() for name, value in values.items()}
    metrics = {**record.metrics, **learned_metrics(record.learned)}
    return {**{name: value for name, value in head.items() if value}, **metrics, **flat}


def _images(panels: Sequence[Panel]) -> dict[str, Any]:
    """Reference and prediction side by side, on one scale."""
    images = {}
    for panel in panels:
        low, high = panel.scale
        pair = [figure.grey(values, panel.scale) for values in (panel.reference, panel.prediction)]
        images[f"maps/{panel.key}"] = wandb.Image(
            np.concatenate(pair, axis=1),
            caption=f"{panel.title}, {panel.unit}: reference | prediction, {low:.4g} to {high:.4g}",
        )
    return images
