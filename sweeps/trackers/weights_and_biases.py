"""The W&B mirror. W&B being away, slow or refusing costs a line on standard error, never a trial."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import wandb

from sweeps import figure
from sweeps.records import Histograms, Record, RecordFolder, Row

INIT_SECONDS = 30.0
FINISH_SECONDS = 60.0
PROJECT = "inr-activations"

Mode = Literal["online", "offline"]
Result = TypeVar("Result")


class WandbTracker:
    """Mirrors one trial into one W&B run: config, scalars by step, histograms, the three-row images, a summary."""

    def __init__(self, mode: Mode, folder: Path) -> None:
        self.mode = mode
        self.folder = Path(os.environ.get("WANDB_DIR", folder))
        self.run: Any = None

    def start(self, trial_id: str, config: Mapping[str, object]) -> None:
        """Open the run; offline if it cannot be opened online."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{config['activation']} {config['loss']} {trial_id[:8]}"
        if self.mode == "online":
            self.run = self._guard("open the run", lambda: self._init("online", name, config), "going on offline")
        if self.run is None:
            self.run = self._guard(
                "open an offline run", lambda: self._init("offline", name, config), "going on without"
            )

    def _init(self, mode: Mode, name: str, config: Mapping[str, object]) -> Any:
        # The look-up of the account has a fixed wait of its own, which init_timeout does not bound.
        wandb.setup(settings=wandb.Settings(x_disable_viewer=True))
        settings = wandb.Settings(
            init_timeout=INIT_SECONDS, finish_timeout=FINISH_SECONDS, console="off", quiet=True, x_disable_viewer=True
        )
        project = os.environ.get("WANDB_PROJECT", PROJECT)
        return wandb.init(
            mode=mode, project=project, name=name, config=dict(config), dir=self.folder, settings=settings
        )

    def log(self, row: Row, histograms: Histograms) -> None:
        """Scalars and ``wandb.Histogram`` of every layer, at the row's step."""
        scalars = {name: value for name, value in row.items() if name != "step" and value is not None}
        pictures = {name: wandb.Histogram(np_histogram=pair) for name, pair in histograms.items()}
        self._send("log", lambda: self.run.log({**scalars, **pictures}, step=row["step"]))

    def finish(self, folder: RecordFolder, record: Record) -> None:
        """The images and the summary; then wait for W&B, for a bounded time."""
        fields = folder.arrays("fields")
        if fields:
            self._send("log the images", lambda: self.run.log(_images(fields)))
        summary = {"trial_id": record.trial_id, "status": record.status, **record.metrics}
        resolved = {f"config/{name}": value for name, value in record.config.items()}
        timing = {f"timing/{name}": value for name, value in record.timing.items()}
        best = {f"best/{name}": value for name, value in record.best.items()}
        self._send("write the summary", lambda: self.run.summary.update({**summary, **resolved, **timing, **best}))
        failed = record.status not in ("finished", "pruned")
        self._send("finish", lambda: self.run.finish(exit_code=int(failed)))

    def _send(self, what: str, action: Callable[[], object]) -> None:
        if self.run is not None and self._guard(what, lambda: (action(), True), "the local record is complete") is None:
            self.run = None

    def _guard(self, what: str, action: Callable[[], Result], so: str) -> Result | None:
        try:
            return action()
        except Exception as error:  # whatever W&B raises, the trial goes on
            reason = str(error).strip().split("\n")[0]
            print(f"note: W&B could not {what} ({type(error).__name__}: {reason}); {so}", file=sys.stderr)
            return None


def _images(fields: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Reference and prediction side by side, one grey scale for both."""
    images = {}
    for family, (_, reference, prediction, (low, high)) in zip(
        ("image", "gradient", "laplacian"), figure.rows(fields), strict=True
    ):
        both = np.concatenate([reference, prediction], axis=1)
        scaled = np.clip((both - low) / (high - low), 0, 1)
        images[f"maps/{family}"] = wandb.Image(
            (255 * scaled).astype(np.uint8), caption=f"reference | prediction, {low:.4g} to {high:.4g}"
        )
    return images
