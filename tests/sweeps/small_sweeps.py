"""Sweep files of a few lines, with trials that take a moment."""

from pathlib import Path

from sweeps.file.spec import SweepSpec, load_spec
from sweeps.trial.execution import Execution

TINY = "size: {value: 16}\nhidden_features: {value: 8}\nhidden_layers: {value: 0}\nsteps: {value: 10}\n"
METRIC = "metric: {name: image/psnr, goal: maximize}"
SMALL = "  size: {value: 16}\n  hidden_features: {value: 8}\n  hidden_layers: {value: 0}\n"
SHORT = f"method: grid\n{METRIC}\nparameters:\n{SMALL}"
"""A sweep file without its name, whose further parameters are to be added, a line each, indented by two."""
MACHINE = Execution("cpu", 1, "ieee")


def spec_of(folder: Path, parameters: str, head: str = f"method: grid\n{METRIC}") -> SweepSpec:
    """The sweep ``x`` of these parameters, a line each."""
    lines = "".join(f"  {line}\n" for line in parameters.strip().splitlines())
    (folder / "x.yaml").write_text(f"{head}\nparameters:\n{lines}")
    return load_spec(folder / "x.yaml")


def count(study, *states):
    return len(study.get_trials(states=states))
