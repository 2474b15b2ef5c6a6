"""How long it takes to load many trials: the first time, the second, and after one changed.

``python -m tests.benchmarks.load [--trials N] [--repeats N]`` makes the records in a temporary folder.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

import analysis
from analysis.sources.cache import NAME

FAMILIES = ("image", "gradient", "gradient_magnitude", "laplacian", "discrete_gradient", "discrete_laplacian")
SCORES = ("psnr", "ssim", "nrmse", "correlation", "data_range", "psnr_zero", "ssim_zero")


def make(runs: Path, trials: int) -> None:
    """Records as wide as real ones."""
    for i in range(trials):
        scores = {f"{family}/{score}": i / 7 + j for j, family in enumerate(FAMILIES) for score in SCORES}
        config = {f"field_{j}": f"value {j}" for j in range(15)}
        record = {
            "trial_id": f"{i:016x}",
            "status": "finished",
            "config": {**config, "activation": ("sine", "relu")[i % 2], "learning_rate": 1e-4 * (i + 1), "seed": i},
            "metrics": scores,
            "best": {"rank_by": "image/psnr", "step": 50, **scores},
            "timing": {"steps": 500, "seconds_per_step": 0.01, "seconds_training": 5.0, "seconds_total": 6.0},
            "environment": {f"version_{j}": "1.2.3" for j in range(16)},
            "notes": [],
            "reason": None,
        }
        folder = runs / "trials" / record["trial_id"]
        folder.mkdir(parents=True)
        (folder / "record.json").write_text(json.dumps(record, indent=1))


def seconds(action: Callable[[], object], repeats: int) -> list[float]:
    """Of each of ``repeats`` calls."""
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        action()
        taken.append(time.perf_counter() - began)
    return taken


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=10_000, metavar="N")
    parser.add_argument("--repeats", type=int, default=5, metavar="N")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder) / "runs"
        make(runs, options.trials)

        def again() -> None:
            assert len(analysis.load(runs)) == options.trials

        def changed() -> None:
            path = runs / "trials" / f"{0:016x}" / "record.json"
            path.write_text(path.read_text())
            again()

        first = seconds(again, 1)
        columns = analysis.load(runs).shape[1]
        rows = {
            "first time": first,
            "second time": seconds(again, options.repeats),
            "after one record changed": seconds(changed, options.repeats),
        }
        size = (runs / NAME).stat().st_size / 1e6
    title = f"{options.trials} trials, {columns} columns, cache of {size:.1f} MB"
    table = Table("analysis.load", "median s", "worst s", title=title, title_justify="left")
    for name, taken in rows.items():
        table.add_row(name, f"{sorted(taken)[len(taken) // 2]:.2f}", f"{max(taken):.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
