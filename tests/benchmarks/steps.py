"""The cost of one training step against nested autograd and against the machine's limit, in one run.

``make bench`` prints the table and writes ``bench.json``. Ratios are what carries over between machines; run it on
a quiet one. Nested autograd is the way of every public SIREN code: the whole batch at once, ``create_graph=True``.
The limit is the time of the step's matrix products alone at the best rate that one such product reaches here.
"""

import argparse
import json
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from inr.config import TrialConfig
from inr.trial import Trial, problem_of
from sweeps.trial.compiled import compile_works
from sweeps.trial.execution import execution
from tests import oracles

WANTED = {"image": 1.5, "image+gradient": 3.0, "all": 6.0}
"""Loss → how many times as fast as nested autograd a step should be."""
HIDDEN = 3
Step = Callable[[], object]


@dataclass(frozen=True)
class Scale:
    """How large the measured step is: the points are ``size`` × ``size``, the layers ``width`` wide."""

    size: int
    width: int

    @property
    def points(self) -> int:
        return self.size**2


def trial(loss: str, activation: str, threads: int, compiled: bool, scale: Scale) -> Trial:
    """The trial whose steps are timed."""
    given = {"size": scale.size, "hidden_features": scale.width, "hidden_layers": HIDDEN, "n_modes": 8}
    config = TrialConfig.from_flat({"loss": loss, "activation": activation, **given})
    return Trial(config, problem_of(config), "cpu", threads, compiled)


def nested_step(trial: Trial) -> Step:
    """The same step by nested autograd over the whole batch at once."""
    network, part = trial.network, trial.training.parts[0]
    batch, order = part.batch, max(term.order for term in part.group.terms)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-4, fused=True)
    scales = dict(zip((term.name for term in part.group.terms), part.scales.tolist(), strict=True))

    def step() -> None:
        x = batch.coordinates.detach().requires_grad_()
        optimizer.zero_grad()
        value = network(x)
        gradient = laplacian = None
        if order:
            (gradient,) = torch.autograd.grad(value.sum(), x, create_graph=True)
        if order == 2:
            seconds = [torch.autograd.grad(gradient[:, i].sum(), x, create_graph=True)[0][:, i] for i in range(2)]
            laplacian = (seconds[0] + seconds[1])[:, None]
        prediction = (value, gradient[:, None] if gradient is not None else None, laplacian)
        oracles.loss(prediction, batch, scales).backward()
        optimizer.step()

    return step


def as_pytorch_does(step: Step, threads: int) -> Step:
    """The step with the products and the threads that PyTorch takes by itself, not with the ones that we choose.

    In a Python thread of its own: PyTorch's own threads go with it, and would else be ended and begun at every turn.
    """
    setting = torch.backends.mkldnn.matmul
    pool = ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(threads,))

    def default() -> None:
        ours, setting.fp32_precision = setting.fp32_precision, "none"
        try:
            pool.submit(step).result()
        finally:
            setting.fp32_precision = ours

    return default


def seconds(steps: dict[str, Step], repeats: int) -> dict[str, float]:
    """The median time of each step, taken in turn so that a machine that is slow for a while is so to all of them.

    The first round, which compiles and fills caches, is not counted.
    """
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(1 + repeats):
        for name, step in steps.items():
            started = time.perf_counter()
            step()
            times[name].append(time.perf_counter() - started)
    return {name: statistics.median(values[1:]) for name, values in times.items()}


def product_rate(threads: int, width: int) -> float:
    """FLOP/s of a product of 4,096 points by a hidden layer on all threads, the best of many."""
    a, b = torch.rand(4096, width), torch.rand(width, width)
    best = float("inf")
    torch.set_num_threads(threads)
    for _ in range(200):
        started = time.perf_counter()
        a @ b
        best = min(best, time.perf_counter() - started)
    torch.set_num_threads(1)
    return 2 * 4096 * width * width / best


def step_rows(threads: int, repeats: int, compiling: bool, scale: Scale) -> list[dict[str, object]]:
    """One row a loss: nested autograd, ours, the limit."""
    kinds = ("eager", "compiled") if compiling and compile_works() else ("eager",)
    flops = 2 * scale.points * scale.width**2 * HIDDEN
    rows = []
    for loss in WANTED:
        measured = trial(loss, "sine", threads, False, scale)
        products = measured.training.parts[0].program.plan.products
        steps: dict[str, Step] = {"nested": as_pytorch_does(nested_step(measured), threads)}
        for kind in kinds:
            steps[kind] = trial(loss, "sine", threads, kind == "compiled", scale).train
            steps[f"square_{kind}"] = trial(loss, "square", threads, kind == "compiled", scale).train
        rows.append(
            {"loss": loss, **seconds(steps, repeats), "limit": products * flops / product_rate(threads, scale.width)}
        )
    return rows


def peak_memory(size: int) -> float:
    """GB, of a process that does one step and one evaluation of an image of that size under all three losses."""
    code = (
        "import torch;"
        "from inr.config import TrialConfig; from inr.trial import run_trial;"
        f"c = TrialConfig.from_flat(dict(image='hubble_deep_field', size={size}, loss='all', steps=1));"
        "list(run_trial(c));"
        "print(open('/proc/self/status').read())"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", out.stdout)
    return int(peak) * 1024 / 1e9


def start_up(repeats: int) -> dict[str, float]:
    """Seconds of ``run.py --help`` and of ``import torch``, the medians of processes in turn."""
    commands = {"help": ["run.py", "--help"], "import_torch": ["-c", "import torch"]}
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(repeats):
        for name, arguments in commands.items():
            started = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
            times[name].append(time.perf_counter() - started)
    return {name: statistics.median(values) for name, values in times.items()}


def show(result: dict[str, object], scale: Scale) -> None:
    """The tables."""
    times, ratios = ("nested", "eager", "compiled", "limit"), ("nested/ours", "wanted", "ours/limit", "square 8/sine")
    title = f"seconds of one step: sine, {scale.points} points, {scale.width} wide, {HIDDEN} hidden layers"
    steps = Table(title=title, title_justify="left")
    for column in ("loss", *times, *ratios):
        steps.add_column(column, justify="right")
    for row in result["steps"]:  # type: ignore[attr-defined]
        kind = "compiled" if "compiled" in row else "eager"
        ours, square = row[kind], row[f"square_{kind}"]
        steps.add_row(
            row["loss"],
            *(f"{row[name]:.2f}" if name in row else "–" for name in times),
            f"{row['nested'] / ours:.1f}",
            f"{WANTED[row['loss']]:.1f}",
            f"{ours / row['limit']:.2f}",
            f"{square / row[kind]:.2f}",
        )
    Console(width=120).print(steps)
    Console(width=120).print({key: value for key, value in result.items() if key != "steps"})


def main() -> None:
    """Measure, show, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--size", type=int, default=256, help="of the image, whose pixels are the points of a step")
    parser.add_argument("--width", type=int, default=256, help="of the hidden layers")
    parser.add_argument("--large", type=int, default=1024, help="size of the image whose memory is measured")
    parser.add_argument("--compile", choices=("on", "off"), default="on", help="also measure compiled steps")
    parser.add_argument("--out", type=Path, default=Path("bench.json"))
    options = parser.parse_args()
    machine, scale = execution("cpu", options.threads), Scale(options.size, options.width)
    result = {
        "machine": f"{platform.processor() or platform.machine()}, {machine.threads} threads, {machine.products}",
        "product_gflops": product_rate(machine.threads, scale.width) / 1e9,
        "steps": step_rows(machine.threads, options.repeats, options.compile == "on", scale),
        f"peak_gb_{options.large}_all": peak_memory(options.large),
        "start_up_seconds": start_up(options.repeats),
    }
    options.out.write_text(json.dumps(result, indent=1))
    show(result, scale)


if __name__ == "__main__":
    main()
