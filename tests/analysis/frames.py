"""Record folders made by hand: every number of a table can be worked out on paper."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inr.vocabulary import rank_by
from sweeps.record.folder import Record, Runs

CONFIG = {
    "task": "image",
    "image": "camera",
    "size": 64,
    "activation": "sine",
    "loss": "image",
    "operator": "sobel",
    "steps": 100,
    "learning_rate": 1e-4,
    "seed": 0,
}
ENVIRONMENT = {
    "commit": "c0ffee",
    "torch": "2.13.0",
    "device_name": "cpu",
    "products": "ieee",
    "data_shape": [64, 64, 1],
}


def metrics(image: float | None, gradient: float = 20.0, laplacian: float = 15.0) -> dict[str, Any]:
    """The scores of a trial: PSNR as given, the others made from it."""
    maps = {"image": image, "gradient": gradient, "laplacian": laplacian}
    scores = {f"{name}/psnr": value for name, value in maps.items()}
    ssim = {f"{name}/ssim": None if value is None else value / 100 for name, value in maps.items()}
    others = {f"{name}/{score}": 0.5 for name in maps for score in ("nrmse", "correlation")}
    zero = {"gradient/psnr_zero": 18.0, "gradient/ssim_zero": 0.02, "laplacian/psnr_zero": 14.0}
    return {"loss": 0.25, "loss/image": 0.25, **scores, **ssim, **others, **zero}


def zero_laplacian(image: float) -> dict[str, Any]:
    """As a ReLU network scores: its Laplacian is the all-zero map."""
    zero = {"laplacian/psnr": 14.0, "laplacian/ssim": 0.01, "laplacian/nrmse": 1.0, "laplacian/correlation": None}
    return {**metrics(image), **zero}


def write(
    runs: Path,
    scores: Mapping[str, Any] | float | None = 30.0,
    status: str = "finished",
    environment: Mapping[str, Any] | None = None,
    **config: Any,
) -> Record:
    """Add a trial whose config is :data:`CONFIG` but for what is given; None there takes a field away.

    ``environment`` is added to :data:`ENVIRONMENT`.
    """
    flat = {name: value for name, value in {**CONFIG, **config}.items() if value is not None}
    found = scores if isinstance(scores, Mapping) else metrics(scores) if scores is not None else {}
    trial_id = hashlib.sha256(json.dumps([flat, status, environment], sort_keys=True).encode()).hexdigest()[:16]
    record = Record(
        trial_id=trial_id,
        status=status,
        config=flat,
        metrics=dict(found),
        best={"rank_by": rank_by(flat), "step": 50, **found} if found else {},
        timing={"steps": 100, "seconds_per_step": 0.01, "seconds_total": 1.5},
        environment={**ENVIRONMENT, **(environment or {})},
        notes=["a note"] if status == "finished" else [],
        reason=None if status == "finished" else f"it {status}",
    )
    folder = Runs(runs).folder(trial_id)
    folder.path.mkdir(parents=True)
    folder.write(record)
    return record


def grid(runs: Path, scores: Mapping[str, Mapping[str, list[float]]], **config: Any) -> None:
    """activation → image → PSNR of seeds 0, 1, …"""
    for activation, images in scores.items():
        for image, values in images.items():
            for seed, value in enumerate(values):
                write(runs, value, activation=activation, image=image, seed=seed, **config)
