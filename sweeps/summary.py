"""The table that a trial ends with."""

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.table import Table

from sweeps import continuation
from sweeps.records import Record, RecordFolder
from sweeps.screen import Screen

FAMILIES = {
    "image": "image",
    "gradient": "gradient (network)",
    "gradient_magnitude": "|gradient| (network)",
    "laplacian": "Laplacian (network)",
    "discrete_gradient": "gradient (operator)",
    "discrete_laplacian": "Laplacian (operator)",
    "exact_gradient": "gradient (closed form)",
    "exact_laplacian": "Laplacian (closed form)",
    "trained": "trained pixels",
    "held_out": "held-out pixels",
}
EXTRAS = {
    "image/psnr_aligned": "image PSNR, aligned over the loss's null space",
    "image/psnr_ceiling": "image PSNR that the operator's targets allow",
    "held_out/psnr_bilinear": "held-out PSNR of bilinear interpolation",
}


def show(record: Record, folder: RecordFolder, recorded_before: bool, screen: Screen) -> None:
    """Print the metrics of a record, its status and its folder."""
    screen.print(Group(_table(record), *_lines(record, folder, recorded_before)), soft_wrap=True)


def _table(record: Record) -> Table:
    table = Table(title=_title(record.config), title_justify="left", padding=(0, 1, 0, 0))
    table.add_column("map")
    for name in ("PSNR dB", "SSIM", "NRMSE", "correlation", "zero map dB"):
        table.add_column(name, justify="right")
    for family, label in FAMILIES.items():
        if f"{family}/psnr" in record.metrics:
            table.add_row(label, *_cells(record.metrics, family))
    return table


def _cells(metrics: Mapping[str, Any], family: str) -> list[str]:
    zero = metrics.get(f"{family.removeprefix('discrete_')}/psnr_zero")
    digits = {"psnr": 2, "ssim": 4, "nrmse": 4, "correlation": 4}
    scores = [number(metrics.get(f"{family}/{score}"), places) for score, places in digits.items()]
    return [*scores, number(zero, 2)]


def number(value: float | None, places: int) -> str:
    """Rounded; a dash for what is not there or means nothing."""
    return "–" if value is None else f"{value:.{places}f}"


def _title(config: Mapping[str, Any]) -> str:
    return (
        f"{config['image']} {config['size']} px, {config['activation']}, {config['loss']} loss, "
        f"operator {config['operator']}, {config['steps']} steps, seed {config['seed']}"
    )


def _lines(record: Record, folder: RecordFolder, recorded_before: bool) -> list[str]:
    lines = [
        f"{label}: {number(record.metrics[name], 2)} dB" for name, label in EXTRAS.items() if name in record.metrics
    ]
    if record.best:
        rank_by = record.best["rank_by"]
        lines.append(
            f"best {rank_by} {number(record.best[rank_by], 2)} dB at step {record.best['step']} (rank by the last)"
        )
    seconds = record.timing.get("seconds_per_step")
    if seconds is not None:
        lines.append(f"{1000 * seconds:.1f} ms a step (median), {record.timing['seconds_total']:.0f} s in all")
    if parts := record.environment.get("parts"):
        lines.append(f"trained in {len(parts)} parts, {continuation.describe(parts)}")
    lines.append(
        record.status
        + (f": {record.reason}" if record.reason else "")
        + (", recorded before" if recorded_before else "")
    )
    lines.append(f"record: {folder.path}")
    return lines
