"""What a sweep costs beside its trials: overhead at ten seconds a trial, a large plan, a resumption with nothing to do.

``make bench`` prints the table and writes ``bench_sweep.json``. Whole commands are timed, imports and tables included.
The 200 trials take some 17 minutes on two cores; what comes once a sweep weighs more on fewer (``--trials``).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sweeps.file.spec import load_spec
from sweeps.record.folder import Record, Runs
from sweeps.search.study import points

ROOT = Path(__file__).parents[2]
HEAD = "method: grid\nmetric: {name: image/psnr, goal: maximize}\nparameters:\n"
SMALL = "  size: {value: 16}\n  hidden_features: {value: 8}\n  hidden_layers: {value: 0}\n  steps: {value: 3}\n"
TRAINED = (
    "  size: {value: 64}\n  hidden_features: {value: 128}\n  hidden_layers: {value: 2}\n"
    "  activation: {value: sine}\n  eval_every: {value: 100}\n  loss: {value: all}\n"
)
"""As the trials of sweeps/activations.yaml."""
WANTED = {"overhead": "< 5 %", "plan": "< 10 s", "resumed": "< 5 s"}


def command(folder: Path, *arguments: str) -> float:
    """Seconds that a command of ``run.py`` takes."""
    started = time.perf_counter()
    subprocess.run([sys.executable, str(ROOT / "run.py"), *arguments], cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - started


def sweep(folder: Path, name: str, parameters: str) -> str:
    """Write a sweep's file; the flag that runs it."""
    (folder / f"{name}.yaml").write_text(f"name: {name}\n{HEAD}{parameters}")
    return f"--sweep={name}.yaml"


def overhead(folder: Path, trials: int, seconds: float) -> dict[str, float]:
    """What a sweep on all cores costs beside the training of its trials, each of which takes so many ``seconds``.

    As a share of the training: in all, and in the trials themselves (evaluations, the record, its figure). In seconds:
    what comes once a sweep, however many trials it has (imports, first trials, the table and the pictures).
    """
    workers = len(os.sched_getaffinity(0))
    # Calibrated as the trials will run: every core at work, a thread each.
    first = f"  seed: {{values: {list(range(workers))}}}\n"
    command(folder, sweep(folder, "first", f"{TRAINED}  steps: {{value: 30}}\n{first}"))
    steps = max(1, int(seconds / max(r.timing["seconds_per_step"] for r in _records(folder))))
    seeds = f"  seed: {{values: {list(range(workers, workers + trials))}}}\n"
    took = command(folder, sweep(folder, "ten", f"{TRAINED}  steps: {{value: {steps}}}\n{seeds}"))
    timed = [record.timing for record in _records(folder) if record.config["seed"] >= workers]
    training, total = (sum(timing[name] for timing in timed) for name in ("seconds_training", "seconds_total"))
    print(f"{trials} trials of {training / trials:.1f} s on {workers} workers: {took:.1f} s in all", file=sys.stderr)
    return {
        f"overhead, {trials} trials": took * workers / training - 1,
        "overhead in the trials": total / training - 1,
        "once a sweep": took - total / workers,
    }


def _records(folder: Path) -> list[Record]:
    found = [trial.read() for trial in Runs(folder / "runs").folders()]
    return [record for record in found if record]


def plan(folder: Path, points: int) -> float:
    """Seconds of a plan of so many points."""
    seeds = (
        f"  seed: {{values: {list(range(points // 4))}}}\n  activation: {{values: [relu, sine, square, triangle]}}\n"
    )
    sweep(folder, "plan", SMALL + seeds)
    return command(folder, "--plan=plan.yaml")


def resumed(folder: Path, count: int) -> tuple[float, float]:
    """Seconds of a sweep whose trials are all recorded: of a new study, and of one that has them already."""
    flag = sweep(folder, "recorded", f"{SMALL}  seed: {{min: 0, max: {count - 1}}}\n")
    runs = Runs(folder / "runs")
    from inr.config import TrialConfig

    for point in points(load_spec(folder / "recorded.yaml")):
        config = TrialConfig.from_flat(point)
        trial = runs.folder(config.trial_id)
        trial.path.mkdir(parents=True)
        trial.write(Record(config.trial_id, "finished", config.flat(), {"image/psnr": 20.0}, {}, {}, {}))
    return command(folder, flag), command(folder, flag)


def main() -> None:
    """Measure, show, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10.0, help="of a trial")
    parser.add_argument("--points", type=int, default=10_000, help="of the plan")
    parser.add_argument("--recorded", type=int, default=1000, help="trials of the sweep that is resumed")
    parser.add_argument("--out", type=Path, default=Path("bench_sweep.json"))
    options = parser.parse_args()
    result = {}
    with tempfile.TemporaryDirectory() as folder:
        result["plan"] = plan(Path(folder), options.points)
        new = f"new study of {options.recorded:,} recorded"
        result[new], result["resumed"] = resumed(Path(folder), options.recorded)
    with tempfile.TemporaryDirectory() as folder:
        result |= overhead(Path(folder), options.trials, options.seconds)
    table = Table("what", "measured", "wanted")
    for name, value in result.items():
        shown = f"{100 * value:.1f} %" if name.startswith("overhead") else f"{value:.1f} s"
        table.add_row(name, shown, WANTED.get(name.partition(",")[0], "–"))
    Console().print(table)
    options.out.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
